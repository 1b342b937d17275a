import { type BridgeThresholds, bridgeThresholds } from '../config/bridge-thresholds.ts'
import type { LampPattern } from '../desk/effect.ts'
import type { Instant } from '../desk/time.ts'
import type { BridgeStatus } from './bridge.ts'
import { type BridgeClock, createCommand } from './command.ts'
import type { Trouble } from './fault-sentence.ts'
import {
  type AgentLine,
  bridgeLineOf,
  createFrameReader,
  encodeAgentLine,
  type Frame,
  type GreetingLine,
  phasesMs,
  protocolNumber,
  type StatusLine,
  sequences,
  statusBits,
} from './frame.ts'
import { bridgeLimits } from './limits.ts'
import { bridgePatterns } from './patterns.ts'
import { type Heard, missingBetween, startedBetween, wentBack } from './uptime.ts'

/** What is counted over all connections. */
export interface BridgeCounts {
  frames: number
  badFrames: number
  lostFrames: number
  refused: number
  unanswered: number
  restarts: number
}

export interface SessionDeps {
  readonly clock: BridgeClock
  readonly write: (text: string) => void
  readonly counts: BridgeCounts
  readonly steady: boolean
  readonly thresholds: BridgeThresholds
  /** What the lamp shall show now; `undefined` until somebody has said so. */
  readonly wanted: () => LampPattern | undefined
  /** The last status of the connection before. */
  readonly heardBefore: Heard | undefined
  /** It has greeted and answered: it is there. */
  readonly onGreeted: (greeting: GreetingLine) => void
  /** The microcontroller has started in the middle of the connection; without its greeting where that was lost. */
  readonly onRestarted: (greeting: GreetingLine | undefined) => void
  readonly onStatus: (status: BridgeStatus, restarted: boolean, heard: Heard) => void
  /** The microcontroller would not take what it was told: one sentence. */
  readonly onRefused: (sentence: string) => void
  /** The session is over: it has stopped by itself. */
  readonly onLost: (trouble: Trouble) => void
}

export interface Session {
  receive(bytes: Uint8Array): void
  /** The lamp shall show something else. */
  show(): void
  /** Whether what the lamp shall show has been confirmed, or there is nobody to confirm it. */
  isShown(): boolean
  stop(): void
}

/**
 * What is said and heard on one connection, from the opening of the port until it is lost. A new one each time: nothing of an earlier connection is kept
 * in it, neither half a line nor a command.
 */
export function createSession(deps: SessionDeps): Session {
  const { clock, counts } = deps
  let state: 'greeting' | 'connected' | 'over' = 'greeting'
  /** The greeting, until the first answer shows that the bridge hears us as well as we hear it. */
  let unproven: GreetingLine | undefined
  let sequence = 0
  let askedAt: Instant | undefined
  let goodAt = clock.now()
  let anyGood = false
  let badSinceGood = false
  let last: { readonly sequence: number; readonly heard: Heard } | undefined
  let restarted = false
  let pending: (readonly [key: number, value: number])[] = []
  const cancels = { ask: () => {}, giveUp: () => {}, ping: () => {}, silent: () => {} }

  const nextSequence = (): number => {
    sequence = (sequence + 1) % sequences
    return sequence
  }
  const onUnanswered = (): void => {
    counts.unanswered += 1
    lose({ fault: 'silent' })
  }
  const lamp = createCommand({ clock, nextSequence, onUnanswered })
  const threshold = createCommand({ clock, nextSequence, onUnanswered })
  const reader = createFrameReader(take, () => {
    counts.badFrames += 1
    badSinceGood = true
  })

  const send = (line: AgentLine): void => deps.write(encodeAgentLine(line))
  const phaseMs = (): number => ((Math.floor(clock.wall()) % phasesMs) + phasesMs) % phasesMs
  const later = (ms: number, wake: () => void): (() => void) => clock.wakeAt(clock.now() + ms, wake)

  function stop(): void {
    state = 'over'
    lamp.stop()
    threshold.stop()
    for (const cancel of Object.values(cancels)) cancel()
  }

  function lose(trouble: Trouble): void {
    if (state === 'over') return
    stop()
    deps.onLost(trouble)
  }

  /** Bytes that cannot be read are another fault than none at all: the wrong device, the wrong speed, a bad cable. */
  function loseForSilence(): void {
    lose({ fault: badSinceGood ? 'garbage' : 'silent' })
  }

  function ask(): void {
    cancels.ask()
    if (askedAt === undefined) cancels.giveUp = later(bridgeLimits.silentMs, loseForSilence)
    askedAt = clock.now()
    // Before it is sent: a microcontroller in this very process may answer at once.
    cancels.ask = later(bridgeLimits.askEveryMs, ask)
    send({ type: 'Q', sequence: nextSequence() })
  }

  function ping(): void {
    cancels.ping = later(bridgeLimits.pingEveryMs, ping)
    send({ type: 'P', sequence: nextSequence(), phaseMs: phaseMs() })
  }

  function watchSilence(): void {
    const leftMs = goodAt + bridgeLimits.silentMs - clock.now()
    if (leftMs <= 0) loseForSilence()
    else cancels.silent = later(leftMs, watchSilence)
  }

  function take(frame: Frame): void {
    const line = bridgeLineOf(frame)
    if (state === 'over') return
    if (line === undefined) {
      counts.badFrames += 1
      badSinceGood = true
      return
    }
    // Not those that tell of a change: one comes when somebody sits down, and how many come in a minute would say so.
    if (line.type !== 'S') counts.frames += 1
    goodAt = clock.now()
    badSinceGood = false
    if (line.type === 'H') greeted(line)
    else if (state === 'greeting') {
      // It runs already and has greeted long ago: no use in waiting for a start.
      if (!anyGood && askedAt === undefined) ask()
      anyGood = true
    } else if (line.type === 'S') takeStatus(line)
    else {
      prove()
      if (line.type === 'A') takeAnswer(line.sequence)
      else if (line.type === 'N') takeRefusal(line.code, line.info)
    }
  }

  function greeted(greeting: GreetingLine): void {
    if (greeting.protocol !== protocolNumber) {
      lose({ fault: 'wrong-firmware', protocol: greeting.protocol })
      return
    }
    if (state === 'connected') {
      const answersUs = askedAt !== undefined && clock.now() - askedAt <= bridgeLimits.askedGreetingMs
      if (!answersUs) startAnew(greeting)
      return
    }
    state = 'connected'
    unproven = greeting
    cancels.ask()
    cancels.giveUp()
    cancels.giveUp = later(bridgeLimits.silentMs, loseForSilence)
    tellAll()
    ping()
    watchSilence()
  }

  function prove(): void {
    if (unproven === undefined) return
    const greeting = unproven
    unproven = undefined
    cancels.giveUp()
    deps.onGreeted(greeting)
  }

  /** The microcontroller has started: what it was told is forgotten there, and its numbers begin anew. */
  function startAnew(greeting?: GreetingLine): void {
    counts.restarts += 1
    deps.onRestarted(greeting)
    restarted = true
    last = undefined
    tellAll()
  }

  function tellAll(): void {
    pending = bridgeThresholds.flatMap(({ name }, key): (readonly [number, number])[] => {
      const value = deps.thresholds[name]
      return value === undefined ? [] : [[key, value]]
    })
    tellLamp()
    tellThreshold()
  }

  function tellLamp(): void {
    const wanted = deps.wanted()
    if (wanted === undefined) return
    const pattern = bridgePatterns.indexOf(wanted)
    lamp.say((number) => send({ type: 'L', sequence: number, pattern, steady: deps.steady, phaseMs: phaseMs() }))
  }

  /** One at a time: a microcontroller's buffer is small. */
  function tellThreshold(): void {
    const [next] = pending
    if (next === undefined) return
    const [key, value] = next
    threshold.say((number) => send({ type: 'C', sequence: number, key, value }))
  }

  function takeAnswer(number: number): void {
    if (lamp.answered(number) || !threshold.answered(number)) return
    pending = pending.slice(1)
    tellThreshold()
  }

  function takeRefusal(code: number, info: number): void {
    counts.refused += 1
    // A line that arrived garbled is said again when its answer does not come.
    if (code < 2) return
    if (lamp.answered(info)) {
      deps.onRefused(`The bridge does not know the lamp's pattern "${deps.wanted()}": its firmware is older than this agent. Flash the one that came with it.`)
      return
    }
    if (!threshold.answered(info)) return
    const [key = 0, value] = pending[0] ?? []
    deps.onRefused(`The bridge refuses ${value} for bridge.thresholds.${bridgeThresholds[key]?.name}; it goes on with its own`)
    pending = pending.slice(1)
    tellThreshold()
  }

  function takeStatus(line: StatusLine): void {
    const heard: Heard = { uptimeMs: line.uptimeMs, at: clock.now() }
    if (last !== undefined) {
      if (wentBack(last.heard, heard)) startAnew()
      else counts.lostFrames += missingBetween(last.sequence, line.sequence)
    } else if (!restarted && deps.heardBefore !== undefined && startedBetween(deps.heardBefore, heard)) {
      counts.restarts += 1
      restarted = true
    }
    last = { sequence: line.sequence, heard }
    if (unproven !== undefined) return
    const said = restarted
    restarted = false
    const lampOut = (line.bits & statusBits.agentSilent) !== 0
    if (lampOut && !lamp.isOpen()) tellLamp()
    deps.onStatus(statusOf(line), said, heard)
  }

  cancels.ask = later(bridgeLimits.helloWaitMs, ask)
  return {
    receive: (bytes) => {
      if (state !== 'over') reader.push(bytes)
    },
    show() {
      if (state === 'connected') tellLamp()
    },
    isShown: () => state !== 'connected' || !lamp.isOpen(),
    stop,
  }
}

function statusOf({ bits, rings, flashes, uptimeMs }: StatusLine): BridgeStatus {
  return {
    ringing: (bits & statusBits.ringing) !== 0,
    rings,
    offHook: (bits & statusBits.offHook) !== 0,
    occupied: (bits & statusBits.occupied) !== 0,
    flashes,
    uptimeMs,
  }
}
