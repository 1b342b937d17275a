import type { Publisher } from '../connection/publisher.ts'
import type { LevelName } from '../level-messages.ts'
import type { LinkLimits } from '../limits.ts'
import { propertiesOf } from '../properties.ts'
import { type DeskTopics, topicRules } from '../topics.ts'

/** Keeps the broker's picture of the desk true: sends a level when it has changed, and every level on each new connection. */
export interface LevelSender {
  /** With `anew` also where nothing of it is new but its time. */
  set(name: LevelName, payload: Readonly<Record<string, unknown>>, anew?: 'anew'): void
  connected(publisher: Publisher): void
  /** Every level once more, whatever the broker was sent. */
  again(): void
  /** What waits for its gap is sent now. */
  flush(): void
  disconnected(): void
}

interface Level {
  text: string
  /** What it says, apart from when it was said. */
  told?: string
  /** What the broker was last sent on this connection. */
  sent?: string | undefined
  /** Runs while the level was sent just now: until it ends nothing more of it is sent. */
  gap?: NodeJS.Timeout | undefined
}

/** `keeps`: whether the broker is to keep what is said of the desk for those who come later. */
export function createLevelSender(topics: DeskTopics, limits: LinkLimits, keeps: boolean): LevelSender {
  const levels = new Map<LevelName, Level>()
  let publisher: Publisher | undefined

  function offer(name: LevelName, level: Level): void {
    if (publisher === undefined || level.gap !== undefined || level.sent === level.text) return
    const { qos, retain } = topicRules[name]
    const properties = propertiesOf(name)
    const publication = { topic: topics.of(name), payload: level.text, retain: retain && keeps, ...(properties === undefined ? {} : { properties }) }
    level.sent = level.text
    level.gap = setTimeout(() => {
      level.gap = undefined
      offer(name, level)
    }, limits.levelGapMs)
    if (qos === 0) publisher.sendOnce(publication)
    else publisher.send(publication)
  }

  return {
    // A level that says the same at another time says nothing new. If it were sent again, the times alone would tell when somebody sat down.
    set(name, { at, ...payload }, anew) {
      const level = levels.get(name) ?? { text: '' }
      levels.set(name, level)
      const told = JSON.stringify(payload)
      if (level.told === told && anew === undefined) return
      level.told = told
      level.text = JSON.stringify({ v: payload['v'], at, ...payload })
      offer(name, level)
    },
    connected(to) {
      publisher = to
      for (const [name, level] of levels) offer(name, level)
    },
    again() {
      for (const [name, level] of levels) {
        level.sent = undefined
        offer(name, level)
      }
    },
    flush() {
      for (const [name, level] of levels) {
        clearTimeout(level.gap)
        level.gap = undefined
        offer(name, level)
      }
    },
    disconnected() {
      publisher = undefined
      for (const level of levels.values()) {
        clearTimeout(level.gap)
        level.gap = undefined
        level.sent = undefined
      }
    },
  }
}
