import type { SipStackOptions } from '../ports.ts'
import { randomWord } from '../random.ts'
import type { OutgoingHeader } from './codec.ts'
import { answerable, type DigestChallenge, digestAnswer } from './digest.ts'
import { sipLimits } from './limits.ts'
import type { ReadMessage } from './message.ts'

/** Who asks: the server itself (401) or a proxy on the way (407). */
type Asker = 'server' | 'proxy'
const askers = [
  ['server', 'authorization'],
  ['proxy', 'proxy-authorization'],
] as const
interface Known {
  readonly asker: Asker
  readonly challenge: DigestChallenge
  count: number
}

/** What one request has tried so far. */
export interface Tries {
  /** Answers to the challenges that it has met, and the earlier ones that are tried first. */
  headers(method: string, uri: string): [string, OutgoingHeader][]
  /** A 401 or 407 has come. Whether it makes sense to ask once more. */
  learn(status: number, message: Pick<ReadMessage, 'challenges'>): boolean
}

/**
 * The challenges that this user has met, by who asks and in what realm: a nonce is used for further requests, its uses counted, until it is called stale.
 * Within one request each realm is answered once; once more if it says that only the nonce was stale.
 */
export function createCredentials({ user, password, random }: Pick<SipStackOptions, 'user' | 'password' | 'random'>): { begin(): Tries } {
  const remembered = new Map<string, Known>()

  function remember(key: string, known: Known): void {
    remembered.delete(key)
    remembered.set(key, known)
    const [oldest] = remembered.keys()
    if (remembered.size > sipLimits.realmsMax && oldest !== undefined) remembered.delete(oldest)
  }

  /** The answers to those that asked in this request; where neither kind has asked yet, to the one of it that asked last in an earlier one. */
  function chosen(asker: Asker, asked: ReadonlyMap<string, unknown>): Known[] {
    const own = [...remembered].filter(([, known]) => known.asker === asker)
    const now = own.filter(([key]) => asked.has(key))
    return (now.length > 0 ? now : own.slice(-1)).map(([, known]) => known)
  }

  function answer(known: Known, secret: string, method: string, uri: string): [string, string][] {
    known.count += 1
    return digestAnswer(known.challenge, { user, password: secret, method, uri, count: known.count, clientNonce: randomWord(random, 16) })
  }

  function begin(): Tries {
    const answered = new Map<string, 'once' | 'stale'>()
    let rounds = 0
    return {
      headers(method, uri) {
        const secret = password?.()
        if (secret === undefined) return []
        return askers.flatMap(([asker, header]) => {
          const credentials = chosen(asker, answered).map((known) => answer(known, secret, method, uri))
          return credentials.length === 0 ? [] : [[header, { credentials }] satisfies [string, OutgoingHeader]]
        })
      },
      learn(status, message) {
        const asker = status === 407 ? 'proxy' : 'server'
        const asked = answerable(message.challenges(asker === 'proxy' ? 'proxy-authenticate' : 'www-authenticate'))
        rounds += 1
        if (asked.length === 0 || password?.() === undefined || rounds > sipLimits.challengesMax) return false
        for (const challenge of asked) {
          const key = `${asker} ${challenge.realm}`
          const before = answered.get(key)
          if (before === 'stale' || (before === 'once' && !challenge.stale)) {
            // The password is wrong, or the server cannot make up its mind: what it said last is of no use to the next request either.
            remembered.delete(key)
            return false
          }
          answered.set(key, before === undefined ? 'once' : 'stale')
          remember(key, { asker, challenge, count: 0 })
        }
        return true
      },
    }
  }
  return { begin }
}
