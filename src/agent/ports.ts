import type { ForwardOrder, LampPattern } from '../desk/effect.ts'
import type { CallRef, Event, Fact, ForwardOutcome, HoldOutcome } from '../desk/event.ts'
import type { ForwardKind } from '../desk/policy.ts'
import type { Instant, Millis, WallTime } from '../desk/time.ts'
import type { CommandName } from '../mqtt/commands.ts'
import type { LevelName } from '../mqtt/level-messages.ts'
import type { Reply } from '../mqtt/reply-message.ts'

/**
 * What the agent asks of the world. Every driver is verbs in, facts out. Three promises hold for all of them:
 * no verb ever throws or rejects for what the outside does (that is an outcome or a fact); `start` may reject only with a
 * `ConfigurationError` (see `src/errors.ts`), because then a person must act; `stop` is idempotent and leaves no timer or socket behind.
 */

/** Hands a fact to the agent's queue. Never throws, returns at once; the agent stamps the instant of arrival. */
export type Emit = (fact: Fact) => void

/** The agent's two clocks. `now` only goes forward, over restarts too; `wall` is what people call the time. */
export interface Clock {
  now(): Instant
  wall(): WallTime
  /** Whether the wall clock has been set from a trustworthy source since boot. */
  synced(): boolean
  /** Calls back once, as soon as the time has come; the returned function gives it up. A machine may wake late. */
  wakeAt(instant: Instant, wake: () => void): () => void
}

/** What a phone can be told to do, as far as is known. */
export interface PhoneCapabilities {
  readonly hold: boolean
  readonly forward: readonly ForwardKind[]
}

/**
 * One way to tell a phone's forwarding: the phone itself, or the exchange by its feature codes. Orders are carried out one after the other. It needs no
 * listener and no running desk, so that `release` and the warden undo by the same code by which the agent set.
 */
export interface Forwarder {
  readonly kinds: readonly ForwardKind[]
  /**
   * Reads, tells, and reads back, where that can be done. What a fresh reading shows to be another target is `foreign` and stays; what is as ordered already is
   * `confirmed`, and nothing is sent. An answer within `limits.forwardAnswerMs`. Never rejects.
   */
  forward(order: Omit<ForwardOrder, 'order'>): Promise<ForwardOutcome>
  /**
   * Reads all kinds it knows of and emits each as `phone.forwarding` with `read: true`. False where nothing could be read; `hidden` where the phone answers and
   * does not show what it is told, so that its own word is all there is. Never rejects.
   */
  look(): Promise<boolean | 'hidden'>
}

/** A person-readable answer to "is this phone all right?", for `doctor`, `/healthz` and `about`. */
export interface PhoneReading {
  readonly reachable: boolean
  readonly model?: string
  readonly firmware?: string
  readonly dnd?: boolean
  readonly forwarding?: { readonly kind: 'always' | 'busy' | 'no-answer'; readonly on: boolean; readonly target?: string }[]
  /** Why not, and what to do, in one sentence. */
  readonly fault?: string
}

/** One desk phone or adapter: a thin driver around a pure parser. It emits the facts of `src/desk/event.ts` and decides nothing. */
export interface PhoneDriver {
  readonly vendor: 'yealink' | 'grandstream' | 'analogue'
  readonly capabilities: PhoneCapabilities
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Put this call on hold. The driver owes: at most one command on the wire for each call of this verb; a command that could *resume* is
   * never sent unless a fresh reading or the command's own form rules that out (else `unsafe`); an answer within `limits.commandAnswerMs`.
   * Usually Yealink `key=HOLD:<id>`, Grandstream `cmd=holdcall` between two readings of the lines.
   */
  hold(ref: CallRef, attempt: 1 | 2): Promise<HoldOutcome>
  /** The phone's own way to forward, if it has one. */
  readonly forwarder?: Forwarder
  /** Read the phone now. Usually Yealink `phonecfg=get`, Grandstream `api-get_line_status`. Emits what it learnt as facts as well. */
  read(): Promise<PhoneReading>
  /** For `/healthz`: plain counters and states, no numbers of callers, no secrets. */
  health(): Record<string, string | number | boolean>
}

/** Evidence of the seat. Emits `seat.seen` on every report, `seat.lost` when the sensor is gone. */
export interface SeatDriver {
  start(): Promise<void>
  stop(): Promise<void>
}

/** The lamp: shows the last pattern it was given, in phase with the wall clock, and dark when told to stop or when it cannot know. */
export interface LampDriver {
  start(): Promise<void>
  /** A level: may be called again with the same pattern. Must return at once and never wait for disk or broker. */
  show(pattern: LampPattern): void
  /** Whether what is shown can be seen, as far as the driver knows: its lines held, its bridge or broker there. `null`: there is no lamp. */
  ok(): boolean | null
  /** Dark, then let go. */
  stop(): Promise<void>
}

/** One numbered notice as it goes on the wire: contract §4's CloudEvent, already without numbers and names. */
export interface OutboxEvent {
  /** Its number within its epoch: 1, 2, 3 … It is what consumers see. */
  readonly sequence: number
  /** The CloudEvent as JSON text: the same bytes each time it is sent. */
  readonly json: string
  /** When it was numbered, for "oldest unsent". */
  readonly wall: WallTime
}

/**
 * An event as the store gives it back. Its position is the store's own count over all epochs, which never begins anew: in this order events are sent and
 * acknowledged, so that those of an epoch that has ended go before those of the present one. It never leaves the desk.
 */
export interface StoredEvent extends OutboxEvent {
  readonly position: number
}

/** Events that no consumer will ever see. Their numbers are those of one epoch; what is left out is not known. */
export interface Loss {
  /** The files were damaged, or an outage of the broker lasted longer than there is room for. */
  readonly cause: 'damaged' | 'outage'
  /** Left out where no numbered event is gone, but part of what the desk remembered of its calls and callbacks. */
  readonly epoch?: string
  readonly count?: number
  readonly from?: number
  readonly to?: number
}

/** What the desk was at one moment, enough to go on from. The seat is never in it (procedure R-P3). */
export interface Checkpoint {
  /** `Desk` as plain data; the core's own shape, opaque to the store. */
  readonly desk: unknown
  readonly wall: WallTime
  /** The boot in which it was written and that boot's monotonic clock, so that the desk's clock can go on exactly. */
  readonly bootId: string
  readonly bootMs: Millis
}

export interface StoredPast {
  readonly checkpoint?: Checkpoint
  /** Facts since the checkpoint, in order. */
  readonly facts: readonly Event[]
}

/** One atomic, durable step: all of it is there after a power cut, or none. */
export interface StoreStep {
  readonly facts?: readonly Event[]
  readonly events?: readonly OutboxEvent[]
  /** Replaces the past: facts before it are dropped. */
  readonly checkpoint?: Checkpoint
  /** One of `owed`, which one of these events tells: from then on it is not owed any more. */
  readonly tells?: Loss
}

/**
 * The journal and the outbox of one desk, in one database. Everything here is asynchronous; nothing of it is ever waited for by lamp or hold.
 * `append` resolves when the step is on the medium (group commit: steps that arrive during a flush go into the next together, in order).
 */
export interface Store {
  /** Names the present run of numbers; changes only when events of it were lost that consumers could not tell otherwise, or the store is a new one. */
  readonly epoch: string
  /** The past as it was when the store was opened. */
  readonly past: StoredPast
  /** Of the present epoch: the last number on the medium (0 if there is none), and the first that is kept (one more than the last if there is none). */
  readonly lastSequence: number
  readonly firstSequence: number
  /** How many events on the medium the broker has not acknowledged, of all epochs. */
  readonly unsent: number
  /** The position up to which the broker has all events that there are. */
  readonly acknowledged: number
  /** Losses that the desk is to tell of now, oldest first: each as one notice, and the step that has it says so. */
  owed(): readonly Loss[]
  /** Whether there is room for another step; where there is none, `append` turns it down and its numbers are free again. */
  takes(): boolean
  append(step: StoreStep): Promise<void>
  /** Durable events after the given position, of all epochs, oldest first, at most `limit`. */
  eventsAfter(position: number, limit: number): Promise<readonly StoredEvent[]>
  /** Those that are still kept of an epoch of this store's, from the given sequence on, oldest first, at most `limit`: for `command/replay`. */
  eventsOf(epoch: string, from: number, limit: number): Promise<readonly OutboxEvent[]>
  /** The broker has all events up to this position. Written with the next step, or by itself after a while. */
  acknowledge(position: number): void
  close(): Promise<void>
}

/** A command of contract §4 as it arrived, checked for shape, expiry, retain flag and repetition. `answer` is called exactly once. */
export interface ReceivedCommand {
  readonly id: string
  readonly name: CommandName
  readonly body: Readonly<Record<string, unknown>>
  readonly answer: (reply: CommandReply) => void
}
export type CommandReply = Omit<Reply, 'id'>

/** `fault` is a word for machines, `lastError` the same as a sentence, without a secret in it. A line that is up may have a fault as well. */
export interface BrokerHealth {
  readonly connected: boolean
  readonly protocol?: 4 | 5
  readonly unsent: number
  readonly fault?: string
  readonly lastError?: string
}

/**
 * The line to the broker. Levels are sent when they change and again after every connect; events are taken from the store, in order, with a
 * window of unacknowledged ones, and again from the last acknowledged after a reconnect. A broker that is away is not an error.
 */
export interface BrokerLink {
  start(): Promise<void>
  /** `offline`, then a clean disconnect; gives up after two seconds. */
  stop(): Promise<void>
  /** A level, already as its payload of contract §4. Sent when it says something new; with `anew` also where only its time is another one. */
  set(name: LevelName, payload: Readonly<Record<string, unknown>>, anew?: 'anew'): void
  /** There may be new durable events in the store. */
  wake(): void
  /**
   * Another topic on the same broker: a seat sensor's, a lamp's. The handler gets the payload as bytes and whether it was retained.
   * Subscriptions are made again after each connect. `lost` is told when the link goes down, so that no stale evidence is believed. The returned function
   * ends it.
   */
  subscribe(topic: string, handler: (payload: Buffer, retained: boolean) => void, lost?: () => void): () => void
  /**
   * Never queued: dropped when the broker is away. At most once; with `told` QoS 1, and what became of it: the broker has it, turned it down (MQTT 5
   * only), or it was not sent or not answered.
   */
  publish(topic: string, payload: string, options?: { readonly retain?: boolean; readonly told?: (outcome: 'acknowledged' | 'refused' | 'lost') => void }): void
  /** Called after every successful connect, so that a level on a topic of its own (a lamp) can be sent again. */
  onConnect(handler: () => void): void
  health(): BrokerHealth
}
