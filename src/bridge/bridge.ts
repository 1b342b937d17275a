import type { LampPattern } from '../desk/effect.ts'
import type { BridgeFault } from '../desk/event.ts'

/** What the microcontroller says of the desk at one moment (`firmware-bridge/protocol.md`, line `S`). */
export interface BridgeStatus {
  readonly ringing: boolean
  /** Rings of the present call, counted in the microcontroller's time; 0 when there is none. */
  readonly rings: number
  readonly offHook: boolean
  readonly occupied: boolean
  /** Hook flashes since the microcontroller started, modulo 65536. */
  readonly flashes: number
  /** Milliseconds of the microcontroller's own clock, modulo 2^32. */
  readonly uptimeMs: number
}

export type { BridgeFault }

/** For `health`, `/healthz` and `/metrics`: counts and states, nothing about anybody. */
export interface BridgeHealth {
  readonly connected: boolean
  /** Present while it is not connected. */
  readonly fault?: BridgeFault
  /** `1.0.0`, as the bridge greeted. */
  readonly firmware?: string
  /** Bits of MCUSR at its last start (protocol.md, `H`). */
  readonly resetCause?: number
  readonly frames: number
  /** Lines that had not the form of one, or whose check was wrong. */
  readonly badFrames: number
  /** Status lines that never came, by their numbers. */
  readonly lostFrames: number
  /** Lines of ours that the bridge turned down, and commands that were said three times without an answer. */
  readonly refused: number
  readonly unanswered: number
  /** Starts of the microcontroller seen since the agent's own. */
  readonly restarts: number
  /** How often it was found: greeted and answered. */
  readonly connections: number
}

/** The microcontroller, as seat, lamp and analogue phone see it: one link, shared. */
export interface Bridge {
  start(): Promise<void>
  /** Lamp dark, then let go. */
  stop(): Promise<void>
  /** Told of every good status line, also if nothing has changed. `restarted`: the microcontroller has started since the last one. */
  onStatus(listener: (status: BridgeStatus, restarted: boolean) => void): void
  /** Told once each time the bridge is lost: nothing it said is known any more. */
  onLost(listener: (fault: BridgeFault) => void): void
  /** Told each time the bridge has greeted on a new connection, the first included; what it says from now on is believed. */
  onBack(listener: (firmware: string) => void): void
  /** A level: what the lamp shows, from now on and after every greeting. Never queued, never waits. */
  show(pattern: LampPattern): void
  health(): BridgeHealth
}
