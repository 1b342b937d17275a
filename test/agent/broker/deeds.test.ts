import { describe, expect, test } from 'vitest'
import { obey } from '../../../src/agent/broker/commands.ts'
import type { CommandReply } from '../../../src/agent/ports.ts'
import type { Desk } from '../../../src/desk/desk.ts'
import type { Fact } from '../../../src/desk/event.ts'
import { limits, type Policy } from '../../../src/desk/policy.ts'
import type { CommandName } from '../../../src/mqtt/commands.ts'
import { mondayNine, policy, script } from '../../desk/script.ts'

const rules: Policy = { ...policy, desk: 'usc-12', substitutes: [{ desk: 'usc-14', number: '6014' }] }
const capable: Fact = { type: 'phone.capable', hold: true, forward: ['no-answer'] }

/** What a command comes to at this desk: the fact that it takes, and the answer. */
function given(name: CommandName, body: Readonly<Record<string, unknown>>, desk: Desk, around = rules): { facts: Fact[]; reply: CommandReply | undefined } {
  const facts: Fact[] = []
  let reply: CommandReply | undefined
  const answer = (said: CommandReply): void => {
    reply = said
  }
  obey({ id: 'a', name, body, answer }, { desk, wall: mondayNine, policy: around }, (fact) => facts.push(fact))
  return { facts, reply }
}
const desk = (...facts: Fact[]): Desk => script(rules).at(0, capable, ...facts).desk

describe('forward.set and forward.clear', () => {
  test('to the first who can, or to a desk of the chain', () => {
    expect(given('forward.set', {}, desk())).toEqual({ facts: [{ type: 'command.forward', on: true }], reply: { ok: true } })
    expect(given('forward.set', { target: 'usc-14' }, desk()).facts).toEqual([{ type: 'command.forward', on: true, target: 'usc-14' }])
    expect(given('forward.clear', {}, desk()).facts).toEqual([{ type: 'command.forward', on: false }])
  })

  test('to a desk by its number in the chain, and until a time as text or as milliseconds', () => {
    const until = mondayNine + 3_600_000
    const fact: Fact = { type: 'command.forward', on: true, target: 'usc-14', forMs: 3_600_000 }
    expect(given('forward.set', { target: '6014', until: new Date(until).toISOString() }, desk()).facts).toEqual([fact])
    expect(given('forward.set', { target: 'usc-14', until }, desk()).facts).toEqual([fact])
  })

  test('to a desk of the directory, where the desk has no chain of its own', () => {
    const known: Fact = { type: 'directory.seen', version: 1, substitutes: [{ desk: 'usc-15', number: '6015' }] }
    expect(given('forward.set', { target: 'usc-15' }, desk(known), { ...rules, substitutes: [] }).facts).toHaveLength(1)
    expect(given('forward.set', { target: 'usc-15' }, desk(known)).reply?.error?.code).toBe('NO_SUBSTITUTE')
  })

  test.each<[string, Readonly<Record<string, unknown>>, Fact[], Partial<Policy>]>([
    ['NO_SUBSTITUTE', { target: 'usc-99' }, [], {}],
    ['NO_SUBSTITUTE', {}, [], { substitutes: [] }],
    ['NO_SUBSTITUTE', { target: 'usc-12' }, [], { substitutes: [{ desk: 'usc-12', number: '6012' }] }],
    ['NOT_CAPABLE', {}, [{ type: 'phone.capable', hold: true, forward: [] }], {}],
    ['BAD_TIME', { until: '2026-11-23T07:59:00Z' }, [], {}],
    ['NO_SUBSTITUTE', { target: '6099' }, [], {}],
    ['BY_HAND', {}, [{ type: 'phone.forwarding', kind: 'always', on: true, target: '6099' }], {}],
  ])('refused with %s: %j', (code, body, facts, changes) => {
    expect(given('forward.set', body, desk(...facts), { ...rules, ...changes })).toMatchObject({ facts: [], reply: { ok: false, error: { code } } })
  })
})

describe('absence.set', () => {
  test.each(['leave', 'lunch', 'remote', 'in-person'])('knows %s', (kind) => {
    expect(given('absence.set', { kind, until: '2026-11-23T09:00:00Z' }, desk()).facts).toEqual([
      { type: 'command.absence', on: true, kind, until: mondayNine + 3_600_000 },
    ])
  })

  test('takes its end as milliseconds, too', () => {
    expect(given('absence.set', { until: mondayNine + 1000 }, desk()).facts).toEqual([{ type: 'command.absence', on: true, until: mondayNine + 1000 }])
    expect(given('absence.set', { until: mondayNine }, desk()).reply?.error?.code).toBe('BAD_TIME')
  })

  test('needs neither', () => {
    expect(given('absence.set', {}, desk()).facts).toEqual([{ type: 'command.absence', on: true }])
  })
})

describe('callback.accept', () => {
  const body = { from: 'usc-14', callback: 'b9', cause: 'promise', promisedAt: '2026-11-23T07:59:00Z' }
  const fact: Fact = { type: 'command.callback-accept', from: 'usc-14', callback: 'b9', cause: 'promise', promisedAt: mondayNine - 60_000 }

  test('answers with the callback that it has become, also when told again', () => {
    expect(given('callback.accept', body, desk())).toEqual({ facts: [fact], reply: { ok: true, data: { callback: 'b1' } } })
    const again = desk(fact)
    expect(again.callbacks.map(({ id }) => id)).toEqual(['b1'])
    expect(given('callback.accept', body, again).reply?.data).toEqual({ callback: 'b1' })
    expect(given('callback.accept', { ...body, callback: 'b8' }, again).reply?.data).toEqual({ callback: 'b2' })
  })

  test('is refused for this desk’s own, and where the list is full', () => {
    expect(given('callback.accept', { ...body, from: 'usc-12' }, desk())).toMatchObject({ facts: [], reply: { error: { code: 'OWN_DESK' } } })
    const many = Array.from({ length: limits.callbacksMax }, (_, index): Fact => ({ ...fact, callback: `b${index}` }))
    expect(given('callback.accept', { ...body, callback: 'other' }, desk(...many))).toMatchObject({
      facts: [],
      reply: { error: { code: 'TOO_MANY_CALLBACKS' } },
    })
    expect(given('callback.accept', { ...body, callback: 'b7' }, desk(...many)).reply?.ok).toBe(true)
  })
})
