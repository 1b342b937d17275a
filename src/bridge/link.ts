import type { BridgeConfig } from '../config/config.ts'
import type { LampPattern } from '../desk/effect.ts'
import type { Instant } from '../desk/time.ts'
import { messageOf } from '../errors.ts'
import type { Bridge, BridgeFault, BridgeHealth, BridgeStatus } from './bridge.ts'
import type { BridgeClock } from './command.ts'
import { openFaultOf, type Trouble, troubleSentence } from './fault-sentence.ts'
import type { GreetingLine } from './frame.ts'
import { bridgeLimits } from './limits.ts'
import type { OpenSerial, SerialConnection } from './serial.ts'
import { createSession, type Session } from './session.ts'
import type { Heard } from './uptime.ts'

export interface BridgeDeps {
  readonly clock: BridgeClock
  readonly open: OpenSerial
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** The steady form of every pattern, for a desk where nothing may flash. */
  readonly steady: boolean
  /** What serial devices this machine has, for the sentence that says that ours is not there. */
  readonly devices: () => readonly string[]
}

/**
 * The link to the microcontroller. A device that is away, silent, foreign or broken is a state, never an error: the phone's half of the desk goes on. It
 * heals by itself: after each end the port is closed and, after a while, opened anew.
 */
export function createBridge({ path, thresholds = {} }: BridgeConfig, { clock, open, log, steady, devices }: BridgeDeps): Bridge {
  const counts = { frames: 0, badFrames: 0, lostFrames: 0, refused: 0, unanswered: 0, restarts: 0 }
  const listeners = {
    status: [] as ((status: BridgeStatus, restarted: boolean) => void)[],
    lost: [] as ((fault: BridgeFault) => void)[],
    back: [] as ((firmware: string) => void)[],
  }
  let state: 'new' | 'running' | 'stopped' = 'new'
  let known: 'unknown' | 'connected' | 'lost' = 'unknown'
  let fault: BridgeFault | undefined
  let saidTrouble = ''
  let greeting: GreetingLine | undefined
  let wanted: LampPattern | undefined
  let heard: Heard | undefined
  let connections = 0
  let attempt = 0
  let failures = 0
  let connectedAt: Instant | undefined
  let restartSaidAt: Instant | undefined
  let connection: SerialConnection | undefined
  let session: Session | undefined
  let cancelRetry: () => void = () => {}
  let onShown: () => void = () => {}
  let stopping: Promise<void> | undefined
  let opening: Promise<void> = Promise.resolve()

  function connect(): void {
    const mine = attempt
    // What an earlier connection still has to say is not about this one.
    const isNow = (): boolean => mine === attempt && state === 'running'
    const listening = {
      onData(bytes: Uint8Array) {
        if (!isNow()) return
        session?.receive(bytes)
        onShown()
      },
      onClose() {
        if (isNow()) lose({ fault: 'unplugged' })
      },
    }
    opening = open(path, listening).then(
      async (opened) => {
        if (!isNow()) return opened.close()
        connection = opened
        session = newSession(opened)
      },
      (error: unknown) => {
        if (isNow()) lose({ fault: 'absent', reason: messageOf(error) })
      },
    )
  }

  function newSession(opened: SerialConnection): Session {
    return createSession({
      clock,
      write: opened.write,
      counts,
      steady,
      thresholds,
      wanted: () => wanted,
      heardBefore: heard,
      onGreeted: found,
      onRestarted(greeted) {
        greeting = greeted ?? greeting
        sayRestart(greeted)
      },
      onStatus(status, restarted, now) {
        heard = now
        for (const listener of listeners.status) listener(status, restarted)
      },
      onRefused: (sentence) => log.warn({}, sentence),
      onLost: lose,
    })
  }

  function sayRestart(greeted: GreetingLine | undefined): void {
    if (restartSaidAt !== undefined && clock.now() - restartSaidAt < bridgeLimits.restartSaidEveryMs) return
    restartSaidAt = clock.now()
    const cause = greeted === undefined ? {} : { resetCause: greeted.cause }
    log.warn({ ...cause, restarts: counts.restarts }, 'The bridge has started anew; it is told everything again')
  }

  function found(greeted: GreetingLine): void {
    greeting = greeted
    known = 'connected'
    fault = undefined
    saidTrouble = ''
    connections += 1
    connectedAt = clock.now()
    const firmware = firmwareOf(greeted)
    log.info({ firmware, resetCause: greeted.cause }, 'The bridge is connected')
    for (const listener of listeners.back) listener(firmware)
  }

  function lose(trouble: Trouble): void {
    if (state !== 'running') return
    attempt += 1
    const closing = letGo()
    const kind = kindOf(trouble)
    // What was pulled out is not there: nothing new.
    const isNews = kind !== saidTrouble && !(fault === 'unplugged' && kind === 'absent missing')
    if (isNews) {
      fault = trouble.fault
      saidTrouble = kind
      log.warn({}, troubleSentence(trouble, path, devices()))
    }
    const first = known !== 'lost'
    known = 'lost'
    if (first) for (const listener of listeners.lost) listener(trouble.fault)
    if (connectedAt !== undefined && clock.now() - connectedAt >= bridgeLimits.steadyMs) failures = 0
    connectedAt = undefined
    const waitMs = Math.min(bridgeLimits.backOffLastMs, bridgeLimits.backOffFirstMs * bridgeLimits.backOffFactor ** failures)
    failures += 1
    // Only a port that is free can be opened again.
    void closing.then(() => {
      if (state === 'running') cancelRetry = clock.wakeAt(clock.now() + Math.round(waitMs), connect)
    })
  }

  function letGo(): Promise<void> {
    session?.stop()
    session = undefined
    const closing = connection?.close() ?? Promise.resolve()
    connection = undefined
    onShown()
    return closing
  }

  /** Until the dark lamp is confirmed: the microcontroller would put it out only five seconds after our last word. */
  function shown(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.wakeAt(clock.now() + bridgeLimits.darkMaxMs, resolve)
      onShown = () => {
        if (session?.isShown() === false) return
        cancel()
        resolve()
      }
      onShown()
    })
  }

  async function stopNow(): Promise<void> {
    if (wanted !== undefined && wanted !== 'dark') show('dark')
    if (state === 'running') await shown()
    state = 'stopped'
    cancelRetry()
    await letGo()
    await opening
  }

  function show(pattern: LampPattern): void {
    if (pattern === wanted || state === 'stopped') return
    wanted = pattern
    session?.show()
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      connect()
    },
    stop: () => (stopping ??= stopNow()),
    onStatus: (listener) => void listeners.status.push(listener),
    onLost: (listener) => void listeners.lost.push(listener),
    onBack: (listener) => void listeners.back.push(listener),
    show,
    health: (): BridgeHealth => ({
      connected: known === 'connected',
      ...(fault === undefined ? {} : { fault }),
      ...(greeting === undefined ? {} : { firmware: firmwareOf(greeting), resetCause: greeting.cause }),
      ...counts,
      connections,
    }),
  }
}

/** Each kind of trouble is said once, however often it is met before the bridge is back. */
function kindOf(trouble: Trouble): string {
  return trouble.fault === 'absent' ? `absent ${openFaultOf(trouble.reason)}` : trouble.fault
}

/** The program's version as people write it. */
function firmwareOf({ version }: GreetingLine): string {
  return `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}.${version % 100}`
}
