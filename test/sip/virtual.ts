import type { OutgoingRequest, SipStackOptions } from '../../src/sip/ports.ts'
import type { OpenTransport } from '../../src/sip/stack/stack.ts'
import { createWakes } from '../wakes.ts'

/** Time in the hand of the test; promises that are ready run between one wake and the next. */
export function createVirtualClock() {
  const { now, add, step, pending } = createWakes()
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    now,
    after: (delayMs: number, then: () => void) => add(now() + delayMs, then),
    async pass(ms: number): Promise<void> {
      const until = now() + ms
      do await settle()
      while (step(until))
    },
    pending,
  }
}
export type VirtualClock = ReturnType<typeof createVirtualClock>

export const ours = { address: '192.0.2.10', port: 5062 }
export const theirs = { address: '192.0.2.1', port: 5060 }

/** A request as a subscription sends it. */
export const outgoing: OutgoingRequest = {
  method: 'SUBSCRIBE',
  uri: 'sip:101@pbx.test',
  from: '<sip:101@pbx.test>;tag=o',
  to: '<sip:101@pbx.test>',
  callId: 'c',
  cseq: 1,
}

/** What becomes of one datagram: the delays of its copies, none if it is lost. */
export type Fate = () => readonly number[]

export interface Sent {
  readonly at: number
  readonly text: string
}

/**
 * A network of two in virtual time: our stack at `192.0.2.10`, somebody else at `192.0.2.1`. Everything that either sends is written down with its moment,
 * whether it arrives or not.
 */
export function createLink(clock: VirtualClock, fate: Fate = () => [1]) {
  const fromUs: Sent[] = []
  const fromThem: Sent[] = []
  let receive: (text: string) => void = () => {}
  let deliver: (bytes: Uint8Array) => void = () => {}
  let lose: (reason: string) => void = () => {}
  let refuse: string | undefined
  const open =
    (reliable: boolean): OpenTransport =>
    (_options, events) => {
      deliver = (bytes) => events.onMessage(bytes, theirs)
      lose = (reason) => events.onLost(reason)
      return {
        name: reliable ? 'TCP' : 'UDP',
        framing: reliable ? 'stream' : 'datagram',
        async open() {},
        route: async () => refuse ?? { peer: theirs, local: { host: ours.address, port: ours.port } },
        send(bytes, _peer, onFailed) {
          if (refuse !== undefined) return onFailed(refuse)
          const text = Buffer.from(bytes).toString('latin1')
          fromUs.push({ at: clock.now(), text })
          for (const delay of fate()) clock.after(delay, () => receive(text))
        },
        local: () => ({ host: ours.address, port: ours.port }),
        isConnected: () => true,
        async close() {},
      }
    }
  return {
    udp: open(false),
    tcp: open(true),
    fromUs,
    fromThem,
    /** The other end, as it hears us. */
    onReceive(handler: (text: string) => void): void {
      receive = handler
    },
    /** The other end speaks. */
    send(text: string): void {
      fromThem.push({ at: clock.now(), text })
      for (const delay of fate()) clock.after(delay, () => deliver(Buffer.from(text, 'latin1')))
    },
    lose: (reason: string) => lose(reason),
    /** From now on nothing can be sent. */
    refuse(reason: string | undefined): void {
      refuse = reason
    },
  }
}
export type Link = ReturnType<typeof createLink>

/** A stack's options; what the log was told is kept. */
export function optionsFor(clock: SipStackOptions['clock'], random: () => number, others: Partial<SipStackOptions> = {}) {
  const logged: string[] = []
  const log = {
    debug: (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`),
    warn: (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`),
  }
  const options: SipStackOptions = {
    server: { host: theirs.address, port: theirs.port },
    transport: 'udp',
    local: { port: 0 },
    user: '101',
    userAgent: 'third-ring',
    clock,
    random,
    log,
    ...others,
  }
  return { options, logged }
}

/** Time as it is. */
export const realClock: SipStackOptions['clock'] = {
  now: () => performance.now(),
  after(delayMs, then) {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}
