import type { OfficeDirectory } from '../../directory/directory.ts'
import { loadDirectory } from '../../directory/load.ts'
import { digestOf, directoryDocument, publishedDesks } from '../../directory/published.ts'
import { ConfigurationError } from '../../errors.ts'
import { fileMark } from '../../file-mark.ts'
import type { Directory } from '../../mqtt/hub-messages.ts'
import { packetBytesMax } from '../../mqtt/limits.ts'
import { isoTime } from '../../mqtt/wire-form.ts'
import type { KeptFile } from '../kept-file.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'

export interface KeeperOptions {
  /** The office's file; the hub has none if left out. */
  readonly file?: string
  /** What was published last, over restarts of the hub. */
  readonly kept?: KeptFile<KeptDirectory>
  readonly wall: () => number
  /** `hub/directory`, retained; false where there is no line. */
  readonly publish: (payload: string) => boolean
  /** How large a payload the broker takes. */
  readonly bytesMax: () => number
  /** Another one holds from now on. */
  readonly onChange: () => void
  readonly log: HubLog
}

/** What must be known of the last one so that the next has a higher version, and so that it stays while the file is bad. */
export interface KeptDirectory {
  readonly version: number
  readonly desks: Directory['desks']
}

/** Why the file as it is now is refused, or stays in the hub. */
export interface Refused {
  readonly since: number
  readonly faults: readonly string[]
}

/** Keeps `hub/directory` what the office's file says, as long as it can work. */
export interface DirectoryKeeper {
  start(): void
  stop(): Promise<void>
  /** The broker is there, perhaps with what an earlier hub left on it. */
  connected(): void
  disconnected(): void
  /** The broker keeps a directory. */
  heard(payload: Buffer): void
  current(): KeptDirectory | undefined
  refused(): Refused | undefined
}

/**
 * A file that has faults is refused as a whole: all of them are logged, and what was good stays. The version grows with each change also where nothing is
 * kept, since it is never lower than the seconds since 1970.
 */
export function createDirectoryKeeper({ file, kept, wall, publish, bytesMax, onChange, log }: KeeperOptions): DirectoryKeeper {
  let current = file === undefined ? undefined : kept?.read()
  let refused: Refused | undefined
  let unsent: Refused | undefined
  let taken = ''
  let seen = ''
  let timers: NodeJS.Timeout[] = []
  let up = false

  function say(): void {
    if (!up || current === undefined) return
    const payload = JSON.stringify(directoryDocument(current.desks, current.version, isoTime(wall())))
    const fault = sizeFault(Buffer.byteLength(payload), bytesMax())
    if (fault === undefined) publish(payload)
    else if (unsent?.faults[0] !== fault) log.warn({ file, version: current.version, faults: [fault] }, 'this version of the directory is not published')
    unsent = fault === undefined ? undefined : { since: unsent?.since ?? wall(), faults: [fault] }
  }

  function take(directory: OfficeDirectory): void {
    if (refused !== undefined) log.info({ file }, 'the directory is good again')
    refused = undefined
    const desks = publishedDesks(directory)
    if (current !== undefined && digestOf(current.desks) === digestOf(desks)) return
    current = { version: Math.max((current?.version ?? 0) + 1, Math.floor(wall() / 1000)), desks }
    kept?.write(current)
    log.info({ version: current.version, desks: Object.keys(desks).length }, 'the directory has changed')
    say()
    onChange()
  }

  function refuse(faults: readonly string[]): void {
    refused = { since: refused?.since ?? wall(), faults }
    const stays = current === undefined ? 'there is no older one, so nobody is forwarded by it' : 'the one before stays'
    // In the sentence the version would be hidden: it is as long as a telephone number.
    const version = current === undefined ? {} : { version: current.version }
    log.warn({ file, ...version, faults }, `the directory is refused, ${stays}; third-ring check says the same`)
  }

  function load(path: string): void {
    try {
      take(loadDirectory(path))
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      refuse(error.faults)
    }
  }

  /** An editor may write in several steps: what is looked at has been the same for one look. */
  function look(path: string): void {
    const mark = fileMark(path)
    const isSettled = mark === seen
    seen = mark
    if (!isSettled || mark === taken) return
    taken = mark
    load(path)
  }

  return {
    start() {
      if (file === undefined) return
      taken = fileMark(file)
      seen = taken
      load(file)
      timers = [setInterval(() => look(file), hubLimits.directoryLookMs), setInterval(say, hubLimits.directoryAgainMs)]
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await kept?.settled()
    },
    connected() {
      up = true
      say()
    },
    disconnected() {
      up = false
    },
    heard(payload) {
      // An office that has no directory any more must not go by the one that its broker has kept.
      if (file === undefined && payload.length > 0) publish('')
    },
    current: () => current,
    refused: () => refused ?? unsent,
  }
}

/** A broker that was set up for less would end the connection at it, and at the next connect again. */
function sizeFault(bytes: number, bytesMax: number): string | undefined {
  if (bytes <= bytesMax) return undefined
  return `broker: takes a message of at most ${bytesMax} bytes, and the directory makes one of ${bytes}; let its largest packet be ${packetBytesMax} bytes`
}
