import { describe, expect, test } from 'vitest'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { type LampLight, type LampProfile, type LampRow, lampAt } from '../../src/lamps/patterns.ts'
import type { LampLevels } from '../../src/simulator/avr-lights.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { programs } from './programs.ts'
import { bits, createStartedBridge, type WiredBridge } from './wired-bridge.ts'

/** The wall clock when power came on. */
const wallAtStart = Date.UTC(2026, 10, 26, 9, 0, 0, 123)
/** A line of this length takes so long to arrive, and a wave of the dimmer to end. */
const lateMaxMs = 6

const pattern = (name: (typeof bridgePatterns)[number]): number => bridgePatterns.indexOf(name)
const phase = (bridge: WiredBridge): number => (wallAtStart + Math.floor(bridge.now())) % 60_000

/** The agent's ping, each second, with the wall clock's phase and as much too much. */
function ping(bridge: WiredBridge, tooMuchMs: () => number = () => 0): void {
  const again = (): void => {
    bridge.say('P', (phase(bridge) + tooMuchMs() + 60_000) % 60_000)
    bridge.at(bridge.now() + 1000, again)
  }
  again()
}

function levels(row: LampRow<LampLight>): LampLevels {
  return { left: row.left?.level ?? 0, middle: row.middle?.level ?? 0, right: row.right?.level ?? 0 }
}

const near = (one: LampLevels, other: LampLevels): boolean =>
  [one.left - other.left, one.middle - other.middle, one.right - other.right].every((difference) => Math.abs(difference) < 0.004)

/** For how long each light stayed lit or dark, whole spans only. */
function spansOf(changes: readonly (readonly [LampLevels, number])[]): number[] {
  return (['left', 'middle', 'right'] as const).flatMap((light) => {
    const switched = changes.filter(([now], index) => index > 0 && now[light] !== changes[index - 1]?.[0][light]).map(([, atMs]) => atMs)
    return switched.slice(1).map((atMs, index) => atMs - (switched[index] ?? 0))
  })
}

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test.each([{ flashing: true }, { flashing: false }])('every pattern looks as the table says, %o', (profile: LampProfile) => {
    const bridge = createStartedBridge({ hex })
    ping(bridge)
    for (const [index, name] of bridgePatterns.entries()) {
      bridge.say('L', index, profile.flashing ? 0 : 1, phase(bridge))
      bridge.pass(10)
      let compared = 0
      for (let sample = 0; sample < 140; sample += 1) {
        bridge.pass(37)
        const wall = wallAtStart + bridge.now()
        const [now, before] = [levels(lampAt(name, wall, profile)), levels(lampAt(name, wall - lateMaxMs, profile))]
        // Right at an edge, the lamp may still be a few ms behind.
        if (!near(now, before)) continue
        compared += 1
        if (!near(bridge.lamp(), now)) expect([name, wall % 60_000, bridge.lamp()]).toEqual([name, wall % 60_000, now])
      }
      expect(compared).toBeGreaterThan(100)
    }
  })

  test('a new pattern is shown at once', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('ring-overdue'), 0, 0)
    bridge.pass(5)
    expect(bridge.lamp()).toEqual({ left: 0.8, middle: 0.8, right: 0.8 })
  })

  test('between two words of the agent the rhythm goes on by our own clock, also over the end of a minute', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('hold-warning'), 0, 58_000)
    const from = bridge.now() + 2
    const changes: [LampLevels, number][] = []
    bridge.onLamp((now, atMs) => void changes.push([now, atMs]))
    bridge.pass(4900)
    expect(changes).toHaveLength(20)
    for (const [index, [now, atMs]] of changes.entries()) {
      expect(now.middle).toBe(index % 2 === 0 ? 0.8 : 0)
      expect(Math.abs(atMs - from - index * 250)).toBeLessThan(4)
    }
  })

  test('pings that come early and late never switch a light twice', () => {
    const bridge = createStartedBridge({ hex })
    const random = createRandom(7)
    ping(bridge, () => Math.floor(random() * 81) - 40)
    bridge.say('L', pattern('hold-warning'), 0, phase(bridge))
    const changes: [LampLevels, number][] = []
    bridge.onLamp((now, atMs) => void changes.push([now, atMs]))
    bridge.pass(60_000)
    const spans = spansOf(changes)
    expect(spans.length).toBeGreaterThan(200)
    expect(Math.min(...spans)).toBeGreaterThan(230)
    expect(Math.max(...spans)).toBeLessThan(270)
  })

  test('a phase that is far off is taken at once', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('hold-overdue'), 0, 0)
    bridge.pass(100)
    expect(bridge.lamp().right).toBe(0.8)
    bridge.say('P', 700)
    bridge.pass(5)
    expect(bridge.lamp().right).toBe(0)
  })

  test('an agent that is silent for 5 s has no lamp any more; for 4.9 s it has', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('ring-overdue'), 0, 0)
    bridge.pass(10)
    const acked = bridge.heard.at(-1)?.atMs ?? 0
    bridge.advanceTo(acked + 4900)
    expect(bridge.lamp().left).toBe(0.8)
    expect(bridge.status().bits).toBe(0)
    bridge.advanceTo(acked + 5010)
    expect(bridge.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
    expect(bridge.status().bits).toBe(bits.agentSilent)
  })

  test('any good line keeps the lamp; garbage does not', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('callbacks'), 0, 0)
    bridge.pass(3000)
    bridge.say('P', 3000)
    bridge.pass(4000)
    expect(bridge.lamp().left).toBe(0.2)
    for (let again = 0; again < 4; again += 1) {
      bridge.sayRaw('$P,7,0*0000\n')
      bridge.pass(1000)
    }
    expect(bridge.lamp().left).toBe(0)
  })

  test('after a silence the lamp stays dark until the agent says anew what it shall show', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', pattern('ring-overdue'), 0, 0)
    bridge.pass(6000)
    bridge.say('P', 0)
    bridge.say('Q')
    bridge.pass(500)
    expect(bridge.lamp().left).toBe(0)
    expect(bridge.status().bits).toBe(bits.agentSilent)
    bridge.say('L', pattern('ring-overdue'), 0, 0)
    bridge.pass(50)
    expect(bridge.lamp().left).toBe(0.8)
    expect(bridge.status().bits).toBe(0)
  })

  test('with timers step by step, the pins really have these levels', () => {
    const bridge = createStartedBridge({ hex, exactTimers: true })
    for (const [name, steady, expected] of [
      ['identify', 1, { left: 0.8, middle: 0.2, right: 0.8 }],
      ['ring-warning', 1, { left: 0.5, middle: 0.5, right: 0.5 }],
      ['call-waiting', 1, { left: 0, middle: 0.5, right: 0 }],
      ['forwarded', 0, { left: 0, middle: 0, right: 0.2 }],
      ['dark', 0, { left: 0, middle: 0, right: 0 }],
    ] as const) {
      bridge.say('L', pattern(name), steady, 0)
      bridge.pass(20)
      expect([name, near(bridge.lamp(), expected), bridge.lamp()]).toEqual([name, true, bridge.lamp()])
    }
  })
})
