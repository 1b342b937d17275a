import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EmulatedCall, EmulatedPhone } from './emulated-phone.ts'
import { answerSettings, createStoredValues, isSettings, type SettingsForm, type StoredValues } from './grandstream-settings.ts'
import { createTelephone, type Happening, type TelephoneControl, type TelephoneOptions, type Vendor } from './telephone.ts'

export interface GrandstreamOptions extends TelephoneOptions {
  /** The way in that this firmware has (reference/grandstream.md §2.4). */
  readonly login?: 'passcode' | 'challenge' | 'plain'
  /** In which form it gives and takes its settings (reference/grandstream.md §2.5); none if left out. */
  readonly settings?: SettingsForm
  /** A target that is written is in force at once, and the phone says so; nobody knows of which models that is so. */
  readonly targetIsInForce?: boolean
  /** It places a real call to say a code to its exchange, with all the events of a call. */
  readonly callsToSayCodes?: boolean
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
const codes = {
  '72': ['always', true],
  '73': ['always', false],
  '90': ['busy', true],
  '91': ['busy', false],
  '92': ['no-answer', true],
  '93': ['no-answer', false],
} as const
const lineStates: Readonly<Record<EmulatedCall['state'], string>> = { alerting: 'ringing', initiated: 'calling', connected: 'connected', held: 'onhold' }
const lines = 2
const nonce = '8d1e7f'

type ControlAnswer = ReturnType<Vendor['control']>

/** One web session an account: who logs in throws out whoever was there, until they log out (reference/grandstream.md §2.4). */
interface WebSession {
  sid: string | undefined
  logins: number
}

export interface EmulatedGrandstream extends EmulatedPhone {
  /** Whether somebody is logged in. */
  loggedIn(): boolean
  /** The administrator logs in at the phone's web page, with the agent's account. */
  adminLogsIn(): void
}

/** An emulated Grandstream desk phone: eighteen events without a call id, CTI with a toggling `holdcall`, one of three ways to log in. */
export function createGrandstreamPhone(options: GrandstreamOptions): EmulatedGrandstream {
  const stored = createStoredValues(options)
  const session: WebSession = { sid: undefined, logins: 0 }
  const vendor: Vendor = {
    name: 'grandstream',
    event(happening, call, detail) {
      // One that never rang here is not told of; one that did is over, without a reason.
      const name = happening === 'diverted' && detail !== 'silent' ? 'terminatedCall' : names[happening]
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
    control: (request, body, control) => answer(new URL(request.url ?? '/', 'http://phone'), request, body, control, { ...options, stored, session }),
  }
  return Object.assign(createTelephone(vendor, options), { loggedIn: () => session.sid !== undefined, adminLogsIn: () => void enter(session) })
}

interface Answering extends GrandstreamOptions {
  readonly stored: StoredValues
  readonly session: WebSession
}

function enter(session: WebSession): string {
  session.logins += 1
  session.sid = `session-${session.logins}`
  return session.sid
}

function answer(url: URL, request: IncomingMessage, body: string, control: TelephoneControl, options: Answering): ControlAnswer {
  const name = url.pathname.replace('/cgi-bin/', '')
  if (name === 'access' || name === 'dologin') return logIn(name, request, body, control, options.session)
  if (control.faults.expire === 'status') return { status: 401, body: '' }
  if (control.faults.expire === 'body') return json({ response: 'error', body: { status: 'session-expired' } })
  if (!isAuthorized(url, request, body, options)) return json({ response: 'success', body: 'unauthorized' })
  if (name === 'dologout') {
    options.session.sid = undefined
    return json({ response: 'success', body: true })
  }
  if (isSettings(name)) return answerSettings({ name, url, method: request.method ?? '', body, control, form: options.settings, stored: options.stored })
  if (name === 'api-get_line_status') return json({ response: 'success', body: lineStatus(control.calls()) })
  if (name === 'api-get_phone_status') return json({ response: 'success', body: control.calls().length === 0 ? 'available' : 'busy' })
  if (name === 'api-make_call')
    return json(makeCall(url.searchParams.get('phonenumber') ?? new URLSearchParams(body).get('phonenumber') ?? '', control, options))
  const command = url.searchParams.get('cmd') ?? new URLSearchParams(body).get('cmd')
  if (name !== 'api-phone_operation' || command !== 'holdcall') return json({ response: 'error', body: false })
  if (control.faults.lie !== true) toggleHold(control)
  return json({ response: 'success', body: true })
}

/** Codes are for the phone itself, while *Enable Local Call Features* is on (reference/grandstream.md §4.1); whatever else is dialled is a call. */
function makeCall(number: string, control: TelephoneControl, { callsToSayCodes }: GrandstreamOptions): { response: string; body: boolean } {
  if (control.calls().some(({ state }) => state !== 'held')) return { response: 'error', body: false }
  const [, code = '', target = ''] = /^\*(7[23]|9[0-3])(.*)$/.exec(number) ?? []
  const [kind, on] = codes[code as keyof typeof codes] ?? []
  if (kind === undefined) {
    control.dial(number)
    return { response: 'success', body: true }
  }
  if (callsToSayCodes === true) control.sayCode(number)
  if (control.faults.lie !== true) control.forwarding.told(kind, on === true ? target : undefined)
  return { response: 'success', body: true }
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

function logIn(name: string, request: IncomingMessage, body: string, { faults, options }: TelephoneControl, session: WebSession): ControlAnswer {
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
  return { ...json({ response: 'success', body: { sid: enter(session), role: 'user' } }), headers: { 'Set-Cookie': 'session-role=user; Path=/' } }
}

function isAuthorized(url: URL, request: IncomingMessage, body: string, { login, password, session: { sid } }: Answering): boolean {
  const cookie = request.headers.cookie ?? ''
  if (login === undefined || login === 'passcode') return url.searchParams.get('passcode') === password
  const given = url.searchParams.get('sid') ?? new URLSearchParams(body).get('sid')
  return sid !== undefined && given === sid && cookie.includes(`session-identity=${sid}`)
}

function json(value: unknown): ControlAnswer {
  return { status: 200, body: JSON.stringify(value) }
}
