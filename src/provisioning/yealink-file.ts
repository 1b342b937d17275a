import { yealinkEvents } from '../phones/yealink/action-url.ts'
import { allowList, checkedUrl, type PhoneDesk } from './phone-desk.ts'

/** The guides' limit for a configured URL (reference/yealink.md §1.3). */
const urlLengthMax = 511
/** From this firmware on `registered` and the `static.` prefix are known (reference/yealink.md §1.1, §6.1). */
const newNamesSince = 73

const call = 'm=$mac&c=$call_id&u=$active_user&r=$remote&l=$local'
/** What each kind of event can fill. The caller's display name is not asked for: only where there is no other number field, as the last. */
const queries: Readonly<Record<string, string>> = {
  incoming_call: `${call}&n=$callerID`,
  outgoing_call: `${call}&d=$calledNumber`,
  call_established: call,
  missed_call: `${call}&n=$callerID`,
  setup_completed: 'm=$mac&i=$ip&f=$firmware&p=$model',
  registered: 'm=$mac&f=$firmware&p=$model',
  ip_change: 'm=$mac&i=$ip',
}
const deviceEvents = /^(off_hook|on_hook|handfree|headset|idle_to_busy|busy_to_idle|dnd_|always_fwd_|busy_fwd_|no_answer_fwd_|unregistered|register_failed)/
/** Known to the agent, of no use to it, or not on every phone. */
const unused = new Set(['setup_autop_finish', 'call_waiting_on', 'call_waiting_off', 'vpn_ip', 'peripheral_information', 'log_on', 'log_off'])

/** The phone's side of a desk: an include file for the provisioning that the telephone exchange owns. Account settings are not in it. */
export function yealinkFile(desk: PhoneDesk): string {
  const old = Number(desk.firmware?.split('.')[1]) < newNamesSince
  const events = Object.keys(yealinkEvents).filter((event) => !unused.has(event))
  return [
    '#!version:1.0.0.1',
    `## third-ring, desk ${desk.desk}: include this in the phone's own configuration`,
    '## who may command the phone, without a question on its screen',
    'features.action_uri.enable = 1',
    `features.action_uri_limit_ip = ${allowList(desk).join(',')}`,
    'features.show_action_uri_option = 0',
    '## its forwarding may be set, for all accounts at once: by command it cannot be set otherwise',
    'features.fwd.allow = 1',
    'features.fwd_mode = 0',
    '## the phone itself reminds of a call on hold, also when nobody helps it',
    'features.play_hold_tone.enable = 1',
    'features.play_hold_tone.delay = 30',
    '## what the phone tells its agent',
    ...events.map((event) => {
      const name = old && event === 'registered' ? 'log_on' : old && event === 'unregistered' ? 'log_off' : event
      const query = queries[event] ?? (deviceEvents.test(event) ? 'm=$mac' : call)
      return `action_url.${name} = ${checkedUrl(`${desk.agentUrl}/yealink/${desk.token}/${name}?${query}`, urlLengthMax)}`
    }),
    '',
  ].join('\n')
}
