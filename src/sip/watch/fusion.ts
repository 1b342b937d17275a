import type { Desk } from '../../desk/desk.ts'
import type { Fact } from '../../desk/event.ts'
import { limits } from '../../desk/policy.ts'
import { earliest, type Instant } from '../../desk/time.ts'
import { type EachDialog, judgeEach } from './each-dialog.ts'
import type { ExchangeView, Seen } from './line-view.ts'
import { judgeOne, type OneDialog } from './one-dialog.ts'

/** What is remembered of two sources: levels on either side, and since when they have disagreed. */
export interface Fusion {
  readonly each?: EachDialog
  readonly one?: OneDialog
  /** What the exchange would have the desk know, since when, and whether it has been said. */
  readonly claims: ReadonlyMap<string, { readonly since: Instant; readonly said: boolean }>
  /** Nothing is known of the exchange: at the start, and while the subscription is down. */
  readonly blind: boolean
}

export const nothingFused: Fusion = { claims: new Map(), blind: true }

export interface Compared {
  /** Left out: nothing is known of the exchange now. */
  readonly view?: ExchangeView | undefined
  /** The exchange has just said so by itself, and not in answer to a question. */
  readonly unsolicited: boolean
  /** And something that it had said before has not come. */
  readonly gap: boolean
  /** What it had said before and comes only now: that it rang. */
  readonly lateRing?: Seen['lateRing']
  readonly desk: Desk
  /** Whether the phone has been heard to speak by itself in this run. One that never does is not waited for. */
  readonly phoneSpeaks: boolean
  readonly at: Instant
}

/**
 * Compares what the exchange shows with what the desk knows, and says what is missing. The phone's word comes first: only where the two have disagreed for
 * as long as a word of the phone may be on its way does the exchange speak up, and then only to add a beginning, an answer or an end. Who is believed about
 * what is one table, docs/explanation/two-sources.md; its rows are tests. Pure: what is remembered is given and given back.
 */
export function compare(
  before: Fusion,
  { view, unsolicited, gap, lateRing, desk, phoneSpeaks, at }: Compared,
): { fusion: Fusion; facts: readonly Fact[]; due?: Instant } {
  if (view === undefined) return { fusion: { ...before, claims: new Map(), blind: true }, facts: [] }
  // Asterisk's picture of an idle extension has no dialog at all at first: what it has been once it stays.
  const isOne = view.aggregated || (before.one !== undefined && view.lines.length === 0)
  const seen = { view, unsolicited, gap, lateRing, wasBlind: before.blind }
  const one = isOne ? judgeOne(before.one, seen, desk, at) : undefined
  const each = isOne ? undefined : judgeEach(before.each, seen, desk, at)
  const claims = one?.claims ?? each?.claims ?? []
  const windowMs = phoneSpeaks ? limits.reorderMs : 0
  const told = claims.map(({ key, facts, notBefore = at }) => {
    const known = before.claims.get(key)
    const since = known?.since ?? at
    const ripeAt = Math.max(since + windowMs, notBefore)
    const isRipe = known?.said !== true && at >= ripeAt
    return { key, since, ripeAt, said: known?.said === true || isRipe, facts: isRipe ? facts : [] }
  })
  const due = earliest([one?.dueAt, ...told.map(({ ripeAt, said }) => (said ? undefined : ripeAt))])
  return {
    fusion: {
      ...(one === undefined ? {} : { one: one.memory }),
      ...(each === undefined ? {} : { each: each.memory }),
      claims: new Map(told.map(({ key, since, said }) => [key, { since, said }])),
      blind: false,
    },
    facts: told.flatMap(({ facts }) => facts),
    ...(due === undefined ? {} : { due }),
  }
}
