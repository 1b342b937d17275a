import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAbsent } from '../../src/desk/absence.ts'
import { type Desk, due, emptyDesk, take } from '../../src/desk/desk.ts'
import type { Event, Fact } from '../../src/desk/event.ts'
import { limits, type Policy } from '../../src/desk/policy.ts'
import { deskToPresence } from '../../src/mqtt/desk-levels.ts'
import { type ForwardingPhone, forwardingPhone } from './forwarding-phone.ts'
import { mondayNine, policy } from './script.ts'

const start = 3_600_000
/** How long the word of a neighbour is under way. */
const wayMs = 300
const seed = Number(process.env['THIRD_RING_SEED'] ?? 20_261_123)

interface Member {
  readonly id: string
  readonly rules: Policy
  readonly phone: ForwardingPhone
  readonly sets: number[]
  desk: Desk
}
interface Pending {
  readonly at: number
  readonly to: Member
  readonly fact: Fact
}

/** Some desks of one office that stand in for one another in a ring, in virtual time: what each hears of the others is made from their own desks. */
function office(ids: readonly string[], forwardKind: Policy['forwardKind']) {
  const members = ids.map((id, index): Member => {
    const others = [...ids.slice(index + 1), ...ids.slice(0, index)]
    const rules = { ...policy, forwardKind, desk: id, substitutes: others.map((desk) => ({ desk, number: `60${desk.slice(-2)}` })) }
    return { id, rules, phone: forwardingPhone(200), sets: [], desk: emptyDesk(start) }
  })
  const pending: Pending[] = []
  const heard = new Map<string, string>()
  /** Since when each desk has been forwarded to one that is forwarded or away itself. */
  const chained = new Map<string, number>()
  let longestChainMs = 0

  function tell(to: Member, event: Event): void {
    const taken = take(to.desk, event, to.rules)
    to.desk = taken.desk
    for (const effect of taken.effects) {
      if (effect.type === 'phone.forward' && effect.on) to.sets.push(effect.at)
      for (const { afterMs, fact } of to.phone.take(effect)) pending.push({ at: event.at + afterMs, to, fact })
    }
    spread(to, event.at)
    watch(event.at)
  }

  /** Presence as the broker would have it, and the hub's word of whom each stands in for. */
  function spread({ id, desk, rules }: Member, at: number): void {
    const deskOf = (target: string) => rules.substitutes.find(({ number }) => number === target)?.desk
    const { takesCalls } = deskToPresence(desk, { longerAbsence: isAbsent(desk, rules), deskOf })
    const standsInFor = members.filter((other) => other.desk.lease?.state === 'held' && other.desk.lease.desk === id).map((other) => other.id)
    const word = JSON.stringify([takesCalls, standsInFor])
    if (heard.get(id) === word) return
    heard.set(id, word)
    for (const other of members)
      if (other.id !== id) pending.push({ at: at + wayMs, to: other, fact: { type: 'substitute.seen', desk: id, takesCalls, standsInFor } })
  }

  function watch(at: number): void {
    for (const { id, phone } of members) {
      const [target] = phone.on.values()
      const reached = members.find((other) => `60${other.id.slice(-2)}` === target)
      const isChain = reached !== undefined && (reached.phone.on.size > 0 || isAbsent(reached.desk, reached.rules))
      if (!isChain) chained.delete(id)
      else {
        const since = chained.get(id) ?? at
        chained.set(id, since)
        longestChainMs = Math.max(longestChainMs, at - since)
      }
    }
  }

  function runUntil(until: number): void {
    for (;;) {
      pending.sort((one, other) => one.at - other.at)
      const deadlines = members.map((member) => ({
        at: due(member.desk, member.rules) ?? Number.POSITIVE_INFINITY,
        to: member,
        fact: { type: 'tick' } as Fact,
      }))
      const next = [...deadlines, ...pending.slice(0, 1)].reduce((one, other) => (other.at < one.at ? other : one))
      if (next.at > until) break
      if (next === pending[0]) pending.shift()
      tell(next.to, { ...next.fact, at: Math.max(next.at, next.to.desk.at) })
    }
    for (const member of members) if (member.desk.at < until) tell(member, { type: 'tick', at: until })
  }

  for (const member of members) {
    const facts: readonly Fact[] = [
      { type: 'agent.started', version: 'test' },
      { type: 'clock.set', wall: mondayNine, synced: true },
      { type: 'phone.reachable', reachable: true },
      { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
      { type: 'warden.seen', answers: true },
      { type: 'seat.seen', occupied: true },
    ]
    for (const fact of facts) tell(member, { ...fact, at: start })
  }
  runUntil(start + 1000)
  return { members, tell, runUntil, longestChainMs: () => longestChainMs }
}

/** Two settings are ten seconds apart; only once a minute may calls that are handed on not wait for that. */
function expectRested(sets: readonly number[]): void {
  const soon = sets.filter((set, index) => index > 0 && set - (sets[index - 1] ?? 0) < limits.forwardRetryMs)
  for (const [index, set] of soon.entries()) if (index > 0) expect(set - (soon[index - 1] ?? 0)).toBeGreaterThanOrEqual(limits.handoverRestMs)
}

const ids = ['usc-12', 'usc-13', 'usc-14']
const steps = fc.array(
  fc.record({
    who: fc.nat({ max: 2 }),
    occupied: fc.boolean(),
    waitMs: fc.constantFrom(0, 1, 299, 300, 301, 5000, 9999, 10_000, 599_999, 600_000, 600_001, 1_800_000),
  }),
  { minLength: 4, maxLength: 30 },
)

describe('desks that stand in for one another', () => {
  test.each([2, 3])('%i of them: nobody is forwarded to somebody who is away for more than two seconds, and nobody dances', (count) => {
    let [forwarded, moved] = [0, 0]
    fc.assert(
      fc.property(steps, fc.constantFrom('no-answer', 'always'), (moves, kind) => {
        const { members, tell, runUntil, longestChainMs } = office(ids.slice(0, count), kind)
        let at = start + 1000
        let changes = 0
        for (const { who, occupied, waitMs } of moves) {
          const member = members[who % count] as Member
          if (member.desk.seat.occupied !== occupied) changes += 1
          tell(member, { type: 'seat.seen', occupied, at: Math.max(at, member.desk.at) })
          at += waitMs
          runUntil(at)
        }
        runUntil(at + 3_600_000)
        expect(longestChainMs()).toBeLessThanOrEqual(2000)
        // Each change of one desk can make the others look for somebody else once: it never goes on by itself.
        for (const { sets } of members) {
          expect(sets.length).toBeLessThanOrEqual(2 * (changes + 1))
          expectRested(sets)
          forwarded += sets.length
          moved += sets.length > 1 ? 1 : 0
        }
      }),
      { numRuns: 25, seed },
    )
    expect([forwarded > 40, moved > 10]).toEqual([true, true])
  })

  test('who has just been given the calls leaves: they are with the next one within two seconds', () => {
    const { members, tell, runUntil } = office(ids, 'no-answer')
    const [first, second] = members as [Member, Member, Member]
    tell(first, { type: 'seat.seen', occupied: false, at: start + 1000 })
    runUntil(start + 601_900)
    expect([first.sets.length, first.phone.on.get('no-answer')]).toEqual([1, '6013'])
    tell(second, { type: 'command.freeze', on: true, at: start + 602_000 })
    runUntil(start + 604_000)
    expect([first.sets.length, first.phone.on.get('no-answer')]).toEqual([2, '6014'])
  })

  test('a substitute who comes and goes ten times a second makes nobody’s phone dance', () => {
    const { members, tell, runUntil } = office(ids, 'no-answer')
    const [first, second] = members as [Member, Member, Member]
    tell(first, { type: 'seat.seen', occupied: false, at: start + 1000 })
    for (let ms = 602_000; ms < 902_000; ms += 100) {
      runUntil(start + ms)
      tell(second, { type: 'command.freeze', on: ms % 200 === 0, at: Math.max(start + ms, second.desk.at) })
    }
    runUntil(start + 1_000_000)
    expect(first.sets.length).toBeGreaterThan(3)
    // One each ten seconds, and one more each minute.
    expect(first.sets.length).toBeLessThanOrEqual(1 + 31 + 6)
    expectRested(first.sets)
    expect(first.phone.on.get('no-answer')).toBe('6013')
  })

  test('when the last one leaves, the calls ring at their own desks again', () => {
    const { members, tell, runUntil } = office(ids, 'no-answer')
    for (const [index, member] of members.entries()) {
      tell(member, { type: 'seat.seen', occupied: false, at: Math.max(member.desk.at, start + 1000 + index) })
    }
    runUntil(start + 1_200_000)
    expect(members.map(({ phone }) => phone.on.size)).toEqual([0, 0, 0])
  })
})
