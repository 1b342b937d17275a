import { atMost } from '../at-most.ts'
import { type Desk, due, type Stamped, take } from '../desk/desk.ts'
import type { Event, Fact } from '../desk/event.ts'
import type { Policy } from '../desk/policy.ts'
import type { Millis } from '../desk/time.ts'
import type { Log } from '../log.ts'
import type { Machine } from './clock.ts'
import { replay } from './journal.ts'
import type { Clock, Store } from './ports.ts'
import { createWriteAhead, isWrittenAhead } from './write-ahead.ts'
import { createWriter, type Writer, type WriterOutputs } from './writer.ts'

/** Facts that wait while one is being taken. More at once means that something outside has gone mad; what does not fit is counted and dropped. */
const queueMax = 10_000
/** How often the shell says what time it is, so that a newly synchronised clock is noticed; one that was stepped is noticed with the next fact. */
const clockEveryMs = 60_000
/** A clock that is put right by less than this may wait for its minute. */
const clockStepMinMs = 1000
/** How long a goodbye waits for the phone to take our forwarding off. What is not done by then `release` does, and then the warden. */
const undoWaitMs = 5000

/** What the loop hands on, in this order: at once to the drivers, then, when it is on the medium, to the broker. */
export interface AgentOutputs extends WriterOutputs {
  /** Wishes for phone and lamp. Must return at once and never throw. */
  readonly wish: (effect: Stamped) => void
  /** The desk has changed: levels may have to be sent. */
  readonly changed: (desk: Desk, sequence: number) => void
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
  /** As it would be if it were told the time now: what is shown at any moment bears no instant of the last fact, when somebody may have sat down. */
  deskNow(): Desk
  sequence(): number
  /** A fact, as of now. Returns at once; never throws for what comes from outside. */
  emit(fact: Fact): void
  start(version: string): void
  /** Says goodbye, writes what is left, and lets go of the timer. */
  stop(reason: string): Promise<void>
  progress(): Progress
  health(): ReturnType<Writer['health']> & { readonly lastTakeMs: number }
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
 * that the lamp never waits for the disk (only what sets a forwarding waits, `write-ahead.ts`); its notices are numbered and written with the fact in one
 * step, and only then offered to the broker.
 */
export function createAgent({ policy, clock, machine, store, log, outputs }: AgentDeps): Agent {
  let desk = replay(store.past, policy).desk
  let cancelWake: () => void = () => {}
  let cancelClock: () => void = () => {}
  let taking = false
  let [stopping, stopped] = [false, false]
  const queue: Fact[] = []
  let [taken, turnedAway, lastTakeMs] = [0, 0, 0]
  let undone: () => void = () => {}
  const writer = createWriter({ clock, machine, store, log, emit, outputs }, desk.at)
  const sendWhenWritten = createWriteAhead({ clock, lease: () => (stopped ? undefined : desk.lease), send: outputs.wish, emit })

  function emit(fact: Fact): void {
    if (stopped) return
    if (queue.length >= queueMax) {
      turnedAway += 1
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
    const { desk: after, effects } = take(desk, event, policy)
    // How long one took is never the same twice: of the seat it would say that there was one.
    if (fact.type !== 'seat.seen' && fact.type !== 'seat.lost') lastTakeMs = performance.now() - startedMs
    desk = after
    for (const effect of effects) if (effect.type !== 'notice' && !isWrittenAhead(effect)) outputs.wish(effect)
    const written = writer.write({ before, after, event, effects })
    for (const effect of effects) if (isWrittenAhead(effect)) sendWhenWritten(effect, written)
    outputs.changed(desk, writer.sequence())
    taken += 1
    if (!isUndoing()) undone()
  }

  function isUndoing(): boolean {
    return desk.lease?.state === 'releasing'
  }

  function schedule(): void {
    cancelWake()
    const next = stopped ? undefined : due(desk, policy)
    cancelWake = next === undefined ? () => {} : clock.wakeAt(next, () => emit({ type: 'tick' }))
  }

  function tellTime(): void {
    emit(timeNow())
    writer.tellLosses()
    cancelClock = stopped ? () => {} : clock.wakeAt(clock.now() + clockEveryMs, tellTime)
  }

  /** Resolves when no forwarding of ours is being taken off any more. */
  function whenUndone(): Promise<void> {
    return new Promise((resolve) => {
      undone = resolve
      if (!isUndoing()) resolve()
    })
  }

  return {
    desk: () => desk,
    deskNow: () => take(desk, { type: 'tick', at: Math.max(desk.at, clock.now()) }, policy).desk,
    sequence: writer.sequence,
    emit,
    start(version) {
      // The first step carries the whole desk: a restart soon after finds by it how the clock goes on.
      writer.writeWhole()
      emit({ type: 'agent.started', version, wall: clock.wall(), synced: clock.synced() })
      tellTime()
    },
    async stop(reason) {
      if (stopped || stopping) return
      stopping = true
      emit({ type: 'agent.stopping', reason })
      await atMost(undoWaitMs, whenUndone())
      stopped = true
      cancelWake()
      cancelClock()
      await writer.settle()
    },
    progress: () => ({ taken, waiting: queue.length, overdueMs: Math.max(0, clock.now() - (due(desk, policy) ?? Number.POSITIVE_INFINITY)) }),
    health() {
      const { dropped, ...rest } = writer.health()
      return { dropped: dropped + turnedAway, ...rest, lastTakeMs }
    },
  }
}
