import { type Alarm, isUrgent } from '../alarms/alarms.ts'
import type { HubOptions } from '../hub.ts'
import { hubLimits } from '../limits.ts'
import type { DeskView, Office, OfficeChange } from '../office.ts'
import type { Since } from '../since.ts'
import type { ShownTask } from '../warden/picture.ts'
import { createDemoSide, type DemoSide } from './demo-side.ts'
import { createEventStream, type EventStream } from './event-stream.ts'

export interface ViewOptions {
  readonly options: Pick<HubOptions, 'site' | 'name' | 'timeZone' | 'demo' | 'log'>
  readonly commands: boolean
  readonly since: Since
  readonly office: () => Office
  readonly alarms: () => readonly Alarm[]
  /** What the warden is about. */
  readonly warden: () => readonly ShownTask[]
}

/** The office as browsers and programs are shown it (`docs/reference/hub-http.md`). */
export interface View {
  readonly stream: EventStream
  readonly demo: DemoSide | undefined
  /** `GET /api/office`. */
  office(): unknown
  tell(change: OfficeChange): void
  tellAlarms(): void
  tellWarden(): void
}

export function createView({ options, commands, since, office, alarms, warden }: ViewOptions): View {
  const { site, name = site, timeZone = 'Europe/Warsaw', log } = options
  const clock = () => ({ now: since.clock.wall(), rate: since.clock.rate() })
  const demo = options.demo && createDemoSide(options.demo, (speed) => stream.send('demo', { speed, ...clock() }))
  /** Which of them are urgent is said with each: the page has no list of its own. */
  const shownAlarms = () =>
    alarms()
      .slice(0, hubLimits.alarmsMax)
      .map((alarm) => ({ ...alarm, urgent: isUrgent(alarm) }))
  const snapshot = (desks: readonly unknown[]) => {
    const demonstration = demo?.state() ?? null
    const shown = { site, name, timeZone, ...clock(), broker: since.state(), commands, demo: demonstration, alarms: shownAlarms(), warden: warden() }
    return { ...shown, desks, log: office().log }
  }
  const desks = () => [...office().desks.values()]
  const stream: EventStream = createEventStream({ snapshot: () => snapshot(desks().map(watchedDesk)), clock, log })
  options.demo?.lights?.onChange((id, lights) => stream.pass('lights', { id, lights }))
  return {
    stream,
    demo,
    office: () => snapshot(desks().map(shownDesk)),
    tell(change) {
      if (change.type === 'desk') stream.send('desk', watchedDesk(change.desk))
      else if (change.type === 'event') stream.send('event', change.entry)
      else stream.send('gone', { id: change.id })
    },
    tellWarden: () => stream.send('warden', warden()),
    tellAlarms: () => stream.send('alarms', shownAlarms()),
  }
}

/** A desk with the count of its present epoch; those of earlier ones are in `missing` and `lost`. */
function shownDesk({ ledger: [sequence], ...desk }: DeskView) {
  return { ...desk, sequence }
}

/** A desk without the figures that no page shows: most of its bytes. */
function watchedDesk({ health: _health, day: _day, previousDay: _previousDay, ...desk }: DeskView) {
  return shownDesk(desk)
}
