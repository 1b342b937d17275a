import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EmulatedCall, EmulatedPhone } from './emulated-phone.ts'
import { createTelephone, type Happening, type TelephoneControl, type TelephoneOptions, type Vendor } from './telephone.ts'

export interface YealinkOptions extends TelephoneOptions {
  /** How the phone wants its administrator to log in. */
  readonly authentication?: 'basic' | 'digest'
}

const names: Readonly<Partial<Record<Happening, string>>> = {
  started: 'setup_completed',
  'off-hook': 'off_hook',
  'on-hook': 'on_hook',
  incoming: 'incoming_call',
  outgoing: 'outgoing_call',
  established: 'call_established',
  'answered-second': 'answer_new_incoming_call',
  terminated: 'call_terminated',
  missed: 'missed_call',
  'caller-cancelled': 'call_remote_canceled',
  'callout-cancelled': 'cancel_callout',
  'remote-busy': 'remote_busy',
  held: 'hold',
  resumed: 'unhold',
  muted: 'mute',
  unmuted: 'unmute',
  speaker: 'handfree',
  headset: 'headset',
  'blind-transfer': 'blind_transfer_call',
  'attended-transfer': 'attended_transfer_call',
  'transfer-finished': 'transfer_finished',
  'transfer-failed': 'transfer_failed',
  busy: 'idle_to_busy',
  idle: 'busy_to_idle',
  'dnd-on': 'dnd_on',
  'dnd-off': 'dnd_off',
}
const forwardNames: Readonly<Record<string, string>> = { always: 'always_fwd', busy: 'busy_fwd', 'no-answer': 'no_answer_fwd' }

/** An emulated Yealink: `servlet?key=…` with a toggling `F_HOLD` and an explicit `HOLD:<id>`, `phonecfg=get`, Basic or Digest. */
export function createYealinkPhone(options: YealinkOptions): EmulatedPhone {
  const vendor: Vendor = {
    name: 'yealink',
    eventPath(happening, call, detail) {
      const name =
        happening === 'forward-on' || happening === 'forward-off'
          ? `${forwardNames[detail ?? 'always']}_${happening === 'forward-on' ? 'on' : 'off'}`
          : names[happening]
      return name === undefined
        ? undefined
        : `${name}?m=${options.mac}${query(call)}${happening === 'started' ? `&f=${options.firmware}&p=${options.model}` : ''}`
    },
    control: (request, _body, control) => (isAuthorized(request, options) ? answer(request.url ?? '', control) : challenge(options)),
  }
  return createTelephone(vendor, options)
}

/** The call's variables, verbatim. The name comes last, where it can break nothing. */
function query(call: EmulatedCall | undefined): string {
  if (call === undefined) return ''
  const party = call.number === undefined ? 'sip:anonymous@anonymous.invalid' : `sip:${call.number}@pbx.example`
  const name = call.name ?? call.number ?? 'Anonymous'
  const called = call.direction === 'out' ? (call.number ?? '') : '$calledNumber'
  return `&c=${call.id}&u=6012&r=${party}&l=sip:6012@pbx.example&n=${name}&d=${called}`
}

function answer(url: string, control: TelephoneControl): { status: number; body: string } {
  if (url.startsWith('/servlet?phonecfg=get')) return { status: 200, body: settings(control) }
  const key = /^\/servlet\?key=(.+)$/.exec(url)?.[1]
  if (key === undefined) return { status: 404, body: '' }
  const byId = /^(HOLD|UNHOLD):(.+)$/.exec(decodeURIComponent(key))
  if (byId !== null && control.faults.unknownHoldById === true) return { status: 404, body: '' }
  if (control.faults.lie === true) return { status: 200, body: '' }
  if (byId?.[1] === 'HOLD') control.hold(byId[2] ?? '')
  if (byId?.[1] === 'UNHOLD') control.resume(byId[2] ?? '')
  if (key === 'F_HOLD') pressHold(control)
  return { status: 200, body: '' }
}

/** The key acts on the call in front: a connected one is held, a held one is taken back. */
function pressHold(control: TelephoneControl): void {
  const front = control.calls().find((call) => call.state === 'connected') ?? control.calls().findLast((call) => call.state === 'held')
  if (front?.state === 'connected') control.hold(front.id)
  else if (front !== undefined) control.resume(front.id)
}

/** The INI text of `phonecfg=get`, in the captured order (reference/yealink.md §2.5). */
function settings(control: TelephoneControl): string {
  const forward = (section: string, kind: string): string[] => {
    const target = control.forwarding().get(kind)
    return [`[${section}]`, `State=${target === undefined ? 'Off' : 'On'}`, `Target=${target ?? ''}`]
  }
  return [
    '[Status]',
    `FirmwareVersion=${control.options.firmware}`,
    '[Accounts]',
    'Account0=Enabled|6012|6012|6012|Off|6012@pbx.example|',
    '[DND]',
    `State=${control.dnd() ? 'On' : 'Off'}`,
    ...forward('Forward_always', 'always'),
    ...forward('Forward_busy', 'busy'),
    ...forward('Forward_noanswer', 'no-answer'),
    '',
  ].join('\n')
}

const realm = 'phone'
const nonce = '5f1c0ffee'

function isAuthorized(request: IncomingMessage, { username, password, authentication }: YealinkOptions): boolean {
  const header = request.headers.authorization ?? ''
  if (authentication !== 'digest') return header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const fields = new Map([...header.matchAll(/(\w+)="?([^",]*)"?/g)].map(([, name = '', value = '']) => [name, value]))
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const wanted = md5(
    `${md5(`${username}:${realm}:${password}`)}:${nonce}:${fields.get('nc')}:${fields.get('cnonce')}:auth:${md5(`${request.method}:${request.url}`)}`,
  )
  return header.startsWith('Digest ') && fields.get('response') === wanted
}

function challenge({ authentication }: YealinkOptions): { status: number; body: string; headers: Record<string, string> } {
  const scheme = authentication === 'digest' ? `Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=MD5` : `Basic realm="${realm}"`
  return { status: 401, body: '', headers: { 'WWW-Authenticate': scheme } }
}
