import { atMost } from '../at-most.ts'
import { type Desk, due, type Stamped, take } from '../desk/desk.ts'
import type { Event, Fact } from '../desk/event.ts'
import type { Policy } from '../desk/policy.ts'
import type { Millis } from '../desk/time.ts'
import type { Log } from '../log.ts'
import { type Machine, thisMachine } from './clock.ts'
import { checkpointEveryMs, checkpointOf, factsBetweenCheckpoints, hasChanged, isJournalled, replay, spoken } from './journal.ts'
import type { Clock, Loss, OutboxEvent, Store } from './ports.ts'

/** Facts that wait while one is being taken. More at once means that something outside has gone mad; what does not fit is counted and dropped. */
const queueMax = 10_000
/** How often the shell says what time it is, so that a newly synchronised clock is noticed; one that was stepped is noticed with the next fact. */
const clockEveryMs = 60_000
/** A clock that is put right by less than this may wait for its minute. */
const clockStepMinMs = 1000
/** Steps that the store has not written yet, kept in memory: beyond this the medium is dead, and what comes now is let go and counted. */
const unwrittenMax = 10_000
/** Of those, at most so many when what could not be written is told of: the step that tells it must find room. */
const unwrittenRestMax = unwrittenMax / 2
/** How long a goodbye waits for a medium that takes nothing; the lamp and the broker are told in any case. */
const stopWaitMs = 1500

/** What the loop hands on, in this order: at once to the drivers, then, when it is on the medium, to the broker. */
export interface AgentOutputs {
  /** Wishes for phone and lamp. Must return at once and never throw. */
  readonly wish: (effect: Stamped) => void
  /** A notice becomes the event that goes on the wire. */
  readonly toEvent: (notice: Extract<Stamped, { type: 'notice' }>, sequence: number) => OutboxEvent
  /** The desk has changed: levels may have to be sent. */
  readonly changed: (desk: Desk, sequence: number) => void
  /** New events are on the medium. */
  readonly stored: () => void
}

/** What the loop has done and what it owes, by which a watchdog tells a loop that works from one that does not. */
export interface Progress {
  /** Facts taken since the start. */
  readonly taken: number
  /** Facts that wait to be taken. */
  readonly waiting: number
  /** How long the desk's earliest deadline has been over; 0 if none is. */
  readonly overdueMs: Millis
}

export interface Agent {
  desk(): Desk
  sequence(): number
  /** A fact, as of now. Returns at once; never throws for what comes from outside. */
  emit(fact: Fact): void
  start(version: string): void
  /** Says goodbye, writes what is left, and lets go of the timer. */
  stop(reason: string): Promise<void>
  progress(): Progress
  health(): {
    readonly dropped: number
    /** Of the dropped, the notices: events that were never numbered. The desk tells of them when the medium takes writes again. */
    readonly unnumbered: number
    readonly unwritten: number
    readonly storeFault: string
    readonly lastTakeMs: number
  }
}

export interface AgentDeps {
  readonly policy: Policy
  readonly clock: Clock
  /** By which a checkpoint can be told apart from one of an earlier boot; this machine if left out. */
  readonly machine?: Machine
  readonly store: Store
  readonly log: Log
  readonly outputs: AgentOutputs
}

/**
 * One queue, one timer, one journal. Every fact gets its instant here and goes through `take`; its wishes go out at once, before anything is written, so
 * that the lamp never waits for the disk; its notices are numbered and written with the fact in one step, and only then offered to the broker.
 */
export function createAgent({ policy, clock, machine = thisMachine, store, log, outputs }: AgentDeps): Agent {
  let desk = replay(store.past, policy).desk
  let sequence = store.lastSequence
  let sinceCheckpoint = store.past.facts.length
  let checkpointAt = desk.at
  let cancelWake: () => void = () => {}
  let cancelClock: () => void = () => {}
  let taking = false
  let stopped = false
  const queue: Fact[] = []
  const counts = { dropped: 0, unnumbered: 0, unwritten: 0, storeFault: '', lastTakeMs: 0 }
  let taken = 0
  let untold = 0
  let written: Promise<void> = Promise.resolve()

  function emit(fact: Fact): void {
    if (stopped) return
    if (queue.length >= queueMax) {
      counts.dropped += 1
      return
    }
    queue.push(fact)
    if (taking) return
    taking = true
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (next.type !== 'agent.started' && next.type !== 'clock.set' && isStepped()) takeOne(timeNow())
        takeOne(next)
      }
    } finally {
      taking = false
    }
    schedule()
  }

  function timeNow(): Fact {
    return { type: 'clock.set', wall: clock.wall(), synced: clock.synced() }
  }

  /** Whether the wall clock has jumped since the desk was told: what happens now must not bear yesterday's date. */
  function isStepped(): boolean {
    return desk.clock !== undefined && Math.abs(clock.wall() - clock.now() - desk.clock.offsetMs) >= clockStepMinMs
  }

  function takeOne(fact: Fact): void {
    const event: Event = { ...fact, at: Math.max(desk.at, clock.now()) }
    const before = desk
    const startedMs = performance.now()
    const { desk: next, effects } = take(desk, event, policy)
    counts.lastTakeMs = performance.now() - startedMs
    desk = next
    for (const effect of effects) if (effect.type !== 'notice') outputs.wish(effect)
    write(before, event, effects)
    outputs.changed(desk, sequence)
    taken += 1
  }

  /** Fact, numbered notices and, where needed, a checkpoint: one step, all or nothing. Nothing is numbered that cannot be kept. */
  function write(before: Desk, event: Event, effects: readonly Stamped[]): void {
    if (counts.unwritten >= unwrittenMax || !store.takes()) {
      letGo(before, event, effects)
      return
    }
    const events = effects.flatMap((effect) => {
      if (effect.type !== 'notice') return []
      sequence += 1
      log.info({ event: effect.name, ...effect.data, sequence }, effect.name)
      return [outputs.toEvent(effect, sequence)]
    })
    const changed = hasChanged(before, desk)
    const journalled = changed && isJournalled(event)
    // What changed through something that is not written down (the seat, the passing of time) only a new checkpoint can tell.
    const unseen = changed && !journalled
    const checkpoint = unseen || sinceCheckpoint >= factsBetweenCheckpoints || desk.at - checkpointAt >= checkpointEveryMs
    if (!journalled && events.length === 0 && !checkpoint) return
    if (checkpoint) checkpointAt = desk.at
    sinceCheckpoint = checkpoint ? 0 : sinceCheckpoint + 1
    counts.unwritten += 1
    const past = checkpoint ? { checkpoint: checkpointOf(desk, clock.wall(), machine) } : { facts: [journalled ? event : spoken(desk.at)] }
    const tells = lossOf(event)
    if (event.type === 'journal.incomplete' && event.cause === 'medium') untold -= event.count ?? 0
    written = store.append({ events, ...past, ...(tells === undefined ? {} : { tells }) }).then(
      () => {
        counts.unwritten -= 1
        counts.storeFault = ''
        if (events.length > 0) outputs.stored()
        tellLosses()
      },
      (error: unknown) => {
        counts.unwritten -= 1
        sinceCheckpoint = factsBetweenCheckpoints
        const fault = error instanceof Error ? error.message : String(error)
        if (fault !== counts.storeFault) log.error({ fault }, 'the store could not be written; lamp and phone go on without it')
        counts.storeFault = fault
      },
    )
  }

  /** Too much is waiting for the medium. What this step would have told is lost, and said so; the next that is written carries the whole desk. */
  function letGo(before: Desk, event: Event, effects: readonly Stamped[]): void {
    const changed = hasChanged(before, desk)
    if (changed) sinceCheckpoint = factsBetweenCheckpoints
    // Word of a loss is not lost with this: it is still owed, and told later.
    const notices = event.type === 'journal.incomplete' ? 0 : effects.filter(({ type }) => type === 'notice').length
    untold += notices
    counts.unnumbered += notices
    if ((changed && isJournalled(event)) || notices > 0) counts.dropped += 1
  }

  /** Says once of each loss what is known of it: those that the store found or caused, and what the medium did not take for so long that it was let go. */
  function tellLosses(): void {
    if (counts.unwritten > unwrittenRestMax || !store.takes()) return
    for (const loss of store.owed()) emit({ type: 'journal.incomplete', ...loss })
    if (untold > 0) emit({ type: 'journal.incomplete', cause: 'medium', count: untold })
  }

  function schedule(): void {
    cancelWake()
    const next = stopped ? undefined : due(desk, policy)
    cancelWake = next === undefined ? () => {} : clock.wakeAt(next, () => emit({ type: 'tick' }))
  }

  function tellTime(): void {
    emit(timeNow())
    tellLosses()
    cancelClock = stopped ? () => {} : clock.wakeAt(clock.now() + clockEveryMs, tellTime)
  }

  return {
    desk: () => desk,
    sequence: () => sequence,
    emit,
    start(version) {
      // The first step carries the whole desk: a restart soon after finds by it how the clock goes on.
      sinceCheckpoint = factsBetweenCheckpoints
      emit({ type: 'agent.started', version, wall: clock.wall(), synced: clock.synced() })
      tellTime()
    },
    async stop(reason) {
      if (stopped) return
      emit({ type: 'agent.stopping', reason })
      stopped = true
      cancelWake()
      cancelClock()
      await atMost(stopWaitMs, written)
    },
    progress: () => ({ taken, waiting: queue.length, overdueMs: Math.max(0, clock.now() - (due(desk, policy) ?? Number.POSITIVE_INFINITY)) }),
    health: () => ({ ...counts }),
  }
}

/** The loss of the store's that this fact is word of. */
function lossOf(event: Event): Loss | undefined {
  if (event.type !== 'journal.incomplete') return undefined
  const { cause, type: _, at: __, ...known } = event
  return cause === 'medium' ? undefined : { cause, ...known }
}
