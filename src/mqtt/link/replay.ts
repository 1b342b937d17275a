import type { CommandReply, OutboxEvent, Store } from '../../agent/ports.ts'
import { type CommandErrorCode, commandErrors } from '../command-errors.ts'
import type { Outcome } from '../connection/publisher.ts'
import type { LinkLimits } from '../limits.ts'

/** Which events are asked for again: those of an epoch from one sequence to another, both included. */
export interface ReplayRange {
  readonly epoch: string
  readonly from: number
  readonly to: number
}

/** Reads kept events again, for one connection. */
export interface Replay {
  /** The answer to the command; `undefined` if the connection ended before: then nobody is there to answer to, and whoever asked asks again. */
  run(range: ReplayRange, begun: () => void): Promise<CommandReply | undefined>
  /** There may be room again. */
  wake(): void
  stop(): void
}

export interface ReplayOptions {
  readonly store: Pick<Store, 'epoch' | 'lastSequence' | 'eventsOf'>
  readonly send: (event: OutboxEvent, done: (outcome: Outcome) => void) => void
  /** Whether every live event has been handed to the connection. */
  readonly isIdle: () => boolean
  /** Events of a replay that the broker has not acknowledged, at most. */
  readonly window: number
  readonly limits: LinkLimits
}

/**
 * Answers `command/replay`: the same bytes once more, behind whatever happens meanwhile. An event of a replay is sent only while no live one waits, and few
 * are under way at once, so that a live event never stands in line behind the past. One replay at a time, and at most so many events of it; the
 * answer names where to go on.
 */
export function createReplay({ store, send, isIdle, window, limits }: ReplayOptions): Replay {
  let running = false
  let stopped = false
  let refused = false
  let underWay = 0
  let waiting: { readonly ready: () => boolean; readonly resolve: () => void } | undefined

  function until(ready: () => boolean): Promise<void> {
    if (stopped || ready()) return Promise.resolve()
    return new Promise((resolve) => {
      waiting = { ready, resolve }
    })
  }

  function wake(): void {
    if (waiting === undefined || !(stopped || waiting.ready())) return
    const { resolve } = waiting
    waiting = undefined
    resolve()
  }

  function sendOne(event: OutboxEvent): void {
    underWay += 1
    send(event, (outcome) => {
      underWay -= 1
      refused ||= outcome === 'refused'
      wake()
    })
  }

  async function sendRange({ epoch, from, to }: ReplayRange): Promise<CommandReply | undefined> {
    let [next, sent] = [from, 0]
    while (sent < limits.replayEventsMax && next <= to && !refused && !stopped) {
      await until(isIdle)
      const events = await store.eventsOf(epoch, next, Math.min(limits.replayReadEvents, limits.replayEventsMax - sent))
      const wanted = events.filter(({ sequence }) => sequence <= to)
      for (const event of wanted) {
        await until(() => underWay < window && isIdle())
        if (stopped || refused) break
        sendOne(event)
        next = event.sequence + 1
        sent += 1
      }
      if (wanted.length === 0 || wanted.length < events.length) break
    }
    await until(() => underWay === 0)
    if (stopped) return undefined
    if (refused) return refusal('NOT_PUBLISHED')
    return { ok: true, data: { from, to: next - 1, sent, next: await nextOf(epoch, next, to) } }
  }

  /** Where to go on, if there is anything left of what was asked for. */
  async function nextOf(epoch: string, next: number, to: number): Promise<number | null> {
    if (next > to) return null
    const [event] = await store.eventsOf(epoch, next, 1)
    if (event !== undefined) return event.sequence <= to ? event.sequence : null
    // They are on the medium, and it could not be read just now.
    return epoch === store.epoch && next <= store.lastSequence ? next : null
  }

  return {
    async run(range, begun) {
      if (running) return refusal('BUSY')
      running = true
      try {
        const fault = await faultOf(range, store)
        if (fault !== undefined || stopped) return stopped ? undefined : fault
        begun()
        refused = false
        return await sendRange(range)
      } finally {
        running = false
      }
    },
    wake,
    stop() {
      stopped = true
      wake()
    },
  }
}

/** Why nothing of it can be sent. Where something else could be, `data` says what. */
async function faultOf({ epoch, from, to }: ReplayRange, store: ReplayOptions['store']): Promise<CommandReply | undefined> {
  if (from > to) return refusal('BAD_RANGE', '`from` is after `to`')
  const own = epoch === store.epoch
  if (own && from > store.lastSequence) return refusal('BAD_RANGE', `the last event is ${store.lastSequence}`, { last: store.lastSequence })
  const [first] = await store.eventsOf(epoch, 1, 1)
  if (first === undefined) return refusal(own ? 'NOT_READABLE' : 'UNKNOWN_EPOCH')
  if (from < first.sequence) return refusal('NOT_KEPT', `the first that is kept is ${first.sequence}`, { first: first.sequence })
  const [begin] = own ? [first] : await store.eventsOf(epoch, from, 1)
  return begin === undefined ? refusal('BAD_RANGE', 'that epoch ended before') : undefined
}

function refusal(code: CommandErrorCode, detail?: string, data?: Readonly<Record<string, unknown>>): CommandReply {
  const message = detail === undefined ? commandErrors[code] : `${commandErrors[code]}: ${detail}`
  return { ok: false, error: { code, message }, ...(data === undefined ? {} : { data }) }
}
