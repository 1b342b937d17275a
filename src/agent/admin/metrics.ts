import { isLive } from '../../desk/call.ts'
import type { Desk } from '../../desk/desk.ts'
import type { ListenerCounters } from '../../http/listener.ts'
import { counter, gauge, type Metric } from '../../metrics-text.ts'
import type { Health } from '../../mqtt/health-message.ts'
import type { LinkCounters } from '../../mqtt/link/broker-link.ts'
import type { StoreHealth } from '../../store/store.ts'
import type { Agent } from '../agent.ts'
import type { SipHealth } from '../devices/sip.ts'
import type { BrokerLink } from '../ports.ts'

export interface MetricsSource {
  readonly site: string
  readonly name: string
  readonly desk: Desk
  readonly health: Health
  readonly loop: ReturnType<Agent['health']>
  readonly broker: ReturnType<BrokerLink['health']>
  readonly link: LinkCounters
  readonly store: StoreHealth
  readonly firstSequence: number
  readonly lastSequence: number
  readonly listener: Readonly<ListenerCounters>
  /** `undefined` where the desk has no second source. */
  readonly sip: SipHealth | undefined
}

/** Everything that Prometheus is told: levels and counters, nothing about anybody. Times are in seconds; what is not known is left out. */
export function metricsOf(source: MetricsSource): readonly Metric[] {
  const { health, name, site, listener } = source
  return [
    gauge('third_ring_agent_info', 'Which desk this is, and the version of its agent; always 1.', 1, { site, desk: name, version: health.version }),
    gauge('third_ring_uptime_seconds', 'Time since the agent started.', health.uptimeMs / 1000),
    ...machineMetrics(source),
    ...phoneMetrics(source),
    ...deskMetrics(source),
    ...storeMetrics(source),
    ...brokerMetrics(source),
    ...bridgeMetrics(health.bridge),
    ...sipMetrics(source.sip),
    ...Object.entries(listener).map(([outcome, value]) =>
      counter('third_ring_requests_total', 'Requests to the listener since the agent started, by what became of them.', value, { outcome }),
    ),
  ]
}

function machineMetrics({ health, loop }: MetricsSource): readonly Metric[] {
  return [
    gauge('third_ring_clock_synced', 'Whether the wall clock is synchronised: 1 yes, 0 no.', health.clock === 'synced'),
    gauge('third_ring_memory_bytes', 'Resident memory of the agent.', health.memoryBytes),
    gauge('third_ring_loop_delay_seconds', 'The longest delay of the event loop within the running minute.', health.loopDelayMs / 1000),
    gauge('third_ring_take_seconds', 'How long the last fact took the desk, those of the seat left out.', loop.lastTakeMs / 1000),
    gauge('third_ring_temperature_celsius', 'Temperature of the processor.', health.temperatureC),
    gauge('third_ring_under_voltage', 'Whether a Raspberry Pi says that its supply is too weak now: 1 yes, 0 no.', health.underVoltage),
    gauge('third_ring_disk_free_bytes', 'Space left on the medium of the store.', health.diskFreeBytes),
    gauge('third_ring_disk_read_only', 'Whether the medium of the store takes no writes: 1 yes, 0 no.', health.diskReadOnly),
  ]
}

function phoneMetrics({ health: { phone, seat, lamp } }: MetricsSource): readonly Metric[] {
  const did = phone.lastAction === null ? null : ['confirmed', 'sent', 'already-held'].includes(phone.lastAction.outcome)
  return [
    gauge('third_ring_phone_reachable', 'Whether the phone answers: 1 yes, 0 no.', phone.reachable),
    gauge('third_ring_phone_silent', 'Whether the phone can be reached and posts nothing: 1 yes, 0 no.', phone.silent),
    gauge('third_ring_phone_last_word_age_seconds', 'Time since the phone last said anything by itself.', seconds(phone.lastWordAgeMs)),
    gauge('third_ring_phone_last_action_ok', 'Whether the phone did what it was last told to do, as far as is known: 1 yes, 0 no.', did),
    gauge('third_ring_seat_plausible', 'Whether the seat sensor is believed: 1 yes, 0 no.', seat.plausible),
    gauge('third_ring_lamp_ok', 'Whether what the lamp shows can be seen: 1 yes, 0 no.', lamp.ok),
  ]
}

const callStates = ['initiated', 'alerting', 'connected', 'held'] as const

function deskMetrics({ desk }: MetricsSource): readonly Metric[] {
  const live = desk.calls.filter(isLive)
  const open = desk.callbacks.filter(({ closed }) => closed === undefined)
  const { day, forwarding } = desk
  return [
    ...callStates.map((state) =>
      gauge('third_ring_calls', 'Calls at the desk now, by their state.', live.filter((call) => call.state === state).length, { state }),
    ),
    gauge('third_ring_callbacks_open', 'People who are owed a call.', open.length),
    gauge('third_ring_callbacks_overdue', 'Those of them for whom it is late.', open.filter(({ said }) => said.overdue === true).length),
    gauge('third_ring_forwarding_on', 'Whether calls are forwarded, by whom: 1 yes, 0 no.', forwarding.state === 'on' && forwarding.owner === 'agent', {
      owner: 'agent',
    }),
    gauge('third_ring_forwarding_on', 'the same', forwarding.state === 'on' && forwarding.owner === 'foreign', { owner: 'foreign' }),
    gauge('third_ring_frozen', 'Whether all automation is off: 1 yes, 0 no.', desk.frozen),
    counter('third_ring_contradictions_total', 'Words of the phone that the desk did not expect, since the store began.', desk.contradiction.count),
    ...Object.entries(day?.counts ?? {}).map(([kind, value]) =>
      gauge('third_ring_day', 'The counters of the running local day, by name (docs/reference/kpi.md); they begin again at midnight.', value, { kind }),
    ),
    gauge('third_ring_day_observed_seconds', 'Time of the running local day in which the desk was watched.', seconds(day?.observedMs ?? null)),
  ]
}

function storeMetrics({ health, loop, store, firstSequence, lastSequence }: MetricsSource): readonly Metric[] {
  return [
    counter('third_ring_events_total', 'Events numbered in the present epoch.', lastSequence),
    gauge('third_ring_events_unsent', 'Events that the broker has not acknowledged.', health.unsent),
    gauge('third_ring_events_kept', 'Events that can be asked for again.', Math.max(0, lastSequence - firstSequence + 1)),
    gauge('third_ring_events_unwritten', 'Steps that wait for the disk.', loop.unwritten),
    counter('third_ring_dropped_total', 'Facts or steps let go since the agent started, because a queue was full.', health.dropped),
    counter('third_ring_events_unnumbered_total', 'Events let go since the agent started, because the medium took nothing for too long.', loop.unnumbered),
    gauge('third_ring_losses_owed', 'Losses of numbered events of which the desk has still to tell.', store.owed),
    gauge('third_ring_store_ok', 'Whether the medium takes what is written: 1 yes, 0 no.', store.fault === undefined && loop.storeFault === ''),
    gauge('third_ring_store_events_bytes', 'Size of the events that are kept, in characters.', store.eventBytes),
    gauge('third_ring_store_pending_bytes', 'Size of the steps that wait for the medium.', store.pendingBytes),
    counter('third_ring_store_steps_total', 'Steps written since the agent started.', store.steps),
    counter('third_ring_store_batches_total', 'Writes in which they went to the medium.', store.batches),
    gauge('third_ring_store_inconsistencies', 'What was wrong with the store when it was opened.', store.inconsistencies),
  ]
}

function brokerMetrics({ broker, link }: MetricsSource): readonly Metric[] {
  return [
    gauge('third_ring_broker_connected', 'Whether the line to the broker is up: 1 yes, 0 no.', broker.connected),
    counter('third_ring_broker_connects_total', 'Connections made to the broker since the agent started.', link.connects),
    counter('third_ring_broker_dropped_total', 'Messages that may be lost, and were: there was no line.', link.dropped),
    ...(
      [
        ['taken', link.commandsTaken],
        ['refused', link.commandsRefused],
        ['ignored', link.commandsIgnored],
      ] as const
    ).map(([outcome, value]) =>
      counter('third_ring_commands_total', 'Commands from the broker, by what became of them; ignored are retained ones.', value, { outcome }),
    ),
  ]
}

/** Only where there is a bridge: a desk without one has nothing to be alarmed about. */
function bridgeMetrics(bridge: Health['bridge']): readonly Metric[] {
  if (bridge === null) return []
  return [
    gauge('third_ring_bridge_connected', 'Whether the microcontroller is there and answers: 1 yes, 0 no.', bridge.connected),
    counter('third_ring_bridge_frames_total', 'Lines of the microcontroller that answer ours.', bridge.frames),
    counter('third_ring_bridge_bad_frames_total', 'Lines that could not be read, or whose check was wrong: a noisy cable.', bridge.badFrames),
    counter('third_ring_bridge_lost_frames_total', 'Status lines that never came, by their numbers.', bridge.lostFrames),
    counter('third_ring_bridge_refused_total', 'Lines of ours that the microcontroller turned down.', bridge.refused),
    counter('third_ring_bridge_unanswered_total', 'Commands that were said three times without an answer.', bridge.unanswered),
    counter('third_ring_bridge_restarts_total', 'Starts of the microcontroller since the agent’s own.', bridge.restarts),
    counter('third_ring_bridge_connections_total', 'How often it was found, the first time included.', bridge.connections),
  ]
}

/** Only where there is a second source. */
function sipMetrics(sip: SipHealth | undefined): readonly Metric[] {
  if (sip === undefined) return []
  const { exchange, phone, watch, calls } = sip
  return [
    gauge('third_ring_exchange_answers', 'Whether the exchange answers over SIP: 1 yes, 0 no.', exchange),
    gauge('third_ring_phone_sip_answers', 'Whether the phone’s own SIP answers: 1 yes, 0 no.', phone),
    gauge('third_ring_subscription_active', 'Whether the exchange tells of this desk’s calls: 1 yes, 0 no.', watch.state === 'active'),
    gauge('third_ring_exchange_calls', 'Calls of this desk that the exchange shows.', calls),
    counter('third_ring_notifications_total', 'What the exchange has told of this desk’s calls since the agent started.', watch.notified),
    counter('third_ring_subscriptions_total', 'How often the subscription was begun, the first time included.', watch.afresh),
    counter('third_ring_filled_total', 'Facts that the phone had not told, and the exchange did.', watch.filled),
  ]
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
