import { afterEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { type ForwardKind, limits, type Policy } from '../../src/desk/policy.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { policy as office } from '../desk/script.ts'
import { createWorld, type World } from './forwarding-world.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const substitutes = [
  { desk: 'usc-13', number: '6120' },
  { desk: 'usc-14', number: '6121' },
]
const policy: Policy = { ...office, substitutes }

let world: World | undefined
afterEach(async () => {
  await world?.end()
  world = undefined
})

/** What every agent hears soon after its start; nothing of the seat, which somebody has to report. */
const surroundings: readonly Fact[] = [
  { type: 'phone.reachable', reachable: true },
  { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
  { type: 'warden.seen', answers: true },
  ...substitutes.map(({ desk }): Fact => ({ type: 'substitute.seen', desk, takesCalls: true })),
]

async function startIn(one: World): Promise<void> {
  await one.start()
  for (const fact of surroundings) one.emit(fact)
  await one.settle()
}

/** A desk whose clerk has been away for long enough that the phone forwards. */
async function forwarded(changes: Partial<Policy>, ...facts: readonly Fact[]): Promise<World> {
  const one = createWorld({ ...policy, ...changes }, createRandom(1))
  world = one
  await startIn(one)
  for (const fact of facts) one.emit(fact)
  await leave(one)
  await one.pass(11 * minute)
  return one
}

async function leave(one: World): Promise<void> {
  one.emit({ type: 'seat.seen', occupied: true })
  await one.pass(second)
  one.emit({ type: 'seat.seen', occupied: false })
}

const ours = (one: World): string[] => [...one.phone.settings].flatMap(([kind, { target, by }]) => (by === 'agent' ? [`${kind} ${target}`] : []))

/** Holds at every moment at which nothing is under way. */
async function check(one: World, seed: number): Promise<void> {
  const lease = await one.onRecord()
  const written = lease === undefined ? [] : [`${lease.kind} ${lease.target}`]
  // Journal before command: what is on the phone by our hand, the journal knows of.
  const unwritten = ours(one).filter((each) => !written.includes(each))
  expect({ seed, unwritten, wrongs: one.phone.wrongs }).toEqual({ seed, unwritten: [], wrongs: [] })
}

describe('a desk that forwards', () => {
  test('goes on doing so while the broker is away for two hours: the directory and the last word of the substitutes are enough', async () => {
    const one = await forwarded({ substitutes: [] }, { type: 'directory.seen', version: 1, substitutes })
    expect(ours(one)).toEqual(['no-answer 6120'])
    one.emit({ type: 'seat.seen', occupied: true })
    await one.pass(minute)
    expect(ours(one)).toEqual([])
    // From here on nobody says anything: no broker, no hub, no neighbour.
    one.emit({ type: 'seat.seen', occupied: false })
    await one.pass(2 * hour)
    expect(ours(one)).toEqual(['no-answer 6120'])
    expect(await one.onRecord()).toMatchObject({ state: 'held', target: '6120' })
  })

  test('on a medium that takes nothing sets nothing, says so, and undoes all the same', async () => {
    const one = createWorld(policy, createRandom(2))
    world = one
    await startIn(one)
    one.medium = 'broken'
    await leave(one)
    await one.pass(30 * minute)
    expect([ours(one), one.log.filter((line) => line.includes('unjournalled')).length]).toEqual([[], expect.any(Number)])
    expect(one.log.some((line) => / phone .* by agent/.test(line))).toBe(false)
    one.medium = 'good'
    await one.pass(10 * minute)
    expect(ours(one)).toEqual(['no-answer 6120'])
    one.medium = 'broken'
    one.emit({ type: 'seat.seen', occupied: true })
    await one.pass(minute)
    expect(ours(one)).toEqual([])
  })

  test('and whose phone a person sets to another number, which its word does not name, is read at once: theirs, and it stays', async () => {
    const one = await forwarded({})
    await one.pass(minute)
    one.phone.press('no-answer', '6199')
    await one.pass(5 * second)
    expect(await one.onRecord()).toBeUndefined()
    one.emit({ type: 'seat.seen', occupied: true })
    await one.pass(hour)
    expect(one.phone.settings.get('no-answer')).toEqual({ target: '6199', by: 'person' })
    const ends = one.log.flatMap((line) => /forwarding\.off .*"reason":"([a-z-]+)"/.exec(line)?.[1] ?? [])
    expect([ends, one.phone.wrongs]).toEqual([['by-hand'], []])
  })

  test('and whose warden frees it unheard: it sets nothing while it knows no better, and goes on when it does', async () => {
    const one = await forwarded({}, { type: 'command.absence', on: true, kind: 'leave' })
    const order = one.agent()?.desk().lease?.order ?? 0
    one.phone.free()
    await one.pass(hour)
    expect([ours(one), await one.onRecord()]).toEqual([[], undefined])
    one.emit({ type: 'warden.freed', order })
    await one.pass(minute)
    expect([ours(one), (await one.onRecord())?.state]).toEqual([['no-answer 6120'], 'held'])
    expect(one.phone.wrongs).toEqual([])
  })

  test('is not forwarded any more by an order that the card held up until the clerk was back', async () => {
    const one = createWorld(policy, createRandom(3))
    world = one
    await startIn(one)
    await leave(one)
    await one.pass(10 * minute - 5 * second)
    one.medium = 'stuck'
    await one.pass(6 * second)
    one.emit({ type: 'seat.seen', occupied: true })
    await one.settle()
    one.medium = 'good'
    await one.settle()
    await one.pass(10 * minute)
    expect(one.log.filter((line) => / phone /.test(line))).toEqual([])
  })
})

describe('an agent that dies between the command and its confirmation', () => {
  test.each([5, 12, 29])('leaves a phone that obeys %i s late: the next one believes that it does not forward only when the order is too old', async (late) => {
    const one = createWorld(policy, createRandom(4))
    world = one
    await startIn(one)
    await leave(one)
    // It says nothing by itself either: no word of its own brings anybody to look.
    Object.assign(one.phone.faults, { lateMs: late * second, mute: true })
    one.phone.stopAt('answer')
    await one.pass(10 * minute)
    expect([one.phone.hasStopped(), ours(one)]).toEqual([true, []])
    await one.kill()
    await startIn(one)
    await one.pass((late + 1) * second)
    expect(ours(one)).toEqual(['no-answer 6120'])
    delete one.phone.faults.lateMs
    await one.pass(limits.forwardEchoMs)
    expect(ours(one)).toEqual([])
    await one.pass(minute)
    expect([ours(one), await one.onRecord()]).toEqual([[], undefined])
  })
})

const kinds: readonly ForwardKind[] = ['no-answer', 'always']
const pick = <Item>(random: () => number, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item

/** What may happen at any moment; each leaves the world to settle. */
const happenings: readonly ((one: World, random: () => number) => Promise<void> | void)[] = [
  (one) => one.emit({ type: 'seat.seen', occupied: true }),
  (one) => one.emit({ type: 'seat.seen', occupied: false }),
  (one) => one.emit({ type: 'seat.seen', occupied: false }),
  (one) => one.emit({ type: 'seat.lost' }),
  (one) => one.emit({ type: 'command.absence', on: true, kind: 'leave' }),
  (one) => one.emit({ type: 'command.absence', on: false }),
  (one, random) => one.emit({ type: 'substitute.seen', desk: pick(random, substitutes).desk, takesCalls: random() < 0.7 }),
  (one, random) => one.emit({ type: 'warden.seen', answers: random() < 0.6 }),
  (one, random) => one.phone.press(pick(random, kinds), random() < 0.5 ? '6199' : undefined),
  (one) => one.phone.reboot(),
  (one, random) => void Object.assign(one.phone.faults, { deaf: random() < 0.5 }),
  (one, random) => void Object.assign(one.phone.faults, { lies: random() < 0.3, losesAnswers: random() < 0.3, mute: random() < 0.3 }),
  (one, random) => void (random() < 0.5 ? delete one.phone.faults.lateMs : Object.assign(one.phone.faults, { lateMs: Math.floor(random() * 8000) })),
  (one, random) => {
    one.medium = pick(random, ['good', 'good', 'broken', 'stuck'] as const)
  },
  async (one) => {
    await one.kill()
    await startIn(one)
  },
  async (one) => {
    await one.kill()
    await one.release()
    await startIn(one)
  },
  // Killed in the middle of a conversation with the phone.
  async (one, random) => {
    one.phone.stopAt(pick(random, ['reading', 'command', 'answer']))
    one.emit({ type: 'seat.seen', occupied: random() < 0.5 })
    for (let waits = 0; waits < 15 && !one.phone.hasStopped(); waits += 1) await one.pass(minute)
    await one.kill()
    await startIn(one)
  },
]

/** Some hours of one desk, with everything that may go wrong; then everything is well again, and whoever has to undo has a turn. */
async function story(seed: number): Promise<readonly string[]> {
  const random = createRandom(seed)
  const one = createWorld({ ...policy, forwardKind: pick(random, kinds) }, random)
  world = one
  await startIn(one)
  await leave(one)
  for (let step = 0; step < 25; step += 1) {
    await pick(random, happenings)(one, random)
    await one.pass(random() < 0.5 ? Math.floor(random() * 20 * second) : Math.floor(random() * 15 * minute))
    await check(one, seed)
  }
  await heal(one)
  await pick(random, endings)(one)
  await one.settle()
  expect({ seed, ours: ours(one), wrongs: one.phone.wrongs }).toEqual({ seed, ours: [], wrongs: [] })
  await one.end()
  world = undefined
  return one.log
}

async function heal(one: World): Promise<void> {
  for (const fault of Object.keys(one.phone.faults)) delete one.phone.faults[fault as keyof typeof one.phone.faults]
  one.medium = 'good'
  one.emit({ type: 'command.absence', on: false })
  await one.pass(15 * second)
}

/** Who frees the phone in the end. */
const endings: readonly ((one: World) => Promise<unknown>)[] = [
  // The desk itself, when the clerk is back.
  async (one) => {
    one.emit({ type: 'seat.seen', occupied: true })
    await one.pass(10 * minute)
  },
  // `release`, after a crash.
  async (one) => {
    await one.kill()
    await one.release()
  },
  // The next agent, to which nobody has said anything of the seat.
  async (one) => {
    await one.kill()
    await startIn(one)
    await one.pass(10 * minute)
  },
]

describe('stories of a desk whose agent, phone, card and people do what they like', () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1)
  test.each(seeds)(
    'seed %i: the phone ends free or with what a person set, and it is the same story each time',
    async (seed) => {
      expect(await story(seed)).toEqual(await story(seed))
    },
    120_000,
  )
})
