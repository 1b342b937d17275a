import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { EmulatedCall, EmulatedForwarding, EmulatedPhone, Faults, ForwardingKind, ReceivedControl } from './emulated-phone.ts'
import { createDiversions, createForwardingState, type ForwardingState } from './forwarding-state.ts'

/** What happens on any telephone, before a vendor gives it a name and a URL. */
export type Happening =
  | 'started'
  | 'off-hook'
  | 'on-hook'
  | 'incoming'
  | 'outgoing'
  | 'established'
  | 'answered-second'
  | 'terminated'
  | 'missed'
  | 'caller-cancelled'
  | 'callout-cancelled'
  | 'remote-busy'
  | 'rejected'
  | 'held-by-remote'
  | 'taken-back-by-remote'
  | 'held'
  | 'resumed'
  | 'muted'
  | 'unmuted'
  | 'speaker'
  | 'headset'
  | 'blind-transfer'
  | 'attended-transfer'
  | 'transfer-finished'
  | 'transfer-failed'
  | 'busy'
  | 'idle'
  | 'dnd-on'
  | 'dnd-off'
  | 'forward-on'
  | 'forward-off'
  | 'diverted'

export interface TelephoneOptions {
  readonly mac: string
  readonly model: string
  readonly firmware: string
  /** Where the phone posts, up to and including the token: `http://127.0.0.1:8787/yealink/token`. */
  readonly agentUrl: string
  /**
   * The whole URL of each event, with the vendor's `$variables` in it, as a provisioning file sets it (`actionUrlsIn`). An event that is not in it is
   * not posted. Left out: every event to `agentUrl`.
   */
  readonly actionUrls?: Readonly<Record<string, string>>
  readonly username: string
  readonly password: string
  readonly port?: number
  readonly random?: () => number
  /** How the phone waits before it posts late; the machine's timers if left out. */
  readonly after?: (ms: number, wake: () => void) => void
  /** The first id this phone gives to a call. */
  readonly firstId?: number
}

export interface Vendor {
  readonly name: 'yealink' | 'grandstream'
  /** The event's own name, `undefined` where this vendor has none for it, and the query that a phone gets which nobody has provisioned. */
  event(happening: Happening, call: EmulatedCall | undefined, detail: string | undefined): { readonly name: string; readonly query: string } | undefined
  /** What the phone puts in place of its variables: verbatim, and not at all where it has nothing. */
  variables(call: EmulatedCall | undefined): Readonly<Record<string, string | undefined>>
  /** Whether a control request does more than look. */
  isCommand(request: IncomingMessage): boolean
  /** Answers a control request. `control` is the telephone with its verbs. */
  control(request: IncomingMessage, body: string, control: TelephoneControl): { status: number; body: string; headers?: Readonly<Record<string, string>> }
}

/** What a vendor's control interface may do with the telephone. */
export interface TelephoneControl {
  readonly faults: Faults
  readonly options: TelephoneOptions
  calls(): readonly EmulatedCall[]
  hold(id: string): void
  resume(id: string): void
  dnd(): boolean
  readonly forwarding: ForwardingState
  dial(number: string): void
  /** A call to the exchange that says a code, is answered and ends. */
  sayCode(code: string): void
}

const eventTimeoutMs = 2000
/** How long a phone rings before it sends the call on, where nobody has said (reference/yealink.md §4: two rings of six seconds). */
const defaultRingMs = 12_000

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** One telephone: lines, hook and features; the vendor turns what happens into its URLs and its control requests into verbs. */
export function createTelephone(vendor: Vendor, options: TelephoneOptions): EmulatedPhone {
  const { random = Math.random, after = (ms, wake) => void setTimeout(wake, ms).unref() } = options
  const calls: Mutable<EmulatedCall>[] = []
  const commands: ReceivedControl[] = []
  const said = (kind: ForwardingKind, on: boolean): void => happen(on ? 'forward-on' : 'forward-off', undefined, kind)
  const forwarding = createForwardingState({ after, faults: () => phone.faults, changed: said })
  const diversions = createDiversions()
  const listeners = new Set<() => void>()
  const sending = new Set<Promise<void>>()
  let nextId = options.firstId ?? 1
  let offHook = false
  let dnd = false
  let server: Server | undefined
  let url = ''
  let order: Promise<void> = Promise.resolve()

  const find = (id: string): Mutable<EmulatedCall> | undefined => calls.find((call) => call.id === id)
  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  function happen(happening: Happening, call?: EmulatedCall, detail?: string): void {
    const event = vendor.event(happening, call, detail)
    const template = event && (options.actionUrls === undefined ? `${options.agentUrl}/${event.name}?${event.query}` : options.actionUrls[event.name])
    if (event === undefined || template === undefined) return
    const target = fill(template, vendor.variables(call))
    const { lose, loseShare = 0, double, reorder, delayMs = 0 } = phone.faults
    if (lose?.(`${event.name}?${target.split('?')[1] ?? ''}`) === true || (loseShare > 0 && random() < loseShare)) return
    for (let time = 0; time < (double === true ? 2 : 1); time += 1) post(target, delayMs * (reorder === true ? random() : 1), reorder === true || delayMs > 0)
  }

  /** Each event is a request of its own; unless something holds one up, the next waits until the one before it has been answered. */
  function post(target: string, delayMs: number, byItself: boolean): void {
    const send = (): Promise<void> => sendEvent(target)
    const sent = byItself ? new Promise<void>((resolve) => after(delayMs, () => void send().then(resolve))) : order.then(send)
    if (!byItself) order = sent
    sending.add(sent)
    void sent.finally(() => sending.delete(sent))
  }

  function begin(call: EmulatedCall, happening: Happening): string {
    if (calls.length === 0) happen('busy')
    calls.push({ ...call })
    happen(happening, call)
    changed()
    return call.id
  }

  function end(id: string, ...happenings: readonly Happening[]): void {
    const call = find(id)
    if (call === undefined) return
    calls.splice(calls.indexOf(call), 1)
    for (const happening of happenings) happen(happening, call)
    if (calls.length === 0) happen('idle')
    changed()
  }

  function move(id: string, from: readonly EmulatedCall['state'][], to: EmulatedCall['state'], happening: Happening): void {
    const call = find(id)
    if (call === undefined || !from.includes(call.state)) return
    call.state = to
    happen(happening, call)
    changed()
  }

  function holdOthers(id: string): void {
    for (const call of calls) if (call.id !== id) move(call.id, ['connected'], 'held', 'held')
  }

  const control: TelephoneControl = {
    get faults() {
      return phone.faults
    },
    options,
    calls: () => calls,
    hold: (id) => move(id, ['connected'], 'held', 'held'),
    resume: (id) => move(id, ['held'], 'connected', 'resumed'),
    dnd: () => dnd,
    forwarding,
    dial: (number) => void phone.dial(number),
    sayCode(code) {
      const id = phone.dial(code)
      phone.remoteAnswers(id)
      phone.remoteHangsUp(id)
      phone.putDownHandset()
    },
  }

  /** Sends a call elsewhere. One that has rung here is over here; one that has not was never here. */
  function divert(call: EmulatedCall, kind: ForwardingKind, { target }: EmulatedForwarding): void {
    if (find(call.id) === undefined) happen('diverted', call, 'silent')
    else end(call.id, 'diverted')
    diversions.add(call, kind, target)
  }

  function ring(call: EmulatedCall): string {
    const { always, busy, 'no-answer': noAnswer } = forwarding.inForce()
    if (always !== undefined) divert(call, 'always', always)
    else if (busy !== undefined && calls.length > 0) divert(call, 'busy', busy)
    else begin(call, 'incoming')
    if (noAnswer !== undefined) after(noAnswer.ringMs ?? defaultRingMs, () => ringsInVain(call.id))
    return call.id
  }

  /** What counts is how the phone is set when the time is up. */
  function ringsInVain(id: string): void {
    const { 'no-answer': noAnswer } = forwarding.inForce()
    const call = find(id)
    if (noAnswer !== undefined && call?.state === 'alerting') divert(call, 'no-answer', noAnswer)
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { refuse, silent, loseAnswers, garbleAnswers, slowMs } = phone.faults
      if (silent === true) return
      const answer = refuse === undefined ? vendor.control(request, Buffer.concat(pieces).toString(), control) : { status: refuse, body: '' }
      commands.push({ at: performance.now(), request: `${request.method} ${request.url}`, status: answer.status })
      if (loseAnswers === 'all' || (loseAnswers === 'commands' && vendor.isCommand(request))) return void request.socket.destroy()
      const body = garbleAnswers !== undefined && vendor.isCommand(request) ? '{' : answer.body
      const respond = (): void => void response.writeHead(answer.status, answer.headers).end(body)
      if (slowMs === undefined) respond()
      else after(slowMs, respond)
    })
  }

  const phone: EmulatedPhone = {
    vendor: vendor.name,
    url: () => url,
    faults: {},
    commands,
    calls: () => calls.map((call) => ({ ...call })),
    offHook: () => offHook,
    onChange: (listener) => void listeners.add(listener),
    async start(port = options.port ?? 0) {
      server = createServer((request, response) => (phone.faults.deaf === true ? request.socket.destroy() : serve(request, response)))
      await new Promise<void>((resolve, reject) => server?.once('error', reject).listen(port, '127.0.0.1', resolve))
      const address = server.address()
      url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    },
    async stop() {
      await Promise.all(sending)
      server?.closeAllConnections()
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
    },
    ring: ({ number, name }) =>
      ring({ id: String(nextId++), direction: 'in', state: 'alerting', ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }),
    callerGivesUp: (id) => end(id, 'caller-cancelled', 'missed'),
    ringsOut: (id) => end(id, 'missed'),
    reject: (id) => end(id, 'rejected'),
    answer(id, path = 'handset') {
      const second = calls.some((call) => call.id !== id && call.state === 'connected')
      holdOthers(id)
      if (path !== 'handset') happen(path)
      else if (!offHook) phone.liftHandset()
      if (second) happen('answered-second', find(id))
      move(id, ['alerting'], 'connected', 'established')
    },
    dial(number) {
      for (const call of calls) move(call.id, ['connected'], 'held', 'held')
      if (!offHook) phone.liftHandset()
      return begin({ id: String(nextId++), direction: 'out', state: 'initiated', number }, 'outgoing')
    },
    remoteAnswers: (id) => move(id, ['initiated'], 'connected', 'established'),
    remoteBusy: (id) => end(id, 'remote-busy', 'terminated'),
    hold: (id) => move(id, ['connected'], 'held', 'held'),
    resume: (id) => move(id, ['held'], 'connected', 'resumed'),
    remoteHolds: (id, on) => happen(on ? 'held-by-remote' : 'taken-back-by-remote', find(id)),
    mute: (id, on) => happen(on ? 'muted' : 'unmuted', find(id)),
    speaker: () => happen('speaker'),
    hangUp(id) {
      const call = find(id)
      if (call === undefined) return
      if (offHook) phone.putDownHandset()
      end(id, call.state === 'initiated' ? 'callout-cancelled' : 'terminated')
    },
    remoteHangsUp: (id) => end(id, 'terminated'),
    blindTransfer(id) {
      happen('blind-transfer', find(id))
      end(id, 'transfer-finished', 'terminated')
    },
    attendedTransfer() {
      happen('attended-transfer', calls.at(-1))
      for (const { id } of [...calls]) end(id, 'transfer-finished', 'terminated')
    },
    transferFails: (id) => happen('transfer-failed', find(id)),
    liftHandset() {
      offHook = true
      happen('off-hook')
      changed()
    },
    putDownHandset() {
      if (!offHook) return
      offHook = false
      happen('on-hook')
      changed()
    },
    setDnd(on) {
      dnd = on
      happen(on ? 'dnd-on' : 'dnd-off')
    },
    setForwarding: (kind, target, ringMs) => forwarding.set(kind, target, ringMs),
    forwarding: forwarding.inForce,
    diversions: diversions.all,
    onDiverted: diversions.onDiverted,
    reboot() {
      if (phone.faults.forgetsForwarding === true) forwarding.forget()
      calls.length = 0
      offHook = false
      nextId = options.firstId ?? 1
      happen('started')
      changed()
    },
    async settled() {
      while (sending.size > 0) await Promise.all(sending)
    },
  }
  return phone
}

/** Values go in as they are: no phone here escapes anything. What it has no value for stays as it is written. */
function fill(template: string, variables: Readonly<Record<string, string | undefined>>): string {
  return template.replace(/\$(\w+)/g, (written, name: string) => variables[name] ?? written)
}

/** One GET, written by hand: raw spaces and letters go out as a phone sends them, which no HTTP client would do. */
function sendEvent(target: string): Promise<void> {
  const [, host = '', path = '/'] = /^http:\/\/([^/]+)(\/.*)$/s.exec(target) ?? []
  const { hostname, port } = new URL(`http://${host}`)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), timeout: eventTimeoutMs }, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    })
    const done = (): void => {
      socket.destroy()
      resolve()
    }
    // A phone waits for no more than the beginning of an answer, and does not try again.
    socket.once('data', done).once('error', done).once('timeout', done).once('close', done)
  })
}
