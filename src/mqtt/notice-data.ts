import * as v from 'valibot'
import { callbackCauses } from '../desk/callback.ts'
import type { NoticeName, Notices } from '../desk/effect.ts'
import type { BridgeFault } from '../desk/event.ts'
import { count, instant } from './wire-form.ts'

/** What of a notice goes on the wire (contract §4): instants as ISO 8601, and the caller as a reference or not at all. */
export type WireData<Name extends NoticeName> = Name extends NoticeName
  ? Flat<
      (string extends keyof Notices[Name] ? unknown : { [Key in keyof Notices[Name]]: Key extends 'dueAt' | 'until' ? string : Notices[Name][Key] }) &
        (Name extends `call.${string}` | `hold.${string}` | `callback.${string}` ? { caller?: string } : unknown)
    >
  : never
type Flat<Type> = { [Key in keyof Type]: Type[Key] }

const id = v.pipe(v.string(), v.maxLength(32))
const word = v.pipe(v.string(), v.maxLength(64))
/** Of a command, as whoever gave it wrote it. */
const nonce = v.pipe(v.string(), v.maxLength(64))
/** A sentence for a technician; see `plainReason`. */
const reason = v.pipe(v.string(), v.maxLength(200))
const ms = v.pipe(v.number(), v.minValue(0))
const yes = v.exactOptional(v.literal(true))

const call = { call: id, caller: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Z2-7]{10}$/))) }
const callback = { callback: id, caller: call.caller }
const direction = v.picklist(['in', 'out', 'unknown'])
const ringSource = v.picklist(['counted', 'estimated'])
const callbackCause = v.picklist(callbackCauses)
const uncallable = v.exactOptional(v.picklist(['withheld', 'shared']))
export const bridgeFault: v.GenericSchema<BridgeFault> = v.picklist(['absent', 'unplugged', 'silent', 'garbage', 'wrong-firmware'])
const excluded = v.exactOptional(v.picklist(['waiting', 'unknown-start', 'off-hours', 'dnd', 'forwarded', 'frozen']))
/** Another desk's promise: whose, and which of theirs. */
const keptFor = { from: v.exactOptional(id), of: v.exactOptional(id) }
const byAgentOrClerk = v.picklist(['agent', 'clerk'])
const clearedCauses = [
  'unknown',
  'missed',
  'cancelled',
  'rejected',
  'diverted',
  'answered-elsewhere',
  'busy',
  'no-answer',
  'local-bye',
  'remote-bye',
  'error',
] as const

const described = {
  'call.alerting': v.object({ ...call, direction, waiting: yes }),
  'call.ring': v.object({ ...call, ring: count, ringSource, waiting: yes }),
  'call.answered': v.object({
    ...call,
    direction,
    rings: v.exactOptional(count),
    ringSource: v.exactOptional(ringSource),
    waitMs: v.exactOptional(ms),
    inRule: v.exactOptional(v.boolean()),
    strict: v.exactOptional(v.boolean()),
    excluded,
  }),
  'call.missed': v.object({
    ...call,
    direction,
    cause: v.picklist(['missed', 'cancelled', 'rejected', 'busy', 'unresolved', 'lost']),
    rings: v.exactOptional(count),
    ringSource: v.exactOptional(ringSource),
    waitMs: v.exactOptional(ms),
    waiting: yes,
    excluded,
  }),
  'call.held': v.object({ ...call, direction, by: byAgentOrClerk }),
  'call.resumed': v.object({ ...call, direction, heldMs: ms, by: v.exactOptional(byAgentOrClerk) }),
  'call.ended': v.object({
    ...call,
    direction,
    cause: v.picklist([...clearedCauses, 'lost', 'transferred']),
    talkMs: v.exactOptional(ms),
    heldMs: v.exactOptional(ms),
  }),
  'call.hung-up-first': v.object({
    ...call,
    by: v.picklist(['remote', 'local', 'unknown']),
    evidence: v.picklist(['bye', 'hook-before-end', 'end-before-hook', 'too-close', 'no-handset', 'on-hold', 'conference', 'adopted']),
  }),
  'call.transferred': v.object({ ...call, kind: v.picklist(['blind', 'attended', 'failed', 'unknown']) }),
  'call.speaker-cue': v.object(call),
  'call.contradiction': v.object({ ...call, state: word, event: word }),
  'hold.warned': v.object({ ...call, afterMs: ms, remindOnly: v.exactOptional(v.picklist(['headset', 'standing', 'not-capable', 'frozen'])) }),
  'hold.forced': v.object({ ...call, afterMs: ms }),
  'hold.unconfirmed': v.object({ ...call, afterMs: ms, reason }),
  'hold.long': v.object({ ...call, heldMs: ms, muted: yes }),
  'hold.overdue': v.object({ ...call, heldMs: ms, muted: yes }),
  'forwarding.on': v.object({ target: id, kind: v.picklist(['no-answer', 'always']), reason, until: instant }),
  'forwarding.off': v.object({ target: v.exactOptional(id), kind: v.exactOptional(word), reason }),
  'forwarding.unconfirmed': v.object({ target: v.exactOptional(id), kind: v.exactOptional(word), reason }),
  'forwarding.uncovered': v.object({
    reason: v.picklist(['no-substitute', 'not-capable', 'nobody-takes-calls', 'frozen', 'directory-stale', 'not-journalled', 'unconfirmed']),
  }),
  'forwarding.foreign': v.object({ kind: word, on: v.boolean() }),
  'day-end.asked': v.object({ dnd: v.boolean(), kind: v.exactOptional(word) }),
  'callback.opened': v.object({
    ...callback,
    call: v.exactOptional(id),
    cause: callbackCause,
    misses: count,
    dueAt: v.exactOptional(instant),
    uncallable,
    ...keptFor,
  }),
  'callback.attempted': v.object({ ...callback, misses: count, attempts: count, dueAt: v.exactOptional(instant) }),
  'callback.closed': v.object({
    ...callback,
    by: v.picklist(['desk', 'caller-reached-us', 'declared', 'expired', 'overflow']),
    cause: callbackCause,
    misses: count,
    attempts: count,
    uncallable,
    inTime: v.exactOptional(v.boolean()),
    workingMinutes: v.exactOptional(ms),
    ...keptFor,
  }),
  'callback.due': v.object({ ...callback, cause: callbackCause, misses: count, dueAt: instant }),
  'callback.overdue': v.object({ ...callback, cause: callbackCause, misses: count, dueAt: instant }),
  'callback.reassigned': v.object({ ...callback, cause: callbackCause, misses: count, by: id, dueAt: v.exactOptional(instant) }),
  'seat.implausible': v.object({ reason: v.picklist(['contradiction', 'flapping', 'lost']) }),
  'phone.silent': v.object({ sinceMs: ms, evidence: v.picklist(['call-began', 'call-ended', 'setting', 'nothing-heard']) }),
  'phone.unreachable': v.object({ reason }),
  'phone.back': v.object({}),
  'phone.refused': v.object({ reason, retryMs: ms }),
  'phone.restarted': v.object({}),
  'bridge.lost': v.object({ reason: bridgeFault }),
  'bridge.back': v.object({ firmware: v.exactOptional(word), afterMs: ms }),
  'clock.stepped': v.object({ byMs: v.number(), synced: v.boolean() }),
  'security.refused': v.object({ reason, count }),
  'journal.incomplete': v.object({
    cause: v.picklist(['damaged', 'outage', 'medium']),
    count: v.exactOptional(count),
    epoch: v.exactOptional(word),
    from: v.exactOptional(count),
    to: v.exactOptional(count),
  }),
  'command.obeyed': v.object({ command: word, id: nonce }),
  'command.refused': v.object({ command: word, id: v.exactOptional(nonce), code: word }),
  'agent.started': v.object({ version: word, adopted: count }),
  'agent.stopping': v.object({ reason }),
} as const

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
type Described<Schemas extends Readonly<Record<NoticeName, v.GenericSchema>>> = {
  readonly [Name in NoticeName]: Same<Flat<v.InferOutput<Schemas[Name]>>, WireData<Name>> extends true ? unknown : never
}

/**
 * The schema of each event's `data`. The compiler compares them with the core's own table (`Notices`): a notice or a field that the core gains does not
 * compile until it is described here, and only what is described goes on the wire.
 */
export const noticeData: Readonly<Record<NoticeName, v.GenericSchema>> = described satisfies Described<typeof described>
