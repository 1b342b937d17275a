import type { Millis } from '../desk/time.ts'
import { type Chip, createChip, cyclesPerSecond, flashBytes, type InputPin, inputPins } from './avr-chip.ts'
import type { LampLevels } from './avr-lights.ts'
import { flashOf } from './intel-hex.ts'
import { type Ringing, ringEdges } from './ringing.ts'

const cyclesPerMs = cyclesPerSecond / 1000
/** 115200 baud, ten bits a byte. */
const cyclesPerByte = (cyclesPerSecond * 10) / 115_200
/** Bits of MCUSR. */
const resetCauses = { power: 1, line: 2, watchdog: 8 } as const
/** Bits of port B. */
const lightBits = { left: 2, middle: 4, right: 8 } as const
const allDark: LampLevels = { left: 0, middle: 0, right: 0 }

export interface MicrocontrollerOptions {
  /** The program, as text of an Intel HEX file (`firmware-bridge/third-ring-bridge.hex`). */
  readonly hex: string
  /** All timers step by step, and the lamp measured at its pins: some twenty times slower. */
  readonly exactTimers?: boolean
}

/**
 * The bridge's microcontroller with its real program, in this process and in its own time: nothing goes on unless it is told to. All times are
 * milliseconds since power came on, with fractions.
 */
export interface Microcontroller {
  now(): Millis
  /** Lives on up to that moment. In the past, nothing happens. */
  advanceTo(atMs: Millis): void
  /** Does something at a moment of its time; one that is past is now. */
  at(atMs: Millis, action: () => void): void
  /** Ring: the detector conducts. Hook: current flows in the loop. Seat: the contact is closed. */
  set(pin: InputPin, active: boolean): void
  /** The line rings, from now on. The function that comes back stops it. */
  ring(ringing: Ringing): () => void
  lamp(): LampLevels
  /** Told when a light has changed, and of the moment. */
  onLamp(listener: (levels: LampLevels, atMs: Millis) => void): void
  /** Bytes to its serial line, at 115200 baud behind what is still on its way. */
  write(bytes: Uint8Array): void
  /** Told of each byte it sends, when its last bit is out. */
  onByte(listener: (byte: number, atMs: Millis) => void): void
  /** Its reset line, as a computer pulls it when it opens the port. */
  reset(): void
  /** Its supply. Without it, nothing is lit, said or heard; with it again, it starts. */
  setPower(on: boolean): void
  /** Its program hangs, with its interrupts alive or not; its watchdog will see to it. */
  hang(interrupts?: boolean): void
  /** An output of the lamp is shorted to ground, until the next start. */
  short(light: keyof LampLevels): void
  /** Puts bytes into its memory, from that address on: for what would else take weeks to come about. */
  poke(address: number, bytes: Uint8Array): void
  /** Resets by its watchdog so far. Where its interrupts are alive, the program begins anew by itself, before. */
  watchdogResets(): number
}

interface Appointment {
  readonly cycles: number
  readonly action: () => void
}

export function createMicrocontroller({ hex, exactTimers = false }: MicrocontrollerOptions): Microcontroller {
  const flash = flashOf(hex, flashBytes)
  const pulled = new Map<InputPin, boolean>()
  const lampListeners: ((levels: LampLevels, atMs: Millis) => void)[] = []
  const byteListeners: ((byte: number, atMs: Millis) => void)[] = []
  /** In the order of their time. */
  const appointments: Appointment[] = []
  let shown = allDark
  let lineFreeAt = 0
  let watchdogResets = 0
  /** The present moment, while there is no power. */
  let unpoweredAt: number | undefined
  let chip = start(0, resetCauses.power)

  function start(cycles: number, cause: number): Chip {
    const started = createChip({ flash, cycles, cause, exactTimers, onByte: sent, onSleep: look })
    for (const pin of inputPins) started.pull(pin, pulled.get(pin) ?? false)
    return started
  }

  /** Time goes on without power, too. */
  const cycles = (): number => unpoweredAt ?? chip.cycles()
  const now = (): Millis => cycles() / cyclesPerMs
  const lamp = (): LampLevels => (unpoweredAt === undefined ? chip.lights() : allDark)

  function sent(byte: number): void {
    for (const listener of byteListeners) listener(byte, now())
  }

  function look(): void {
    if (lampListeners.length === 0) return
    const levels = lamp()
    if (levels.left === shown.left && levels.middle === shown.middle && levels.right === shown.right) return
    shown = levels
    for (const listener of lampListeners) listener(levels, now())
  }

  function appoint(cycles: number, action: () => void): void {
    const after = appointments.findIndex((other) => other.cycles > cycles)
    appointments.splice(after < 0 ? appointments.length : after, 0, { cycles, action })
    chip.limit(cycles)
  }

  function keepAppointments(): void {
    while ((appointments[0]?.cycles ?? Number.POSITIVE_INFINITY) <= cycles()) appointments.shift()?.action()
  }

  function set(pin: InputPin, active: boolean): void {
    pulled.set(pin, active)
    chip.pull(pin, active)
  }

  function restart(cause: number): void {
    chip = start(cycles(), cause)
    look()
  }

  /** Up to that cycle, or to the next appointment. */
  function liveOn(until: number): void {
    if (unpoweredAt !== undefined) {
      unpoweredAt = until
      return
    }
    chip.run(until)
    if (!chip.ended()) return
    watchdogResets += 1
    restart(resetCauses.watchdog)
  }

  return {
    now,
    advanceTo(atMs) {
      const until = atMs * cyclesPerMs
      keepAppointments()
      while (cycles() < until) {
        liveOn(Math.min(until, appointments[0]?.cycles ?? until))
        keepAppointments()
      }
    },
    at: (atMs, action) => appoint(atMs * cyclesPerMs, action),
    set,
    ring(ringing) {
      const edges = ringEdges(ringing)
      const from = cycles()
      let stopped = false
      const next = (): void => {
        const { value: edge } = edges.next()
        if (edge === undefined) return
        appoint(from + edge.atMs * cyclesPerMs, () => {
          if (stopped) return
          set('ring', edge.low)
          next()
        })
      }
      next()
      return () => {
        stopped = true
        set('ring', false)
      }
    },
    lamp,
    onLamp: (listener) => void lampListeners.push(listener),
    write(bytes) {
      for (const byte of bytes) {
        lineFreeAt = Math.max(lineFreeAt, cycles()) + cyclesPerByte
        appoint(lineFreeAt, () => {
          if (unpoweredAt === undefined) chip.receive(byte)
        })
      }
    },
    onByte: (listener) => void byteListeners.push(listener),
    reset() {
      if (unpoweredAt === undefined) restart(resetCauses.line)
    },
    setPower(on) {
      if (on === (unpoweredAt === undefined)) return
      if (!on) {
        unpoweredAt = chip.cycles()
        look()
        return
      }
      restart(resetCauses.power)
      unpoweredAt = undefined
    },
    hang: (interrupts = true) => chip.hang(interrupts),
    short: (light) => chip.short(lightBits[light]),
    poke(address, bytes) {
      for (const [index, byte] of bytes.entries()) chip.poke(address + index, byte)
    },
    watchdogResets: () => watchdogResets,
  }
}
