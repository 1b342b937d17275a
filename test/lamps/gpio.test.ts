import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GpioLampConfig } from '../../src/config/config.ts'
import { type LampPattern, lampPatterns } from '../../src/desk/effect.ts'
import { createGpioLamp, isLit, lampOutputs, lampStayMs } from '../../src/lamps/gpio.ts'
import { type LampProfile, lampAt, nextEdge } from '../../src/lamps/patterns.ts'
import { createHandClock } from '../gpio/hand-clock.ts'
import { createHandGpio } from '../gpio/hand-gpio.ts'

const three = { driver: 'gpio', lines: { left: 5, middle: 6, right: 13 } } as const
const one = { driver: 'gpio', line: 5 } as const
const positions = ['left', 'middle', 'right'] as const
type Position = (typeof positions)[number]
const minuteMs = 60_000
/** The first flash may begin in the middle, and is then made longer: so long until the lamp is in phase. */
const settleMs = 1000
/** A moment at which no period begins. */
const wall = Date.UTC(2026, 10, 23, 8) + 1234

describe.each(lampPatterns)('%s', (pattern) => {
  test.each([true, false])('three lights show what the table shows, at each edge and between, flashing: %j', async (flashing) => {
    const lamp = await lampAtDesk(three, { flashing })
    lamp.show(pattern)
    lamp.clock.pass(settleMs)
    await sampled(lamp.clock, (at) => {
      const row = lampAt(pattern, at, { flashing })
      expect([5, 6, 13].map((line) => lamp.gpio.lit.get(line))).toEqual(positions.map((position) => row[position] !== null))
    })
  })

  test('one light is lit while any of the three would be', async () => {
    const lamp = await lampAtDesk(one)
    lamp.show(pattern)
    lamp.clock.pass(settleMs)
    await sampled(lamp.clock, (at) => {
      const row = lampAt(pattern, at, { flashing: true })
      expect(lamp.gpio.lit.get(5)).toBe(positions.some((position) => row[position] !== null))
    })
  })

  test('merged into one light it still comes on at most twice in any second, and stays on and off for 250 ms', () => {
    const lit = Array.from({ length: minuteMs }, (_, ms) => isLit(positions, lampAt(pattern, wall + ms, { flashing: true })))
    const changes = lit.flatMap((is, ms) => (ms > 0 && is !== lit[ms - 1] ? [ms] : []))
    const onsets = changes.filter((ms) => lit[ms])
    for (const from of onsets) expect(onsets.filter((ms) => ms >= from && ms < from + 1000).length).toBeLessThanOrEqual(2)
    for (const [index, ms] of changes.entries()) if (index > 0) expect(ms - (changes[index - 1] ?? 0)).toBeGreaterThanOrEqual(250)
  })

  test('dark is dark and everything else is lit at some time, also on one light', () => {
    const lit = Array.from({ length: minuteMs }, (_, ms) => isLit(positions, lampAt(pattern, wall + ms, { flashing: true })))
    expect(lit.includes(true)).toBe(pattern !== 'dark')
  })
})

test('whatever is shown when, and however late the timers are, no light changes again before its time', async () => {
  const steps = fc.array(fc.record({ pattern: fc.constantFrom(...lampPatterns), waitMs: fc.integer({ min: 0, max: 1500 }) }), { minLength: 1, maxLength: 25 })
  const lateness = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 10 })
  const jumps = fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(steps, lateness, jumps, async (shows, late, wallJumps) => {
      const lamp = await lampAtDesk(three)
      let turn = 0
      lamp.clock.late(() => late[turn++ % late.length] ?? 0)
      const changes = new Map<number, number[]>()
      const before = new Map(lamp.gpio.lit)
      const look = (): void => {
        for (const [line, lit] of lamp.gpio.lit) {
          if (before.get(Number(line)) === lit) continue
          before.set(line, lit)
          changes.set(Number(line), [...(changes.get(Number(line)) ?? []), lamp.clock.now()])
        }
      }
      for (const [index, { pattern, waitMs }] of shows.entries()) {
        lamp.show(pattern)
        look()
        lamp.clock.pass(waitMs, look)
        const jump = wallJumps[index]
        if (jump !== undefined) lamp.clock.setWall(lamp.clock.wall() + jump)
      }
      for (const times of changes.values()) {
        for (const [index, at] of times.entries()) expect(at - (times[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(lampStayMs)
      }
    }),
  )
})

test('a timer that is a little late does not push the phase along', async () => {
  const lamp = await lampAtDesk(three)
  lamp.clock.late(() => 20)
  lamp.show('hold-warning')
  lamp.clock.pass(10 * minuteMs)
  const offsets = new Set<number>()
  let before = lamp.gpio.lit.get(6)
  lamp.clock.pass(minuteMs, () => {
    const lit = lamp.gpio.lit.get(6)
    if (lit !== before) offsets.add(lamp.clock.wall() % 250)
    before = lit
  })
  expect([...offsets]).toEqual([20])
})

test('wherever in the pattern it begins, it is in phase within a second', async () => {
  for (const pattern of lampPatterns) {
    for (let startMs = 0; startMs < 5000; startMs += 50) {
      const lamp = await lampAtDesk(three)
      lamp.clock.pass(startMs)
      lamp.show(pattern)
      lamp.clock.pass(settleMs)
      for (let ms = 0; ms < 2500; ms += 125) {
        lamp.clock.pass(ms === 0 ? 0 : 125)
        const row = lampAt(pattern, lamp.clock.wall(), { flashing: true })
        expect([5, 6, 13].map((line) => lamp.gpio.lit.get(line))).toEqual(positions.map((position) => row[position] !== null))
      }
    }
  }
})

test('a stepped wall clock is followed at the next edge', async () => {
  const lamp = await lampAtDesk(three)
  lamp.show('ring-warning')
  lamp.clock.setWall(wall + 3_456_789)
  lamp.clock.pass(5000)
  await sampled(lamp.clock, (at) => expect(lamp.gpio.lit.get(5)).toBe(lampAt('ring-warning', at, { flashing: true }).left !== null))
})

test('a pattern that is shown before the start is shown by the start', async () => {
  const lamp = lampFor(three)
  lamp.show('ring-overdue')
  expect(lamp.gpio.lit.size).toBe(0)
  await lamp.start()
  expect([...lamp.gpio.lit.values()]).toEqual([true, true, true])
})

test('a steady pattern needs no timer', async () => {
  const lamp = await lampAtDesk(three)
  lamp.show('ring-overdue')
  expect(lamp.clock.pending()).toBe(0)
})

test('stopped, it is dark at once, lets go, keeps no timer and shows nothing more', async () => {
  const lamp = await lampAtDesk(three)
  lamp.show('ring-warning')
  lamp.clock.pass(1234)
  await lamp.stop()
  await lamp.stop()
  lamp.show('ring-overdue')
  lamp.clock.pass(minuteMs)
  expect([...lamp.gpio.lit.values()]).toEqual([undefined, undefined, undefined])
  expect(lamp.clock.pending()).toBe(0)
})

test('where one line cannot be had, the start is an error and the others are let go', async () => {
  const lamp = lampFor(three)
  lamp.gpio.refuse(13, 1)
  await expect(lamp.start()).rejects.toThrow('GPIO13 is in use')
  expect([...lamp.gpio.lit.values()]).toEqual([undefined, undefined])
})

test('each way to write the lamp is its outputs', () => {
  expect(lampOutputs({ ...three, chip: 'x' }).map(({ address }) => address)).toEqual([5, 6, 13].map((line) => ({ line, chip: 'x' })))
  expect(lampOutputs(one)).toEqual([{ address: { line: 5 }, positions }])
  expect(lampOutputs({ driver: 'gpio', led: 'lamp' })).toEqual([{ address: { led: 'lamp' }, positions }])
  expect(lampOutputs({ driver: 'gpio', leds: { left: 'a', middle: 'b', right: 'c' } })).toEqual([
    { address: { led: 'a' }, positions: ['left'] },
    { address: { led: 'b' }, positions: ['middle'] },
    { address: { led: 'c' }, positions: ['right'] },
  ])
})

test('the guide says of each kind of lamp which patterns look alike on it', () => {
  const guide = readFileSync(new URL('../../docs/guides/gpio.md', import.meta.url), 'utf8')
  const section = /### What cannot be told apart\n([\s\S]*?)\n#/.exec(guide)?.[1] ?? ''
  const rows = [...section.matchAll(/^\| (.*?) ?\| (.*) \|$/gm)].slice(1).map(([, lamp, alike]) => ({ lamp: lamp ?? '', alike: alike ?? '' }))
  const said = rows.map(({ alike }, index) => [rows.slice(0, index + 1).findLast(({ lamp }) => lamp !== '')?.lamp, alike])
  const alike = (of: readonly (readonly Position[])[], profile: LampProfile): readonly string[] => {
    const looks = new Map<string, LampPattern[]>()
    for (const pattern of lampPatterns) {
      const look = Array.from({ length: 60_000 / 50 }, (_, step) => of.map((each) => isLit(each, lampAt(pattern, step * 50, profile)))).join()
      looks.set(look, [...(looks.get(look) ?? []), pattern])
    }
    return [...looks.values()].filter(({ length }) => length > 1).map((patterns) => patterns.map((pattern) => `\`${pattern}\``).join(', '))
  }
  const apart = positions.map((position) => [position])
  expect(alike(apart, { flashing: true })).toEqual([])
  expect(alike([positions], { flashing: false })).toHaveLength(1)
  expect(said).toEqual([
    ['three, flashing', 'none'],
    ...alike([positions], { flashing: true }).map((group) => ['one, flashing', group]),
    ...alike(apart, { flashing: false }).map((group) => ['three, `flashing: false`', group]),
    ['one, `flashing: false`', 'all but `dark`'],
  ])
})

/** A minute from edge to edge: right after each of the pattern's edges and right before the next, whatever the pattern. */
async function sampled(clock: ReturnType<typeof createHandClock>, look: (at: number) => void): Promise<void> {
  const edges = new Set(lampPatterns.flatMap((pattern) => edgesOf(pattern, clock.wall(), clock.wall() + minuteMs)))
  for (const edge of [...edges].sort((a, b) => a - b)) {
    for (const at of [edge - 1, edge]) {
      if (at <= clock.wall()) continue
      clock.pass(at - clock.wall())
      look(at)
    }
  }
}

function edgesOf(pattern: LampPattern, from: number, until: number): number[] {
  const edges: number[] = []
  for (let at = nextEdge(pattern, from, { flashing: true }); at !== undefined && at < until; at = nextEdge(pattern, at, { flashing: true })) edges.push(at)
  return edges
}

function lampFor(config: GpioLampConfig, { flashing = true } = {}) {
  const [gpio, clock] = [createHandGpio(), createHandClock(wall)]
  return { ...createGpioLamp(config, { gpio, clock, flashing }), gpio, clock }
}

async function lampAtDesk(config: GpioLampConfig, profile = { flashing: true }) {
  const lamp = lampFor(config, profile)
  await lamp.start()
  return lamp
}
