import type { CallRef, ClearedCause, Fact } from '../../desk/event.ts'
import { described, type ToFacts } from '../action-url.ts'
import { toCallRef } from '../call-ref.ts'

type Meaning = (ref: CallRef) => readonly Fact[]

const cleared =
  (cause: ClearedCause): Meaning =>
  (ref) => [{ type: 'call.cleared', ref, cause }]
const transferred =
  (kind: 'blind' | 'attended' | 'unknown', outcome: 'started' | 'finished' | 'failed'): Meaning =>
  (ref) => [{ type: 'call.transferred', ref, kind, outcome }]
const forwarding =
  (kind: 'always' | 'busy' | 'no-answer', on: boolean): Meaning =>
  () => [{ type: 'phone.forwarding', kind, on }]
const nothing: Meaning = () => []
const registered =
  (is: boolean): Meaning =>
  () => [{ type: 'phone.registered', registered: is }]

/** Every event of Yealink's guides V70 to V87 (reference §1.1) and what it says. V70 to V72 wrote `log_on` and `log_off`. */
export const yealinkEvents: Readonly<Record<string, Meaning>> = {
  setup_completed: () => [{ type: 'phone.restarted' }],
  setup_autop_finish: nothing,
  registered: registered(true),
  log_on: registered(true),
  unregistered: registered(false),
  log_off: registered(false),
  register_failed: registered(false),
  off_hook: () => [
    { type: 'phone.hook', hook: 'off' },
    { type: 'phone.audio', path: 'handset' },
  ],
  on_hook: () => [{ type: 'phone.hook', hook: 'on' }],
  incoming_call: (ref) => [{ type: 'call.delivered', ref }],
  outgoing_call: (ref) => [{ type: 'call.originated', ref }],
  call_established: (ref) => [{ type: 'call.established', ref }],
  answer_new_incoming_call: (ref) => [{ type: 'call.established', ref }],
  call_terminated: cleared('unknown'),
  missed_call: cleared('missed'),
  // The caller gave up while the desk rang, whatever the guide's sentence sounds like (reference §1.1).
  call_remote_canceled: cleared('cancelled'),
  reject_incoming_call: cleared('rejected'),
  forward_incoming_call: cleared('diverted'),
  cancel_callout: cleared('local-bye'),
  remote_busy: cleared('busy'),
  hold: (ref) => [{ type: 'call.held', ref }],
  unhold: (ref) => [{ type: 'call.retrieved', ref }],
  held: (ref) => [{ type: 'call.held-by-them', ref, on: true }],
  unheld: (ref) => [{ type: 'call.held-by-them', ref, on: false }],
  mute: (ref) => [{ type: 'call.muted', ref, on: true }],
  unmute: (ref) => [{ type: 'call.muted', ref, on: false }],
  transfer_call: transferred('unknown', 'started'),
  blind_transfer_call: transferred('blind', 'started'),
  attended_transfer_call: transferred('attended', 'started'),
  transfer_finished: transferred('unknown', 'finished'),
  transfer_failed: transferred('unknown', 'failed'),
  idle_to_busy: () => [{ type: 'phone.idle', idle: false }],
  busy_to_idle: () => [{ type: 'phone.idle', idle: true }],
  dnd_on: () => [{ type: 'phone.dnd', on: true }],
  dnd_off: () => [{ type: 'phone.dnd', on: false }],
  always_fwd_on: forwarding('always', true),
  always_fwd_off: forwarding('always', false),
  busy_fwd_on: forwarding('busy', true),
  busy_fwd_off: forwarding('busy', false),
  no_answer_fwd_on: forwarding('no-answer', true),
  no_answer_fwd_off: forwarding('no-answer', false),
  call_waiting_on: nothing,
  call_waiting_off: nothing,
  headset: () => [{ type: 'phone.audio', path: 'headset' }],
  handfree: () => [{ type: 'phone.audio', path: 'speaker' }],
  ip_change: nothing,
  vpn_ip: nothing,
  peripheral_information: nothing,
}

/** In which events a call begins, and so whose number is whose. */
const beginnings: Readonly<Record<string, 'in' | 'out'>> = { incoming_call: 'in', outgoing_call: 'out' }

/** Events outside a call leave the call's variables empty, stale or unfilled (reference §1.2): nothing is read from them there. */
export const yealinkFacts: ToFacts = (event, params) => {
  const name = event.toLowerCase()
  const meaning = Object.hasOwn(yealinkEvents, name) ? yealinkEvents[name] : undefined
  return meaning === undefined ? undefined : [...described(params), ...meaning(toCallRef(params, beginnings[name]))]
}
