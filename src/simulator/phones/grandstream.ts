import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EmulatedCall, EmulatedPhone } from './emulated-phone.ts'
import { createTelephone, type Happening, type TelephoneControl, type TelephoneOptions, type Vendor } from './telephone.ts'

export interface GrandstreamOptions extends TelephoneOptions {
  /** The way in that this firmware has (reference/grandstream.md §2.4). */
  readonly login?: 'passcode' | 'challenge' | 'plain'
}

const names: Readonly<Partial<Record<Happening, string>>> = {
  started: 'setupCompleted',
  'off-hook': 'offHook',
  'on-hook': 'onHook',
  incoming: 'incomingCall',
  outgoing: 'outgoingCall',
  established: 'establishedCall',
  terminated: 'terminatedCall',
  'callout-cancelled': 'terminatedCall',
  missed: 'missedCall',
  held: 'holdCall',
  resumed: 'unholdCall',
  'blind-transfer': 'blindTransfer',
  'attended-transfer': 'attendedTransfer',
  'dnd-on': 'openDnd',
  'dnd-off': 'closedDnd',
  'forward-on': 'openForward',
  'forward-off': 'closedForward',
}
const lineStates: Readonly<Record<EmulatedCall['state'], string>> = { alerting: 'ringing', initiated: 'calling', connected: 'connected', held: 'onhold' }
const lines = 2
const nonce = '8d1e7f'
const sid = 'session-1'

type ControlAnswer = ReturnType<Vendor['control']>

/** An emulated Grandstream desk phone: eighteen events without a call id, CTI with a toggling `holdcall`, one of three ways to log in. */
export function createGrandstreamPhone(options: GrandstreamOptions): EmulatedPhone {
  const vendor: Vendor = {
    name: 'grandstream',
    event(happening, call) {
      const name = names[happening]
      const query = happening === 'started' ? 'm=$mac&f=$program_version&p=$product' : call === undefined ? 'm=$mac' : 'm=$mac&l=$local&r=$remote'
      return name === undefined ? undefined : { name, query }
    },
    variables: (call) => ({
      mac: options.mac,
      product: options.model,
      program_version: options.firmware,
      ...(call === undefined ? {} : { local: '6013', remote: call.number ?? 'anonymous', display_remote: call.name }),
    }),
    isCommand: ({ url }) => /phone_operation|make_call|config_update|values\.post/.test(url ?? ''),
    control: (request, body, control) => answer(new URL(request.url ?? '/', 'http://phone'), request, body, control, options),
  }
  return createTelephone(vendor, options)
}

function answer(url: URL, request: IncomingMessage, body: string, control: TelephoneControl, options: GrandstreamOptions): ControlAnswer {
  const name = url.pathname.replace('/cgi-bin/', '')
  if (name === 'access' || name === 'dologin') return logIn(name, request, body, control)
  if (control.faults.expire === 'status') return { status: 401, body: '' }
  if (control.faults.expire === 'body') return json({ response: 'error', body: { status: 'session-expired' } })
  if (!isAuthorized(url, request, body, options)) return json({ response: 'success', body: 'unauthorized' })
  if (name === 'api-get_line_status') return json({ response: 'success', body: lineStatus(control.calls()) })
  if (name === 'api-get_phone_status') return json({ response: 'success', body: control.calls().length === 0 ? 'available' : 'busy' })
  const command = url.searchParams.get('cmd') ?? new URLSearchParams(body).get('cmd')
  if (name !== 'api-phone_operation' || command !== 'holdcall') return json({ response: 'error', body: false })
  if (control.faults.lie !== true) toggleHold(control)
  return json({ response: 'success', body: true })
}

/** The same command holds and resumes: it acts on the call in front. */
function toggleHold(control: TelephoneControl): void {
  const front = control.calls().find((call) => call.state === 'connected') ?? control.calls().findLast((call) => call.state === 'held')
  if (front?.state === 'connected') control.hold(front.id)
  else if (front !== undefined) control.resume(front.id)
}

function lineStatus(calls: readonly EmulatedCall[]): unknown[] {
  return Array.from({ length: lines }, (_, index) => {
    const call = calls[index]
    if (call === undefined) return { line: index + 1, state: 'idle', acct: '', remotename: '', remotenumber: '', active: 0 }
    return {
      line: index + 1,
      conf: 0,
      state: lineStates[call.state],
      acct: 0,
      active: call.state === 'connected' ? 1 : 0,
      remotename: '',
      remotenumber: call.number ?? 'anonymous',
    }
  })
}

function logIn(name: string, request: IncomingMessage, body: string, { faults, options }: TelephoneControl): ControlAnswer {
  const { login, username, password }: GrandstreamOptions = options
  if (login === undefined || login === 'passcode') return { status: 404, body: '' }
  if (request.headers.origin === undefined || request.headers.referer === undefined) return { status: 403, body: '' }
  const fields = new URLSearchParams(body)
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  if (name === 'access')
    return login === 'challenge' && fields.get('access') === sha256(username) ? json({ response: 'success', body: nonce }) : { status: 404, body: '' }
  const wanted = login === 'challenge' ? sha256(`${password}${nonce}`) : password
  if (fields.get('username') !== username || fields.get('password') !== wanted) return json({ response: 'error', body: 'wrong4' })
  delete faults.expire
  return { ...json({ response: 'success', body: { sid, role: 'user' } }), headers: { 'Set-Cookie': 'session-role=user; Path=/' } }
}

function isAuthorized(url: URL, request: IncomingMessage, body: string, { login, password }: GrandstreamOptions): boolean {
  if (login === undefined || login === 'passcode') return url.searchParams.get('passcode') === password
  return new URLSearchParams(body).get('sid') === sid && (request.headers.cookie ?? '').includes(`session-identity=${sid}`)
}

function json(value: unknown): ControlAnswer {
  return { status: 200, body: JSON.stringify(value) }
}
