import { counter, gauge, type Metric } from '../metrics-text.ts'
import { alarmKinds } from './alarms/alarms.ts'
import type { Signs } from './alarms/signs.ts'
import type { Watch } from './alarms/watch.ts'
import type { DirectoryHealth, DirectorySide } from './directory/directory-side.ts'
import type { DeskView } from './office.ts'
import type { Figure } from './payload.ts'
import type { EventRecord } from './record/record.ts'
import type { Recorder } from './recorder.ts'
import type { WardenSide } from './warden/warden-side.ts'

export interface MetricsSource {
  readonly recorder: Pick<Recorder, 'office' | 'connected' | 'counters'>
  readonly record: Pick<EventRecord, 'health'>
  readonly watch: Pick<Watch, 'alarms' | 'signs'>
  readonly directory: Pick<DirectorySide, 'health'>
  readonly warden?: Pick<WardenSide, 'health' | 'tasks'> | undefined
  readonly viewers: number
}

/** The office for Prometheus: levels and counters of the hub and of each desk, nothing about anybody. What a desk has not said has no series. */
export function hubMetrics({ recorder, record, watch, directory, warden, viewers }: MetricsSource): readonly Metric[] {
  const { desks, refused } = recorder.office()
  const { replays, rebirths } = recorder.counters()
  const { fault, pendingBytes, written } = record.health()
  const all = [...desks.values()]
  const by = (state: DeskView['availability']) => all.filter(({ availability }) => availability === state).length
  const alarms = watch.alarms()
  const freed = new Set(warden?.tasks().flatMap(({ desk, state }) => (state === 'undone' ? [desk] : [])))
  const counted = alarmKinds.map((kind) => [kind, alarms.filter((alarm) => alarm.kind === kind).length] as const)
  return [
    gauge('third_ring_hub_broker_connected', 'Whether the hub has its broker: 1 yes, 0 no.', recorder.connected()),
    ...(['online', 'offline', 'unknown'] as const).map((availability) =>
      labelled(gauge('third_ring_hub_desks', 'Desks, by whether they are connected.', by(availability)), { availability }),
    ),
    ...counted.map(([kind, count]) => labelled(gauge('third_ring_hub_alarms', 'Alarms that stand, by kind.', count), { kind })),
    ...directoryMetrics(directory.health()),
    ...(warden === undefined ? [] : wardenMetrics(warden)),
    gauge('third_ring_hub_viewers', 'Browsers that watch.', viewers),
    gauge('third_ring_hub_record_writable', 'Whether the medium of the record takes what is written: 1 yes, 0 no.', fault === undefined),
    gauge('third_ring_hub_record_pending_bytes', 'What waits for the medium of the record.', pendingBytes),
    counter('third_ring_hub_events_recorded_total', 'Events taken into the record.', written),
    ...Object.entries(replays).map(([outcome, count]) =>
      labelled(counter('third_ring_hub_replays_total', 'Requests for missing events, by what came of them.', count), { outcome }),
    ),
    counter('third_ring_hub_rebirths_total', 'How often all desks were asked to say their levels again.', rebirths),
    counter('third_ring_hub_messages_refused_total', 'Messages of desks beyond the limit, and on topics that are none of the contract.', refused),
    ...all.flatMap((desk) =>
      deskMetrics(desk, watch.signs(desk.id), freed.has(desk.id)).map((metric) => labelled(metric, { desk: desk.id, ...metric.labels })),
    ),
  ]
}

function directoryMetrics({ version, desks, faults, promises }: DirectoryHealth): readonly Metric[] {
  return [
    ...known(version, (number) => gauge('third_ring_hub_directory_version', 'The version of the directory that holds.', number)),
    gauge('third_ring_hub_directory_desks', 'Desks in the directory that holds.', desks),
    gauge('third_ring_hub_directory_faults', 'Faults of the file as it is now; with any, an older directory holds.', faults.length),
    gauge('third_ring_hub_promises_waiting', 'Promises on their way from one desk to another.', promises),
  ]
}

const taskStates = ['waiting', 'undoing', 'undone', 'foreign', 'unconfirmed', 'failed'] as const

function wardenMetrics({ health, tasks }: Pick<WardenSide, 'health' | 'tasks'>): readonly Metric[] {
  const [{ phones, answersFor, faults, freed }, all] = [health(), tasks()]
  return [
    gauge('third_ring_hub_warden_phones', 'Phones in the warden’s file.', phones),
    gauge('third_ring_hub_warden_answers', 'Of those, the ones that it could read at the last look.', answersFor),
    gauge('third_ring_hub_warden_faults', 'Faults of that file as it is now; with any, an older one holds.', faults.length),
    ...taskStates.map((state) => {
      const count = all.filter((task) => task.state === state).length
      return labelled(gauge('third_ring_hub_warden_leases', 'Forwardings of agents that are gone, by what the warden has come to.', count), { state })
    }),
    counter('third_ring_hub_warden_undone_total', 'Phones that the warden has freed.', freed),
  ]
}

/** A desk that the warden has freed is not forwarded, whatever its dead agent said last. */
function deskMetrics(desk: DeskView, { tally }: Signs, isFreed: boolean): readonly Metric[] {
  const { about, state, health = {}, availability, heardAt } = desk
  return [
    ...infoOf(about),
    gauge('third_ring_desk_online', 'Whether the desk is connected: 1 yes, 0 no or not known.', availability === 'online'),
    ...known(heardAt, (at) => gauge('third_ring_desk_heard_timestamp_seconds', 'When the last word of the desk came, in Unix time.', at / 1000)),
    ...known(state?.phone.reachable, (so) => gauge('third_ring_desk_phone_reachable', 'Whether the phone answers: 1 yes, 0 no.', so)),
    ...known(state?.clock, (clock) => gauge('third_ring_desk_clock_synced', 'Whether the clock of the desk is synchronised.', clock === 'synced')),
    ...known(state?.calls, (calls) => gauge('third_ring_desk_calls', 'Calls at the desk now.', calls.filter((call) => call.state !== 'cleared').length)),
    ...known(state?.callbacks?.open, (count) => gauge('third_ring_desk_callbacks_open', 'People who are owed a call.', count)),
    ...known(state?.callbacks?.overdue, (count) => gauge('third_ring_desk_callbacks_overdue', 'Of those, the ones whose time has passed.', count)),
    ...known(state?.forwarding, (is) =>
      gauge('third_ring_desk_forwarded', 'Whether the calls of the desk go elsewhere.', is.state === 'on' && is.kind !== 'busy' && !isFreed),
    ),
    gauge('third_ring_desk_events_missing', 'Events that have not come and are being asked for.', desk.missing),
    counter('third_ring_desk_events_lost_total', 'Events that the desk no longer keeps: never to come.', desk.lost),
    counter('third_ring_desk_events_repeated_total', 'Events that came again.', desk.repeated),
    counter('third_ring_desk_payloads_malformed_total', 'Payloads that were not as they should be.', desk.malformed),
    ...(['yes', 'no', 'unknown'] as const).map((inRule) => {
      const answered = counter('third_ring_desk_calls_answered_total', 'Calls answered, by whether before the fourth ring.', tally[`answered.${inRule}`] ?? 0)
      return labelled(answered, { in_rule: inRule })
    }),
    counter('third_ring_desk_calls_missed_total', 'Incoming calls that nobody answered.', tally['missed'] ?? 0),
    counter('third_ring_desk_holds_forced_total', 'Calls put on hold because nobody was at the desk.', tally['hold.forced'] ?? 0),
    counter('third_ring_desk_holds_overdue_total', 'Callers who waited too long on hold.', tally['hold.overdue'] ?? 0),
    counter('third_ring_desk_callbacks_opened_total', 'People who came to be owed a call.', tally['callback.opened'] ?? 0),
    counter('third_ring_desk_callbacks_closed_total', 'Callbacks that were settled, or given up.', tally['callback.closed'] ?? 0),
    ...healthMetrics(health),
  ]
}

function infoOf(about: DeskView['about']): readonly Metric[] {
  if (about === undefined) return []
  const { agent, department, phone } = about
  const labels = { department, agent, make: phone?.make, model: phone?.model, firmware: phone?.firmware }
  const said = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value ?? '']))
  return [labelled(gauge('third_ring_desk_info', 'Who the desk is; always 1.', 1), said)]
}

function healthMetrics(health: Readonly<Record<string, Figure>>): readonly Metric[] {
  const number = (name: string, make: (value: number) => Metric) => known(typeof health[name] === 'number' ? (health[name] as number) : undefined, make)
  return [
    ...number('unsent', (value) => gauge('third_ring_desk_events_unsent', 'Events that wait at the desk.', value)),
    ...number('diskFreeBytes', (value) => gauge('third_ring_desk_disk_free_bytes', 'Free space of the desk’s medium.', value)),
    ...number('memoryBytes', (value) => gauge('third_ring_desk_memory_bytes', 'Resident memory of the agent.', value)),
    ...number('temperatureC', (value) => gauge('third_ring_desk_temperature_celsius', 'Temperature of the desk’s processor.', value)),
  ]
}

function known<Value>(value: Value | null | undefined, make: (value: Value) => Metric): readonly Metric[] {
  return value === null || value === undefined ? [] : [make(value)]
}

function labelled(metric: Metric, labels: Readonly<Record<string, string>>): Metric {
  return { ...metric, labels: { ...labels, ...metric.labels } }
}
