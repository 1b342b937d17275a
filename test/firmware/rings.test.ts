import { describe, expect, test } from 'vitest'
import { programs } from './programs.ts'
import { bits, createStartedBridge, type WiredBridge } from './wired-bridge.ts'

/** When each ring was first told. */
function ringsOf(bridge: WiredBridge): [rings: number, atMs: number][] {
  const told: [number, number][] = []
  for (const { rings, atMs } of bridge.statuses()) if (rings !== (told.at(-1)?.[0] ?? 0)) told.push([rings, atMs])
  return told
}

/** Pulses on the ring detector at these moments from now on, each so long. */
function pulses(bridge: WiredBridge, moments: readonly number[], lastingMs: number): void {
  const from = bridge.now()
  for (const ms of moments) {
    bridge.at(from + ms, () => bridge.set('ring', true))
    bridge.at(from + ms + lastingMs, () => bridge.set('ring', false))
  }
}

const every = (periodMs: number, forMs: number): number[] => Array.from({ length: Math.floor(forMs / periodMs) }, (_, index) => index * periodMs)

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test.each([
    ['of Poland, 1 s on and 4 s off', [1000, 4000]],
    ['of an adapter, 2 s on and 4 s off', [2000, 4000]],
  ])('the third ring of a cadence %s is counted as it begins', (_, cadence) => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence, bursts: 3 })
    bridge.pass(15_000)
    const periodMs = (cadence[0] ?? 0) + (cadence[1] ?? 0)
    const told = ringsOf(bridge)
    expect(told.map(([rings]) => rings)).toEqual([1, 2, 3])
    for (const [index, [, atMs]] of told.entries()) {
      expect(atMs - 200 - index * periodMs).toBeGreaterThan(100)
      expect(atMs - 200 - index * periodMs).toBeLessThan(200)
    }
  })

  test('rings are counted, not timed: a line that rings irregularly has as many rings as bursts', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [700, 1200, 400, 6900, 2000, 3000], bursts: 3 })
    bridge.pass(2900)
    expect(bridge.status().rings).toBe(2)
    bridge.pass(5000)
    expect(bridge.status().rings).toBe(2)
    bridge.pass(1500)
    expect(bridge.status().rings).toBe(3)
  })

  test('the burst of a ring is told from its recognition to its end', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [1000, 4000], bursts: 1 })
    bridge.pass(3000)
    const edges = bridge.statuses().filter(({ bits: now }, index, all) => index > 0 && ((now ^ (all[index - 1]?.bits ?? 0)) & bits.ringing) !== 0)
    expect(edges.map(({ bits: now }) => now & bits.ringing)).toEqual([1, 0])
    // The last of 25 pulses begins at 960 ms; 120 ms of silence end the burst.
    expect(edges[1]?.uptimeMs).toBeGreaterThan(200 + 960 + 118)
    expect(edges[1]?.uptimeMs).toBeLessThan(200 + 960 + 126)
  })

  test('a double burst is one ring', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [400, 200, 400, 2000], bursts: 6 })
    bridge.pass(9500)
    expect(ringsOf(bridge).map(([rings]) => rings)).toEqual([1, 2, 3])
  })

  test('two bursts are one ring up to the threshold, and two from there on', () => {
    for (const [gapMs, rings] of [
      [950, 1],
      [1050, 2],
    ] as const) {
      const bridge = createStartedBridge({ hex })
      bridge.ring({ cadence: [1000, gapMs - 40], bursts: 2 })
      bridge.pass(3000)
      expect([gapMs, bridge.status().rings]).toEqual([gapMs, rings])
    }
  })

  test.each([15, 20, 25, 50, 68])('ringing of %i Hz rings, with a pulse each wave and with one each half wave', (hz) => {
    for (const fullWave of [false, true]) {
      const bridge = createStartedBridge({ hex })
      bridge.ring({ hz, fullWave, cadence: [1000, 4000], bursts: 3 })
      bridge.pass(12_000)
      expect([fullWave, ...ringsOf(bridge).map(([rings]) => rings)]).toEqual([fullWave, 1, 2, 3])
    }
  })

  test.each([0.2, 0.9])('a detector that conducts in %d of each half wave is as good as another', (conducts) => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ hz: 25, fullWave: true, conducts, cadence: [1000, 4000], bursts: 2 })
    bridge.pass(7000)
    expect(ringsOf(bridge).map(([rings]) => rings)).toEqual([1, 2])
  })

  test.each([10, 13, 160, 200, 400])('pulses of %i Hz are not ringing', (hz) => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ hz, cadence: [2000, 1000] })
    bridge.pass(10_000)
    expect(ringsOf(bridge)).toEqual([])
  })

  test('dial pulses are not ringing, on the detector nor by the handset', () => {
    const bridge = createStartedBridge({ hex })
    bridge.keepAlive()
    pulses(bridge, every(100, 1000), 60)
    bridge.pass(2000)
    expect(ringsOf(bridge)).toEqual([])
    bridge.set('hook', true)
    bridge.pass(1000)
    // A detector on a capacitor shows both ends of a pulse: 60 and 40 ms, which is as fast as ringing. But nobody is rung with the handset up.
    pulses(
      bridge,
      [...every(100, 1000), ...every(100, 1000).map((ms) => ms + 60)].sort((a, b) => a - b),
      8,
    )
    const from = bridge.now()
    for (const ms of every(100, 1000)) {
      bridge.at(from + ms, () => bridge.set('hook', false))
      bridge.at(from + ms + 60, () => bridge.set('hook', true))
    }
    bridge.pass(3000)
    expect(ringsOf(bridge)).toEqual([])
    expect(bridge.status()).toMatchObject({ bits: bits.offHook, flashes: 0 })
  })

  test('spikes are not ringing, however many', () => {
    const bridge = createStartedBridge({ hex })
    // As regular as ringing, but too short to be it.
    pulses(bridge, every(40, 3000), 0.9)
    bridge.pass(3000)
    pulses(bridge, every(3.1, 2000), 0.05)
    bridge.pass(3000)
    expect(ringsOf(bridge)).toEqual([])
  })

  test('a few pulses, and a burst that is too short, are not ringing', () => {
    const bridge = createStartedBridge({ hex })
    pulses(bridge, [0, 40, 80, 500, 540, 580, 1300], 15)
    bridge.pass(2000)
    // At 100 pulses a second there are many, but it rings for less than 100 ms.
    bridge.ring({ hz: 50, fullWave: true, cadence: [95, 1000], bursts: 1 })
    bridge.pass(2000)
    expect(ringsOf(bridge)).toEqual([])
  })

  test('a spike within a burst does not make two of it', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [1000, 4000], bursts: 2 })
    pulses(bridge, [330, 531, 777], 3)
    bridge.pass(7000)
    expect(ringsOf(bridge).map(([rings]) => rings)).toEqual([1, 2])
  })

  test('when it rings no more for 8 s, the call has no rings; not before', () => {
    const bridge = createStartedBridge({ hex })
    bridge.ring({ cadence: [1000, 4000], bursts: 2 })
    bridge.pass(15_000)
    const over = bridge.statuses().find(({ rings }, index, all) => rings === 0 && (all[index - 1]?.rings ?? 0) > 0)
    // The last pulse of the second burst begins at 5960 ms.
    expect((over?.uptimeMs ?? 0) - 200 - 5960).toBeGreaterThanOrEqual(8000)
    expect((over?.uptimeMs ?? 0) - 200 - 5960).toBeLessThan(8006)
  })

  test('who answers has no rings any more', () => {
    const bridge = createStartedBridge({ hex })
    bridge.keepAlive()
    const stop = bridge.ring({ cadence: [1000, 4000] })
    bridge.pass(5500)
    expect(bridge.status().rings).toBe(2)
    stop()
    bridge.set('hook', true)
    bridge.pass(300)
    expect(bridge.status()).toMatchObject({ bits: bits.offHook, rings: 0 })
  })

  test('a storm on the detector keeps nobody waiting', () => {
    const bridge = createStartedBridge({ hex })
    // 150 kHz: were each edge an interrupt, nothing else would have its turn.
    bridge.ring({ hz: 150_000, cadence: [200, 10], bursts: 1 })
    bridge.pass(100)
    const from = bridge.now()
    bridge.say('Q')
    bridge.pass(20)
    expect(bridge.since(from).map(({ type }) => type)).toEqual(['A', 'H', 'S'])
    expect(bridge.status().bits).toBe(0)
  })
})
