import type { Millis } from '../desk/time.ts'

/**
 * The whole tree on one page (contract §4):
 *
 * ```
 * third-ring/v1/{site}/{desk}/availability    retained  online | offline, the last will
 *                            /about           retained  who this desk is
 *                            /state           retained  the desk now
 *                            /presence        retained  the only thing that other desks may read
 *                            /event                     one CloudEvent each
 *                            /event/replay              the same again, on request
 *                            /health          retained  each minute
 *                            /day             retained  the day's counters
 *                            /day/previous    retained  yesterday's, final
 *                            /command/{name}            in
 *                            /reply                     out, unless the command names a topic of its own
 * third-ring/v1/{site}/hub/availability       retained  online | offline, of the hub
 *                         /alarms             retained  what somebody should look at now
 *                         /directory          retained  who takes whose calls
 *                         /warden             retained  the second undoer of every forwarding
 *                         /presence/{desk}    retained  whether that desk's agent is there, and whose calls it takes
 *                         /rebirth                      every desk says again who it is and how it stands
 * ```
 */
export const topicRoot = 'third-ring/v1'

/**
 * What the desk's topics carry and how. QoS 1 where a loss would last until the next change; `health` comes again by itself. What is of no use later expires
 * in the broker, where it speaks MQTT 5: an answer to somebody who has gone, a replay, the health of a desk that is no longer there.
 */
export const topicRules = {
  availability: { retain: true, qos: 1 },
  about: { retain: true, qos: 1 },
  state: { retain: true, qos: 1 },
  presence: { retain: true, qos: 1 },
  health: { retain: true, qos: 0, expirySeconds: 180 },
  day: { retain: true, qos: 1 },
  'day/previous': { retain: true, qos: 1 },
  event: { retain: false, qos: 1 },
  'event/replay': { retain: false, qos: 1, expirySeconds: 300 },
  reply: { retain: false, qos: 1, expirySeconds: 60 },
} as const
export type TopicName = keyof typeof topicRules

/** How often a desk says `health`; three that did not come let the last one expire. */
export const healthEveryMs: Millis = 60_000

/** The topics of one desk. */
export interface DeskTopics {
  of(name: TopicName): string
  /** The filter of all its commands. */
  readonly commands: string
  /** The topic of one command. */
  command(name: string): string
  /**
   * The name of the command that a topic carries; `undefined` if the topic is none of its commands'. RabbitMQ keeps a topic as a routing key, in which `.`
   * stands for MQTT's `/`, and gives every dot back as a slash: what was published on `command/lamp.test` is delivered on `command/lamp/test`.
   */
  commandOf(topic: string): string | undefined
  /** Whether a requester may have its answer there: anywhere on the broker, but of this tree only below the desk's `reply`, where nobody is misled. */
  takesReply(topic: string): boolean
}

const replyTopicLengthMax = 256

export function deskTopics(site: string, desk: string): DeskTopics {
  const own = `${topicRoot}/${site}/${desk}`
  const prefix = `${own}/command/`
  return {
    of: (name) => `${own}/${name}`,
    commands: `${prefix}#`,
    command: (name) => `${prefix}${name}`,
    commandOf: (topic) => (topic.startsWith(prefix) && topic.length > prefix.length ? topic.slice(prefix.length).replaceAll('/', '.') : undefined),
    takesReply(topic) {
      const sound = topic.length > 0 && topic.length <= replyTopicLengthMax && !/[+#\0]/.test(topic) && !topic.startsWith('$')
      return sound && (!topic.startsWith('third-ring/') || topic === `${own}/reply` || topic.startsWith(`${own}/reply/`))
    },
  }
}

/** The topics of a site's hub. `hub` is not a desk's name. */
export function hubTopic(site: string, name: 'availability' | 'alarms' | 'directory' | 'warden' | 'rebirth'): string {
  return `${topicRoot}/${site}/hub/${name}`
}

/** What the hub adds to a desk's own presence. A desk reads it of its substitutes, so that one change reaches only those whom it concerns. */
export function hubPresenceTopic(site: string, desk: string): string {
  return `${topicRoot}/${site}/hub/presence/${desk}`
}

/** Whether a topic is one of those that a filter stands for (MQTT 3.1.1 §4.7). */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && wanted[0] !== levels[0]) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (levels[index] === undefined || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
