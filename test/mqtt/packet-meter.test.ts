import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPacketMeter } from '../../src/mqtt/connection/packet-meter.ts'

/** A packet with a body of so many bytes: type, length in seven-bit groups, body (MQTT 3.1.1 §2.2.3). */
function packet(bytes: number): Uint8Array {
  const length: number[] = []
  let left = bytes
  do {
    length.push((left % 128) | (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Uint8Array.from([0x30, ...length, ...new Array(bytes).fill(0xff)])
}

/** The same bytes, in pieces of the given sizes. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (let index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

describe('the meter of MQTT packets', () => {
  test('lets a packet of the limit pass and stops one a byte longer', () => {
    expect(createPacketMeter(() => 300)(packet(300))).toBe(true)
    expect(createPacketMeter(() => 300)(packet(301))).toBe(false)
  })

  test('stops a packet by its announced length, before any of its body has come', () => {
    expect(createPacketMeter(() => 65_536)(Uint8Array.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe(false)
  })

  test('finds the one packet that is too large among others, however the bytes arrive', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 })
    const pieces = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(sizes, pieces, fc.integer({ min: 1, max: 400 }), (bodies, cuts, limit) => {
        const meter = createPacketMeter(() => limit)
        const bytes = Uint8Array.from(bodies.flatMap((body) => [...packet(body)]))
        const within = inPieces(bytes, cuts).every((piece) => meter(piece))
        expect(within).toBe(bodies.every((body) => body <= limit))
      }),
    )
  })
})
