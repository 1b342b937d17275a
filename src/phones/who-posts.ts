import { createHash, timingSafeEqual } from 'node:crypto'
import type { ReceivedRequest } from '../http/listener.ts'
import { filled, normalizeMac } from './call-ref.ts'

export interface WhoPostsOptions {
  /** Those that are good at present: a new one beside its forerunner while a phone is given the new one. */
  readonly tokens: () => readonly string[]
  /** In any usual spelling; absent where the office has not said which phone it is. */
  readonly mac?: string
}

export type Identity = 'ours' | 'wrongToken' | 'otherPhone'

/** Tells this desk's phone from others by what it says of itself: the token in the path, the MAC in `m`. */
export interface WhoPosts {
  /** Looks, and learns nothing. */
  identify(request: ReceivedRequest): Identity
  /** Remembers a request of ours. True if its MAC is back at an address after it has posted from another one in between. */
  noteOurs(request: ReceivedRequest): boolean
}

/**
 * A phone that leaves its MAC out is known by its address, which the listener has checked, and by the token. Where the office has not said which phone it
 * is, the first MAC that comes with the token is the desk's until the agent starts again: a second one is another phone.
 */
export function createWhoPosts(options: WhoPostsOptions): WhoPosts {
  const configured = options.mac === undefined ? undefined : normalizeMac(options.mac)
  let mac = configured
  /** The address of the last request, and the one before that was another. */
  let [latest, former]: [string | undefined, string | undefined] = [undefined, undefined]

  function macOf({ params }: ReceivedRequest): string | undefined | 'nonsense' {
    const given = filled(params.get('m'))
    return given === undefined ? undefined : (normalizeMac(given) ?? 'nonsense')
  }

  return {
    identify(request) {
      const token = request.path[1]
      // Compared in constant time, so that a token cannot be found out letter by letter.
      if (token === undefined || !options.tokens().some((wanted) => timingSafeEqual(digest(token), digest(wanted)))) return 'wrongToken'
      const given = macOf(request)
      return given !== undefined && mac !== undefined && given !== mac ? 'otherPhone' : 'ours'
    },
    noteOurs(request) {
      const given = macOf(request)
      if (given === undefined || given === 'nonsense') return false
      mac ??= given
      const { remoteAddress } = request
      if (remoteAddress === latest) return false
      const isBack = remoteAddress === former
      ;[latest, former] = [remoteAddress, latest]
      return isBack
    },
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
