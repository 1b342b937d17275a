import { doubledMs } from '../back-off.ts'
import type { CommandAnswer } from './asked.ts'
import type { RepairLimits } from './limits.ts'
import { type Gap, type Ledger, missingIn, nextGap } from './record/ledger.ts'

/** What the repair looks at of a desk. */
export interface RepairedDesk {
  readonly id: string
  readonly availability: 'online' | 'offline' | 'unknown'
  readonly ledger: Ledger
}

export interface RepairOptions {
  readonly desks: () => Iterable<RepairedDesk>
  readonly desk: (id: string) => RepairedDesk | undefined
  /** `command/replay` to one desk. Resolves in any case. */
  readonly ask: (desk: string, gap: Gap) => Promise<CommandAnswer>
  /** What the desk told of has not come within the settling time. */
  readonly overdue: (desk: string) => void
  /** The desk does not keep these any more. */
  readonly lost: (desk: string, epoch: string, range: readonly [number, number]) => void
  /** A desk has answered, and what it sent has come: its figures may be told. */
  readonly settled: (desk: string) => void
  readonly limits: RepairLimits
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>
}

export type ReplayOutcome = 'answered' | 'gone' | 'refused' | 'silent'

/** Asks desks for the events that did not come, until all are there. */
export interface Repair {
  /** Looks at every desk; `now` is a monotonic clock in milliseconds. */
  tick(now: number): void
  /** This desk, or all of them, may be asked at once again: it has come back, or the broker has. */
  retry(desk?: string): void
  counters(): Readonly<Record<ReplayOutcome, number>>
}

/** What is known of one desk's gaps while it has any. */
interface Job {
  /** Since when something has been missing, and the last number that the desk had told of then. */
  since: number
  told: number
  asking: boolean
  failures: number
  notBefore: number
}

/**
 * See `Repair`. One request a desk at a time, a few desks at once, each request for a bounded range. The oldest gap goes first, and desks take turns.
 * Whatever a desk answers, what counts is what comes: an answer after which nothing has come is tried again, less and less often. Events are given up
 * only when the desk says that it does not have them (`NOT_KEPT`; `sent: 0` and `next: null`), or that their epoch is gone (`UNKNOWN_EPOCH`).
 */
export function createRepair(options: RepairOptions): Repair {
  const { limits } = options
  const jobs = new Map<string, Job>()
  const counters: Record<ReplayOutcome, number> = { answered: 0, gone: 0, refused: 0, silent: 0 }
  let asking = 0
  let at = 0

  function look({ id, availability, ledger }: RepairedDesk, now: number): void {
    const late = ledger.some((sequence) => sequence.told > sequence.last)
    const job = jobs.get(id)
    if (!late && missingIn(ledger) === 0) {
      if (job?.asking !== true) jobs.delete(id)
      return
    }
    if (job === undefined) return void jobs.set(id, { since: now, told: toldBy(ledger), asking: false, failures: 0, notBefore: 0 })
    if (job.asking || now - job.since < limits.gapSettleMs) return
    // Only what was told of when the settling began has had its time; a busy desk is always one event ahead.
    if (late && ledger.some((sequence) => sequence.last < Math.min(sequence.told, job.told))) options.overdue(id)
    else if (missingIn(ledger) === 0) return void jobs.delete(id)
    if (availability === 'online' && now >= job.notBefore && asking < limits.repairsMax) void repair(id, job)
  }

  async function repair(id: string, job: Job): Promise<void> {
    const ledger = options.desk(id)?.ledger ?? []
    const gap = nextGap(ledger, limits.replayRangeMax)
    if (gap === undefined) return
    job.asking = true
    asking += 1
    const answer = await options.ask(id, gap)
    const gone = goneOf(answer, gap, ledger)
    counters[outcomeOf(answer)] += 1
    // Events stand on another topic than the answer: the last of them may come after it.
    if (gone === undefined && answer.ok) await comeOrPause(id, gap)
    if (gone !== undefined) options.lost(id, gap.epoch, gone)
    const better = gone !== undefined || missingIn(options.desk(id)?.ledger ?? []) < missingIn(ledger)
    job.failures = better ? 0 : job.failures + 1
    job.notBefore = at + (better ? limits.replayPaceMs : waitMs(job.failures, limits))
    job.asking = false
    asking -= 1
    options.settled(id)
    // To the end of the line: the next desk's turn.
    if (jobs.delete(id)) jobs.set(id, job)
  }

  async function comeOrPause(id: string, gap: Gap): Promise<void> {
    const steps = 10
    for (let step = 0; step < steps && stillMissing(options.desk(id)?.ledger ?? [], gap); step += 1) await options.pause(limits.replayArrivalMs / steps)
  }

  return {
    tick(now) {
      at = now
      const desks = new Map([...options.desks()].map((desk) => [desk.id, desk]))
      for (const id of [...jobs.keys()]) if (!desks.has(id)) jobs.delete(id)
      const waiting = [...jobs.keys()].flatMap((id) => desks.get(id) ?? [])
      for (const desk of new Set([...waiting, ...desks.values()])) look(desk, now)
    },
    retry(desk) {
      for (const [id, job] of jobs) if (desk === undefined || desk === id) Object.assign(job, { failures: 0, notBefore: 0 })
    },
    counters: () => ({ ...counters }),
  }
}

function toldBy(ledger: Ledger): number {
  return ledger.reduce((most, { told }) => Math.max(most, told), 0)
}

function stillMissing(ledger: Ledger, { epoch, to }: Gap): boolean {
  return ledger.some((sequence) => sequence.epoch === epoch && sequence.missing.some(([from]) => from <= to))
}

/** What the desk says will never come. An answer is taken at its word only as far as it was asked. */
function goneOf({ ok, error, data = {} }: CommandAnswer, { epoch, from, to }: Gap, ledger: Ledger): readonly [number, number] | undefined {
  if (error?.code === 'UNKNOWN_EPOCH') return [1, ledger.find((sequence) => sequence.epoch === epoch)?.last ?? to]
  if (error?.code === 'NOT_KEPT') {
    const { first } = data
    return [from, typeof first === 'number' && Number.isSafeInteger(first) && first > from ? Math.min(to, first - 1) : to]
  }
  // Of an epoch that is over, there is nothing after its end.
  if (error?.code === 'BAD_RANGE' && ledger[0]?.epoch !== epoch) return [from, to]
  // It has events before and behind, and none of these: a store that was damaged there.
  return ok && data['sent'] === 0 && data['next'] === null ? [from, to] : undefined
}

function outcomeOf(answer: CommandAnswer): ReplayOutcome {
  if (answer.ok) return 'answered'
  if (answer.error?.code === 'NOT_KEPT' || answer.error?.code === 'UNKNOWN_EPOCH') return 'gone'
  return answer.error?.code === 'NO_ANSWER' ? 'silent' : 'refused'
}

function waitMs(failures: number, { repairFirstMs, repairLastMs }: RepairLimits): number {
  return doubledMs(failures, repairFirstMs, repairLastMs)
}
