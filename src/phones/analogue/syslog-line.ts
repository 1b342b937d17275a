import type { LogWord } from '../../config/config.ts'
import type { CallRef, HookState } from '../../desk/event.ts'
import { isSameNumber } from '../call-ref.ts'
import { type Draft, type Ending, end, endWaiting, establish, ring, set, turnHook } from './line.ts'

/** What a word of the adapter's log says about the line, where the log may speak of it at all (`fusion.ts`). */
export function takeWord(draft: Draft, word: LogWord, ref: CallRef): void {
  words[word](draft, ref)
}

const words: Readonly<Record<LogWord, (draft: Draft, ref: CallRef) => void>> = {
  offHook(draft) {
    const { line, at, limits } = draft
    // A word about the handset just before it went down, that came twice or late: nobody lifts it again so soon.
    const late = line.hook === 'on' && at - line.hookAt < limits.hookAgainMs
    if (late) return
    noteAnswer(draft)
    noteHook(draft, 'off')
    if (line.bridge !== undefined) return
    // The log tells of changes: what goes up was down, and the word that it went down was lost.
    putDownUnseen(draft)
    if (line.hook === undefined) set(draft, { hook: 'on' })
    turnHook(draft, 'off')
  },
  onHook(draft) {
    noteOnHook(draft)
    noteHook(draft, 'on')
    if (draft.line.bridge === undefined) turnHook(draft, 'on')
  },
  // That it was flashed does not say what for: the adapter says so itself.
  flash: () => {},
  localRing,
  ringStart(draft) {
    const { line } = draft
    if (line.phase === 'ringing') {
      if (line.ring === 0) set(draft, { giveUp: { at: draft.at + draft.limits.ringMaxMs, cause: 'unknown' } })
      return
    }
    if (line.phase !== 'idle') {
      // A telephone whose handset is up does not ring. If nobody but the log tells of the hook, its word that it went down was lost.
      if (line.bridge !== undefined || isFresh(draft)) return
      turnHook(draft, 'on')
    }
    const { waiting } = draft.line
    if (waiting !== undefined) {
      set(draft, { waiting: undefined })
      ring(draft, waiting.ref, 0, true)
    } else if (!repeatsLast(draft, {})) ring(draft, {}, 0)
  },
  ringStop(draft) {
    const { line, at, limits } = draft
    // The bridge hears for itself when it is over. Firmware might say this after each burst, so the next one is waited for.
    if (line.phase === 'ringing' && line.ring === 0) set(draft, { giveUp: { at: at + limits.ringStopMs, cause: 'missed' } })
  },
  remoteConnect(draft) {
    if (draft.line.phase === 'dialling') establish(draft)
  },
  callStarted(draft) {
    const { line } = draft
    noteAnswer(draft)
    if (line.phase === 'ringing' && line.bridge === undefined) turnHook(draft, 'off')
    else if (line.phase === 'talking' && line.waiting !== undefined) takeWaiting(draft, line.waiting.ref)
  },
  hold(draft) {
    const { line, at, limits } = draft
    if (line.phase !== 'talking' && line.phase !== 'dialling') return
    const first = line.others.at(-1)
    // The clerk has just taken a second call: it is the first that is on hold.
    if (first !== undefined && at - line.phaseAt < limits.mergeMs) draft.facts.push({ type: 'call.held', ref: first })
    else if (!line.held) {
      set(draft, { held: true, phase: 'talking' })
      draft.facts.push({ type: 'call.held', ref: line.ref })
    }
  },
  unhold(draft) {
    if (!draft.line.held) return
    set(draft, { held: false })
    draft.facts.push({ type: 'call.retrieved', ref: draft.line.ref })
  },
  remoteDisconnect(draft) {
    believeAnswer(draft)
    const { line } = draft
    // Of two calls it cannot be told which one is meant; both end with the handset.
    if (line.others.length > 0) return
    if (line.phase === 'ringing') end(draft, 'missed')
    else if (line.phase === 'dialling' || line.phase === 'talking') endedByThem(draft)
    else sayHowItEnded(draft, 'remote')
  },
  callCancelled(draft) {
    const { line } = draft
    if (line.waiting !== undefined) endWaiting(draft, 'missed')
    else if (line.phase === 'ringing') end(draft, 'missed')
    else if (line.phase !== 'talking') completed(draft)
  },
  callCompleted: completed,
  // The other party hands itself over to somebody: not a transfer of this desk's.
  refer: () => {},
}

/** The call is over, and what the log says next can only be with the handset down in between. */
function putDownUnseen(draft: Draft): void {
  const { line } = draft
  if (line.bridge === undefined && line.phase === 'over' && !isFresh(draft)) turnHook(draft, 'on')
}

function localRing(draft: Draft, ref: CallRef): void {
  putDownUnseen(draft)
  const { line, at, limits } = draft
  if (line.phase === 'idle') {
    if (!repeatsLast(draft, ref)) ring(draft, ref, 0)
    return
  }
  if (line.phase === 'ringing') {
    if (isSame(line.ref, ref) || isFresh(draft)) {
      identify(draft, ref, 'call.delivered')
      return
    }
    // Another caller: the end of the first was lost.
    end(draft, 'missed')
    ring(draft, ref, 0)
    return
  }
  if (isFresh(draft) && line.phase === 'talking' && isSame(line.ref, ref)) {
    identify(draft, ref, 'call.established')
    return
  }
  if (line.waiting !== undefined || repeatsLast(draft, ref)) return
  set(draft, { waiting: { ref, until: at + limits.ringMaxMs } })
  draft.facts.push({ type: 'call.delivered', ref })
}

/** The log adds who it is. */
function identify(draft: Draft, ref: CallRef, type: 'call.delivered' | 'call.established'): void {
  if (!isNamed(ref) || isNamed(draft.line.ref)) return
  set(draft, { ref })
  draft.facts.push({ type, ref })
}

/** The clerk takes the second caller; the first is on hold, or will be said to be. */
function takeWaiting(draft: Draft, ref: CallRef): void {
  const { line, at } = draft
  set(draft, { waiting: undefined, others: [...line.others, line.ref], ref, held: false, phaseAt: at })
  draft.facts.push({ type: 'call.established', ref })
}

/** What the bridge has said already needs no remembering. */
function noteHook(draft: Draft, hook: HookState): void {
  const { line, at } = draft
  set(draft, { logHook: line.bridge !== undefined && line.hook === hook ? undefined : { hook, at } })
}

/** With a bridge alive it is the bridge that says so; but it may just be starting, its line may be lost, or it may be about to be missed. */
function noteAnswer(draft: Draft): void {
  if (draft.line.phase === 'ringing') set(draft, { answeredAt: draft.at })
}

/** The call is over before the bridge has said that it was answered: the log has, and a call that was answered was not missed. */
function believeAnswer(draft: Draft): void {
  if (draft.line.phase === 'ringing' && draft.line.answeredAt !== undefined) turnHook(draft, 'off')
}

function noteOnHook(draft: Draft): void {
  const { line, at, limits } = draft
  const { phase, ending, last } = line
  if (phase === 'talking' || phase === 'dialling') set(draft, { ending: { ...ending, onHookAt: ending.onHookAt ?? at } })
  // The bridge was quicker.
  else if (phase === 'idle' && last !== undefined && at - last.at <= limits.endWordsMs && last.ending.onHookAt === undefined) {
    set(draft, { last: { ...last, ending: { ...last.ending, onHookAt: at } } })
  }
}

/** The other party has hung up. If the handset was down before, by the same log, the clerk was first, and the bridge only has not said so yet. */
function endedByThem(draft: Draft): void {
  const { line } = draft
  if (line.ending.onHookAt !== undefined) {
    set(draft, { ending: { ...line.ending, by: line.ending.by ?? order(draft, line.ending.onHookAt) } })
    return
  }
  set(draft, { ending: { by: 'remote-bye' } })
  end(draft, line.phase === 'talking' ? 'remote-bye' : 'unknown')
}

/** The adapter is done with the call. With the handset up, it does not say who ended it. */
function completed(draft: Draft): void {
  believeAnswer(draft)
  const { line } = draft
  if (line.others.length > 0 || (isFresh(draft) && line.last !== undefined && line.phaseAt - line.last.at < draft.limits.mergeMs)) {
    if (line.phase === 'idle' || line.phase === 'over') sayHowItEnded(draft, 'completed')
    return
  }
  if (line.phase === 'ringing') end(draft, 'missed')
  else if (line.phase === 'idle' || line.phase === 'over') sayHowItEnded(draft, 'completed')
  else if (line.ending.onHookAt === undefined) end(draft, 'unknown')
  else set(draft, { ending: { ...line.ending, by: line.ending.by ?? 'local-bye' } })
}

/** The call is over already; the log adds, shortly after, by whom. A clerk is only said to have been first if the log shows both ends of it. */
function sayHowItEnded(draft: Draft, word: 'remote' | 'completed'): void {
  const { line, at, limits } = draft
  const { last } = line
  if (last === undefined || at - last.at > limits.endWordsMs || last.ending.by !== undefined) return
  const by = last.ending.onHookAt === undefined ? firstWithoutHook(line.phase, word) : word === 'remote' ? order(draft, last.ending.onHookAt) : 'local-bye'
  if (by === undefined) return
  set(draft, { last: { ...last, ending: { ...last.ending, by } } })
  if (by !== 'close') draft.facts.push({ type: 'call.cleared', ref: last.ref, cause: by })
}

/** With the handset still up, it was not the clerk. */
function firstWithoutHook(phase: string, word: 'remote' | 'completed'): Ending['by'] {
  return phase === 'over' && word === 'remote' ? 'remote-bye' : undefined
}

function order(draft: Draft, onHookAt: number): 'local-bye' | 'close' {
  return draft.at - onHookAt < draft.limits.overtakenMs ? 'close' : 'local-bye'
}

/** Whether the line has only just come to where it is. */
function isFresh({ line, at, limits }: Draft): boolean {
  return at - line.phaseAt < limits.mergeMs
}

/** Whether a beginning only repeats, late, that of a call which is over already: whoever calls again had to dial first. */
function repeatsLast({ line, at, limits }: Draft, ref: CallRef): boolean {
  return line.last !== undefined && at - line.last.begunAt < limits.mergeMs && isSame(line.last.ref, ref)
}

function isNamed(ref: CallRef): boolean {
  return ref.remote !== undefined || ref.withheld === true
}

/** Whether two references can mean one caller: who is not named can be anybody. */
function isSame(one: CallRef, other: CallRef): boolean {
  if (!isNamed(one) || !isNamed(other)) return true
  return one.remote === undefined || other.remote === undefined ? one.remote === other.remote : isSameNumber(one.remote, other.remote)
}
