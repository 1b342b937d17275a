import { expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import type { ReleaseReason } from '../../src/desk/lease.ts'
import { limits, type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { type ForwardingPhone, forwardingPhone } from './forwarding-phone.ts'
import { awayMs, empty, minute, seated, takes, tick } from './lease-states.ts'
import { mondayNine, type Script, script } from './script.ts'

/** A desk whose phone forwards for it to the first of two substitutes. */
function forwarded(changes: Partial<Policy> = {}): Script & { phone: ForwardingPhone } {
  const substitutes = [
    { desk: 'usc-14', number: '6014' },
    { desk: 'usc-15', number: '6015' },
  ]
  const desk = Object.assign(script({ desk: 'usc-12', substitutes, ...changes }), { phone: forwardingPhone() })
  const there: readonly Fact[] = [
    { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
    { type: 'warden.seen', answers: true },
    takes('usc-14'),
    takes('usc-15'),
    empty,
  ]
  desk.at(0, ...there).at(awayMs, tick)
  expect(desk.desk.lease).toMatchObject({ state: 'held', desk: 'usc-14' })
  return desk
}

const later = awayMs + minute
const freeze: Fact = { type: 'command.freeze', on: true }
const notAway: Fact = { type: 'command.forward', on: false }
const stopping: Fact = { type: 'agent.stopping', reason: 'update' }

const endings: Readonly<Record<Exclude<ReleaseReason, 'unconfirmed' | 'lease-over' | 'another-kind' | 'by-warden'>, readonly Fact[]>> = {
  returned: [seated],
  'office-closed': [{ type: 'clock.set', wall: mondayNine + 12 * 3_600_000, synced: true }],
  frozen: [freeze],
  ordered: [notAway],
  'nobody-takes-calls': [takes('usc-15', false), takes('usc-14', false)],
  'another-substitute': [takes('usc-14', false)],
  restarted: [{ type: 'agent.started', version: 'test' }],
  stopping: [stopping],
  'by-hand': [{ type: 'phone.forwarding', kind: 'always', on: true, target: '6099' }],
}
const reasons = (desk: Script): string[] => desk.notices('forwarding.off').map(({ reason }) => reason)

test.each(Object.entries(endings))('%s', (reason, facts) => {
  expect(reasons(forwarded().at(later, ...facts))).toEqual([reason])
})

test('nobody takes the calls of a desk that was ordered to forward', () => {
  const desk = forwarded().at(later, { type: 'command.forward', on: true, target: 'usc-14' }, { type: 'seat.lost' }, takes('usc-14', false))
  expect(reasons(desk)).toEqual(['nobody-takes-calls'])
})

test('another kind: the warden that answered for “always” is gone', () => {
  const desk = forwarded({ forwardKind: 'always' }).at(later, { type: 'warden.seen', answers: false })
  desk.at(later + limits.wardenLostMs, tick)
  expect([reasons(desk), desk.phone?.on.get('no-answer')]).toEqual([['another-kind'], '6014'])
})

test('the lease is over: the phone could not be read', () => {
  const desk = forwarded()
  desk.phone.manners = 'unreachable'
  desk.at(awayMs + policyDefaults.leaseMs, tick)
  desk.phone.manners = 'obeys'
  expect(reasons(desk.at(awayMs + policyDefaults.leaseMs + minute, tick))[0]).toBe('lease-over')
})

test('of two reasons one after the other, the first is what it is undone for', () => {
  const desk = forwarded()
  desk.phone.manners = 'dead'
  desk.at(later, freeze, stopping)
  expect(desk.desk.lease?.why).toBe('frozen')
})
