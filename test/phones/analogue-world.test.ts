import { describe, expect, test } from 'vitest'
import { emptyDesk, take } from '../../src/desk/desk.ts'
import type { ClearedCause, Fact } from '../../src/desk/event.ts'
import { policy } from '../desk/script.ts'
import { createWorld, factsOf, type Mishaps, type RealCall } from './analogue-world.ts'

interface HeardCall {
  rings: number
  answered: boolean
  readonly causes: ClearedCause[]
  over: boolean
}

/** The calls that the line has told of, one after another, and what is wrong in the telling. */
function callsIn(facts: readonly Fact[]): { readonly calls: readonly HeardCall[]; readonly wrong: readonly string[] } {
  const calls: HeardCall[] = []
  const wrong: string[] = []
  for (const fact of facts) {
    const last = calls.at(-1)
    const open = last?.over === false ? last : undefined
    if (fact.type === 'call.delivered' || fact.type === 'call.ring' || fact.type === 'call.originated') {
      const ring = fact.type === 'call.ring' ? fact.ring : 0
      if (open === undefined) calls.push({ rings: ring, answered: fact.type === 'call.originated', causes: [], over: false })
      else if (open.answered) wrong.push('a second call beside an answered one')
      else if (fact.type === 'call.ring' && ring <= open.rings) wrong.push('rings went back')
      else open.rings = Math.max(open.rings, ring)
    } else if (fact.type === 'call.established') {
      if (open === undefined) wrong.push('answered without a beginning')
      else open.answered = true
    } else if (fact.type === 'call.cleared' && last !== undefined) {
      last.causes.push(fact.cause)
      last.over = true
    }
  }
  if (calls.at(-1)?.over === false) wrong.push('a call that lives for ever')
  return { calls, wrong }
}

function faultsOf(real: readonly RealCall[], facts: readonly Fact[]): readonly string[] {
  const { calls, wrong } = callsIn(facts)
  if (calls.length !== real.length) return [...wrong, `${calls.length} calls heard of ${real.length}`]
  return [
    ...wrong,
    ...calls.flatMap(({ rings, answered, causes }, index) => {
      const call = real[index]
      if (call === undefined) return []
      return [
        ...(answered === call.answered ? [] : [`answered ${answered} for ${call.answered}`]),
        ...(call.answered && causes.includes('missed') ? ['an answered call is missed'] : []),
        ...(rings > call.bursts ? [`${rings} rings of ${call.bursts}`] : []),
        ...(causes.some((cause) => cause.endsWith('-bye') && cause !== call.by) ? ['the wrong one hung up'] : []),
      ]
    }),
  ]
}

describe('whatever becomes of what is said, each real call is one call with its own end', () => {
  test.each<[string, Mishaps]>([
    ['the log alone', { log: true, bridge: false }],
    ['the log alone, late and twice', { log: true, bridge: false, lateMs: 8 }],
    ['the bridge alone', { log: false, bridge: true }],
    ['both', { log: true, bridge: true }],
    ['both, the log late and twice', { log: true, bridge: true, lateMs: 50 }],
    ['both, a word lost in each call', { log: true, bridge: true, loseWord: true }],
    ['both, status lines lost', { log: true, bridge: true, loseStatus: true }],
    ['both, the microcontroller starts anew', { log: true, bridge: true, reboots: 1 }],
    ['both, the bridge is lost for a while', { log: true, bridge: true, outage: true }],
  ])('%s', (_, mishaps) => {
    const faults: string[] = []
    for (let seed = 1; seed <= 400; seed += 1) {
      const { calls, told, endAt } = createWorld(seed, mishaps)
      faults.push(...faultsOf(calls, factsOf(told, endAt + 400_000)).map((fault) => `${seed}: ${fault}`))
    }
    expect(faults).toEqual([])
  })
})

test('whatever happens, and whether or not somebody sits there, nobody asks the telephone to hold', () => {
  const everything: Mishaps = { log: true, bridge: true, lateMs: 50, loseStatus: true, reboots: 2, outage: true }
  let seatsLeft = 0
  for (let seed = 1; seed <= 200; seed += 1) {
    const { told, endAt } = createWorld(seed, everything)
    let desk = emptyDesk(3_600_000)
    const effects: string[] = []
    const live = (fact: Fact, afterMs: number): void => {
      const taken = take(desk, { ...fact, at: desk.at + afterMs }, policy)
      desk = taken.desk
      effects.push(...taken.effects.map(({ type }) => type))
    }
    live({ type: 'phone.capable', hold: false, forward: [] }, 1)
    for (const fact of factsOf(told, endAt + 400_000)) {
      live({ type: 'seat.seen', occupied: true }, 100)
      live(fact, 100)
      if (fact.type !== 'call.established') continue
      seatsLeft += 1
      for (let second = 0; second < 60; second += 1) live({ type: 'seat.seen', occupied: false }, 1000)
    }
    expect(effects).not.toContain('phone.hold')
  }
  expect(seatsLeft).toBeGreaterThan(100)
})
