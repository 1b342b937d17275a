import { describe, expect, test } from 'vitest'
import { programs } from './programs.ts'
import { bits, createStartedBridge } from './wired-bridge.ts'

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test('a seat contact is believed when it has been steady for 100 ms, both ways', () => {
    const bridge = createStartedBridge({ hex })
    for (const [occupied, told] of [
      [true, bits.occupied],
      [false, 0],
    ] as const) {
      const from = bridge.now()
      bridge.set('seat', occupied)
      bridge.pass(150)
      const [line] = bridge.since(from).filter(({ type }) => type === 'S')
      expect(line).toMatchObject({ bits: told })
      expect((line?.atMs ?? 0) - from).toBeGreaterThanOrEqual(100)
      expect((line?.atMs ?? 0) - from).toBeLessThan(106)
    }
  })

  test('a contact that bounces says nothing until it is steady, and then once', () => {
    const bridge = createStartedBridge({ hex })
    const from = bridge.now()
    for (let ms = 0; ms < 2000; ms += 97) bridge.at(from + ms, () => bridge.set('seat', (ms / 97) % 2 === 0))
    bridge.pass(1990)
    expect(bridge.statuses().some(({ bits: now }) => now !== 0)).toBe(false)
    bridge.set('seat', true)
    bridge.pass(500)
    expect(bridge.since(from + 1990).filter((line) => line.type === 'S' && line.bits === bits.occupied)).toHaveLength(1)
  })

  test('somebody who shifts on the seat for less than 100 ms has not got up', () => {
    const bridge = createStartedBridge({ hex })
    bridge.set('seat', true)
    bridge.pass(300)
    const from = bridge.now()
    bridge.set('seat', false)
    bridge.pass(98)
    bridge.set('seat', true)
    bridge.pass(2000)
    expect(bridge.since(from).every((line) => line.type !== 'S' || line.bits === bits.occupied)).toBe(true)
  })
})
