import type { MqttClient } from 'mqtt'
import type { Clock } from '../../agent/ports.ts'
import { doubledMs } from '../../back-off.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import type { LinkFault } from '../connection/link-fault.ts'
import type { LinkLimits } from '../limits.ts'
import { topicMatches } from '../topics.ts'

export interface Subscription {
  readonly topic: string
  readonly handler: (payload: Buffer, retained: boolean) => void
  readonly lost?: (() => void) | undefined
  /**
   * Whether the retain flag is to come as it was published (MQTT 5 §3.8.3.1), not only on what the broker had kept. Without it a message that is retained
   * from now on looks like any other to whoever listens already.
   */
  readonly retainAsPublished?: true
}

/** What the desk listens to, on every connection anew. */
export interface Subscriptions {
  /** The returned function ends it. */
  add(subscription: Subscription): () => void
  /** Resolves when the broker has answered, whatever it said, or is gone. */
  opened(client: MqttClient): Promise<void>
  closed(fault: LinkFault): void
  hear(topic: string, payload: Buffer, retained: boolean): void
}

export interface SubscriptionsOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly limits: LinkLimits
  readonly onDenied: () => void
}

/**
 * One SUBSCRIBE for each topic, so that a refusal is of that topic alone. There are brokers (RabbitMQ) whose refusal is to close the connection: a topic at
 * which that happens twice in a row is left out for a while, and tried again ever more seldom. What a desk may not hear must not keep it from speaking.
 */
export function createSubscriptions({ clock, limits, onDenied }: SubscriptionsOptions): Subscriptions {
  const subscriptions: Subscription[] = []
  const suspects = createSuspects(clock, limits)
  let unanswered: string | undefined
  let client: MqttClient | undefined
  let again: NodeJS.Timeout | undefined

  function ask(to: MqttClient, topic: string): Promise<void> {
    return new Promise((resolve) => {
      unanswered = topic
      const rap = subscriptions.some((each) => each.topic === topic && each.retainAsPublished === true)
      to.subscribe(topic, { qos: 1, rap }, (error, granted) => {
        if (to === client && to.connected) {
          unanswered = undefined
          suspects.answered(topic)
          if (error !== null || (granted ?? []).some(({ qos }) => qos >= 128)) onDenied()
        }
        resolve()
      })
    })
  }

  function remove(subscription: Subscription): void {
    const place = subscriptions.indexOf(subscription)
    if (place < 0) return
    subscriptions.splice(place, 1)
    const { topic } = subscription
    if (!subscriptions.some((other) => other.topic === topic)) client?.unsubscribe(topic)
  }

  /** One after the other: if the broker closes the connection, it is known at which. */
  async function askForAll(to: MqttClient, topics: readonly string[]): Promise<void> {
    const wanted = topics.filter(suspects.mayBeAsked)
    if (wanted.length < topics.length) onDenied()
    clearTimeout(again)
    const waitMs = suspects.waitMs()
    const left = topics.filter((topic) => !wanted.includes(topic))
    if (waitMs !== undefined) again = setTimeout(() => void askForAll(to, left), waitMs)
    for (const topic of wanted) if (to === client) await ask(to, topic)
  }

  return {
    add(subscription) {
      subscriptions.push(subscription)
      if (client !== undefined) void ask(client, subscription.topic)
      return () => remove(subscription)
    },
    opened(to) {
      client = to
      return askForAll(to, [...new Set(subscriptions.map(({ topic }) => topic))])
    },
    closed({ reason }) {
      client = undefined
      clearTimeout(again)
      if (unanswered !== undefined && reason === 'closed') suspects.closedAt(unanswered)
      unanswered = undefined
      for (const { lost } of subscriptions) lost?.()
    },
    hear(topic, payload, retained) {
      // A handler may end its own subscription, or begin another.
      for (const subscription of [...subscriptions]) if (topicMatches(subscription.topic, topic)) subscription.handler(payload, retained)
    },
  }
}

/** One close may have another reason. */
const strikesMax = 2

/** Topics at which the broker closes the connection. */
function createSuspects(clock: Pick<Clock, 'now'>, { deniedRetryFirstMs, deniedRetryLastMs }: LinkLimits) {
  const strikes = new Map<string, { readonly count: number; readonly until: Instant }>()
  return {
    mayBeAsked: (topic: string): boolean => (strikes.get(topic)?.until ?? 0) <= clock.now(),
    answered: (topic: string): void => void strikes.delete(topic),
    closedAt(topic: string): void {
      const count = (strikes.get(topic)?.count ?? 0) + 1
      const pauseMs = doubledMs(count - strikesMax + 1, deniedRetryFirstMs, deniedRetryLastMs)
      strikes.set(topic, { count, until: count < strikesMax ? 0 : clock.now() + pauseMs })
    },
    /** Until the first of them is to be tried again. */
    waitMs(): Millis | undefined {
      const ends = [...strikes.values()].map(({ until }) => until - clock.now()).filter((waitMs) => waitMs > 0)
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
  }
}
