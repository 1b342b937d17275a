import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { EmulatedCall, EmulatedPhone, Faults, ReceivedControl } from './emulated-phone.ts'

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

export interface TelephoneOptions {
  readonly mac: string
  readonly model: string
  readonly firmware: string
  /** Where the phone posts, up to and including the token: `http://127.0.0.1:8787/yealink/token`. */
  readonly agentUrl: string
  readonly username: string
  readonly password: string
  readonly port?: number
  readonly random?: () => number
  /** The first id this phone gives to a call. */
  readonly firstId?: number
}

export interface Vendor {
  readonly name: 'yealink' | 'grandstream'
  /** The URL of an event, `undefined` where this vendor has none for it. Values go in verbatim, as on the phones. */
  eventPath(happening: Happening, call: EmulatedCall | undefined, detail: string | undefined): string | undefined
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
  forwarding(): ReadonlyMap<string, string>
}

const eventTimeoutMs = 2000

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** One telephone: lines, hook and features; the vendor turns what happens into its URLs and its control requests into verbs. */
export function createTelephone(vendor: Vendor, options: TelephoneOptions): EmulatedPhone {
  const random = options.random ?? Math.random
  const calls: Mutable<EmulatedCall>[] = []
  const commands: ReceivedControl[] = []
  const forwarding = new Map<string, string>()
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
    const path = vendor.eventPath(happening, call === undefined ? undefined : { ...call }, detail)
    if (path === undefined || phone.faults.lose?.(path) === true) return
    const times = phone.faults.double === true ? 2 : 1
    for (let time = 0; time < times; time += 1) {
      const send = (): Promise<void> => sendEvent(options.agentUrl, path)
      const delayMs = (phone.faults.delayMs ?? 0) * (phone.faults.reorder === true ? random() : 1)
      const free = phone.faults.reorder === true || delayMs > 0
      const sent = free ? new Promise<void>((resolve) => setTimeout(() => void send().then(resolve), delayMs)) : order.then(send)
      if (!free) order = sent
      sending.add(sent)
      void sent.finally(() => sending.delete(sent))
    }
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
    forwarding: () => forwarding,
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { refuse } = phone.faults
      const answer = refuse === undefined ? vendor.control(request, Buffer.concat(pieces).toString(), control) : { status: refuse, body: '' }
      commands.push({ at: performance.now(), request: `${request.method} ${request.url}`, status: answer.status })
      response.writeHead(answer.status, answer.headers).end(answer.body)
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
    async start() {
      server = createServer((request, response) => (phone.faults.deaf === true ? request.socket.destroy() : serve(request, response)))
      await new Promise<void>((resolve, reject) => server?.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve))
      const address = server.address()
      url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    },
    async stop() {
      await Promise.all(sending)
      server?.closeAllConnections()
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
    },
    ring: ({ number, name }) =>
      begin(
        { id: String(nextId++), direction: 'in', state: 'alerting', ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) },
        'incoming',
      ),
    callerGivesUp: (id) => end(id, 'caller-cancelled', 'missed'),
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
    setForwarding(kind, target) {
      if (target === undefined) forwarding.delete(kind)
      else forwarding.set(kind, target)
      happen(target === undefined ? 'forward-off' : 'forward-on', undefined, kind)
    },
    reboot() {
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

/** One GET, written by hand: raw spaces and letters go out as a phone sends them, which no HTTP client would do. */
function sendEvent(agentUrl: string, path: string): Promise<void> {
  const { hostname, port, pathname, host } = new URL(agentUrl)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: eventTimeoutMs }, () => {
      socket.write(`GET ${pathname}/${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    })
    const done = (): void => {
      socket.destroy()
      resolve()
    }
    // A phone waits for no more than the beginning of an answer, and does not try again.
    socket.once('data', done).once('error', done).once('timeout', done).once('close', done)
  })
}
