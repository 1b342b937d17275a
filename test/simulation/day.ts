import type { Event, Fact } from '../../src/desk/event.ts'
import { between, chance, createRandom } from '../../src/simulator/random.ts'
import { mondayNine } from '../desk/script.ts'

export const start = 3_600_000
/** The city's infoline shows itself for many people. */
const shared = '858797979'
const numbers = ['0857654321', '+48600700800', '6014', '604 111 222']

/** One invented morning at a desk, by its seed. In a clean one every word of the phone comes once and in order. */
export function inventDay(seed: number): readonly Event[] {
  const random = createRandom(seed)
  const events: Event[] = []
  let at = start
  let lastId = 0
  const tell = (ms: number, fact: Fact): void => {
    at += ms
    events.push({ ...fact, at })
  }
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(between(random, 0, items.length))] as Item
  /** One of the limits that the rules go by, met exactly or missed by a millisecond. */
  const near = (...limits: readonly number[]): number => Math.max(1, pick(limits) + pick([-1, 0, 0, 1]))
  const ref = (remote: string): { phoneId: string; remote?: string; withheld?: boolean } => {
    lastId += 1
    return remote === 'withheld' ? { phoneId: `p${lastId}`, withheld: true } : { phoneId: `p${lastId}`, remote }
  }

  for (const fact of morning(canHold(seed))) tell(0, fact)
  const episodes = 4 + Math.floor(between(random, 0, 14))
  for (let count = 0; count < episodes; count += 1) {
    tell(near(1200, 2000, 3000, 12_000, 30_000, 60_000), { type: 'tick' })
    if (chance(random, 0.15)) stroll()
    if (chance(random, 0.7)) incoming()
    else outgoing()
  }
  tell(60_000, { type: 'tick' })
  return events

  /** Away and back with no call on. */
  function stroll(): void {
    tell(0, { type: 'seat.seen', occupied: false })
    tell(near(6000, 8000, 20_000), { type: 'seat.seen', occupied: true })
    tell(1000, { type: 'tick' })
  }

  function incoming(): void {
    const remote = chance(random, 0.15) ? pick(['withheld', shared]) : pick(numbers)
    const call = ref(remote)
    tell(0, { type: 'call.delivered', ref: call })
    const ringMs = near(1200, 5000, 10_000, 11_000, 15_000, 20_000)
    if (chance(random, 0.4)) {
      tell(ringMs, { type: 'call.cleared', ref: call, cause: pick(['missed', 'cancelled', 'unknown', 'answered-elsewhere', 'rejected'] as const) })
      return
    }
    const handset = chance(random, 0.7)
    if (handset) tell(ringMs, { type: 'phone.hook', hook: 'off' })
    tell(handset ? 0 : ringMs, { type: 'call.established', ref: call })
    talk(call, remote, handset)
  }

  function outgoing(): void {
    const remote = chance(random, 0.1) ? '112' : pick(numbers)
    const call = ref(remote)
    tell(0, { type: 'call.originated', ref: call })
    if (chance(random, 0.4)) {
      tell(near(5000, 20_000), { type: 'call.cleared', ref: call, cause: 'unknown' })
      return
    }
    tell(near(2000, 8000), { type: 'call.established', ref: call })
    talk(call, remote, false)
  }

  function talk(call: { phoneId: string }, remote: string, handset: boolean): void {
    const phases = Math.floor(between(random, 0, 4))
    for (let phase = 0; phase < phases; phase += 1) {
      tell(near(1500, 3000, 10_000), { type: 'tick' })
      const what = between(random, 0, 1)
      if (what < 0.35) leave(call)
      else if (what < 0.6) {
        if (hold(call)) return
      } else if (what < 0.8) mute(call)
      else second(call, remote)
    }
    end(call, near(2500, 10_000, 30_000), handset)
  }

  /** True if the caller gave up meanwhile. */
  function hold(call: { phoneId: string }): boolean {
    tell(0, { type: 'call.held', ref: call })
    const heldMs = near(2000, 45_000, 90_000, 120_000, 135_000)
    if (chance(random, 0.25)) {
      tell(heldMs, { type: 'call.cleared', ref: call, cause: pick(['unknown', 'remote-bye', 'local-bye'] as const) })
      return true
    }
    tell(heldMs, { type: 'call.retrieved', ref: call })
    return false
  }

  function mute(call: { phoneId: string }): void {
    tell(0, { type: 'call.muted', ref: call, on: true })
    tell(near(2000, 45_000, 120_000), { type: 'call.muted', ref: call, on: false })
  }

  /** The clerk gets up. The phone is one that is told to hold after eight seconds and says so after a while, or never. */
  function leave(call: { phoneId: string; remote?: string }): void {
    tell(0, { type: 'seat.seen', occupied: false })
    const awayMs = near(6000, 8000, 9500, 11_000, 20_000)
    const confirmMs = chance(random, 0.75) ? near(200, 1500, 3000) : undefined
    const heldAt = awayMs >= 8000 && confirmMs !== undefined && call.remote !== '112' ? 8000 + confirmMs : undefined
    if (heldAt === undefined) {
      tell(awayMs, { type: 'seat.seen', occupied: true })
      return
    }
    if (heldAt <= awayMs) {
      tell(heldAt, { type: 'call.held', ref: call })
      tell(awayMs - heldAt, { type: 'seat.seen', occupied: true })
    } else {
      tell(awayMs, { type: 'seat.seen', occupied: true })
      tell(heldAt - awayMs, { type: 'call.held', ref: call })
    }
    tell(near(2000, 45_000), { type: 'call.retrieved', ref: call })
  }

  /** Somebody else rings meanwhile: they give up, or the clerk takes them with the first on hold. */
  function second(first: { phoneId: string }, engaged: string): void {
    const other = ref(pick(numbers.filter((number) => number !== engaged)))
    tell(0, { type: 'call.delivered', ref: other })
    tell(near(5000, 15_000, 16_000), { type: 'tick' })
    if (chance(random, 0.5)) {
      tell(0, { type: 'call.cleared', ref: other, cause: 'missed' })
      return
    }
    tell(0, { type: 'call.held', ref: first })
    tell(300, { type: 'call.established', ref: other })
    tell(near(2500, 44_700), { type: 'call.cleared', ref: other, cause: pick(['unknown', 'remote-bye'] as const) })
    tell(1200, { type: 'call.retrieved', ref: first })
  }

  function end(call: { phoneId: string }, afterMs: number, handset: boolean): void {
    const cause = pick(['unknown', 'unknown', 'unknown', 'remote-bye', 'local-bye'] as const)
    const cleared: Fact = { type: 'call.cleared', ref: call, cause }
    const down: Fact = { type: 'phone.hook', hook: 'on' }
    if (!handset) {
      tell(afterMs, cleared)
      return
    }
    const byMs = pick([-1, 0, 1]) + pick([-2000, -400, -1, 1, 400, 5000])
    if (byMs < 0) {
      tell(afterMs, down)
      tell(-byMs, cleared)
    } else {
      tell(afterMs, cleared)
      tell(byMs, down)
    }
  }
}

/** One desk in five has a telephone behind an adapter, which nobody can tell to hold. */
function canHold(seed: number): boolean {
  return seed % 5 !== 0
}

function morning(hold: boolean): readonly Fact[] {
  return [
    { type: 'agent.started', version: 'simulation' },
    { type: 'clock.set', wall: mondayNine, synced: true },
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.capable', hold, forward: ['no-answer', 'always'] },
    { type: 'seat.seen', occupied: true },
  ]
}

/** What a network does to the words of a phone: some are lost, some come twice, some overtake each other. */
export function spoil(events: readonly Event[], seed: number): readonly Event[] {
  const random = createRandom(seed ^ 0x5eed)
  const begun = morning(canHold(seed)).length
  const spoiled = events.flatMap((event, index): Event[] => {
    if (index < begun || event.type === 'tick') return [event]
    if (chance(random, 0.06)) return []
    const late = chance(random, 0.2) ? Math.floor(between(random, 0, 1400)) : 0
    const once = { ...event, at: event.at + late }
    return chance(random, 0.1) ? [once, { ...once, at: once.at + Math.floor(between(random, 0, 1400)) }] : [once]
  })
  if (chance(random, 0.3)) {
    const at = spoiled[Math.floor(between(random, begun, spoiled.length))]?.at ?? start
    spoiled.push({ type: chance(random, 0.5) ? 'phone.restarted' : 'agent.started', at, version: 'simulation' } as Event)
    spoiled.push({ type: 'phone.capable', hold: canHold(seed), forward: ['no-answer', 'always'], at })
  }
  return spoiled.sort((one, other) => one.at - other.at)
}
