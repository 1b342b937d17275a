import { type BridgeLine, bridgeLineOf, createFrameReader, encodeFrame, type StatusLine } from '../../src/bridge/frame.ts'
import { createMicrocontroller, type Microcontroller, type MicrocontrollerOptions } from '../../src/simulator/microcontroller.ts'

export type Heard = BridgeLine & { readonly atMs: number }

/** A bridge on a desk, with somebody at the other end of its cable who takes down what it says. */
export interface WiredBridge extends Microcontroller {
  readonly heard: Heard[]
  /** Lines that were none. */
  badLines(): number
  /** A command, with a sequence number of its own; the number comes back. */
  say(type: string, ...fields: number[]): number
  /** Bytes as they are. */
  sayRaw(text: string): void
  statuses(): readonly (StatusLine & { readonly atMs: number })[]
  status(): StatusLine & { readonly atMs: number }
  /** What it said since that moment. */
  since(atMs: number): readonly Heard[]
  /** Lives on for so long. */
  pass(ms: number): void
  /** Pings each second from now on, so that the lamp stays alive. */
  keepAlive(): void
}

export function createWiredBridge(options: MicrocontrollerOptions): WiredBridge {
  const microcontroller = createMicrocontroller(options)
  const heard: Heard[] = []
  let bad = 0
  let sequence = 0
  const reader = createFrameReader(
    (frame) => {
      const line = bridgeLineOf(frame)
      if (line === undefined) bad += 1
      else heard.push({ ...line, atMs: microcontroller.now() })
    },
    () => {
      bad += 1
    },
  )
  microcontroller.onByte((byte) => reader.push(Uint8Array.of(byte)))
  const sayRaw = (text: string): void => microcontroller.write(Buffer.from(text, 'latin1'))
  const statuses = () => heard.filter((line) => line.type === 'S')
  function say(type: string, ...fields: number[]): number {
    sequence = (sequence + 1) % 65_536
    sayRaw(encodeFrame({ type, fields: [sequence, ...fields] }))
    return sequence
  }
  return {
    ...microcontroller,
    heard,
    badLines: () => bad,
    say,
    sayRaw,
    statuses,
    status() {
      const last = statuses().at(-1)
      if (last === undefined) throw new Error('the bridge has not told its state yet')
      return last
    },
    since: (atMs) => heard.filter((line) => line.atMs >= atMs),
    pass: (ms) => microcontroller.advanceTo(microcontroller.now() + ms),
    keepAlive() {
      const ping = (): void => {
        say('P', Math.floor(microcontroller.now()) % 60_000)
        microcontroller.at(microcontroller.now() + 1000, ping)
      }
      ping()
    },
  }
}

/** A bridge that has started, and knows its hook and its seat. */
export function createStartedBridge(options: MicrocontrollerOptions): WiredBridge {
  const bridge = createWiredBridge(options)
  bridge.advanceTo(200)
  return bridge
}

export const bits = { ringing: 1, offHook: 2, occupied: 4, bytesLost: 8, agentSilent: 16 } as const
