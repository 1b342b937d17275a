import type { Emit } from '../agent/ports.ts'
import type { Fact } from '../desk/event.ts'
import type { ReceivedRequest } from '../http/listener.ts'
import { filled, type Params } from './call-ref.ts'
import type { RefusalReason } from './refusals.ts'
import { createWhoPosts } from './who-posts.ts'

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
  /** Told of each request that was not believed, or is to be doubted. */
  readonly onRefused?: (reason: RefusalReason) => void
}

export interface ActionUrls {
  /** Judges one request; the facts follow after the answer has gone out, in the order in which the requests came. */
  receive(request: ReceivedRequest): 200 | 403 | 404
  /** Whether this is the desk's phone by its token and MAC, wherever it comes from. Nothing follows from it. */
  recognises(request: ReceivedRequest): boolean
  readonly counters: { taken: number; wrongToken: number; otherPhone: number; unknownEvent: number; twoAddresses: number }
}

/**
 * What both vendors' phones post to: `/{vendor}/{token}/{event}?…` (contract §3). A wrong token or another phone's MAC is turned away without a
 * trace on the desk.
 */
export function createActionUrls(options: ActionUrlOptions): ActionUrls {
  const { onRefused = () => {} } = options
  const counters = { taken: 0, wrongToken: 0, otherPhone: 0, unknownEvent: 0, twoAddresses: 0 }
  const who = createWhoPosts(options)

  const isVendors = ({ path: [vendor] }: ReceivedRequest): boolean => vendor?.toLowerCase() === options.vendor

  function judge(request: ReceivedRequest): readonly Fact[] | 'unknownEvent' | 'wrongToken' | 'otherPhone' {
    const [, , event, ...rest] = request.path
    if (!isVendors(request)) return 'unknownEvent'
    const identity = who.identify(request)
    if (identity !== 'ours') return identity
    return (event === undefined || rest.length > 0 ? undefined : options.toFacts(event, request.params)) ?? 'unknownEvent'
  }

  return {
    counters,
    recognises: (request) => isVendors(request) && who.identify(request) === 'ours',
    receive(request) {
      const verdict = judge(request)
      if (typeof verdict === 'string') {
        counters[verdict] += 1
        if (verdict === 'unknownEvent') return 404
        onRefused(verdict)
        return 403
      }
      counters.taken += 1
      if (who.noteOurs(request)) {
        counters.twoAddresses += 1
        onRefused('twoAddresses')
      }
      // The phone has its answer before anything is done with what it said.
      setImmediate(() => {
        for (const fact of verdict) options.emit(fact)
        options.onEvent(verdict)
      })
      return 200
    },
  }
}

/** What the phone says of itself beside any event: firmware (`f`) and model (`p`). */
export function described(params: Params): readonly Fact[] {
  const firmware = filled(params.get('f'))
  const model = filled(params.get('p'))
  if (firmware === undefined && model === undefined) return []
  return [{ type: 'phone.described', ...(model === undefined ? {} : { model }), ...(firmware === undefined ? {} : { firmware }) }]
}
