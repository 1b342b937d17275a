import { isoTime } from '../mqtt/messages.ts'
import type { Watch } from './alarms/watch.ts'
import { hubLimits } from './limits.ts'
import type { EventRecord } from './record/record.ts'
import type { Recorder } from './recorder.ts'

/** `GET /healthz`: the hub is well while it has its broker; what is the matter with a desk is told and is no fault of the hub's. */
export function healthOf(recorder: Recorder, record: EventRecord, watch: Watch, viewers: number): { readonly ok: boolean; readonly [key: string]: unknown } {
  const [connected, fault] = [recorder.connected(), recorder.fault()]
  const desks = [...recorder.office().desks.values()]
  const sum = (field: 'missing' | 'lost') => desks.reduce((total, desk) => total + desk[field], 0)
  const alarms = watch.alarms()
  return {
    ok: connected,
    broker: connected,
    ...(connected || fault === undefined ? {} : { brokerFault: fault }),
    desks: desks.length,
    viewers,
    events: { missing: sum('missing'), lost: sum('lost'), dropped: recorder.counters().dropped },
    record: { durable: record.durable, ...record.health() },
    alarms: alarms.slice(0, hubLimits.alarmsMax).map(({ kind, desk, since }) => ({ kind, desk, since: isoTime(since) })),
  }
}
