import { describe, expect, test } from 'vitest'
import { phoneLimits } from '../../src/phones/limits.ts'
import { parsePhoneConfig } from '../../src/phones/yealink/phonecfg.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { quickestMs } from '../quickest.ts'

/** Captured from a T28P with firmware 2.71.14.4 (reference yealink §2.5); addresses replaced. */
const captured = [
  '[Status]',
  'FirmwareVersion=2.71.14.4',
  '[Accounts]',
  'Account1=Enabled||Rxy9s5k3|Rxy9s5k3|Off|Rxy9s5k3@ac002596.sip.example|',
  'Account5=Disabled|||Disable|Off|',
  'Account0=Enabled|101|101|101|Off|101@192.0.2.14|',
  '[DND]',
  'State=Off',
  '[Forward_always]',
  'State=Off',
  'Target=',
  '[Forward_busy]',
  'State=Off',
  'Target=',
  '[Forward_noanswer]',
  'Ringtimes=-6',
  'State=Off',
  'Target=',
  '',
].join('\n')

const off = [
  { kind: 'always', on: false },
  { kind: 'busy', on: false },
  { kind: 'no-answer', on: false },
]

test('the captured reply is read', () => {
  expect(parsePhoneConfig(captured)).toEqual({ firmware: '2.71.14.4', dnd: false, forwarding: off })
})

test('line ends, blanks and capitals make no difference', () => {
  const other = captured.replaceAll('\n', '\r\n').replaceAll('=', ' = ').replace('[DND]', ' [dnd] ').replaceAll('Off', 'off')
  expect(parsePhoneConfig(other)).toEqual({ firmware: '2.71.14.4', dnd: false, forwarding: off })
})

test('forwarding that is on has its target; one without a state is not known', () => {
  const text = captured
    .replace('[Forward_busy]\nState=Off\nTarget=', '[Forward_busy]\nState=On\nTarget=6014')
    .replace('[Forward_always]\nState=Off\n', '[Forward_always]\n')
  expect(parsePhoneConfig(text)?.forwarding).toEqual([
    { kind: 'busy', on: true, target: '6014' },
    { kind: 'no-answer', on: false },
  ])
})

test.each([
  ['nothing', '', undefined],
  ['a page of HTML', '<html><body>Forbidden</body></html>', undefined],
  ['a state that makes no sense', '[DND]\nState=perhaps\n', { forwarding: [] }],
  ['lines before any section', 'State=On\n[DND]\nState=On\n', { dnd: true, forwarding: [] }],
  ['half a reply', '[Status]\nFirmwareVersion=\n[DND', { forwarding: [] }],
  ['names that every object has', '[__proto__]\nconstructor=1\n[DND]\nState=On', { dnd: true, forwarding: [] }],
])('%s', (_name, text, reading) => {
  expect(parsePhoneConfig(text)).toEqual(reading)
})

describe('an answer that is as long as one may be', () => {
  const filled = (pattern: string): string => pattern.repeat(Math.ceil(phoneLimits.bodyBytesMax / pattern.length)).slice(0, phoneLimits.bodyBytesMax)

  test.each([
    ['blanks around a letter, over a line end that is none', `a=${filled(' ').slice(0, 30_000)}x${filled(' ').slice(0, 30_000)}\u2028x`],
    ['blanks between letters', `[DND]\nState=x${filled(' ').slice(0, 60_000)}y`],
    ['nothing but blanks', filled(' ')],
    ['half a head', `[${filled('a').slice(0, 60_000)}`],
    ['brackets', filled('[')],
    ['signs of equality', filled('= ')],
    ['empty lines', filled('\n')],
  ])('%s: is read at once', (_name, text) => {
    expect(quickestMs(() => parsePhoneConfig(text))).toBeLessThan(200)
  })

  test('says nothing that is longer than a number or a version', () => {
    const reading = parsePhoneConfig(`[Status]\nFirmwareVersion=${'1'.repeat(30_000)}\n[Forward_always]\nState=On\nTarget=6014${'0'.repeat(30_000)}`)
    expect(JSON.stringify(reading).length).toBeLessThan(500)
    expect(reading?.forwarding[0]?.target).not.toBe('6014')
  })
})

/** What newer phones are thought to answer: other order, other spellings of on and off, and with a ring time that makes sense (reference yealink §4). */
const newer = [
  '[Forward_noanswer]',
  'State=1',
  'Target=0858696014',
  'Ringtimes=18',
  '[Forward_busy]',
  'State=0',
  'Target=6099',
  '[DND]',
  'State=0',
  '[Forward_always]',
  'State=Enabled',
  'Target = sip:6014@pbx.example ',
].join('\r\n')

test('forwarding in the other spelling is read, a number that is stored and off with it', () => {
  expect(parsePhoneConfig(newer)?.forwarding).toEqual([
    { kind: 'always', on: true, target: 'sip:6014@pbx.example' },
    { kind: 'busy', on: false, target: '6099' },
    { kind: 'no-answer', on: true, target: '0858696014' },
  ])
})

describe('whatever the sections of forwarding look like', () => {
  const random = createRandom(41)
  const pick = <Each>(list: readonly Each[]): Each => list[Math.floor(random() * list.length)] as Each
  const junk = (): string => Array.from({ length: Math.floor(random() * 12) }, () => pick([...'[]=|\r\n\0 aZ0-+*#;ż', 'State', 'Target', '__proto__'])).join('')

  test('a state is on only where the phone wrote so, and the reading never fails (20,000 random ones)', () => {
    for (let round = 0; round < 20_000; round += 1) {
      const state = pick(['On', 'off', '1', '0', 'Enabled', 'Disable', 'perhaps', '', junk().replaceAll(/[\r\n]/g, '')])
      const noise = [junk(), `[${junk()}]`, `Ringtimes=${pick(['-6', '18', '', 'NaN', junk()])}`]
      const section = pick(['Forward_always', 'forward_ALWAYS', 'Forward_always'])
      const text = [noise[0], `[${section}]`, noise[2], `State=${state}`, 'Target=6014', noise[1], junk()].join(pick(['\n', '\r\n']))
      const always = parsePhoneConfig(text)?.forwarding.filter(({ kind }) => kind === 'always') ?? []
      expect(always.length).toBeLessThanOrEqual(1)
      // Junk may close the section early or write a further state; it must spell one to make one.
      if (always[0]?.on === true) expect(text).toMatch(/state\s*=\s*(on|1|enabled?)\s*$/im)
      if (always[0]?.target !== undefined) expect(text).toContain(always[0].target)
    }
  })

  test('cut off anywhere, it says less and never something else', () => {
    const whole = parsePhoneConfig(newer)?.forwarding ?? []
    for (let length = 0; length < newer.length; length += 1) {
      for (const { kind, on, target } of parsePhoneConfig(newer.slice(0, length))?.forwarding ?? []) {
        const known = whole.find((each) => each.kind === kind)
        expect(on).toBe(known?.on)
        if (target !== undefined) expect(known?.target?.startsWith(target)).toBe(true)
      }
    }
  })
})
