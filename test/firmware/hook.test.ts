import { describe, expect, test } from 'vitest'
import { programs } from './programs.ts'
import { bits, createStartedBridge, type WiredBridge } from './wired-bridge.ts'

/** No current for so long, with the handset up. */
function gap(bridge: WiredBridge, ms: number): void {
  bridge.set('hook', false)
  bridge.pass(ms)
  bridge.set('hook', true)
}

function lifted(hex: string): WiredBridge {
  const bridge = createStartedBridge({ hex })
  bridge.set('hook', true)
  bridge.pass(500)
  expect(bridge.status().bits).toBe(bits.offHook)
  return bridge
}

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test('loop current of 60 ms is a handset that is up; of 58 ms it is not', () => {
    const bridge = createStartedBridge({ hex })
    bridge.set('hook', true)
    bridge.pass(58)
    bridge.set('hook', false)
    bridge.pass(1000)
    expect(bridge.statuses().some(({ bits: now }) => (now & bits.offHook) !== 0)).toBe(false)
    const from = bridge.now()
    bridge.set('hook', true)
    bridge.pass(100)
    const [told] = bridge.since(from).filter((line) => line.type === 'S')
    expect(told).toMatchObject({ bits: bits.offHook })
    expect((told?.uptimeMs ?? 0) - from).toBeGreaterThanOrEqual(60)
    expect((told?.uptimeMs ?? 0) - from).toBeLessThan(62)
  })

  test('no current for 450 ms is a handset that is down; for 449 ms it is a flash', () => {
    const bridge = lifted(hex)
    gap(bridge, 449)
    bridge.pass(1000)
    expect(bridge.statuses().filter(({ bits: now }) => now === 0).length).toBe(1)
    expect(bridge.status()).toMatchObject({ bits: bits.offHook, flashes: 1 })
    const from = bridge.now()
    bridge.set('hook', false)
    bridge.pass(600)
    const down = bridge.since(from).find((line) => line.type === 'S' && line.bits === 0)
    expect(down).toMatchObject({ flashes: 1 })
    expect((down?.atMs ?? 0) - from).toBeGreaterThanOrEqual(450)
    expect((down?.atMs ?? 0) - from).toBeLessThan(456)
  })

  test('a gap of 90 ms is a flash; one of 88 ms, and a dial pulse, is none', () => {
    const bridge = lifted(hex)
    for (const [ms, flashes] of [
      [60, 0],
      [88, 0],
      [91, 1],
      [200, 2],
    ] as const) {
      gap(bridge, ms)
      bridge.pass(300)
      expect([ms, bridge.status()]).toMatchObject([ms, { bits: bits.offHook, flashes }])
    }
  })

  test('bounces as the handset goes down are no flash and put nothing off', () => {
    const bridge = lifted(hex)
    const from = bridge.now()
    for (const ms of [0, 7, 100, 104, 250, 265]) bridge.at(from + ms, () => bridge.set('hook', ms === 7 || ms === 100 || ms === 250))
    bridge.at(from + 12, () => bridge.set('hook', false))
    bridge.pass(800)
    const down = bridge.since(from).find((line) => line.type === 'S' && line.bits === 0)
    expect(down).toMatchObject({ flashes: 0 })
    expect((down?.atMs ?? 0) - from).toBeLessThan(456)
  })

  test('while it rings, current must last as long as a ring trip', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [4000, 4000], bursts: 1 })
    bridge.pass(1000)
    bridge.set('hook', true)
    bridge.pass(198)
    bridge.set('hook', false)
    bridge.pass(300)
    expect(bridge.status()).toMatchObject({ bits: bits.ringing, rings: 1 })
    const from = bridge.now()
    bridge.set('hook', true)
    bridge.pass(300)
    const up = bridge.since(from).find((line) => line.type === 'S' && line.bits === bits.offHook)
    expect((up?.atMs ?? 0) - from).toBeGreaterThanOrEqual(200)
    expect((up?.atMs ?? 0) - from).toBeLessThan(206)
  })

  test('ringing current that comes through the sensor is not a handset that is up', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [2000, 4000], bursts: 1 })
    // Both halves of each wave, with a gap of 3 ms where the current changes its direction.
    const from = bridge.now()
    for (let ms = 0; ms < 2000; ms += 20) {
      bridge.at(from + ms, () => bridge.set('hook', true))
      bridge.at(from + ms + 17, () => bridge.set('hook', false))
    }
    bridge.pass(3000)
    expect(bridge.statuses().some(({ bits: now }) => (now & bits.offHook) !== 0)).toBe(false)
  })

  test('the sensor lit by ringing from its first wave on does not answer the call', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [2000, 4000], bursts: 1 })
    bridge.pass(45)
    bridge.set('hook', true)
    bridge.pass(190)
    bridge.set('hook', false)
    bridge.pass(100)
    expect(bridge.status()).toMatchObject({ bits: bits.ringing, rings: 1 })
  })

  test('who lifts within a burst is told soon after the ringing has been tripped', () => {
    const bridge = createStartedBridge({ hex })
    const stop = bridge.ring({ cadence: [2000, 4000] })
    bridge.pass(1000)
    const from = bridge.now()
    stop()
    bridge.set('hook', true)
    bridge.pass(300)
    const up = bridge.since(from).find((line) => line.type === 'S' && (line.bits & bits.offHook) !== 0)
    expect(up).toMatchObject({ bits: bits.offHook, rings: 0 })
    expect((up?.atMs ?? 0) - from).toBeLessThan(206)
  })
})
