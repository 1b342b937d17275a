import { join } from 'node:path'
import * as v from 'valibot'
import { type Directory, directoryDesks } from '../../mqtt/hub-messages.ts'
import { createKeptFile } from '../kept-file.ts'
import type { HubLog } from '../log.ts'
import type { DeskView, Taken } from '../office.ts'
import type { Recorder } from '../recorder.ts'
import { createErrands, type Errand, errandsSchema } from './errands.ts'
import { createDirectoryKeeper, type KeptDirectory } from './keeper.ts'
import { createHubPresences } from './presence.ts'

export interface DirectorySideOptions {
  /** The office's file; none if left out. */
  readonly file?: string
  /** Where what must outlive the hub is kept; nowhere if left out. */
  readonly store?: string
  readonly recorder: () => Pick<Recorder, 'office' | 'publish' | 'payloadBytesMax' | 'command'>
  readonly wall: () => number
  readonly log: HubLog
}

/** For `/healthz` and the metrics. */
export interface DirectoryHealth {
  /** `null` where none holds. */
  readonly version: number | null
  readonly desks: number
  /** What is wrong with the file as it is now, or with a broker that takes no such message; empty where nothing is. */
  readonly faults: readonly string[]
  readonly refusedSince: number | null
  /** Promises that are on their way from one desk to another. */
  readonly promises: number
}

/** All that the hub does so that one desk's calls come to another: the directory, who is there and whose calls it takes, and the promises that go along. */
export interface DirectorySide {
  start(): void
  stop(): Promise<void>
  connection(up: boolean): void
  /** One message was taken in, of this desk. */
  taken(taken: Taken, desk: string): void
  /** A message below the hub's own topic. */
  heard(name: string, payload: Buffer, retained: boolean): void
  /** The desks of the directory that holds. */
  desks(): Directory['desks']
  health(): DirectoryHealth
}

const keptDirectory = v.object({ version: v.pipe(v.number(), v.integer(), v.minValue(1)), desks: directoryDesks })

export function createDirectorySide({ file, store, recorder, wall, log }: DirectorySideOptions): DirectorySide {
  const now = () => performance.now()
  const keptErrands = store === undefined ? {} : { kept: createKeptFile<readonly Errand[]>(join(store, 'promises.json'), errandsSchema, log) }
  const keptVersion = store === undefined ? {} : { kept: createKeptFile<KeptDirectory>(join(store, 'directory.json'), keptDirectory, log) }
  const keeper = createDirectoryKeeper({
    ...(file === undefined ? {} : { file }),
    ...keptVersion,
    wall,
    publish: (payload) => recorder().publish('directory', payload),
    bytesMax: () => recorder().payloadBytesMax(),
    onChange: () => presences.changed(),
    log,
  })
  const presences = createHubPresences({
    office: () => recorder().office(),
    listed: () => new Set(Object.values(keeper.current()?.desks ?? {}).flatMap(({ substitutes }) => substitutes.map(({ desk }) => desk))),
    wall,
    now,
    publish: (desk, payload) => recorder().publish(`presence/${desk}`, payload),
  })
  const errands = createErrands({ ...keptErrands, command: ({ desk, name, body, id }) => recorder().command(desk, name, body, id), wall, now, log })
  const viewOf = (desk: string): DeskView | undefined => recorder().office().desks.get(desk)
  return {
    start() {
      keeper.start()
      errands.start()
    },
    async stop() {
      presences.stop()
      await Promise.all([keeper.stop(), errands.stop()])
    },
    connection(up) {
      if (up) keeper.connected()
      else keeper.disconnected()
      if (up) presences.connected()
      else presences.disconnected()
    },
    taken({ news }, desk) {
      presences.heard(desk, viewOf(desk))
      if (news !== undefined) errands.heard(news)
    },
    heard(name, payload, retained) {
      // What comes live is our own.
      if (!retained || payload.length === 0) return
      if (name === 'directory') keeper.heard(payload)
      else if (name.startsWith('presence/')) presences.left(name.slice('presence/'.length))
    },
    desks: () => keeper.current()?.desks ?? {},
    health() {
      const [current, refused] = [keeper.current(), keeper.refused()]
      return {
        version: current?.version ?? null,
        desks: Object.keys(current?.desks ?? {}).length,
        faults: refused?.faults ?? [],
        refusedSince: refused?.since ?? null,
        promises: errands.waiting(),
      }
    },
  }
}
