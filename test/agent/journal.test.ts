import { describe, expect, test } from 'vitest'
import { hasChanged, hasMovedLease, replay } from '../../src/agent/journal.ts'
import type { Checkpoint } from '../../src/agent/ports.ts'
import { type Desk, emptyDesk } from '../../src/desk/desk.ts'
import type { Event } from '../../src/desk/event.ts'
import type { Lease } from '../../src/desk/lease.ts'
import type { Policy } from '../../src/desk/policy.ts'
import { mondayNine, policy } from '../desk/script.ts'

const lease: Lease = {
  kind: 'no-answer',
  target: '6120',
  desk: 'usc-13',
  since: 0,
  until: 1_800_000,
  state: 'held',
  order: 3,
  orderedAt: 0,
  tries: 1,
}
const clock = { offsetMs: mondayNine, synced: true }
const forwarded: Desk = { ...emptyDesk(0), clock, lease, lastOrder: 3, forwarding: { state: 'on', owner: 'agent', kind: 'no-answer', target: '6120' } }
const written = (desk: unknown): Checkpoint => ({ desk, wall: mondayNine, bootId: 'boot-a', bootMs: 0 })
const substitute = { desk: 'usc-13', number: '6120' }

/** Facts after which a desk with these substitutes would forward, and one without them, would not. */
const leaving: readonly Event[] = [
  { type: 'phone.capable', hold: true, forward: ['no-answer'], at: 1000 },
  { type: 'substitute.seen', desk: 'usc-13', takesCalls: true, at: 2000 },
  { type: 'command.absence', on: true, at: 3000 },
  { type: 'phone.registered', registered: true, at: 60_000 },
]

describe('a lease after a restart', () => {
  test.each<[string, Policy]>([
    ['the same substitutes', { ...policy, substitutes: [substitute] }],
    ['no substitute any more', policy],
    ['another substitute', { ...policy, substitutes: [{ desk: 'usc-14', number: '6121' }] }],
  ])('is the one that was written down, with %s', (_, changed) => {
    const { desk } = replay({ checkpoint: written(forwarded), facts: leaving }, changed)
    expect(desk).toMatchObject({ at: 60_000, lease, lastOrder: 3, forwarding: forwarded.forwarding, absence: { since: 3000 } })
  })

  test('is none where none was written down, whatever the facts behind it would come to', () => {
    const before = { ...emptyDesk(0), clock, lastOrder: 2, forwarding: { state: 'off' as const } }
    const { desk } = replay({ checkpoint: written(before), facts: leaving }, { ...policy, substitutes: [substitute] })
    expect([desk.lease, desk.lastOrder, desk.forwarding]).toEqual([undefined, 2, { state: 'off' }])
    const anew = replay({ facts: leaving }, { ...policy, substitutes: [substitute] })
    expect([anew.desk.lease, anew.desk.lastOrder]).toEqual([undefined, undefined])
  })
})

describe('what an earlier version wrote down', () => {
  const { lease: _, lastOrder: __, substitutes: ___, ...rest } = forwarded
  const older = { ...rest, phone: { ...rest.phone, canForward: true }, substitutes: { 'usc-13': { takesCalls: true } } }
  const facts = [
    { type: 'phone.capable', hold: true, forward: true, at: 1000 },
    { type: 'phone.forwarding', kind: 'always', on: true, target: '6199', at: 2000 },
    { type: 'seat.lost', at: 3000 },
  ] as unknown as readonly Event[]

  test('a phone that can forward, and nobody knew how, is one of which nothing is known; there is no lease', () => {
    const { desk } = replay({ checkpoint: written(older), facts: [] }, { ...policy, substitutes: [substitute] })
    expect([desk.phone.canForward, desk.lease, desk.forwarding.target]).toEqual([[], undefined, '6120'])
  })

  test('its facts are lived through with what they tell', () => {
    const { desk } = replay({ checkpoint: written(older), facts }, { ...policy, substitutes: [substitute] })
    expect([desk.phone.canForward, desk.forwarding.state, desk.forwarding.target]).toEqual([[], 'on', '6199'])
  })
})

describe('what is worth a write', () => {
  test('every change of a lease, and it takes the whole desk along', () => {
    for (const after of [
      { ...forwarded, lease: { ...lease, until: 2_100_000 } },
      { ...forwarded, lastOrder: 4 },
      { ...forwarded, forwarding: { state: 'off' as const } },
    ]) {
      expect([hasChanged(forwarded, after), hasMovedLease(forwarded, after)]).toEqual([true, true])
    }
    expect(hasMovedLease(forwarded, { ...forwarded, frozen: true })).toBe(false)
  })

  test('another directory, and at most each ten minutes that it is still the same', () => {
    const known = { ...forwarded, directory: { version: 1, substitutes: [substitute], seenAt: 0 } }
    const seen = (version: number, seenAt: number): Desk => ({ ...known, directory: { version, substitutes: [substitute], seenAt } })
    expect([seen(1, 599_999), seen(1, 600_000), seen(2, 1)].map((after) => hasChanged(known, after))).toEqual([false, true, true])
    expect(hasChanged(forwarded, known)).toBe(true)
  })
})
