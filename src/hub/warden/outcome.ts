import { doubledMs } from '../../back-off.ts'
import type { ForwardOutcome } from '../../desk/event.ts'
import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { WardenLease } from '../../mqtt/hub-messages.ts'
import type { WardenLimits } from './limits.ts'
import type { Task, WardenReason } from './ward.ts'

/** What became of one attempt at a phone: the forwarder's word, or why it was never asked. */
export type UndoOutcome = ForwardOutcome | 'found-free' | 'no-phone' | 'no-number'

interface Verdict {
  readonly state: WardenLease['state']
  readonly reason: (task: Task) => WardenReason
  readonly done?: true
  /** Which wait comes before the next attempt. */
  readonly wait?: 'retry' | 'refused' | 'busy'
}

const as = (reason: WardenReason) => () => reason

/** What each outcome means, and what follows from it. */
const verdicts: Readonly<Record<UndoOutcome, Verdict>> = {
  confirmed: { state: 'undone', reason: ({ cause }) => cause, done: true },
  'found-free': { state: 'undone', reason: as('found-free'), done: true },
  foreign: { state: 'foreign', reason: ({ cause }) => cause, done: true },
  sent: { state: 'unconfirmed', reason: as('not-shown'), wait: 'retry' },
  contradicted: { state: 'unconfirmed', reason: as('contradicted'), wait: 'retry' },
  busy: { state: 'undoing', reason: as('busy'), wait: 'busy' },
  unreachable: { state: 'failed', reason: as('unreachable'), wait: 'retry' },
  refused: { state: 'failed', reason: as('refused'), wait: 'refused' },
  unsupported: { state: 'failed', reason: as('unsupported'), wait: 'refused' },
  unjournalled: { state: 'failed', reason: as('unreachable'), wait: 'retry' },
  'no-phone': { state: 'failed', reason: as('no-phone'), wait: 'refused' },
  'no-number': { state: 'failed', reason: as('no-number'), wait: 'refused' },
}

/** The task as it is after an attempt. */
export function afterAttempt(task: Task, outcome: UndoOutcome, now: { readonly at: Instant; readonly wall: WallTime }, limits: WardenLimits): Task {
  const { state, reason, done = false, wait } = verdicts[outcome]
  const { order: _order, ...rest } = task
  const tries = wait === 'busy' ? task.tries : task.tries + 1
  const blind = outcome === 'sent' ? task.blind + 1 : task.blind
  return {
    ...rest,
    state,
    reason: reason(task),
    since: state === task.state ? task.since : now.wall,
    nextAt: now.at + waitMs(wait, task.tries, limits),
    tries,
    blind,
    done: done || blind >= limits.blindTriesMax,
  }
}

function waitMs(wait: Verdict['wait'], tries: number, limits: WardenLimits): Millis {
  switch (wait) {
    case undefined:
      return 0
    case 'busy':
      return limits.busyMs
    case 'refused':
      return doubledMs(tries + 1, limits.refusedFirstMs, limits.refusedLastMs)
    case 'retry':
      return doubledMs(tries + 1, limits.retryFirstMs, limits.retryLastMs)
    default:
      return wait satisfies never
  }
}
