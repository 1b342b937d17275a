const minute = 60_000
const hour = 60 * minute
/** The office's day, in milliseconds since midnight; a missed caller is owed a try within two hours of it. */
const [opens, closes] = [7.5 * hour, 15.5 * hour]
const owedMs = 2 * hour

type Figures = Readonly<Record<string, number | null>>

/** What really happened at an invented desk. It knows the procedure and nothing of the core; all times are milliseconds since midnight. */
export interface Truth {
  answered(rangAt: number, waitMs: number): void
  missed(rangAt: number, ringMs: number): void
  missedBehind(): void
  missedQuietly(rangAt: number): void
  elsewhere(how: 'answered-elsewhere' | 'diverted'): void
  outgoing(): void
  /** A conversation ended; of an outgoing one nobody asks how long it was. */
  over(afterMs: number | undefined, cause: string): void
  held(ms: number, soon: boolean): void
  abandoned(): void
  forced(heldMs: number): void
  transferred(kind: 'attended' | 'blind' | 'failed'): void
  /** Told of a call to them: how far from the agreed time it began, and whether they spoke. */
  promised(): (offMs: number, spoke: boolean) => void
  withheld(): void
  owe(kind: 'missed' | 'abandoned', sinceMs: number): Debt
  absence(at: number, covered: boolean): void
  lifted(): void
  unwatched(from: number, to: number): void
  /** The day is over. */
  end(): void
  /** The figures of the report, as its readers understand them. */
  figures(): Figures
}

export interface Debt {
  tried(at: number, spoke: boolean): void
  reachedUs(at: number): void
  declared(at: number): void
}

interface Owed {
  readonly kind: 'missed' | 'abandoned'
  readonly since: number
  firstTry?: number
  tries: number
  end?: 'reached' | 'reachedUs' | 'declared'
  endAt: number
}

interface Promised {
  kept?: boolean
}

/** Working time between two moments of this one day. */
function worked(from: number, to: number): number {
  return Math.max(0, Math.min(to, closes) - Math.max(from, opens))
}

export function createTruth(): Truth {
  const answers: { counts: boolean; waitMs: number }[] = []
  const misses: { why: 'counts' | 'early' | 'excused'; ringMs: number }[] = []
  const debts: Owed[] = []
  const promises: Promised[] = []
  const holds: number[] = []
  const forced: number[] = []
  const ends: string[] = []
  const absences: boolean[] = []
  const n = {
    elsewhere: 0,
    outgoing: 0,
    heldSoon: 0,
    endedSoon: 0,
    abandoned: 0,
    attended: 0,
    blind: 0,
    failed: 0,
    withheld: 0,
    lifted: 0,
    nobody: 0,
    unwatchedMs: 0,
  }
  const inHours = (at: number): boolean => at >= opens && at < closes
  let over = false

  function missed(rangAt: number, ringMs: number): void {
    misses.push({ why: !inHours(rangAt) ? 'excused' : ringMs < 10_000 ? 'early' : 'counts', ringMs })
  }

  /** In time, late, or not decided when the day was over, or because they came first. */
  function verdict({ since, firstTry, endAt }: Owed): 'inTime' | 'late' | undefined {
    if (firstTry !== undefined) return worked(since, firstTry) <= owedMs ? 'inTime' : 'late'
    return worked(since, endAt) > owedMs ? 'late' : undefined
  }

  function owe(kind: 'missed' | 'abandoned', since: number): Debt {
    const debt: Owed = { kind, since, tries: 0, endAt: 24 * hour }
    const end = (how: NonNullable<Owed['end']>, at: number): void => {
      if (debt.end === undefined) Object.assign(debt, { end: how, endAt: at })
    }
    debts.push(debt)
    return {
      tried(at, spoke) {
        debt.firstTry ??= at
        debt.tries += 1
        if (spoke) end('reached', at)
      },
      reachedUs: (at) => end('reachedUs', at),
      declared: (at) => end('declared', at),
    }
  }

  return {
    answered: (rangAt, waitMs) => void answers.push({ counts: inHours(rangAt), waitMs }),
    missed,
    missedBehind: () => void misses.push({ why: 'excused', ringMs: 0 }),
    missedQuietly: () => void misses.push({ why: 'excused', ringMs: 0 }),
    elsewhere(how) {
      if (how === 'answered-elsewhere') n.elsewhere += 1
    },
    outgoing() {
      n.outgoing += 1
    },
    over(afterMs, cause) {
      ends.push(cause)
      if (afterMs !== undefined && afterMs < 10_000) n.endedSoon += 1
    },
    held(ms, soon) {
      holds.push(ms)
      if (soon) n.heldSoon += 1
    },
    abandoned() {
      n.abandoned += 1
    },
    forced(heldMs) {
      holds.push(heldMs)
      forced.push(heldMs)
    },
    transferred(kind) {
      n[kind] += 1
    },
    promised() {
      const one: Promised = {}
      promises.push(one)
      return (offMs, spoke) => {
        if (one.kept !== undefined) return
        if (Math.abs(offMs) <= 15 * minute) one.kept = true
        else if (offMs > 0 || spoke) one.kept = false
      }
    },
    withheld() {
      n.withheld += 1
    },
    owe,
    // The calls go to somebody else from ten minutes on, while the office is open; here somebody takes them after eleven, and the clerk is back after thirteen.
    absence(at, covered) {
      const [from, to] = [Math.max(at + 10 * minute, opens), Math.min(at + 13 * minute, closes)]
      if (from < to) absences.push(covered && at + 11 * minute < to)
      if (from < to && !covered) n.nobody += 1
    },
    lifted() {
      n.lifted += 1
    },
    unwatched(from, to) {
      n.unwatchedMs += worked(from, to)
    },
    end() {
      over = true
    },
    figures,
  }

  function figures(): Figures {
    if (!over) throw new Error('the day is not over')
    const counting = answers.filter(({ counts }) => counts)
    const callable = debts.filter(({ kind }) => kind === 'missed')
    const lateOnes = (kind: Owed['kind']) => debts.filter((debt) => debt.kind === kind && verdict(debt) === 'late').length
    const timely = (kind: Owed['kind']) => debts.filter((debt) => debt.kind === kind && verdict(debt) === 'inTime').length
    const done = callable.filter(({ end }) => end !== undefined)
    const tried = callable.flatMap(({ since, firstTry }) => (firstTry === undefined ? [] : [Math.floor(worked(since, firstTry) / minute)]))
    const known = ends.filter((cause) => cause !== 'unknown')
    const ruled = counting.length + misses.filter(({ why }) => why === 'counts').length
    return {
      K1: ratio(counting.filter(({ waitMs }) => waitMs < 15_000).length, ruled),
      'K1.strict': ratio(counting.filter(({ waitMs }) => waitMs <= 11_000).length, ruled),
      'K1.excluded': answers.length - counting.length + misses.filter(({ why }) => why !== 'counts').length,
      'K1.estimated': 1,
      'K1.median': rank(
        counting.map(({ waitMs }) => waitMs / 1000),
        0.5,
        [5, 10, 11, 15, 20, 30, 60],
      ),
      K2: ratio(answers.length + n.elsewhere, answers.length + n.elsewhere + misses.length),
      'K2.abandoned': misses.filter(({ why, ringMs }) => why !== 'excused' && ringMs < 15_000).length,
      K3: ratio(timely('missed'), timely('missed') + lateOnes('missed')),
      'K3.withheld': n.withheld,
      'K3.declared': ratio(done.filter(({ end }) => end === 'declared').length, done.length),
      K4: ratio(done.filter(({ end }) => end !== 'declared').length, done.length),
      'K4.tries': rank(
        done.flatMap(({ end, tries }) => (end === 'reached' ? [tries] : [])),
        0.5,
        [1, 2, 3, 4],
      ),
      'K5.median': rank(tried, 0.5, [30, 60, 120, 240, 480, 960]),
      'K5.p90': rank(tried, 0.9, [30, 60, 120, 240, 480, 960]),
      K6: ratio(promises.filter(({ kept }) => kept === true).length, promises.length),
      'K6.reassigned': 0,
      'K7.long': ratio(holds.filter((ms) => ms >= 45_000).length, holds.length),
      'K7.overdue': ratio(holds.filter((ms) => ms >= 120_000).length, holds.length),
      'K7.abandoned': n.abandoned,
      'K7.calledBack': ratio(timely('abandoned'), timely('abandoned') + lateOnes('abandoned')),
      K8: ratio(forced.length, answers.length + n.outgoing),
      'K8.undone': ratio(forced.filter((ms) => ms < 5000).length, forced.length),
      K9: ratio(absences.filter((covered) => covered).length, absences.length),
      'K9.nobody': n.nobody,
      K10: ratio(n.attended, n.attended + n.blind),
      'K10.failed': n.failed,
      K11: ratio(known.filter((cause) => cause === 'remote-bye').length, known.length),
      'K11.coverage': ratio(known.length, ends.length),
      K12: ratio(closes - opens - n.unwatchedMs, closes - opens),
      'gaming.held': ratio(n.heldSoon, answers.length),
      'gaming.ended': ratio(n.endedSoon, answers.length),
      'gaming.offHook': n.lifted,
    }
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** The value of this rank, by sorting them all; then the step that it belongs to. */
function rank(values: readonly number[], share: number, steps: readonly number[]): number | null {
  const value = [...values].sort((one, other) => one - other)[Math.ceil(share * values.length) - 1]
  return value === undefined ? null : (steps.find((step) => value <= step) ?? null)
}
