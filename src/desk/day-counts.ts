import { workingMinutesBetween } from './calendar.ts'
import type { Callback } from './callback.ts'
import type { Desk } from './desk.ts'
import type { Notice } from './effect.ts'
import { abandonedOnHold } from './ledger.ts'
import type { Policy } from './policy.ts'
import type { Millis } from './time.ts'

/**
 * The day's counters by name (docs/reference/kpi.md says what each is for). A median cannot be made of counts, so what has one is counted in fixed
 * steps: a value belongs to the first step that it does not exceed, and `over` the last one is open.
 */
export const daySteps = {
  /** Seconds from the first ring to the answer; 11 is the strict and 15 the lenient end of III.1. */
  waits: [5, 10, 11, 15, 20, 30, 60],
  /** Working minutes from a miss to the first try. */
  firstTry: [30, 60, 120, 240, 480, 960],
  /** Calls until a missed caller was reached, the successful one included. */
  tries: [1, 2, 3, 4],
} as const

/** A forced hold that is taken back sooner than this was a mistake of ours (procedure, K8). */
const undoneMs: Millis = 5000
/** What might be done to look good by III.1 (procedure §4.5): answered, and at once on hold or over. */
const heldSoonMs: Millis = 5000
const endedSoonMs: Millis = 10_000

/** What the step from one desk to the next adds, beside what is said of it. */
export function changeKeys(before: Desk, after: Desk, policy: Policy): readonly string[] {
  const kept = new Set(after.calls.map(({ id }) => id))
  const abandoned = before.calls.filter((call) => !kept.has(call.id) && !call.reached && abandonedOnHold(call))
  const [was, is] = [before.away, after.away]
  return [
    ...abandoned.map(() => 'holds.abandoned'),
    ...(before.phone.untalked && before.phone.hook === 'off' && after.phone.hook === 'on' ? ['gaming.offHookWithoutTalk'] : []),
    ...(is !== undefined && was === undefined ? ['absences.coverable'] : []),
    ...(is?.covered === true && was?.covered !== true ? ['absences.covered'] : []),
    ...after.callbacks.flatMap((callback) => {
      const earlier = before.callbacks.find(({ id }) => id === callback.id)
      return callback === earlier ? [] : obligationKeys(callback, earlier, after, policy)
    }),
  ]
}

/** What became of an obligation in this step: the first try of a missed caller, in time or late, and the end of a promise. */
function obligationKeys(callback: Callback, earlier: Callback | undefined, { clock }: Desk, { workingHours }: Policy): readonly string[] {
  const keys: string[] = []
  const { kept, late, openedWall, firstAttemptAt, uncallable, from } = callback
  // A promise is counted where it was made.
  if (uncallable !== undefined || from !== undefined) return keys
  if (kept !== undefined && earlier?.kept === undefined) keys.push(`promises.${kept}`)
  const owed = classOf(callback)
  if (owed === undefined) return keys
  if (late && !earlier?.late) keys.push(`${owed}.late`)
  // Without a clock nobody knows when it was: nothing is claimed.
  if (firstAttemptAt === undefined || earlier?.firstAttemptAt !== undefined || openedWall === undefined || clock?.synced !== true) return keys
  if (!late) keys.push(`${owed}.inTime`)
  if (owed === 'callbacks')
    keys.push(stepKey('callbacks.firstTry', daySteps.firstTry, workingMinutesBetween(workingHours, openedWall, firstAttemptAt + clock.offsetMs)))
  return keys
}

/** What the office owes is told apart by its reason; a promise is counted by itself. */
function classOf({ cause }: Callback): 'callbacks' | 'abandoned' | 'failedTransfers' | undefined {
  switch (cause) {
    case 'missed':
    case 'unresolved':
      return 'callbacks'
    case 'abandoned-on-hold':
      return 'abandoned'
    case 'transfer-failed':
      return 'failedTransfers'
    case 'promise':
      return undefined
    default:
      return cause satisfies never
  }
}

/** `name.within30`, `name.over960`. */
function stepKey(name: string, steps: readonly number[], value: number): string {
  const step = steps.find((limit) => value <= limit)
  return step === undefined ? `${name}.over${steps.at(-1)}` : `${name}.within${step}`
}

/** The counters that what was just said adds to. Together they say of each call what became of it, of each obligation how it ended. */
export function noticeKeys(desk: Desk, notices: readonly Notice[], policy: Policy): readonly string[] {
  // An attended transfer hands over two calls with one press of a key.
  const once = notices.filter((said, index) => said.name !== 'call.transferred' || index === notices.findIndex((other) => isSameTransfer(said, other)))
  return once.flatMap((said) => keysOf(said, desk, policy))
}

function isSameTransfer(one: Notice, other: Notice): boolean {
  return one.name === 'call.transferred' && other.name === 'call.transferred' && one.data.kind === other.data.kind
}

function keysOf(said: Notice, desk: Desk, policy: Policy): readonly string[] {
  switch (said.name) {
    case 'call.alerting':
      return ['offered']
    case 'call.answered':
      return answeredKeys(said.data)
    case 'call.missed':
      return missedKeys(said.data, policy)
    case 'call.held':
      return ['holds', `holds.${said.data.by}`, ...(wasHeldSoon(said.data, desk) ? ['gaming.heldSoon'] : [])]
    case 'call.resumed':
      return said.data.heldBy === 'agent' && said.data.heldMs < undoneMs ? ['holds.forcedUndone'] : []
    case 'call.ended':
      return endedKeys(said.data, desk)
    case 'hold.long':
      // The first reminder of a wait counts it; the next ones are of the same.
      return said.data.heldMs < 2 * policy.longHoldMs ? [said.data.muted ? 'mutes.long' : 'holds.long'] : []
    case 'hold.overdue':
      return [said.data.muted ? 'mutes.overdue' : 'holds.overdue']
    case 'call.hung-up-first':
      return [`hungUpFirst.${said.data.by}`]
    case 'call.transferred':
      return [`transfers.${said.data.kind}`]
    case 'forwarding.uncovered':
      // The statutory break is no absence to report.
      return desk.absence?.kind === 'lunch' ? [] : [`absences.uncovered.${said.data.reason}`]
    case 'callback.opened':
      return ['callbacks.opened', `callbacks.opened.${said.data.cause}`, ...(said.data.uncallable === undefined ? [] : ['callbacks.uncallable'])]
    case 'callback.closed':
      return closedKeys(said.data)
    default:
      return [said.name]
  }
}

type DataOf<Name extends Notice['name']> = Extract<Notice, { name: Name }>['data']

function answeredKeys({ direction, excluded, inRule, strict, ringSource, waitMs }: DataOf<'call.answered'>): readonly string[] {
  if (direction !== 'in') return ['answered.outgoing']
  if (excluded !== undefined) return ['answered', `answered.excluded.${excluded}`]
  return [
    'answered',
    ...(inRule ? ['answered.inRule'] : []),
    ...(strict ? ['answered.strict'] : []),
    ...(ringSource === undefined ? [] : [`rings.${ringSource}`]),
    ...(waitMs === undefined ? [] : [stepKey('waits', daySteps.waits, waitMs / 1000)]),
  ]
}

/** A caller who gave up before the last allowed ring had begun gave nobody the time to answer (procedure, table III.1). */
function missedKeys({ cause, excluded, rings = 0, ringSource }: DataOf<'call.missed'>, { warnAtRing }: Policy): readonly string[] {
  const keys = ['missed', `missed.${cause}`]
  if (excluded !== undefined) return [...keys, `missed.excluded.${excluded}`]
  return [
    ...keys,
    ...(ringSource === undefined ? [] : [`rings.${ringSource}`]),
    ...(rings < warnAtRing ? ['missed.early'] : []),
    ...(rings <= warnAtRing ? ['missed.beforeLimit'] : []),
  ]
}

function wasHeldSoon({ call: id, by, direction }: DataOf<'call.held'>, desk: Desk): boolean {
  const call = desk.calls.find((one) => one.id === id)
  if (call?.answeredAt === undefined || by !== 'clerk' || direction !== 'in' || !call.startKnown) return false
  return call.heldMs === 0 && call.since - call.answeredAt < heldSoonMs
}

function endedKeys({ call: id, cause, direction }: DataOf<'call.ended'>, desk: Desk): readonly string[] {
  const keys = ['ended', ...(cause === 'answered-elsewhere' || cause === 'diverted' ? [`ended.${cause}`] : [])]
  const call = desk.calls.find((one) => one.id === id)
  if (call?.answeredAt === undefined || direction !== 'in' || !call.startKnown || cause === 'transferred' || cause === 'lost') return keys
  return call.since - call.answeredAt < endedSoonMs ? [...keys, 'gaming.endedSoon'] : keys
}

function closedKeys({ by, cause, uncallable, attempts }: DataOf<'callback.closed'>): readonly string[] {
  const keys = ['callbacks.closed', `callbacks.closed.${by}`]
  if (uncallable !== undefined || (cause !== 'missed' && cause !== 'unresolved')) return keys
  return [...keys, `missedCallers.${by}`, ...(by === 'desk' ? [stepKey('tries', daySteps.tries, attempts + 1)] : [])]
}
