import { atMost } from '../at-most.ts'
import type { Desk, Stamped } from '../desk/desk.ts'
import type { Event } from '../desk/event.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Machine, thisMachine } from './clock.ts'
import { checkpointEveryMs, checkpointOf, factsBetweenCheckpoints, hasChanged, hasMovedLease, isJournalled, spoken } from './journal.ts'
import type { Clock, Emit, Loss, OutboxEvent, Store } from './ports.ts'

/** Steps that the store has not written yet, kept in memory: beyond this the medium is dead, and what comes now is let go and counted. */
const unwrittenMax = 10_000
/** Of those, at most so many when what could not be written is told of: the step that tells it must find room. */
const unwrittenRestMax = unwrittenMax / 2
/** How long a goodbye waits for a medium that takes nothing; the lamp and the broker are told in any case. */
const stopWaitMs = 1500

/** What one fact came to. */
export interface Step {
  readonly before: Desk
  readonly after: Desk
  readonly event: Event
  readonly effects: readonly Stamped[]
}

export interface WriterOutputs {
  /** A notice becomes the event that goes on the wire. */
  readonly toEvent: (notice: Extract<Stamped, { type: 'notice' }>, sequence: number) => OutboxEvent
  /** New events are on the medium. */
  readonly stored: () => void
}

export interface WriterDeps {
  readonly clock: Clock
  /** By which a checkpoint can be told apart from one of an earlier boot; this machine if left out. */
  readonly machine?: Machine | undefined
  readonly store: Store
  readonly log: Log
  readonly emit: Emit
  readonly outputs: WriterOutputs
}

/** What the loop has done, on its way to the medium; and the account of what did not get there. */
export interface Writer {
  /** The last number given. */
  sequence(): number
  /** Fact, numbered notices and, where needed, a checkpoint: one step, all or nothing. Resolves with whether it is on the medium. Never rejects. */
  write(step: Step): Promise<boolean>
  /** The next step that is written carries the whole desk. */
  writeWhole(): void
  /** Says once of each loss what is known of it: those that the store found or caused, and what the medium did not take for so long that it was let go. */
  tellLosses(): void
  /** Waits for what is on its way, but not for ever. */
  settle(): Promise<void>
  health(): {
    readonly dropped: number
    /** Of the dropped, the notices: events that were never numbered. The desk tells of them when the medium takes writes again. */
    readonly unnumbered: number
    readonly unwritten: number
    readonly storeFault: string
  }
}

/** A desk's writer goes on from `lastSequence` and from what the store already has behind its checkpoint. */
export function createWriter({ clock, machine = thisMachine, store, log, emit, outputs }: WriterDeps, startedAt: number): Writer {
  let sequence = store.lastSequence
  let sinceCheckpoint = store.past.facts.length
  let checkpointAt = startedAt
  let untold = 0
  let written: Promise<unknown> = Promise.resolve()
  const counts = { dropped: 0, unnumbered: 0, unwritten: 0, storeFault: '' }

  /** Nothing is numbered that cannot be kept. */
  async function write(step: Step): Promise<boolean> {
    if (counts.unwritten >= unwrittenMax || !store.takes()) {
      letGo(step)
      return false
    }
    const { before, after, event, effects } = step
    const events = effects.flatMap((effect) => (effect.type === 'notice' ? [numbered(effect)] : []))
    const changed = hasChanged(before, after)
    const journalled = changed && isJournalled(event)
    // What changed through something that is not written down (the seat, the passing of time) only a new checkpoint can tell.
    const unseen = changed && !journalled
    const isOld = sinceCheckpoint >= factsBetweenCheckpoints || after.at - checkpointAt >= checkpointEveryMs
    const checkpoint = unseen || isOld || hasMovedLease(before, after)
    if (!journalled && events.length === 0 && !checkpoint) return true
    if (checkpoint) checkpointAt = after.at
    sinceCheckpoint = checkpoint ? 0 : sinceCheckpoint + 1
    const past = checkpoint ? { checkpoint: checkpointOf(after, clock.wall(), machine) } : { facts: [journalled ? event : spoken(after.at)] }
    const tells = lossOf(event)
    if (event.type === 'journal.incomplete' && event.cause === 'medium') untold -= event.count ?? 0
    counts.unwritten += 1
    const appended = store.append({ events, ...past, ...(tells === undefined ? {} : { tells }) }).then(
      () => kept(events.length > 0),
      (error: unknown) => refused(error),
    )
    written = appended
    return appended
  }

  function numbered(notice: Extract<Stamped, { type: 'notice' }>): OutboxEvent {
    sequence += 1
    log.info({ event: notice.name, ...notice.data, sequence }, notice.name)
    return outputs.toEvent(notice, sequence)
  }

  function kept(hasEvents: boolean): boolean {
    counts.unwritten -= 1
    counts.storeFault = ''
    if (hasEvents) outputs.stored()
    tellLosses()
    return true
  }

  function refused(error: unknown): boolean {
    counts.unwritten -= 1
    sinceCheckpoint = factsBetweenCheckpoints
    const fault = messageOf(error)
    if (fault !== counts.storeFault) log.error({ fault }, 'the store could not be written; lamp and phone go on without it')
    counts.storeFault = fault
    return false
  }

  /** Too much is waiting for the medium. What this step would have told is lost, and said so; the next that is written carries the whole desk. */
  function letGo({ before, after, event, effects }: Step): void {
    const changed = hasChanged(before, after)
    if (changed) sinceCheckpoint = factsBetweenCheckpoints
    // Word of a loss is not lost with this: it is still owed, and told later.
    const notices = event.type === 'journal.incomplete' ? 0 : effects.filter(({ type }) => type === 'notice').length
    untold += notices
    counts.unnumbered += notices
    if ((changed && isJournalled(event)) || notices > 0) counts.dropped += 1
  }

  function tellLosses(): void {
    if (counts.unwritten > unwrittenRestMax || !store.takes()) return
    for (const loss of store.owed()) emit({ type: 'journal.incomplete', ...loss })
    if (untold > 0) emit({ type: 'journal.incomplete', cause: 'medium', count: untold })
  }

  return {
    sequence: () => sequence,
    write,
    writeWhole() {
      sinceCheckpoint = factsBetweenCheckpoints
    },
    tellLosses,
    async settle() {
      await atMost(stopWaitMs, written)
    },
    health: () => ({ ...counts }),
  }
}

/** The loss of the store's that this fact is word of. */
function lossOf(event: Event): Loss | undefined {
  if (event.type !== 'journal.incomplete') return undefined
  const { cause, type: _, at: __, ...known } = event
  return cause === 'medium' ? undefined : { cause, ...known }
}
