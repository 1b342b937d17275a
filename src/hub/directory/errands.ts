import * as v from 'valibot'
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
  readonly name: 'callback.accept' | 'callback.done'
  readonly body: Readonly<Record<string, string>>
  /** It is given up then, by the office's clock. */
  readonly until: number
}

export const errandsSchema: v.GenericSchema<unknown, readonly Errand[]> = v.array(
  v.object({
    id: v.string(),
    desk: v.pipe(v.string(), v.regex(namePattern)),
    name: v.picklist(['callback.accept', 'callback.done']),
    body: v.record(v.string(), v.string()),
    until: v.number(),
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
  let timer: NodeJS.Timeout | undefined

  function add(errand: Errand): void {
    if (under.has(errand.id) || errand.until <= wall()) return
    if (under.size < hubLimits.promisesMax) under.set(errand.id, { errand, tries: 0, notBefore: 0, asking: false })
    else log.warn({ desk: errand.desk }, 'too many promises are on their way to other desks; one stays where it is')
  }

  function keep(): void {
    kept?.write([...under.values()].map(({ errand }) => errand))
  }

  function settle({ errand }: Try, sentence?: string): void {
    under.delete(errand.id)
    keep()
    if (sentence !== undefined) log.warn({ desk: errand.desk, command: errand.name }, sentence)
  }

  async function carry(one: Try): Promise<void> {
    one.asking = true
    const { ok, error } = await command(one.errand)
    one.asking = false
    one.tries += 1
    if (ok || done.includes(error?.code ?? '')) return settle(one)
    if (!again.includes(error?.code ?? '')) return settle(one, `the desk does not take a promise of another: ${error?.code ?? 'no reason'}`)
    one.notBefore = now() + Math.min(hubLimits.promiseLastMs, hubLimits.promiseFirstMs * 2 ** Math.min(one.tries - 1, 20))
  }

  function look(): void {
    for (const one of [...under.values()]) {
      if (one.asking) continue
      if (one.errand.until <= wall()) settle(one, 'a promise could not be carried to another desk in time; it stays where it was made')
      else if (one.notBefore <= now()) void carry(one)
    }
  }

  return {
    heard(news) {
      const errand = errandOf(news)
      if (errand === undefined) return
      add(errand)
      keep()
      look()
    },
    start() {
      for (const errand of kept?.read() ?? []) add(errand)
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
    return { id: `accept-${event.id}`, desk: by, name: 'callback.accept', body, until }
  }
  if (event.type !== 'third-ring.callback.closed' || !isDesk(from) || from === desk || typeof of !== 'string' || !kept.includes(by)) return undefined
  return { id: `done-${event.id}`, desk: from, name: 'callback.done', body: { callback: of }, until }
}
