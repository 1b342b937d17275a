import { createHash, timingSafeEqual } from 'node:crypto'
import type { Emit } from '../agent/ports.ts'
import type { CallRef, Fact } from '../desk/event.ts'
import type { ReceivedRequest } from '../http/listener.ts'

/** A vendor's action URLs: from an event's name and its parameters to facts. `undefined` means that the vendor has no such event. */
export type ToFacts = (event: string, params: ReadonlyMap<string, string>) => readonly Fact[] | undefined

export interface ActionUrlOptions {
  readonly vendor: string
  readonly token: string
  /** Twelve lower-case hexadecimal digits; absent where the office has not said which phone it is. */
  readonly mac?: string
  readonly toFacts: ToFacts
  readonly emit: Emit
  /** Told of each event after it was emitted, so that a driver may look at the phone. */
  readonly onEvent?: (facts: readonly Fact[]) => void
}

export interface ActionUrls {
  /** Judges one request; the facts follow after the answer has gone out. */
  receive(request: ReceivedRequest): 200 | 403 | 404
  readonly counters: { taken: number; wrongToken: number; otherPhone: number; unknownEvent: number }
  /** When the phone last said anything, by the given clock; absent while it has not. */
  lastEventAt(): number | undefined
}

/**
 * What both vendors' phones post to: `/{vendor}/{token}/{event}?…` (contract §3). A wrong token or another phone's MAC is turned away without a
 * trace on the desk. A phone that leaves its MAC out is known by its address, which the listener has checked, and by the token.
 */
export function createActionUrls(options: ActionUrlOptions, now: () => number): ActionUrls {
  const counters = { taken: 0, wrongToken: 0, otherPhone: 0, unknownEvent: 0 }
  let lastEventAt: number | undefined
  return {
    counters,
    lastEventAt: () => lastEventAt,
    receive({ path, params }) {
      const [vendor, token, event, ...rest] = path
      if (vendor !== options.vendor || event === undefined || rest.length > 0) {
        counters.unknownEvent += 1
        return 404
      }
      if (!isSame(token ?? '', options.token)) {
        counters.wrongToken += 1
        return 403
      }
      const mac = normalizeMac(filled(params.get('m')))
      if (options.mac !== undefined && mac !== undefined && mac !== options.mac) {
        counters.otherPhone += 1
        return 403
      }
      const facts = options.toFacts(event, params)
      if (facts === undefined) {
        counters.unknownEvent += 1
        return 404
      }
      counters.taken += 1
      lastEventAt = now()
      // The phone has its answer before anything is done with what it said.
      setImmediate(() => {
        for (const fact of facts) options.emit(fact)
        options.onEvent?.(facts)
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

/** Any usual spelling as twelve lower-case hexadecimal digits. */
export function normalizeMac(text: string | undefined): string | undefined {
  const digits = text?.toLowerCase().replace(/[^0-9a-f]/g, '')
  return digits?.length === 12 ? digits : undefined
}

/** A parameter that the phone filled. A placeholder that is still a placeholder, or nothing at all, says nothing. */
export function filled(value: string | undefined): string | undefined {
  const text = value?.trim()
  return text === undefined || text === '' || text.startsWith('$') ? undefined : text
}

/** What phones and exchanges write for a caller who keeps the number back. */
const withheld = /^(anonymous|anonim|private|restricted|unavailable|unknown|withheld)$/i

/** The call that the event is about. A display name is never taken for a number. */
export function toCallRef(params: ReadonlyMap<string, string>): CallRef {
  const phoneId = filled(params.get('c'))
  const party = partyOf(filled(params.get('r'))) ?? partyOf(filled(params.get('d'))) ?? partyOf(filled(params.get('n')))
  return {
    ...(phoneId === undefined ? {} : { phoneId: phoneId.slice(0, 64) }),
    ...(party === undefined ? {} : withheld.test(party) ? { withheld: true } : { remote: party }),
  }
}

/** The user part of a SIP address or a plain number: `"Jan" <sip:101@pbx;user=phone>` is `101`; a name alone is nobody. */
function partyOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const address = (/<([^>]*)>/.exec(text)?.[1] ?? text).trim().replace(/^(sips?|tel):/i, '')
  const user = (address.split(/[@;]/, 1)[0] ?? '').trim()
  if (withheld.test(user)) return user
  return /^\+?[\d\s().*#/-]{1,40}$/.test(user) && /\d/.test(user) ? user.replace(/[\s()./-]/g, '') : undefined
}

/** What the phone says of itself beside any event: firmware and model. */
export function described(params: ReadonlyMap<string, string>): readonly Fact[] {
  const firmware = filled(params.get('f'))
  const model = filled(params.get('p'))
  if (firmware === undefined && model === undefined) return []
  return [
    {
      type: 'phone.described',
      ...(model === undefined ? {} : { model: model.slice(0, 64) }),
      ...(firmware === undefined ? {} : { firmware: firmware.slice(0, 64) }),
    },
  ]
}
