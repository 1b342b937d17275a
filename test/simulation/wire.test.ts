import { describe, expect, test } from 'vitest'
import { createEventMaker } from '../../src/agent/broker/event-maker.ts'
import { isAbsent } from '../../src/desk/absence.ts'
import { isLive } from '../../src/desk/call.ts'
import { type Desk, due, emptyDesk, take } from '../../src/desk/desk.ts'
import type { Event } from '../../src/desk/event.ts'
import { lampOf } from '../../src/desk/lamp.ts'
import { ringSourceOf, ringsOf } from '../../src/desk/rings.ts'
import { deskToPresence, deskToState } from '../../src/mqtt/desk-levels.ts'
import { policy } from '../desk/script.ts'
import { type Canary, found } from '../system/canaries.ts'
import { inventDay, spoil, start } from './day.ts'

const seeds = Array.from({ length: 60 }, (_, index) => index + 1)
/** The people who ring in the invented days. */
const canaries: readonly Canary[] = ['857654321', '600700800', '604111222', '6014'].map((text) => ({ name: 'number', text }))
const deskOf = (): undefined => undefined

/** All that a day says on the wire: each level when it changes (but for its instant, which alone is no news), and every event. */
function wireOf(events: readonly Event[], watch: (desk: Desk) => readonly Event[] = () => []): readonly string[] {
  const said: string[] = []
  const last: Record<string, string> = {}
  let desk = emptyDesk(start)
  let sequence = 0
  const clock = { now: () => desk.at, wall: () => desk.at + 1_795_000_000_000 }
  const machine = { bootId: () => 'boot', monotonicMs: () => desk.at }
  const around = { callerReferenceKey: 'k'.repeat(32), store: { epoch: 'e' }, clock, machine, desk: () => desk, deskOf }
  const toEvent = createEventMaker({ site: 'um', desk: 'usc-12' }, around)
  const level = (name: string, { at: _, sequence: __, ...value }: { readonly at: string; readonly sequence?: string }): void => {
    const text = JSON.stringify(value)
    if (last[name] !== text) said.push(`${name} ${text}`)
    last[name] = text
  }
  const one = (event: Event): void => {
    const taken = take(desk, event, policy)
    desk = taken.desk
    for (const effect of taken.effects) {
      if (effect.type !== 'notice') continue
      sequence += 1
      said.push(`event ${toEvent(effect, sequence).json}`)
    }
    const rings = (call: Desk['calls'][number]) =>
      call.state === 'alerting' && call.startKnown ? { ring: ringsOf(call, desk.at, policy), ringSource: ringSourceOf(call) } : undefined
    level('state', { ...deskToState(desk, { epoch: 'e', sequence, lamp: lampOf(desk, policy), rings, deskOf }) })
    level('presence', { ...deskToPresence(desk, { longerAbsence: isAbsent(desk, policy), deskOf }) })
  }
  const lived = (event: Event): void => {
    for (let next = due(desk, policy); event.type !== 'agent.started' && next !== undefined && next <= event.at; next = due(desk, policy)) {
      one({ type: 'tick', at: next })
    }
    one(event)
  }
  for (const event of events) {
    for (const extra of watch(desk)) lived(extra)
    if (event.at >= desk.at) lived(event)
  }
  return said
}

describe('what a busy day says (INV-11)', () => {
  test('no number, no name and no series of the seat is in anything that a busy day says', () => {
    let events = 0
    for (const seed of seeds) {
      const day = seed % 2 === 0 ? inventDay(seed) : spoil(inventDay(seed), seed)
      const said = wireOf(day)
      events += said.length
      expect(found(canaries, `seed ${seed}`, said.join('\n').replaceAll(/"(?:time|since|until|dueAt|sequence|id|caller)":"[^"]*"/g, ''))).toEqual([])
      expect(said.join('\n')).not.toMatch(/occupied|seatedAt|leftAt/)
    }
    expect(events).toBeGreaterThan(1000)
  })

  test('who gets up and sits down again while no caller is concerned leaves no trace at all', () => {
    let walks = 0
    for (const seed of seeds.filter((each) => each % 2 === 0)) {
      const day = inventDay(seed)
      let walkedAt = 0
      const walk = (desk: Desk): readonly Event[] => {
        const { seat, calls, at } = desk
        if (seat.occupied !== true || calls.some(isLive) || at - walkedAt < 120_000) return []
        walkedAt = at
        walks += 1
        return [
          { type: 'seat.seen', occupied: false, at },
          { type: 'seat.seen', occupied: true, at },
        ]
      }
      expect(wireOf(day, walk)).toEqual(wireOf(day))
    }
    expect(walks).toBeGreaterThan(50)
  })
})
