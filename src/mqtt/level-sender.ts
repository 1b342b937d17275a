import type { Clock, Levels } from '../agent/ports.ts'
import type { Instant } from '../desk/time.ts'
import type { LinkLimits } from './limits.ts'
import type { Publisher } from './publisher.ts'
import { type DeskTopics, topicRules } from './topics.ts'

type LevelName = keyof Levels

/** Keeps the broker's picture of the desk true: sends a level when it has changed, and every level on each new connection. */
export interface LevelSender {
  set(name: LevelName, payload: Readonly<Record<string, unknown>>): void
  connected(publisher: Publisher): void
  disconnected(): void
}

interface Level {
  text: string
  /** What the broker was last sent on this connection, and when. */
  sent?: string
  sentAt?: Instant
  timer?: NodeJS.Timeout | undefined
}

export function createLevelSender(topics: DeskTopics, clock: Pick<Clock, 'now'>, limits: LinkLimits): LevelSender {
  const levels = new Map<LevelName, Level>()
  let publisher: Publisher | undefined

  function offer(name: LevelName, level: Level): void {
    if (publisher === undefined || level.timer !== undefined || level.sent === level.text) return
    const waitMs = level.sentAt === undefined ? 0 : level.sentAt + limits.levelGapMs - clock.now()
    if (waitMs <= 0) {
      send(name, level, publisher)
      return
    }
    level.timer = setTimeout(() => {
      level.timer = undefined
      if (publisher !== undefined && level.sent !== level.text) send(name, level, publisher)
    }, waitMs)
  }

  function send(name: LevelName, level: Level, to: Publisher): void {
    const { qos, retain } = topicRules[name]
    const publication = { topic: topics.of(name), payload: level.text, retain }
    level.sent = level.text
    level.sentAt = clock.now()
    if (qos === 0) to.sendOnce(publication)
    else to.send(publication)
  }

  return {
    set(name, payload) {
      const level = levels.get(name) ?? { text: '' }
      levels.set(name, level)
      level.text = JSON.stringify(payload)
      offer(name, level)
    },
    connected(to) {
      publisher = to
      for (const [name, level] of levels) send(name, level, to)
    },
    disconnected() {
      publisher = undefined
      for (const level of levels.values()) {
        clearTimeout(level.timer)
        level.timer = undefined
      }
    },
  }
}
