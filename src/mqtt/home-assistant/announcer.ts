import { createHash } from 'node:crypto'
import type { BrokerLink, Clock } from '../../agent/ports.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import { type DiscoveryMessage, homeAssistantStatusTopic } from './discovery.ts'

export interface AnnouncerDeps {
  readonly link: Pick<BrokerLink, 'publish' | 'subscribe' | 'onConnect' | 'health'>
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  /** A number from 0 to 1, by which the desks of an office spread. */
  readonly random: () => number
  /** The store's memory, which outlives the process. */
  readonly memory: { recall(key: string): unknown; remember(key: string, value: unknown): Promise<void> }
  readonly log: { warn(fields: object, message: string): void }
}

/** Keeps Home Assistant's picture of the desk true, and takes back what is not true any more. */
export interface Announcer {
  /** What is to stand on the broker; `undefined`: nothing. */
  set(message: DiscoveryMessage | undefined): void
  /** `prefix`: whose restarts are to be answered; left out, nobody's. */
  start(prefix?: string): void
  stop(): void
}

/** Every desk answers a restart of Home Assistant (and of the broker) within this, at random: it sets up 1,000 desks one after the other. */
const spreadMs: Millis = 30_000
/** However often Home Assistant restarts, or the phone changes its mind: no two announcements are nearer. */
const gapMs: Millis = 30_000
/** Some brokers close the connection over what they do not allow. After so many in a row the desk does without, rather than without its events. */
const lossesMax = 3
const memoryKey = 'home-assistant'

/** What may stand on the broker, as far as this desk ever put it there: the digest of each payload by its topic; empty until it is acknowledged. */
type Published = Readonly<Record<string, string>>

/**
 * Sends the discovery message retained when it is new, and again, at a random moment, after a connect and after Home Assistant's birth message: a broker
 * may have lost it. A topic is remembered before it is first written and forgotten when the broker has confirmed that it is empty, so that a desk that
 * was renamed or switched off leaves no ghost, whenever it was killed.
 */
export function createAnnouncer({ link, clock, random, memory, log }: AnnouncerDeps): Announcer {
  let message: DiscoveryMessage | undefined
  let published: Published = readPublished(memory.recall(memoryKey))
  let sentAt: Instant | undefined
  let planned: { readonly at: Instant; readonly cancel: () => void } | undefined
  let losses = 0
  let stopped = false
  const told = new Set<string>()

  function plan(delayMs: Millis): void {
    const at = Math.max(clock.now() + delayMs, (sentAt ?? Number.NEGATIVE_INFINITY) + gapMs)
    if (stopped || message === undefined || (planned !== undefined && planned.at <= at)) return
    planned?.cancel()
    planned = { at, cancel: clock.wakeAt(at, announce) }
  }

  function announce(): void {
    planned = undefined
    // The next connect plans it anew.
    if (stopped || message === undefined || !link.health().connected) return
    const { topic, payload } = message
    sentAt = clock.now()
    keep({ [topic]: '', ...published }).then(
      () => write(topic, payload, () => void keep({ ...published, [topic]: digestOf(payload) }).catch(() => {})),
      // A medium that takes nothing: what could not be taken back is not published.
      () => {},
    )
  }

  function takeBack(): void {
    for (const topic of Object.keys(published)) {
      if (topic === message?.topic) continue
      write(topic, '', () => {
        const { [topic]: _, ...rest } = published
        void keep(rest).catch(() => {})
      })
    }
  }

  function write(topic: string, payload: string, acknowledged: () => void): void {
    if (stopped || losses >= lossesMax) return
    link.publish(topic, payload, {
      retain: true,
      told(outcome) {
        if (outcome === 'acknowledged') {
          losses = 0
          acknowledged()
        } else if (outcome === 'refused') complain(topic, payload)
        else if (++losses >= lossesMax) complain(topic, payload)
      },
    })
  }

  function complain(topic: string, payload: string): void {
    if (stopped || told.has(topic)) return
    told.add(topic)
    const wish =
      payload === ''
        ? 'An old announcement to Home Assistant could not be taken back; the user of Home Assistant can, with an empty retained message to its topic'
        : 'The desk could not announce itself to Home Assistant: let the access list of the broker allow it to write this topic'
    log.warn({ topic }, wish)
  }

  function keep(next: Published): Promise<void> {
    if (JSON.stringify(next) === JSON.stringify(published)) return Promise.resolve()
    published = next
    return memory.remember(memoryKey, next)
  }

  /** What is planned already stays: if each of many restarts drew again, the earliest of the draws would win, and the desks would crowd there. */
  function planRepetition(): void {
    if (planned === undefined) plan(random() * spreadMs)
  }

  function connected(): void {
    takeBack()
    if (message !== undefined && published[message.topic] === digestOf(message.payload)) planRepetition()
    else plan(0)
  }

  return {
    set(next) {
      if (next?.payload === message?.payload && next?.topic === message?.topic) return
      message = next
      plan(0)
    },
    start(prefix) {
      link.onConnect(connected)
      // A birth message that the broker has kept tells of a start long ago.
      if (prefix !== undefined) {
        link.subscribe(homeAssistantStatusTopic(prefix), (payload, retained) => {
          if (!retained && payload.toString() === 'online') planRepetition()
        })
      }
      if (link.health().connected) connected()
    },
    stop() {
      stopped = true
      planned?.cancel()
    },
  }
}

function digestOf(payload: string): string {
  return createHash('sha256').update(payload).digest('base64url').slice(0, 22)
}

/** What an earlier life has remembered; whatever else is there counts as nothing. */
function readPublished(value: unknown): Published {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([, digest]) => typeof digest === 'string'))
}
