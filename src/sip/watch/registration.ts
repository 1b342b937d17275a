import { createSubscription, type Subscription, type SubscriptionOptions } from './subscription.ts'
import { readXml } from './xml.ts'

const namespace = 'urn:ietf:params:xml:ns:pidf'

export interface RegistrationWatchOptions extends Omit<SubscriptionOptions, 'package' | 'onNotify' | 'onDown'> {
  /** Told when it changes, and never of what is not known. */
  readonly onRegistered: (registered: boolean) => void
}

/**
 * Whether any telephone of the extension is registered at the exchange, by its presence (RFC 3856): dialog information shows one that is pulled out as idle.
 * An exchange that has no such package turns the subscription down, and then nothing is said.
 */
export function createRegistrationWatch({ onRegistered, ...options }: RegistrationWatchOptions): Pick<Subscription, 'start' | 'stop' | 'restart' | 'health'> {
  let told: boolean | undefined
  let cseqs = 0
  return createSubscription({
    ...options,
    package: { event: 'presence', type: 'application/pidf+xml' },
    onNotify({ cseq, body }) {
      const registered = parsePresence(body)
      // One that was overtaken says how it was before.
      if (cseq < cseqs || registered === undefined) return
      cseqs = cseq
      if (told !== registered) onRegistered(registered)
      told = registered
    },
    // The next subscription counts anew.
    onDown: () => {
      cseqs = 0
    },
  })
}

/** RFC 3863 §4.1: a presentity is there as long as one of its tuples is `open`. `undefined`: no such document, or nothing of the kind in it. */
export function parsePresence(body: string): boolean | undefined {
  const root = readXml(body)
  if (root?.name !== 'presence' || root.namespace !== namespace) return undefined
  const words = root.children
    .filter(({ name }) => name === 'tuple')
    .flatMap(({ children }) => children.filter(({ name }) => name === 'status').flatMap((status) => status.children))
    .flatMap(({ name, text }) => (name === 'basic' ? [text.trim().toLowerCase()] : []))
  if (words.includes('open')) return true
  return words.includes('closed') ? false : undefined
}
