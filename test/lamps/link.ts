import type { BrokerLink } from '../../src/agent/ports.ts'

/** A broker in the hand of the test: what was published, and a way to come, to go and to deliver. */
export interface HandLink extends BrokerLink {
  readonly published: { topic: string; payload: unknown; retain: boolean }[]
  connect(): void
  lose(): void
  deliver(topic: string, payload: string | Buffer, retained?: boolean): void
  /** What is listened to. */
  topics(): readonly string[]
}

export function createHandLink(): HandLink {
  const published: HandLink['published'] = []
  const onConnect: (() => void)[] = []
  const subscriptions: { topic: string; handler: (payload: Buffer, retained: boolean) => void; lost: (() => void) | undefined }[] = []
  let connected = false
  return {
    published,
    connect() {
      connected = true
      for (const handler of onConnect) handler()
    },
    lose() {
      connected = false
      for (const { lost } of subscriptions) lost?.()
    },
    deliver(topic, payload, retained = false) {
      for (const subscription of [...subscriptions]) if (subscription.topic === topic) subscription.handler(Buffer.from(payload), retained)
    },
    topics: () => subscriptions.map(({ topic }) => topic),
    async start() {},
    async stop() {},
    set() {},
    wake() {},
    subscribe(topic, handler, lost) {
      const subscription = { topic, handler, lost }
      subscriptions.push(subscription)
      return () => void subscriptions.splice(subscriptions.indexOf(subscription), 1)
    },
    publish(topic, payload, options) {
      if (connected) published.push({ topic, payload: JSON.parse(payload), retain: options?.retain === true })
    },
    onConnect: (handler) => void onConnect.push(handler),
    health: () => ({ connected, unsent: 0 }),
  }
}
