import { maskText } from '../log.ts'
import { isoTime } from '../mqtt/wire-form.ts'
import type { Watch } from './alarms/watch.ts'
import type { DirectorySide } from './directory/directory-side.ts'
import { hubLimits } from './limits.ts'
import type { EventRecord } from './record/record.ts'
import type { Recorder } from './recorder.ts'
import type { WardenSide } from './warden/warden-side.ts'

export interface HealthSource {
  readonly recorder: Recorder
  readonly record: EventRecord
  readonly watch: Watch
  readonly directory: Pick<DirectorySide, 'health'>
  readonly warden: Pick<WardenSide, 'health' | 'tasks'> | undefined
  readonly viewers: number
}

/** `GET /healthz`: the hub is well while it has its broker; what is the matter with a desk is told and is no fault of the hub's. */
export function healthOf({ recorder, record, watch, directory, warden, viewers }: HealthSource): { readonly ok: boolean; readonly [key: string]: unknown } {
  const [connected, fault] = [recorder.connected(), recorder.fault()]
  const desks = [...recorder.office().desks.values()]
  const sum = (field: 'missing' | 'lost') => desks.reduce((total, desk) => total + desk[field], 0)
  const alarms = watch.alarms()
  const { refusedSince, faults, ...known } = directory.health()
  // A fault says what is written in the office's files, and that may be a clerk's own number: here as in the log nobody reads it.
  const shown = (all: readonly string[]): readonly string[] => all.slice(0, hubLimits.alarmsMax).map(maskText)
  return {
    ok: connected,
    broker: connected,
    ...(connected || fault === undefined ? {} : { brokerFault: fault }),
    desks: desks.length,
    viewers,
    events: { missing: sum('missing'), lost: sum('lost'), dropped: recorder.counters().dropped },
    directory: { ...known, ...(refusedSince === null ? {} : { refusedSince: isoTime(refusedSince), faults: shown(faults) }) },
    ...(warden === undefined ? {} : { warden: { ...warden.health(), faults: shown(warden.health().faults), tasks: warden.tasks().length } }),
    record: { durable: record.durable, ...record.health() },
    alarms: alarms.slice(0, hubLimits.alarmsMax).map(({ kind, desk, since }) => ({ kind, desk, since: isoTime(since) })),
  }
}
