import * as v from 'valibot'
import { doubledMs } from '../../back-off.ts'
import { namePattern } from '../../name-form.ts'
import type { CommandAnswer } from '../asked.ts'
import type { KeptFile } from '../kept-file.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'
import type { NewEvent } from '../office.ts'

/** One command that must reach a desk, however long that takes. */
export interface Errand {
  /** Of the command: made from the event's, so that whatever is repeated is one command to the desk. */
  readonly id: string
  readonly desk: string
  /** The desk whose event asked for it. */
  readonly sender: string
  readonly name: 'callback.accept' | 'callback.done'
  readonly body: Readonly<Record<string, string>>
  /** It is given up, or forgotten, then, by the office's clock. */
  readonly until: number
  /** It has been carried: from now on that desk may say that the promise is kept. */
  readonly given?: true
}

export const errandsSchema: v.GenericSchema<unknown, readonly Errand[]> = v.array(
  v.object({
    id: v.string(),
    desk: v.string(),
    sender: v.string(),
    name: v.picklist(['callback.accept', 'callback.done']),
    body: v.record(v.string(), v.string()),
    until: v.number(),
    given: v.exactOptional(v.literal(true)),
  }),
)

export interface ErrandsOptions {
  readonly kept?: KeptFile<readonly Errand[]>
  readonly command: (errand: Errand) => Promise<CommandAnswer>
  readonly wall: () => number
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number
  readonly log: HubLog
}

/** Carries promises from an empty desk to the one that stands in, and word of them back (III.13). Numbers of callers stay where they are. */
export interface Errands {
  heard(news: NewEvent): void
  start(): void
  stop(): Promise<void>
  /** How many are under way. */
  waiting(): number
}

interface Try {
  readonly errand: Errand
  tries: number
  notBefore: number
  asking: boolean
}

/** After these the same command may be given again: nobody has taken it, or nobody knows. */
const again: readonly string[] = ['NO_ANSWER', 'BROKER_AWAY', 'BUSY', 'STOPPING', 'TOO_MANY', 'EXPIRED', 'EXPIRES_TOO_LATE']
/** These say that it has been done: an answer was lost, or the callback is closed there. */
const done: readonly string[] = ['REPEATED', 'NO_CALLBACK']

export function createErrands({ kept, command, wall, now, log }: ErrandsOptions): Errands {
  const under = new Map<string, Try>()
  /** Promises that have been handed over, the oldest first. */
  const given = new Map<string, Errand>()
  let timer: NodeJS.Timeout | undefined
  let isFull = false

  function add(errand: Errand): void {
    if (under.has(errand.id) || errand.until <= wall()) return
    const ofSender = [...under.values()].filter((each) => each.errand.sender === errand.sender).length
    if (under.size < hubLimits.promisesMax && ofSender < hubLimits.promisesOfDeskMax) {
      under.set(errand.id, { errand, tries: 0, notBefore: 0, asking: false })
      isFull = false
      return
    }
    // Once, and not at each of a thousand events.
    if (!isFull) log.warn({ desk: errand.desk }, 'too many promises are on their way to other desks; one stays where it is')
    isFull = true
  }

  function keep(): void {
    kept?.write([...given.values(), ...[...under.values()].map(({ errand }) => errand)])
  }

  function settle({ errand }: Try, sentence?: string): void {
    under.delete(errand.id)
    keep()
    if (sentence !== undefined) log.warn({ desk: errand.desk, command: errand.name }, sentence)
  }

  function remember(errand: Errand): void {
    if (errand.name !== 'callback.accept') return
    const key = nameOf(errand.desk, errand.sender, errand.body['callback'])
    given.delete(key)
    given.set(key, { ...errand, given: true, until: wall() + hubLimits.promiseKeptMs })
    for (const [oldest, { until }] of given) {
      if (given.size <= hubLimits.promisesGivenMax && until > wall()) break
      given.delete(oldest)
    }
  }

  /** Only who was given a promise can have kept it: else one desk could strike off what another owes. */
  function wasGiven({ sender, desk, body }: Errand): boolean {
    const name = nameOf(sender, desk, body['callback'])
    const isUnder = [...under.values()].some(
      ({ errand }) => errand.name === 'callback.accept' && name === nameOf(errand.desk, errand.sender, errand.body['callback']),
    )
    return given.delete(name) || isUnder
  }

  async function carry(one: Try): Promise<void> {
    one.asking = true
    const { ok, error } = await command(one.errand)
    one.asking = false
    one.tries += 1
    if (ok || done.includes(error?.code ?? '')) {
      remember(one.errand)
      return settle(one)
    }
    if (!again.includes(error?.code ?? '')) return settle(one, `the desk does not take a promise of another: ${error?.code ?? 'no reason'}`)
    one.notBefore = now() + doubledMs(one.tries, hubLimits.promiseFirstMs, hubLimits.promiseLastMs)
  }

  function look(): void {
    for (const one of [...under.values()]) {
      if (one.asking || asking() >= hubLimits.promisesAskedMax) continue
      if (one.errand.until <= wall()) settle(one, 'a promise could not be carried to another desk in time; it stays where it was made')
      else if (one.notBefore <= now()) void carry(one)
    }
  }

  /** The hub has other commands to wait for, too. */
  function asking(): number {
    return [...under.values()].filter((one) => one.asking).length
  }

  return {
    heard(news) {
      const errand = errandOf(news)
      if (errand === undefined || (errand.name === 'callback.done' && !wasGiven(errand))) return
      add(errand)
      keep()
      look()
    },
    start() {
      for (const errand of kept?.read() ?? []) {
        if (errand.given) given.set(nameOf(errand.desk, errand.sender, errand.body['callback']), errand)
        else if (isDesk(errand.desk)) add(errand)
      }
      timer = setInterval(look, hubLimits.promiseFirstMs / 2)
    },
    async stop() {
      clearInterval(timer)
      await kept?.settled()
    },
    waiting: () => under.size,
  }
}

/** How a callback ended that was called: everything but being forgotten. */
const kept = ['desk', 'caller-reached-us', 'declared']

function nameOf(by: string, from: string, callback = ''): string {
  return `${by} ${from} ${callback}`
}

/** What comes from a desk becomes a part of a topic: anything but a name there would have the broker throw the hub out, again at each try. */
function isDesk(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name) && name !== 'hub'
}

/** What an event asks to be carried, and where. */
export function errandOf({ desk, event }: NewEvent): Errand | undefined {
  const { callback, by, cause, dueAt, from, of } = event.data
  const until = event.time + hubLimits.promiseGiveUpMs
  if (typeof callback !== 'string' || typeof by !== 'string') return undefined
  if (event.type === 'third-ring.callback.reassigned') {
    if (!isDesk(by) || by === desk) return undefined
    const body = { from: desk, callback, ...(typeof cause === 'string' ? { cause } : {}), ...(typeof dueAt === 'string' ? { promisedAt: dueAt } : {}) }
    return { id: `accept-${event.id}`, desk: by, sender: desk, name: 'callback.accept', body, until }
  }
  if (event.type !== 'third-ring.callback.closed' || !isDesk(from) || from === desk || typeof of !== 'string' || !kept.includes(by)) return undefined
  return { id: `done-${event.id}`, desk: from, sender: desk, name: 'callback.done', body: { callback: of }, until }
}
