import type { BridgeStatus } from '../../bridge/bridge.ts'
import type { Fact, HookState } from '../../desk/event.ts'
import { loseBridge, takeStatus } from './bridge-line.ts'
import type { AnalogueLimits } from './limits.ts'
import { type Draft, end, endWaiting, type Line, set, turnHook, unknownLine } from './line.ts'
import type { AdapterWord } from './syslog.ts'
import { takeWord } from './syslog-line.ts'

/** What one of the sources says. Who is believed about what is one table in docs/explanation/analogue.md; its rows are tests of `fuse`. */
export type Evidence =
  | { readonly source: 'bridge'; readonly status: BridgeStatus; readonly restarted: boolean }
  | { readonly source: 'bridge'; readonly lost: true }
  | { readonly source: 'syslog'; readonly word: AdapterWord }
  /** A reading that was confirmed by a second one. */
  | { readonly source: 'snmp'; readonly hook: HookState }
  /** The adapter has started anew, then. */
  | { readonly source: 'snmp'; readonly startedAt: number }
  | { readonly source: 'time' }

export interface Fused {
  readonly line: Line
  readonly facts: readonly Fact[]
}

/**
 * Takes one word about the port and says what it comes to. Pure: the line before, the word and its instant are all it knows. Whatever the sources say
 * twice, in another order or not at all, there is one call on the line for each that there is.
 */
export function fuse(line: Line, evidence: Evidence, at: number, limits: AnalogueLimits): Fused {
  const draft: Draft = { line, facts: [], at, limits }
  giveUp(draft)
  switch (evidence.source) {
    case 'bridge':
      if ('lost' in evidence) loseBridge(draft)
      else takeStatus(draft, evidence.status, evidence.restarted)
      break
    case 'syslog':
      takeWord(draft, evidence.word.word, evidence.word.party ?? {})
      break
    case 'snmp':
      if ('hook' in evidence) readHook(draft, evidence.hook)
      else restart(draft, evidence.startedAt)
      break
    case 'time':
      break
    default:
      evidence satisfies never
  }
  return { line: draft.line, facts: draft.facts }
}

/** When the line has something to say although nothing is heard. Derived anew each time. */
export function lineDue({ giveUp, waiting }: Line): number | undefined {
  const instants = [giveUp?.at, waiting?.until].filter((instant) => instant !== undefined)
  return instants.length === 0 ? undefined : Math.min(...instants)
}

function giveUp(draft: Draft): void {
  const { line, at } = draft
  if (line.giveUp !== undefined && line.giveUp.at <= at) end(draft, line.giveUp.cause)
  if (line.waiting !== undefined && line.waiting.until <= at) endWaiting(draft, line.hook === 'on' ? 'missed' : 'unknown')
}

/** What SNMP says of the hook: never against a bridge that lives, and never against a word that is still fresh. */
function readHook(draft: Draft, hook: HookState): void {
  const { line, at, limits } = draft
  if (line.bridge !== undefined || (line.hook !== undefined && at - line.hookAt <= limits.hookStaleMs)) return
  // That it was lifted unseen does not say that somebody dials.
  if (hook === 'off' && line.phase === 'idle') set(draft, { hook: line.hook === 'off' ? 'off' : undefined })
  turnHook(draft, hook)
}

/** The adapter's calls are gone with it, but not one that began since. */
function restart(draft: Draft, startedAt: number): void {
  const { line } = draft
  const busy = line.phase === 'ringing' || line.phase === 'dialling' || line.phase === 'talking'
  if (busy && line.phaseAt >= startedAt) return
  draft.line = { ...unknownLine, bridge: line.bridge, base: line.bridge?.rings ?? 0 }
  draft.facts.push({ type: 'phone.restarted' })
}
