import type { ListenerCounters } from '../http/listener.ts'
import type { Health } from '../mqtt/messages.ts'
import type { JournalStore } from '../store/store.ts'
import type { Metric } from './admin.ts'
import type { Agent } from './agent.ts'

/** What Prometheus is told: levels and counters, nothing about anybody. */
export function metricsOf(health: Health, agent: Agent, listener: Readonly<ListenerCounters>, store: Pick<JournalStore, 'lastSequence' | 'health'>): readonly Metric[] {
  const { dropped, unnumbered, unwritten, lastTakeMs } = agent.health()
  const { fault, pendingBytes, eventBytes, owed } = store.health()
  const desk = agent.desk()
  return [
    gauge('third_ring_uptime_seconds', 'Time since the agent started.', health.uptimeMs / 1000),
    gauge('third_ring_phone_reachable', 'Whether the phone answers: 1 yes, 0 no or not known.', health.phone.reachable === true ? 1 : 0),
    gauge('third_ring_clock_synced', 'Whether the wall clock is synchronised.', health.clock === 'synced' ? 1 : 0),
    gauge('third_ring_calls', 'Calls at the desk now.', desk.calls.filter((call) => call.state !== 'cleared').length),
    gauge('third_ring_callbacks_open', 'People who are owed a call.', desk.callbacks.filter((callback) => callback.closed === undefined).length),
    gauge('third_ring_events_unsent', 'Events that the broker has not acknowledged.', health.unsent),
    gauge('third_ring_events_unwritten', 'Steps that wait for the disk.', unwritten),
    gauge('third_ring_store_fault', 'Whether the disk takes nothing at present: 1 yes, 0 no.', fault === undefined ? 0 : 1),
    gauge('third_ring_store_pending_bytes', 'What waits for the disk.', pendingBytes),
    gauge('third_ring_store_event_bytes', 'What is kept of events, sent or not.', eventBytes),
    gauge('third_ring_losses_owed', 'Losses of events of which the desk has still to tell.', owed),
    counter('third_ring_events_unnumbered_total', 'Events that were let go because the disk took nothing for too long.', unnumbered),
    counter('third_ring_events_total', 'Events numbered in the present epoch.', store.lastSequence),
    counter('third_ring_dropped_total', 'Facts or steps dropped because a queue was full.', dropped),
    counter('third_ring_contradictions_total', 'Words of the phone that the desk did not expect.', desk.contradiction.count),
    gauge('third_ring_take_milliseconds', 'How long the last fact took the desk.', lastTakeMs),
    gauge('third_ring_memory_bytes', 'Resident memory.', health.memoryBytes),
    gauge('third_ring_loop_delay_milliseconds', 'The longest delay of the event loop since it was last asked.', health.loopDelayMs),
    ...bridgeMetrics(health.bridge),
    ...Object.entries(listener).map(([outcome, value]) => ({
      ...counter('third_ring_requests_total', 'Requests to the listener, by what became of them.', value),
      labels: { outcome },
    })),
  ]
}

/** Only where there is a bridge: a desk without one has nothing to be alarmed about. */
function bridgeMetrics(bridge: Health['bridge']): readonly Metric[] {
  if (bridge === null) return []
  return [
    gauge('third_ring_bridge_connected', 'Whether the microcontroller is there and answers: 1 yes, 0 no.', bridge.connected ? 1 : 0),
    counter('third_ring_bridge_frames_total', 'Good lines from the microcontroller.', bridge.frames),
    counter('third_ring_bridge_bad_frames_total', 'Lines that could not be read, or whose check was wrong: a noisy cable.', bridge.badFrames),
    counter('third_ring_bridge_lost_frames_total', 'Status lines that never came, by their numbers.', bridge.lostFrames),
    counter('third_ring_bridge_refused_total', 'Lines of ours that the microcontroller turned down.', bridge.refused),
    counter('third_ring_bridge_unanswered_total', 'Commands that were said three times without an answer.', bridge.unanswered),
    counter('third_ring_bridge_restarts_total', 'Starts of the microcontroller since the agent’s own.', bridge.restarts),
    counter('third_ring_bridge_connections_total', 'How often it was found, the first time included.', bridge.connections),
  ]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', value }
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', value }
}
