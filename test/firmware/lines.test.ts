import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame } from '../../src/bridge/frame.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { pester } from './pester.ts'
import { firmwareDirectory, programs } from './programs.ts'
import { bits, createStartedBridge, type WiredBridge } from './wired-bridge.ts'

/** What comes back for these bytes, but for the state. */
function answers(bridge: WiredBridge, text: string, withinMs = 60): unknown[] {
  const from = bridge.now()
  bridge.sayRaw(text)
  bridge.pass(withinMs)
  return bridge
    .since(from)
    .filter(({ type }) => type !== 'S' && type !== 'H')
    .map(({ atMs: _, ...line }) => line)
}

const refused = (code: number, info: number) => ({ type: 'N', code, info })
const obeyed = (sequence: number) => ({ type: 'A', sequence })
const line = (type: string, ...fields: number[]): string => encodeFrame({ type, fields })

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test('a command is confirmed by its number, whichever end its line has', () => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, line('P', 65_535, 59_999))).toEqual([obeyed(65_535)])
    expect(answers(bridge, line('P', 0, 0).replace('\r', ''))).toEqual([obeyed(0)])
  })

  test('a question is answered by a greeting and the state', () => {
    const bridge = createStartedBridge({ hex })
    const from = bridge.now()
    bridge.say('Q')
    bridge.pass(30)
    expect(bridge.since(from)).toMatchObject([{ type: 'A' }, { type: 'H', protocol: 1, version: 10_000, cause: 1 }, { type: 'S', bits: 0, rings: 0 }])
  })

  test('a line with a wrong check is refused, and counted', () => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, '$P,5,0*0000\n')).toEqual([refused(1, 1)])
    expect(answers(bridge, line('P', 5, 0).replace('5', '6'))).toEqual([refused(1, 2)])
  })

  test.each([
    ['noise', 'garbage\n'],
    ['noise with control bytes', '\x00\x07\xff\xfe\n'],
    ['a line without a check', '$P,5,0\n'],
    ['a check in small letters', line('P', 5, 0).toLowerCase().replace('p', 'P')],
    ['a type that is no capital letter', '$p,5,0*0000\n'],
    ['nothing between the ends', '$\n'],
    ['a control byte within the line', '$P,5\x01,0*0000\n'],
    ['a byte above 126', '$P,5\xe9,0*0000\n'],
    ['a return within the line', '$P,5\r,0*0000\n'],
    ['a line of 65 bytes', `$${'A'.repeat(63)}\n`],
    ['a line of 200 bytes', `$${'P,5,0*'.repeat(33)}0\n`],
  ])('%s is refused as having no form, once', (_, text) => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, text)).toEqual([refused(0, 1)])
    expect(answers(bridge, line('P', 1, 0))).toEqual([obeyed(1)])
  })

  test.each(['P,05,0', 'P,5,', 'P,,5', 'P,-5', 'P,5 ,0', 'P,4294967296,0', 'P5', 'PP,5'])('fields as in %s are none, even with the right check', (body) => {
    const bridge = createStartedBridge({ hex })
    const text = line('A').replace('A', body)
    const [whole = ''] = text.split('*')
    expect(answers(bridge, `${whole}*${checkOf(whole.slice(1))}\r\n`)).toEqual([refused(0, 1)])
  })

  test('an empty line is nothing', () => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, '\n\r\n\r\n\n')).toEqual([])
  })

  test('half a line is given up when another begins', () => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, `$P,3,1${line('P', 4, 0)}`)).toEqual([refused(0, 1), obeyed(4)])
    bridge.sayRaw('$P,5')
    bridge.pass(3000)
    expect(answers(bridge, `${line('P', 6, 0)}`)).toEqual([refused(0, 2), obeyed(6)])
  })

  test('the longest line there may be is read', () => {
    const bridge = createStartedBridge({ hex })
    const longest = line('X', ...Array.from({ length: 5 }, () => 4_294_967_295))
    expect(longest).toHaveLength(64)
    expect(answers(bridge, longest)).toEqual([refused(2, 4_294_967_295)])
  })

  test('no such command, a missing field, one too many, a value out of range: each is refused by its number', () => {
    const bridge = createStartedBridge({ hex })
    for (const [text, answer] of [
      [line('X', 9), refused(2, 9)],
      [line('S', 9), refused(2, 9)],
      [line('P', 9), refused(3, 9)],
      [line('P'), refused(3, 0)],
      [line('P', 65_536, 0), refused(3, 65_536)],
      [line('P', 9, 60_000), refused(3, 9)],
      [line('P', 9, 0, 0), refused(3, 9)],
      [line('Q', 9, 0), refused(3, 9)],
      [line('T', 9, 0), refused(3, 9)],
      [line('L', 9, bridgePatterns.length, 0, 0), refused(3, 9)],
      [line('L', 9, 1, 2, 0), refused(3, 9)],
      [line('L', 9, 1, 0, 60_000), refused(3, 9)],
      [line('L', 9, 1, 0), refused(3, 9)],
      [line('C', 9, 9, 100), refused(3, 9)],
      [line('C', 9, 65_536, 15), refused(3, 9)],
      [line('P', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), refused(3, 1)],
    ] as const) {
      expect([text, ...answers(bridge, text)]).toEqual([text, answer])
    }
  })

  test.each([
    [0, 10, 40],
    [1, 20, 150],
    [2, 100, 3000],
    [3, 3000, 20_000],
    [4, 50, 100],
    [5, 200, 2000],
    [6, 40, 500],
    [7, 150, 500],
    [8, 20, 1000],
  ])('threshold %i can be set from %i to %i, and no further', (key, least, most) => {
    const bridge = createStartedBridge({ hex })
    expect(answers(bridge, line('C', 1, key, least) + line('C', 2, key, most))).toEqual([obeyed(1), obeyed(2)])
    expect(answers(bridge, line('C', 3, key, least - 1) + line('C', 4, key, most + 1))).toEqual([refused(3, 3), refused(3, 4)])
    // 65536 more is the same in sixteen bits.
    expect(answers(bridge, line('C', 5, key, least + 65_536))).toEqual([refused(3, 5)])
  })

  test('a threshold that is set is used, until the next start', () => {
    const bridge = createStartedBridge({ hex })
    const settleMs = (): number => {
      const from = bridge.now()
      const before = bridge.status().bits & bits.occupied
      bridge.set('seat', before === 0)
      bridge.pass(700)
      return (bridge.since(from).find((heard) => heard.type === 'S' && (heard.bits & bits.occupied) !== before)?.atMs ?? 0) - from
    }
    bridge.say('C', 8, 400)
    bridge.pass(10)
    expect(settleMs()).toBeGreaterThan(398)
    bridge.reset()
    bridge.pass(700)
    expect(settleMs()).toBeLessThan(110)
  })

  test('ringing is what the thresholds say', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('C', 0, 30)
    bridge.say('C', 3, 3000)
    bridge.ring({ hz: 25, cadence: [1000, 1000], bursts: 2 })
    bridge.pass(4000)
    expect(bridge.status().rings).toBe(0)
    bridge.ring({ hz: 33, cadence: [1000, 1000], bursts: 1 })
    bridge.pass(3500)
    expect(bridge.status().rings).toBe(1)
    bridge.pass(1500)
    expect(bridge.status().rings).toBe(0)
  })

  test('more questions than can be answered: what is lost is told, and then all is well', () => {
    const bridge = createStartedBridge({ hex })
    for (let again = 0; again < 200; again += 1) bridge.say('T')
    bridge.pass(2000)
    expect(bridge.badLines()).toBe(0)
    const told = bridge.statuses().map(({ bits: now }) => now & bits.bytesLost)
    expect(told).toContain(bits.bytesLost)
    bridge.pass(2000)
    expect(bridge.status().bits & bits.bytesLost).toBe(0)
    expect(answers(bridge, line('P', 77, 0))).toContainEqual(obeyed(77))
  })

  test('the state is told each second, and its numbers follow one another', () => {
    const bridge = createStartedBridge({ hex })
    bridge.keepAlive()
    bridge.pass(20_000)
    const told = bridge.statuses()
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index))
    for (const [index, { uptimeMs }] of told.entries()) if (index > 0) expect(uptimeMs - (told[index - 1]?.uptimeMs ?? 0)).toBe(1000)
    expect(bridge.badLines()).toBe(0)
  })

  test('the self-test reads what it drives, tells the line as it is, and the lamp shows its pattern again', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', 4, 0, 0)
    bridge.pass(20)
    bridge.set('seat', true)
    expect(answers(bridge, line('T', 12), 10)).toMatchObject([{ type: 'T', sequence: 12, lamp: 7, line: bits.occupied, reset: 1 }])
    expect(bridge.lamp()).toEqual({ left: 0.8, middle: 0.8, right: 0.8 })
    bridge.short('middle')
    bridge.set('hook', true)
    bridge.set('ring', true)
    const [told] = answers(bridge, line('T', 13), 10)
    expect(told).toMatchObject({ type: 'T', sequence: 13, lamp: 5, line: 7, reset: 1 })
    // 2048 bytes of memory, less the variables: the stack has taken little of the rest.
    expect((told as { ram: number }).ram).toBeGreaterThan(1000)
    expect((told as { ram: number }).ram).toBeLessThan(1500)
  })

  test('two minutes of whatever bytes: it never stops answering, and never says anything that is no line', () => {
    const bridge = createStartedBridge({ hex })
    pester(bridge, createRandom(20_261_126), 120_000)
    expect(bridge.badLines()).toBe(0)
    expect(bridge.watchdogResets()).toBe(0)
  })
})

function checkOf(text: string): string {
  const [, check = ''] = /\*([0-9A-F]{4})/.exec(encodeFrame({ type: text, fields: [] })) ?? []
  return check
}

test.each(['README.md', 'protocol.md'])('every whole line that %s shows is a good one', (page) => {
  const shown = [...readFileSync(join(firmwareDirectory, page), 'utf8').matchAll(/`\$([A-Z][\d,]*\*[0-9A-F]{4})`/g)].map(([, text = '']) => text)
  expect(shown.filter((text) => decodeFrame(text) === undefined)).toEqual([])
  if (page === 'README.md') expect(shown.length).toBeGreaterThan(2)
})
