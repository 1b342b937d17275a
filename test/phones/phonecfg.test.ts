import { expect, test } from 'vitest'
import { parsePhoneConfig } from '../../src/phones/yealink/phonecfg.ts'

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
