import { isoTime, schemaVersion } from '../../mqtt/wire-form.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'
import type { DeskView, Office, Taken } from '../office.ts'
import type { ShownTask } from '../warden/picture.ts'
import { type Alarm, alarmsOf, sameAlarms } from './alarms.ts'
import { noSigns, observe, type Signs } from './signs.ts'

export interface WatchOptions {
  readonly office: () => Office
  readonly wall: () => number
  readonly connectedSince: () => number | undefined
  readonly recordFault: () => string | undefined
  /** How many faults the file of the directory has; none, or no file: 0. */
  readonly directoryFaults: () => number
  /** What the warden is about, and how many faults its file has; absent where there is no warden. */
  readonly warden: () => { readonly tasks: readonly ShownTask[]; readonly faults: number } | undefined
  /** `hub/alarms`, retained; false where there is no line. */
  readonly publish: (payload: string) => boolean
  readonly onChange: (alarms: readonly Alarm[]) => void
  readonly log: HubLog
}

/** Looks at the office as a technician would, and says what is the matter. */
export interface Watch {
  /** One message was taken in, of this desk. */
  taken(taken: Taken, desk: string, before: DeskView | undefined, live: boolean): void
  start(): void
  stop(): void
  alarms(): readonly Alarm[]
  signs(desk: string): Signs
}

export function createWatch(options: WatchOptions): Watch {
  const signs = new Map<string, Signs>()
  let alarms: readonly Alarm[] = []
  /** What the broker keeps of us. */
  let published: readonly Alarm[] | undefined
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    const connectedSince = options.connectedSince()
    if (connectedSince === undefined) published = undefined
    const [fault, warden] = [options.recordFault(), options.warden()]
    const [now, directoryFaults] = [options.wall(), options.directoryFaults()]
    const found = alarmsOf({
      office: options.office(),
      signs,
      now,
      before: alarms,
      directoryFaults,
      ...(warden === undefined ? {} : { warden: warden.tasks, wardenFaults: warden.faults }),
      ...(connectedSince === undefined ? {} : { connectedSince }),
      ...(fault === undefined ? {} : { recordFault: fault }),
    })
    const same = sameAlarms(found, alarms)
    tellChanges(options.log, alarms, found)
    alarms = found
    if (!same) options.onChange(alarms)
    if (connectedSince !== undefined && (published === undefined || !sameAlarms(published, alarms)) && options.publish(payloadOf(alarms, now)))
      published = alarms
  }

  return {
    taken({ changes, news }, id, before, live) {
      const desk = options.office().desks.get(id)
      if (desk !== undefined) signs.set(id, observe(signs.get(id) ?? noSigns, { before, desk, news, live, now: options.wall() }))
      else if (changes.some(({ type }) => type === 'gone')) signs.delete(id)
    },
    start() {
      timer = setInterval(look, hubLimits.alarmTickMs)
    },
    stop: () => clearInterval(timer),
    alarms: () => alarms,
    signs: (desk) => signs.get(desk) ?? noSigns,
  }
}

const begun = 'something needs attention; the page, and docs/reference/hub-http.md under this name, say what'

/** For whoever reads the journal of the machine and has no page before them: each once when it begins, and once when it is over. */
export function tellChanges(log: HubLog, before: readonly Alarm[], after: readonly Alarm[]): void {
  const nameOf = ({ kind, desk }: Alarm) => `${kind} ${desk ?? ''}`
  const [known, left] = [before, after].map((alarms) => new Set(alarms.map(nameOf))) as [Set<string>, Set<string>]
  for (const alarm of after) if (!known.has(nameOf(alarm))) log.warn({ desk: alarm.desk, alarm: alarm.kind }, begun)
  for (const alarm of before) if (!left.has(nameOf(alarm))) log.info({ desk: alarm.desk, alarm: alarm.kind }, 'this is over')
}

/** `hub/alarms` as it goes on the wire: the first of them, and how many there are. */
export function payloadOf(alarms: readonly Alarm[], now: number): string {
  const told = alarms.slice(0, hubLimits.alarmsMax).map(({ kind, desk, since, detail }) => ({ kind, desk, since: isoTime(since), ...detail }))
  return JSON.stringify({ v: schemaVersion, at: isoTime(now), count: alarms.length, alarms: told })
}
