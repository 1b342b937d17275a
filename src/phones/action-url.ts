import { createHash, timingSafeEqual } from 'node:crypto'
import type { Emit } from '../agent/ports.ts'
import type { Fact } from '../desk/event.ts'
import type { ReceivedRequest } from '../http/listener.ts'
import { filled, normalizeMac, type Params } from './call-ref.ts'

/** A vendor's action URLs: from an event's name and its parameters to facts. Pure. `undefined` means that the vendor has no such event. */
export type ToFacts = (event: string, params: Params) => readonly Fact[] | undefined

export interface ActionUrlOptions {
  readonly vendor: string
  /** Those that are good now: while it is being changed, the new one and the one before. */
  readonly tokens: () => readonly string[]
  /** In any usual spelling; absent where the office has not said which phone it is. */
  readonly mac?: string
  readonly toFacts: ToFacts
  readonly emit: Emit
  /** Told of each event after its facts were emitted, so that a driver may look at the phone. */
  readonly onEvent: (facts: readonly Fact[]) => void
}

export interface ActionUrls {
  /** Judges one request; the facts follow after the answer has gone out, in the order in which the requests came. */
  receive(request: ReceivedRequest): 200 | 403 | 404
  readonly counters: { taken: number; wrongToken: number; otherPhone: number; unknownEvent: number }
}

/**
 * What both vendors' phones post to: `/{vendor}/{token}/{event}?…` (contract §3). A wrong token or another phone's MAC is turned away without a
 * trace on the desk. A phone that leaves its MAC out is known by its address, which the listener has checked, and by the token.
 */
export function createActionUrls(options: ActionUrlOptions): ActionUrls {
  const counters = { taken: 0, wrongToken: 0, otherPhone: 0, unknownEvent: 0 }
  const mac = options.mac === undefined ? undefined : normalizeMac(options.mac)

  function judge({ path, params }: ReceivedRequest): readonly Fact[] | Exclude<keyof typeof counters, 'taken'> {
    const [vendor, token, event, ...rest] = path
    if (vendor?.toLowerCase() !== options.vendor) return 'unknownEvent'
    if (token === undefined || !options.tokens().some((wanted) => isSame(token, wanted))) return 'wrongToken'
    if (isOtherPhone(params)) return 'otherPhone'
    return (event === undefined || rest.length > 0 ? undefined : options.toFacts(event, params)) ?? 'unknownEvent'
  }

  function isOtherPhone(params: Params): boolean {
    const given = filled(params.get('m'))
    return mac !== undefined && given !== undefined && normalizeMac(given) !== mac
  }

  return {
    counters,
    receive(request) {
      const verdict = judge(request)
      if (typeof verdict === 'string') {
        counters[verdict] += 1
        return verdict === 'unknownEvent' ? 404 : 403
      }
      counters.taken += 1
      // The phone has its answer before anything is done with what it said.
      setImmediate(() => {
        for (const fact of verdict) options.emit(fact)
        options.onEvent(verdict)
      })
      return 200
    },
  }
}

/** Compared in constant time, so that a token cannot be found out letter by letter. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

/** What the phone says of itself beside any event: firmware (`f`) and model (`p`). */
export function described(params: Params): readonly Fact[] {
  const firmware = filled(params.get('f'))
  const model = filled(params.get('p'))
  if (firmware === undefined && model === undefined) return []
  return [{ type: 'phone.described', ...(model === undefined ? {} : { model }), ...(firmware === undefined ? {} : { firmware }) }]
}
