import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AgentLine,
  agentLineOf,
  type BridgeLine,
  bridgeLineOf,
  crc16,
  createFrameReader,
  decodeFrame,
  encodeAgentLine,
  encodeBridgeLine,
  encodeFrame,
  type Frame,
  lineBytesMax,
} from '../../src/bridge/frame.ts'

const word = fc.integer({ min: 0, max: 4_294_967_295 })
const sequence = fc.integer({ min: 0, max: 65_535 })
const bridgeLine: fc.Arbitrary<BridgeLine> = fc.oneof(
  fc.record({ type: fc.constant('H' as const), protocol: fc.constant(1), version: word, cause: word }),
  fc.record({ type: fc.constant('S' as const), sequence, uptimeMs: word, bits: word, rings: word, flashes: sequence }),
  fc.record({ type: fc.constant('A' as const), sequence }),
  fc.record({ type: fc.constant('N' as const), code: word, info: word }),
  fc.record({ type: fc.constant('T' as const), sequence, lamp: word, line: word, reset: word, ram: word }),
)
const agentLine: fc.Arbitrary<AgentLine> = fc.oneof(
  fc.record({ type: fc.constant('L' as const), sequence, pattern: word, steady: fc.boolean(), phaseMs: word }),
  fc.record({ type: fc.constant('P' as const), sequence, phaseMs: word }),
  fc.record({ type: fc.constant('Q' as const), sequence }),
  fc.record({ type: fc.constant('C' as const), sequence, key: word, value: word }),
  fc.record({ type: fc.constant('T' as const), sequence }),
)

function read(...pieces: readonly (string | Uint8Array)[]): { frames: Frame[]; bad: number } {
  const found: { frames: Frame[]; bad: number } = { frames: [], bad: 0 }
  const reader = createFrameReader(
    (frame) => void found.frames.push(frame),
    () => {
      found.bad += 1
    },
  )
  for (const piece of pieces) reader.push(Buffer.from(piece as string))
  return found
}

const good = encodeFrame({ type: 'A', fields: [7] })
const goodFrame = { type: 'A', fields: [7] }

describe('the check', () => {
  test('of 123456789 is 6F91', () => {
    expect(crc16('123456789')).toBe(0x6f91)
  })

  test('is four capital digits, also where it begins with zeros', () => {
    const small = Array.from({ length: 70_000 }, (_, index) => index).find((index) => crc16(`A,${index}`) < 0x100)
    expect(encodeFrame({ type: 'A', fields: [small ?? 0] })).toMatch(/\*00[0-9A-F]{2}\r\n$/)
    expect(decodeFrame(encodeFrame({ type: 'A', fields: [small ?? 0] }).slice(1, -2))).toEqual({ type: 'A', fields: [small] })
  })

  test('finds every single byte that was changed', () => {
    fc.assert(
      fc.property(bridgeLine, fc.nat(), fc.integer({ min: 1, max: 255 }), (line, where, flip) => {
        const bytes = Buffer.from(encodeBridgeLine(line))
        // The carriage return is not needed, and nothing is checked after it.
        const at = where % (bytes.length - 2)
        bytes[at] = (bytes[at] ?? 0) ^ flip
        expect(read(bytes).frames).toEqual([])
      }),
    )
  })
})

describe('lines', () => {
  test('of either side are read as they were written', () => {
    fc.assert(
      fc.property(bridgeLine, agentLine, (fromBridge, fromAgent) => {
        const { frames, bad } = read(encodeBridgeLine(fromBridge), encodeAgentLine(fromAgent))
        expect(bad).toBe(0)
        expect([bridgeLineOf(frames[0] as Frame), agentLineOf(frames[1] as Frame)]).toEqual([fromBridge, fromAgent])
      }),
    )
  })

  test('have at most 64 bytes, the longest too', () => {
    const longest: BridgeLine = { type: 'T', sequence: 65_535, lamp: 4_294_967_295, line: 4_294_967_295, reset: 4_294_967_295, ram: 4_294_967_295 }
    expect(encodeBridgeLine(longest).length).toBeLessThanOrEqual(lineBytesMax)
  })

  const faulty: readonly (readonly [string, string])[] = [
    ['a leading zero', 'A,07'],
    ['a sign', 'A,-7'],
    ['a fraction', 'A,1.5'],
    ['an empty field', 'S,1,,0,0,0'],
    ['a space', 'A, 7'],
    ['a small letter', 'a,7'],
    ['two letters', 'AA,7'],
    ['a number beyond 32 bits', 'N,0,4294967296'],
    ['no type', ',7'],
  ]
  test.each(faulty)('with %s have not the form of a line, whatever their check says', (_, body) => {
    const check = crc16(body).toString(16).toUpperCase().padStart(4, '0')
    expect(read(`$${body}*${check}\r\n`)).toEqual({ frames: [], bad: 1 })
  })

  test('whose check is in small letters are not lines', () => {
    const at = Array.from({ length: 1000 }, (_, index) => encodeFrame({ type: 'A', fields: [index] })).find((line) => /[A-F]/.test(line.split('*')[1] ?? ''))
    expect(read(at?.replace(/\*.+/, (check) => check.toLowerCase()) ?? '')).toEqual({ frames: [], bad: 1 })
  })

  test('of another type or with other fields mean nothing in this protocol', () => {
    for (const frame of [
      { type: 'X', fields: [1] },
      { type: 'A', fields: [] },
      { type: 'A', fields: [65_536] },
      { type: 'S', fields: [1, 2, 3] },
      { type: 'S', fields: [1, 2, 3, 4, 65_536] },
      { type: 'H', fields: [1, 2] },
    ]) {
      expect(bridgeLineOf(frame)).toBeUndefined()
    }
    expect(agentLineOf({ type: 'L', fields: [1, 2, 2, 3] })).toBeUndefined()
    expect(agentLineOf({ type: 'Q', fields: [65_536] })).toBeUndefined()
  })

  test('a status may say more at its end, or leave the flashes out', () => {
    const status = { type: 'S', sequence: 1, uptimeMs: 2, bits: 3, rings: 4 }
    expect(bridgeLineOf({ type: 'S', fields: [1, 2, 3, 4, 5, 6] })).toEqual({ ...status, flashes: 5 })
    expect(bridgeLineOf({ type: 'S', fields: [1, 2, 3, 4] })).toEqual({ ...status, flashes: 0 })
  })

  test('a greeting of another protocol is read however long it is', () => {
    expect(bridgeLineOf({ type: 'H', fields: [2] })).toMatchObject({ protocol: 2 })
    expect(bridgeLineOf({ type: 'H', fields: [2, 1, 1, 9] })).toMatchObject({ protocol: 2 })
  })
})

describe('a stream', () => {
  test('of any bytes never throws and makes up no line that was not sent', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
        for (const frame of read(...pieces).frames) expect(Buffer.concat(pieces).toString('latin1')).toContain(encodeFrame(frame).slice(0, -2))
      }),
      { numRuns: 300 },
    )
  })

  test('a good line is found after any garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bridgeLine, (garbage, line) => {
        expect(read(garbage, encodeBridgeLine(line)).frames.at(-1)).toEqual(decodeFrame(encodeBridgeLine(line).slice(1, -2)))
      }),
    )
  })

  test('it does not matter in which pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(bridgeLine.map(encodeBridgeLine), fc.string({ maxLength: 80 }))), fc.integer({ min: 1, max: 9 }), (parts, size) => {
        const whole = Buffer.from(parts.join(''))
        const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size))
        expect(read(...pieces)).toEqual(read(whole))
      }),
    )
  })

  test('a line that was cut off costs one bad line and not the next one', () => {
    expect(read(`$S,1,2,3${good}`)).toEqual({ frames: [goodFrame], bad: 1 })
  })

  test('a line may end with a line feed alone', () => {
    expect(read(good.replace('\r', ''))).toEqual({ frames: [goodFrame], bad: 0 })
  })

  test('a carriage return is the end of a line or a fault', () => {
    expect(read(good.replace('\r\n', '\r\r\n'))).toEqual({ frames: [], bad: 1 })
    expect(read('\r\n\r\n', good, '\r\n')).toEqual({ frames: [goodFrame], bad: 0 })
  })

  test('a line of 64 bytes is read, one of 65 is dropped up to its end', () => {
    const body = (length: number): string => `N${length % 2 === 0 ? ',11' : ',1'}${',1'.repeat(Math.floor(length / 2) - (length % 2 === 0 ? 2 : 1))}`
    const line = (bytes: number): string => {
      const text = body(bytes - 8)
      return `$${text}*${crc16(text).toString(16).toUpperCase().padStart(4, '0')}\r\n`
    }
    expect(line(64)).toHaveLength(64)
    expect(read(line(64)).frames).toHaveLength(1)
    expect(read(line(65), good)).toEqual({ frames: [goodFrame], bad: 1 })
    expect(read(`$${'1'.repeat(500)}\r\n`, good)).toEqual({ frames: [goodFrame], bad: 1 })
  })

  test('a control byte or one above 126 drops the line up to its end', () => {
    for (const byte of [0, 9, 31, 127, 200]) {
      const spoilt = Buffer.concat([Buffer.from(good.slice(0, 3)), Buffer.from([byte]), Buffer.from(good.slice(3))])
      expect(read(spoilt, good)).toEqual({ frames: [goodFrame], bad: 1 })
    }
  })

  test('noise between lines is counted, so that a wrong baud rate is seen; line ends alone are not', () => {
    expect(read('boot loader\r\n', good)).toEqual({ frames: [goodFrame], bad: 1 })
    expect(read('x'.repeat(640)).bad).toBe(10)
    expect(read('\n\r\n\n').bad).toBe(0)
  })
})
