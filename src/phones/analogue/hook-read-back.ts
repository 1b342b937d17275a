import type { HookState } from '../../desk/event.ts'
import type { Evidence } from './fusion.ts'
import type { SnmpAnswer, SnmpOptions, SnmpReading } from './snmp.ts'

export interface HookReadBackOptions extends SnmpOptions {
  readonly now: () => number
  readonly tell: (evidence: Evidence) => void
  /** Whether the other sources have said nothing for a while. */
  readonly isSilent: () => boolean
  /** Told when it becomes known that the adapter answers, or that it does not. */
  readonly changed: () => void
}

export interface HookReadBack {
  start(): void
  stop(): Promise<void>
  /** Reads now, whatever the others say. */
  read(): Promise<void>
  /** Another source was lost: a reading before its turn. */
  soon(): void
  answers(): boolean | undefined
  fault(): string | undefined
}

/** sysUpTime is 32 bits of hundredths: after so long it begins again, which is no restart. */
const upTimeWrapMs = 2 ** 32 * 10
/** Clocks of adapters are not better than this over a minute. */
const clockErrorMs = 5000

/**
 * Asks the adapter what its hook is, after a start of ours or of its own, and while nobody else speaks. No single reading is believed: after a start of
 * theirs, adapters have said that the handset was up when it was not (reference/grandstream.md §8), so a second one must say the same.
 */
export function createHookReadBack(options: HookReadBackOptions): HookReadBack {
  const { limits, now, tell, isSilent, changed } = options
  let answers: boolean | undefined
  let fault: string | undefined
  let before: HookState | undefined
  let known: { readonly upMs: number; readonly at: number } | undefined
  let timer: NodeJS.Timeout | undefined
  const stopping = new AbortController()
  let running = false
  let reading: Promise<void> | undefined
  /** A reading waits for a second one to confirm it, or there has been none. */
  let unsure = true

  function schedule(delayMs: number): void {
    clearTimeout(timer)
    if (running) timer = setTimeout(() => void turn(), delayMs)
  }

  async function turn(): Promise<void> {
    if (!unsure && !isSilent()) return schedule(limits.snmpEveryMs)
    await read()
    schedule(unsure ? limits.snmpAgainMs : limits.snmpEveryMs)
  }

  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    // Loaded where it is used: a desk without SNMP does not carry the library.
    const { readHook } = await import('./snmp.ts')
    const answer: SnmpAnswer = await readHook(options, stopping.signal)
    if (stopping.signal.aborted) return
    answers = !('fault' in answer)
    if ('fault' in answer) {
      fault = answer.fault
      before = undefined
      unsure = false
    } else {
      fault = undefined
      judge(answer)
    }
    changed()
  }

  function judge({ hook, upMs }: SnmpReading): void {
    if (upMs !== undefined && hasRestarted(upMs)) {
      before = undefined
      tell({ source: 'snmp', startedAt: now() - upMs })
    }
    known = upMs === undefined ? undefined : { upMs, at: now() }
    unsure = hook !== undefined && hook !== before
    if (!unsure && hook !== undefined) tell({ source: 'snmp', hook })
    before = hook
  }

  function hasRestarted(upMs: number): boolean {
    if (known === undefined) return false
    const expected = known.upMs + now() - known.at
    return upMs + clockErrorMs < expected && expected < upTimeWrapMs
  }

  return {
    start() {
      running = true
      schedule(0)
    },
    async stop() {
      running = false
      clearTimeout(timer)
      stopping.abort()
      await reading
    },
    read,
    soon: () => schedule(limits.snmpAgainMs),
    answers: () => answers,
    fault: () => fault,
  }
}
