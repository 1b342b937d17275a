import type { CallRef, ClearedCause, Fact } from '../../desk/event.ts'
import { described, type ToFacts } from '../action-url.ts'
import { toCallRef } from '../call-ref.ts'

type Meaning = (ref: CallRef) => readonly Fact[]

const cleared =
  (cause: ClearedCause): Meaning =>
  (ref) => [{ type: 'call.cleared', ref, cause }]
const forwarding =
  (kind: 'always' | 'busy' | 'no-answer' | 'unknown', on: boolean): Meaning =>
  () => [{ type: 'phone.forwarding', kind, on }]
const transferred =
  (kind: 'blind' | 'attended' | 'unknown', outcome: 'started' | 'finished' | 'failed'): Meaning =>
  (ref) => [{ type: 'call.transferred', ref, kind, outcome }]

/** The eighteen events of GXP and GRP phones, after `ons.actionUrl.` (reference §1.1) … */
const deskPhoneEvents = {
  setupCompleted: () => [{ type: 'phone.restarted' }],
  registered: () => [{ type: 'phone.registered', registered: true }],
  unregistered: () => [{ type: 'phone.registered', registered: false }],
  offHook: () => [
    { type: 'phone.hook', hook: 'off' },
    { type: 'phone.audio', path: 'handset' },
  ],
  onHook: () => [{ type: 'phone.hook', hook: 'on' }],
  incomingCall: (ref) => [{ type: 'call.delivered', ref }],
  outgoingCall: (ref) => [{ type: 'call.originated', ref }],
  missedCall: cleared('missed'),
  establishedCall: (ref) => [{ type: 'call.established', ref }],
  terminatedCall: cleared('unknown'),
  openDnd: () => [{ type: 'phone.dnd', on: true }],
  closedDnd: () => [{ type: 'phone.dnd', on: false }],
  openForward: forwarding('unknown', true),
  closedForward: forwarding('unknown', false),
  blindTransfer: transferred('blind', 'started'),
  attendedTransfer: transferred('attended', 'started'),
  holdCall: (ref) => [{ type: 'call.held', ref }],
  unholdCall: (ref) => [{ type: 'call.retrieved', ref }],
} as const satisfies Readonly<Record<string, Meaning>>

/** … and those of other lines (GXP21xx, WP8x6, GHP6xx) that mean only one thing. */
const otherEvents: Readonly<Record<string, Meaning>> = {
  registerFailed: () => [{ type: 'phone.registered', registered: false }],
  idleToBusy: () => [{ type: 'phone.idle', idle: false }],
  busyToIdle: () => [{ type: 'phone.idle', idle: true }],
  autopFinish: () => [],
  IPChanged: () => [],
  openSyslog: () => [],
  closeSyslog: () => [],
  forwardIncomingCall: cleared('diverted'),
  answerNewInCall: (ref) => [{ type: 'call.established', ref }],
  rejectIncomingCall: cleared('rejected'),
  transferFinished: transferred('unknown', 'finished'),
  transferFailed: transferred('unknown', 'failed'),
  mute: (ref) => [{ type: 'call.muted', ref, on: true }],
  unMute: (ref) => [{ type: 'call.muted', ref, on: false }],
  enableForward: forwarding('unknown', true),
  disableForward: forwarding('unknown', false),
  enableAlwaysForward: forwarding('always', true),
  disableAlwaysForward: forwarding('always', false),
  enableBusyForward: forwarding('busy', true),
  disableBusyForward: forwarding('busy', false),
  enableNoAnswerForward: forwarding('no-answer', true),
  disableNoAnswerForward: forwarding('no-answer', false),
}

export const grandstreamEventNames: readonly string[] = Object.keys(deskPhoneEvents)

/** GHP6xx spells the names all in lower case: one spelling for the look-up. */
const byLowerCase: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({ ...deskPhoneEvents, ...otherEvents }).map(([name, meaning]) => [name.toLowerCase(), meaning]),
)

/** In which events a call begins, and so whose number is whose. */
const beginnings: Readonly<Record<string, 'in' | 'out'>> = { incomingcall: 'in', outgoingcall: 'out' }

/** A Grandstream names no call: the other party's number is all there is, and often not even that. */
export const grandstreamFacts: ToFacts = (event, params): readonly Fact[] | undefined => {
  const meaning = byLowerCase.get(event.toLowerCase())
  return meaning === undefined ? undefined : [...described(params), ...meaning(toCallRef(params, beginnings[event.toLowerCase()]))]
}
