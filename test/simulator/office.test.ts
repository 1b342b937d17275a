import { describe, expect, test } from 'vitest'
import type { Habit } from '../../src/simulator/clerk.ts'
import { createOffice, type Office, officeActions } from '../../src/simulator/office.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createPaperPhone, type PaperPhone } from './paper-phone.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

const minute = 60_000
const hour = 60 * minute
const habits: readonly Habit[] = ['answers', 'walks-away', 'ordinary', 'absent']

describe('an hour of the office', () => {
  test('is the same each time for the same seed, and another for another', () => {
    const first = anHour(1)
    expect(first.length).toBeGreaterThan(300)
    expect(anHour(1)).toEqual(first)
    expect(anHour(2)).not.toEqual(first)
  })

  test('shows what the demonstration is for', () => {
    const log = [1, 2, 3].flatMap(anHour)
    const seen = (desk: Habit, what: RegExp): number => log.filter((line) => line.desk === desk && what.test(line.what)).length
    for (const habit of ['answers', 'walks-away', 'ordinary'] as const) expect(seen(habit, /^answer/)).toBeGreaterThan(20)
    expect(seen('walks-away', /^stands up/)).toBeGreaterThan(20)
    expect(seen('answers', /^stands up/)).toBe(0)
    expect(seen('absent', /^caller gives up/)).toBeGreaterThan(30)
    expect(seen('absent', /^dial/)).toBeGreaterThan(0)
    expect(seen('ordinary', /^dial/)).toBeGreaterThan(0)
    expect(seen('ordinary', /^hold/)).toBeGreaterThan(5)
    expect(seen('ordinary', /nobody known/)).toBeGreaterThan(0)
    expect(seen('ordinary', /^remote hangs up/)).toBeGreaterThan(seen('ordinary', /^hang up/))
  })

  test('has clerks who mostly answer within three rings, and callers who wait 25 to 40 seconds', () => {
    const log = [1, 2, 3].flatMap(anHour)
    const waits = (verb: string, desk: Habit): number[] => {
      const rang = new Map<string, number>()
      return log.flatMap((line) => {
        if (line.desk !== desk) return []
        const [, id] = /^ring .* = (\d+)$/.exec(line.what) ?? []
        if (id !== undefined) rang.set(id, line.at)
        return line.what.startsWith(`${verb} `) ? [line.at - (rang.get(line.what.slice(verb.length + 1)) ?? Number.NaN)] : []
      })
    }
    const answered = waits('answer', 'answers')
    expect(answered.filter((ms) => ms < 15_000).length / answered.length).toBeGreaterThan(0.8)
    expect(answered.some((ms) => ms >= 15_000)).toBe(true)
    for (const ms of waits('caller gives up', 'absent')) expect(ms >= 25_000 && ms <= 40_002).toBe(true)
  })

  test('calls only numbers that belong to nobody', () => {
    const numbers = anHour(4).flatMap(({ what }) => /(?:ring from|dial) (\+\d+)/.exec(what)?.[1] ?? [])
    expect(numbers.length).toBeGreaterThan(20)
    for (const number of numbers) expect(number).toMatch(/^\+488555501\d\d$/)
  })

  test('has sensors that report every five seconds, whatever happens', () => {
    const { clock, reports, office } = createScene('ordinary')
    office.start()
    clock.pass(minute)
    expect(reports.length).toBeGreaterThanOrEqual(13)
    office.perform('ordinary', 'hold')
    const before = reports.length
    clock.pass(30_000)
    expect(reports.length).toBe(before + 6)
  })
})

describe('speed', () => {
  test('divides every wait', () => {
    const slow = createScene('ordinary', { speed: 1 })
    const quick = createScene('ordinary', { speed: 10 })
    slow.office.start()
    quick.office.start()
    slow.clock.pass(hour)
    quick.clock.pass(hour / 10)
    const verbs = ({ log }: Scene): string[] => log.map(({ what }) => what)
    expect(verbs(quick)).toEqual(verbs(slow))
    expect(verbs(slow).length).toBeGreaterThan(60)
  })

  test('is felt within a second, and a standstill is one', () => {
    const scene = createScene('ordinary', { speed: 0 })
    scene.office.start()
    scene.clock.pass(hour)
    expect(scene.log).toEqual([])
    scene.setSpeed(1000)
    scene.clock.pass(3000)
    expect(scene.log.length).toBeGreaterThan(5)
  })
})

describe('a visitor', () => {
  test('can do everything by hand, and each makes a difference', () => {
    const { clock, office, log, phone } = createScene('ordinary')
    office.start()
    const act = (action: string) => expect(office.perform('ordinary', action), action).toEqual({ ok: true })
    act('call')
    act('answer')
    act('hold')
    act('resume')
    act('hang-up')
    act('call')
    act('give-up')
    log.length = 0
    act('call-back')
    clock.pass(5000)
    expect(phone.calls().map(({ state }) => state)).toEqual(['connected'])
    act('remote-hang-up')
    clock.pass(2000)
    act('stand-up')
    act('sit-down')
    expect(log.map(({ what }) => what.replace(/ ?=? ?\d+$/, ''))).toEqual(
      ['dial +', 'remote answers', 'remote hangs up', 'put down', 'stands up', 'sits down'].map(expectVerb),
    )
  })

  test('is told in a sentence what makes no sense now', () => {
    const { office } = createScene('absent')
    expect(office.perform('absent', 'call')).toEqual({ ok: false, error: 'The office is closed.' })
    office.start()
    for (const action of officeActions.filter((name) => name !== 'call' && name !== 'sit-down')) {
      expect(office.perform('absent', action), action).toEqual({ ok: false, error: expect.stringMatching(/^[A-Z].*\.$/) })
    }
    expect(office.perform('nowhere', 'call')).toEqual({ ok: false, error: 'There is no such desk in this office.' })
    expect(office.perform('absent', 'constructor')).toEqual({ ok: false, error: 'Nobody in this office knows how to do that.' })
    expect(office.perform('absent', 'sit-down')).toEqual({ ok: true })
    expect(office.perform('absent', 'sit-down').ok).toBe(false)
    expect(office.perform('absent', 'call').ok).toBe(true)
    expect(office.perform('absent', 'call').ok).toBe(true)
    expect(office.perform('absent', 'call').ok).toBe(false)
  })

  test('may call without a number, and is owed no call then', () => {
    const { office, log } = createScene('ordinary')
    office.start()
    office.perform('ordinary', 'call', { withheld: true })
    office.perform('ordinary', 'give-up')
    expect(log[0]?.what).toBe('ring from nobody known = 1')
    expect(office.perform('ordinary', 'call-back').ok).toBe(false)
  })

  test('has the desk alone for a minute after the last button, whatever the speed; then its life goes on', () => {
    const { clock, office, log, phone } = createScene('answers', { speed: 20 })
    office.start()
    office.perform('answers', 'call')
    clock.pass(30_000)
    office.perform('answers', 'answer')
    clock.pass(minute - 1)
    expect(log.map(({ what }) => what.split(' ')[0])).toEqual(['ring', 'answer'])
    clock.pass(minute)
    expect(log.length).toBeGreaterThan(5)
    expect(log[2]?.what).toBe('remote hangs up 1')
    expect(phone.calls().some(({ id }) => id === '1')).toBe(false)
  })

  test('at one desk changes nothing at the others', () => {
    const alone = createScenes(5)
    const visited = createScenes(5)
    for (const { office, clock } of [alone, visited]) {
      office.start()
      clock.pass(10 * minute)
      if (office === visited.office) office.perform('ordinary', 'call')
      clock.pass(10 * minute)
    }
    const others = ({ log }: { log: Line[] }): Line[] => log.filter(({ desk }) => desk !== 'ordinary')
    expect(others(visited)).toEqual(others(alone))
    expect(visited.log).not.toEqual(alone.log)
  })
})

test('a phone that changes by itself at any moment never makes the clerk do the impossible', () => {
  const chaos = createRandom(99)
  const { clock, office, log, phones } = createScenes(6)
  office.start()
  for (let second = 0; second < 3600; second++) {
    clock.pass(1000)
    for (const phone of phones.values()) {
      for (const { id, state } of phone.calls()) {
        const whim = chaos()
        if (whim < 0.02) phone.set(id, 'gone')
        else if (whim < 0.04 && state === 'connected') phone.set(id, 'held')
      }
    }
  }
  expect(log.length).toBeGreaterThan(200)
})

test('after the stop nothing is pending and nothing happens', () => {
  const { clock, office, log } = createScenes(3)
  office.start()
  office.start()
  clock.pass(10 * minute)
  office.perform('ordinary', 'call')
  office.perform('ordinary', 'answer')
  office.perform('ordinary', 'remote-hang-up')
  office.stop()
  office.stop()
  expect(clock.pending()).toBe(0)
  const before = log.length
  clock.pass(hour)
  expect(log.length).toBe(before)
  expect(office.perform('ordinary', 'call').ok).toBe(false)
  expect(clock.pending()).toBe(0)
})

interface Line {
  at: number
  desk: string
  what: string
}
interface Scene {
  clock: VirtualClock
  office: Office
  log: Line[]
  phone: PaperPhone
  reports: boolean[]
  setSpeed(speed: number): void
}

/** One desk; its sensor's repeated reports are kept apart from what people do. */
function createScene(habit: Habit, { speed = 1 } = {}): Scene {
  const { clock, office, log, phones, reports, setSpeed } = createScenes(11, [habit], speed)
  const phone = phones.get(habit)
  if (phone === undefined) throw new Error('no phone')
  return { clock, office, log, phone, reports, setSpeed }
}

function createScenes(seed: number, of: readonly Habit[] = habits, initialSpeed = 1) {
  const clock = createVirtualClock()
  const log: Line[] = []
  const reports: boolean[] = []
  const phones = new Map<string, PaperPhone>()
  let speed = initialSpeed
  const desks = of.map((habit) => {
    const write = (what: string): void => void log.push({ at: Math.round(clock.now()), desk: habit, what })
    const phone = createPaperPhone(write)
    phones.set(habit, phone)
    let seated = habit !== 'absent'
    const seat = (occupied: boolean): void => {
      reports.push(occupied)
      if (occupied !== seated) write(occupied ? 'sits down' : 'stands up')
      seated = occupied
    }
    return { id: habit, habit, phone, seat }
  })
  const office = createOffice({ desks, random: createRandom(seed), clock, speed: () => speed })
  const setSpeed = (next: number): void => {
    speed = next
  }
  return { clock, office, log, phones, reports, setSpeed }
}

function anHour(seed: number): Line[] {
  const { clock, office, log } = createScenes(seed)
  office.start()
  clock.pass(hour)
  office.stop()
  return log
}

function expectVerb(verb: string): unknown {
  return expect.stringMatching(new RegExp(`^${verb.replace('+', '\\+')}`))
}
