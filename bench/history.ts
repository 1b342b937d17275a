import type { Event, Fact } from '../src/desk/event.ts'
import { createRandom } from '../src/simulator/random.ts'

const minuteMs = 60_000
/** Monday 2026-11-23, 08:00 in Warsaw. */
const firstWall = Date.UTC(2026, 10, 23, 7)
/** People who call one desk in a month: some of them often. */
const callersMax = 2000

/**
 * Working days of one desk: a call every few minutes, most of them answered, some missed and called back (by a clerk who `neglects` them: never), some put on hold; a seat that reports every five
 * seconds while there is a call, and the clock once a minute as the agent's shell does. The same seed gives the same days.
 */
export function history(seed: number, eventsMin: number, clerk: 'calls-back' | 'neglects' = 'calls-back'): readonly Event[] {
  const chance = createRandom(seed)
  const events: Event[] = []
  const owed: string[] = []
  let at = 0
  let call = 0
  const add = (afterMs: number, fact: Fact): void => {
    at += Math.round(afterMs)
    events.push({ ...fact, at })
  }
  const tellTime = (): void => add(0, { type: 'clock.set', wall: firstWall + at, synced: true })
  const sit = (forMs: number): void => {
    for (let leftMs = forMs; leftMs > 0; leftMs -= 5000) add(Math.min(5000, leftMs), { type: 'seat.seen', occupied: true })
  }

  add(0, { type: 'agent.started', version: 'bench' })
  tellTime()
  add(0, { type: 'phone.reachable', reachable: true })
  add(0, { type: 'phone.capable', hold: true, forward: [] })
  while (events.length < eventsMin) {
    call += 1
    for (let idleMinutes = 1 + Math.floor(chance() * 8); idleMinutes > 0; idleMinutes -= 1) {
      add(minuteMs, { type: 'seat.seen', occupied: true })
      tellTime()
    }
    const kind = chance()
    const outgoing = kind >= 0.15 && kind < 0.35
    const stranger = `0857${100_000 + Math.floor(chance() * callersMax)}`
    const remote = (outgoing && clerk === 'calls-back' ? owed.shift() : undefined) ?? stranger
    const ref = { phoneId: String(call), remote }
    if (kind < 0.15) {
      add(0, { type: 'call.delivered', ref })
      add(5000 + chance() * 20_000, { type: 'call.cleared', ref, cause: 'missed' })
      owed.push(remote)
      continue
    }
    if (outgoing) {
      add(0, { type: 'phone.hook', hook: 'off' })
      add(3000, { type: 'call.originated', ref })
      add(4000 + chance() * 10_000, { type: 'call.established', ref })
    } else {
      add(0, { type: 'call.delivered', ref })
      add(2000 + chance() * 14_000, { type: 'call.established', ref })
      add(20, { type: 'phone.hook', hook: 'off' })
    }
    sit(20_000 + chance() * 200_000)
    if (chance() < 0.25) {
      add(500, { type: 'call.held', ref })
      sit(5000 + chance() * 90_000)
      add(500, { type: 'call.retrieved', ref })
      sit(10_000 + chance() * 60_000)
    }
    add(700, { type: 'call.cleared', ref, cause: 'unknown' })
    add(600 + chance() * 900, { type: 'phone.hook', hook: 'on' })
  }
  return events
}
