import type { BridgeClock } from '../../src/bridge/command.ts'
import { type AgentLine, agentLineOf, type BridgeLine, createFrameReader, encodeBridgeLine, sequences, statusBits, uptimes } from '../../src/bridge/frame.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import type { OpenSerial, SerialListeners } from '../../src/bridge/serial.ts'
import type { LampPattern } from '../../src/desk/effect.ts'

/** How a board may be wrong. All of it can be changed at any time. */
export interface BoardFaults {
  /** Why the port cannot be opened. */
  cannotOpen: string | undefined
  /** Says nothing, though it hears. */
  silent: boolean
  /** Hears nothing, though it speaks. */
  deaf: boolean
  /** What it says arrives as this instead. */
  garble: ((text: string) => string) | undefined
  /** So many answers are lost on the way. */
  answersToLose: number
  answersTwice: boolean
  /** Turns every command down with this code. */
  refuses: number | undefined
  protocol: number
  /** Why it started, as bits of MCUSR. */
  cause: number
}

/**
 * A microcontroller on paper, on a serial line in memory: it keeps protocol.md unless told to lie. Opening its port resets it, as it does an Arduino,
 * unless `resetsOnOpen` is off.
 */
export interface Board {
  readonly open: OpenSerial
  readonly faults: BoardFaults
  readonly heard: readonly AgentLine[]
  readonly thresholds: ReadonlyMap<number, number>
  lamp(): LampPattern | undefined
  steady(): boolean
  opens(): number
  isOpen(): boolean
  /** A change of what it sees; said at once. */
  see(change: Partial<Seen>): void
  status(): void
  /** Bytes as they are, from the board. */
  say(text: string): void
  reboot(): void
  /** The connection ends, the board goes on. */
  drop(): void
  unplug(): void
  plug(): void
  setSequence(sequence: number): void
  setUptime(ms: number): void
  stop(): void
}
export interface Seen {
  readonly ringing: boolean
  readonly rings: number
  readonly offHook: boolean
  readonly occupied: boolean
  readonly flashes: number
}

const deadManMs = 5000

export function createBoard(clock: BridgeClock, { bootMs = 1500, resetsOnOpen = true }: { bootMs?: number; resetsOnOpen?: boolean } = {}): Board {
  const faults: BoardFaults = {
    ...{
      cannotOpen: undefined,
      silent: false,
      deaf: false,
      garble: undefined,
      answersToLose: 0,
      answersTwice: false,
      refuses: undefined,
      protocol: 1,
      cause: 2,
    },
  }
  const heard: AgentLine[] = []
  const thresholds = new Map<number, number>()
  let seen: Seen = { ringing: false, rings: 0, offHook: false, occupied: false, flashes: 0 }
  let listeners: SerialListeners | undefined
  let plugged = true
  let opens = 0
  let lamp: LampPattern | undefined
  let steady = false
  let sequence = sequences - 1
  let startedAt = clock.now() - 60_000
  let lastGoodAt = clock.now()
  let cancel: () => void = () => {}
  let running = true
  let reader = createFrameReader(hear, () => tell({ type: 'N', code: 0, info: 1 }))

  function tell(line: BridgeLine): void {
    say(encodeBridgeLine(line))
  }
  function say(text: string): void {
    if (faults.silent || !plugged || !running) return
    const { garble } = faults
    listeners?.onData(Buffer.from(garble === undefined ? text : garble(text), 'latin1'))
  }
  function status(): void {
    sequence = (sequence + 1) % sequences
    const silentAgent = clock.now() - lastGoodAt >= deadManMs
    if (silentAgent) lamp = 'dark'
    const bits =
      (seen.ringing ? statusBits.ringing : 0) |
      (seen.offHook ? statusBits.offHook : 0) |
      (seen.occupied ? statusBits.occupied : 0) |
      (silentAgent ? statusBits.agentSilent : 0)
    tell({ type: 'S', sequence, uptimeMs: (clock.now() - startedAt + uptimes) % uptimes, bits, rings: seen.rings, flashes: seen.flashes })
  }
  function greet(): void {
    tell({ type: 'H', protocol: faults.protocol, version: 10_203, cause: faults.cause })
  }
  function beat(): void {
    cancel()
    cancel = clock.wakeAt(clock.now() + 1000, () => {
      status()
      beat()
    })
  }
  function reboot(): void {
    running = false
    lamp = undefined
    thresholds.clear()
    cancel()
    cancel = clock.wakeAt(clock.now() + bootMs, () => {
      running = true
      startedAt = clock.now()
      lastGoodAt = clock.now()
      sequence = sequences - 1
      reader = createFrameReader(hear, () => tell({ type: 'N', code: 0, info: 1 }))
      greet()
      status()
      beat()
    })
  }
  function drop(): void {
    const gone = listeners
    listeners = undefined
    gone?.onClose('bad file descriptor')
  }
  function answer(line: BridgeLine): void {
    if (faults.answersToLose > 0) {
      faults.answersToLose -= 1
      return
    }
    tell(line)
    if (faults.answersTwice) tell(line)
  }
  function hear(frame: Parameters<typeof agentLineOf>[0]): void {
    const line = agentLineOf(frame)
    if (line === undefined) {
      answer({ type: 'N', code: 2, info: frame.fields[0] ?? 0 })
      return
    }
    heard.push(line)
    lastGoodAt = clock.now()
    if (faults.refuses !== undefined && (line.type === 'L' || line.type === 'C')) {
      answer({ type: 'N', code: faults.refuses, info: line.sequence })
      return
    }
    if (line.type === 'L') {
      lamp = bridgePatterns[line.pattern]
      steady = line.steady
    } else if (line.type === 'C') thresholds.set(line.key, line.value)
    answer({ type: 'A', sequence: line.sequence })
    if (line.type !== 'Q') return
    greet()
    status()
  }

  if (!resetsOnOpen) beat()
  return {
    faults,
    heard,
    thresholds,
    lamp: () => lamp,
    steady: () => steady,
    opens: () => opens,
    isOpen: () => listeners !== undefined,
    async open(_path, given) {
      if (!plugged) throw new Error('Error: No such file or directory, cannot open the device')
      if (faults.cannotOpen !== undefined) throw new Error(faults.cannotOpen)
      if (listeners !== undefined) throw new Error('Error Resource temporarily unavailable Cannot lock port')
      opens += 1
      listeners = given
      if (resetsOnOpen) reboot()
      return {
        write(text) {
          if (listeners === given && plugged && running && !faults.deaf) reader.push(Buffer.from(text, 'latin1'))
        },
        async close() {
          if (listeners === given) listeners = undefined
        },
      }
    },
    see(change) {
      seen = { ...seen, ...change }
      status()
    },
    status,
    say,
    reboot,
    drop,
    unplug() {
      plugged = false
      drop()
    },
    plug() {
      plugged = true
      reboot()
    },
    setSequence: (next) => {
      sequence = (next - 1 + sequences) % sequences
    },
    setUptime: (ms) => {
      startedAt = clock.now() - ms
    },
    stop: () => cancel(),
  }
}
