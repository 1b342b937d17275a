import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EmulatedCall, EmulatedPhone, ForwardingKind } from './emulated-phone.ts'
import { createTelephone, type Happening, type TelephoneControl, type TelephoneOptions, type Vendor } from './telephone.ts'

export interface YealinkOptions extends TelephoneOptions {
  /** How the phone wants its administrator to log in. */
  readonly authentication?: 'basic' | 'digest' | 'digest-sha-256'
  /** After so many wrong passwords every request is answered 403, as phones do for some minutes; never if left out. */
  readonly lockAfterWrong?: number
  /** `features.fwd_mode`: 0 for the whole phone, 1 for each account, where commands do nothing (reference/yealink.md §4). */
  readonly forwardMode?: 0 | 1
  /** In which spelling of the query it sees `fw=1`; `none`: its firmware leaves the forwarding out. Both if left out. */
  readonly showsForwarding?: 'plain' | 'brackets' | 'none'
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
  rejected: 'reject_incoming_call',
  'held-by-remote': 'held',
  'taken-back-by-remote': 'unheld',
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
  diverted: 'forward_incoming_call',
}
const forwardNames: Readonly<Record<string, string>> = { always: 'always_fwd', busy: 'busy_fwd', 'no-answer': 'no_answer_fwd' }

/** An emulated Yealink: `servlet?key=…` with a toggling `F_HOLD` and an explicit `HOLD:<id>`, `phonecfg=get`, Basic or Digest. */
export function createYealinkPhone(options: YealinkOptions): EmulatedPhone {
  let wrong = 0
  const vendor: Vendor = {
    name: 'yealink',
    event(happening, call, detail) {
      const forward = happening === 'forward-on' || happening === 'forward-off'
      const name = forward ? `${forwardNames[detail ?? 'always']}_${happening === 'forward-on' ? 'on' : 'off'}` : names[happening]
      const query = happening === 'started' ? 'm=$mac&f=$firmware&p=$model' : call === undefined ? 'm=$mac' : callQuery
      return name === undefined ? undefined : { name, query }
    },
    variables: (call) => ({ mac: options.mac, ip: '127.0.0.1', model: options.model, firmware: options.firmware, ...callVariables(call) }),
    isCommand: ({ url }) => url?.includes('key=') === true,
    control(request, _body, control) {
      if (options.lockAfterWrong !== undefined && wrong >= options.lockAfterWrong) return { status: 403, body: '' }
      if (isAuthorized(request, options)) return answer(request.url ?? '', control, options)
      // The question for a Digest is no wrong password.
      if (options.authentication === undefined || options.authentication === 'basic' || /^Digest /.test(request.headers.authorization ?? '')) wrong += 1
      return challenge(options)
    },
  }
  return createTelephone(vendor, options)
}

/** The name comes last, where it can break nothing. */
const callQuery = 'm=$mac&c=$call_id&u=$active_user&r=$remote&l=$local&d=$calledNumber&n=$callerID'

function callVariables(call: EmulatedCall | undefined): Readonly<Record<string, string | undefined>> {
  if (call === undefined) return {}
  return {
    call_id: call.id,
    active_user: '6012',
    local: 'sip:6012@pbx.example',
    remote: call.number === undefined ? 'sip:anonymous@anonymous.invalid' : `sip:${call.number}@pbx.example`,
    callerID: call.name ?? call.number ?? 'Anonymous',
    calledNumber: call.direction === 'out' ? call.number : undefined,
  }
}

function answer(url: string, control: TelephoneControl, options: YealinkOptions): { status: number; body: string } {
  if (url.startsWith('/servlet?phonecfg=get')) return { status: 200, body: settings(control, seesForwarding(url, options)) }
  const key = /^\/servlet\?key=(.+)$/.exec(url)?.[1]
  if (key === undefined) return { status: 404, body: '' }
  const byId = /^(HOLD|UNHOLD):(.+)$/.exec(decodeURIComponent(key))
  if (byId !== null && control.faults.unknownHoldById === true) return { status: 404, body: '' }
  if (control.faults.unknownForwardKeys === true && key.includes('Fwd')) return { status: 404, body: '' }
  if (control.faults.lie === true || (byId !== null && control.faults.ignoreHoldById === true)) return { status: 200, body: '' }
  if (byId?.[1] === 'HOLD') control.hold(byId[2] ?? '')
  if (byId?.[1] === 'UNHOLD') control.resume(byId[2] ?? '')
  if (key === 'F_HOLD') pressHold(control)
  if (options.forwardMode !== 1) pressForward(decodeURIComponent(key), control)
  return { status: 200, body: '' }
}

/** The key acts on the call in front: a connected one is held, a held one is taken back. */
function pressHold(control: TelephoneControl): void {
  const front = control.calls().find((call) => call.state === 'connected') ?? control.calls().findLast((call) => call.state === 'held')
  if (front?.state === 'connected') control.hold(front.id)
  else if (front !== undefined) control.resume(front.id)
}

const forwardKeys: Readonly<Record<string, ForwardingKind>> = { Always: 'always', Busy: 'busy', NoAnsw: 'no-answer' }

/** A number of seconds that is no whole number of rings, or that is missing, is passed over in silence. */
function pressForward(key: string, control: TelephoneControl): void {
  const [, name = '', off, target, seconds] = /^(Always|Busy|NoAnsw)Fwd(?:(Off)|On=([^=;]+)(?:=(\d+))?)$/.exec(key) ?? []
  const kind = forwardKeys[name]
  if (kind === undefined) return
  if (off !== undefined) control.forwarding.told(kind, undefined)
  else if (kind !== 'no-answer') control.forwarding.told(kind, target)
  else if (seconds !== undefined && Number(seconds) % 6 === 0) control.forwarding.told(kind, target, Number(seconds) * 1000)
}

function seesForwarding(url: string, { showsForwarding }: YealinkOptions): boolean {
  if (showsForwarding === 'brackets') return url.includes('[&fw=1]')
  return showsForwarding === undefined || (showsForwarding === 'plain' && !url.includes('['))
}

/** The INI text of `phonecfg=get`, in the captured order (reference/yealink.md §2.5). */
function settings(control: TelephoneControl, forwardingToo: boolean): string {
  const shown = control.forwarding.shown()
  const forward = (section: string, kind: ForwardingKind): string[] => {
    if (!forwardingToo) return []
    const { target, ringMs } = shown[kind] ?? {}
    const rings = kind === 'no-answer' ? [`Ringtimes=${ringMs === undefined ? -6 : ringMs / 1000}`] : []
    return [`[${section}]`, ...rings, `State=${target === undefined ? 'Off' : 'On'}`, `Target=${target ?? ''}`]
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

function isAuthorized(request: IncomingMessage, { username, password, authentication = 'basic' }: YealinkOptions): boolean {
  const header = request.headers.authorization ?? ''
  if (authentication === 'basic') return header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const fields = new Map([...header.matchAll(/(\w+)="?([^",]*)"?/g)].map(([, name = '', value = '']) => [name, value]))
  const hash = (text: string): string =>
    createHash(authentication === 'digest' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const counted = `${nonce}:${fields.get('nc')}:${fields.get('cnonce')}:auth`
  const wanted = hash(`${hash(`${username}:${realm}:${password}`)}:${counted}:${hash(`${request.method}:${request.url}`)}`)
  return header.startsWith('Digest ') && fields.get('response') === wanted
}

function challenge({ authentication = 'basic' }: YealinkOptions): { status: number; body: string; headers: Record<string, string> } {
  const algorithm = authentication === 'digest' ? 'MD5' : 'SHA-256'
  const scheme = authentication === 'basic' ? `Basic realm="${realm}"` : `Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=${algorithm}`
  return { status: 401, body: '', headers: { 'WWW-Authenticate': scheme } }
}
