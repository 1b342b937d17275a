import { hubLimits } from './limits.ts'

/** What the rebirth looks at of a desk. */
export interface BornDesk {
  readonly id: string
  readonly about?: unknown
  readonly state?: unknown
}

export interface RebirthOptions {
  /** The broker keeps nothing for a hub that comes later (`broker.profile: events`): everybody is asked at each connect. */
  readonly always: () => boolean
  /** Publishes `hub/rebirth`; false where there is no line. */
  readonly publish: () => boolean
  /** Nobody has heard of these desks since the hub found its broker, and by now they should have spoken. */
  readonly silent: (desks: readonly string[]) => void
  /** Desks that should be there. */
  readonly expected: () => readonly string[]
}

/** Has the office told anew where the broker does not tell it: `hub/rebirth`, which every agent answers with all its levels. */
export interface Rebirth {
  /** The hub has found its broker; `now` is a monotonic clock in milliseconds. */
  up(now: number): void
  down(): void
  /** A message of this desk has come. */
  heard(desk: BornDesk, now: number): void
  tick(now: number): void
  asked(): number
}

/**
 * See `Rebirth`. Asked for at each connect to a broker that keeps no levels; and at any time when a desk sends events of which nobody knows who it is,
 * since then the broker has forgotten. At most once in `rebirthGapMs`, since it is the whole office that answers, and not for ever for a desk that does not.
 */
export function createRebirth(options: RebirthOptions): Rebirth {
  const spoken = new Set<string>()
  const unborn = new Map<string, { since: number; asked: number }>()
  let upAt: number | undefined
  let silenceSaid = false
  let askedAt = Number.NEGATIVE_INFINITY
  let asked = 0
  /** At this connect everybody is to be asked, as soon as it may be. */
  let wanted = false

  function ask(now: number): void {
    if (now - askedAt < hubLimits.rebirthGapMs || !options.publish()) return
    askedAt = now
    asked += 1
    wanted = false
    for (const desk of unborn.values()) Object.assign(desk, { since: now, asked: desk.asked + 1 })
  }

  return {
    up(now) {
      upAt = now
      silenceSaid = false
      spoken.clear()
      unborn.clear()
      wanted = options.always()
    },
    down() {
      upAt = undefined
    },
    heard({ id, about, state }, now) {
      spoken.add(id)
      if (about !== undefined && state !== undefined) unborn.delete(id)
      else if (!unborn.has(id)) unborn.set(id, { since: now, asked: 0 })
    },
    tick(now) {
      if (upAt === undefined) return
      if (wanted || [...unborn.values()].some((desk) => desk.asked < hubLimits.rebirthsMax && now - desk.since >= hubLimits.bornWaitMs)) ask(now)
      if (silenceSaid || now - Math.max(upAt, wanted ? now : askedAt) < hubLimits.rebirthWaitMs) return
      silenceSaid = true
      const silent = options.expected().filter((id) => !spoken.has(id))
      if (silent.length > 0) options.silent(silent)
    },
    asked: () => asked,
  }
}
