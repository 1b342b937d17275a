import type { HubPresence } from '../../mqtt/hub-messages.ts'
import { isoTime, schemaVersion } from '../../mqtt/wire-form.ts'
import { namePattern } from '../../name-form.ts'
import { hubLimits } from '../limits.ts'
import type { DeskView, Office } from '../office.ts'
import { createStandIns } from './stand-ins.ts'

export interface PresenceOptions {
  readonly office: () => Pick<Office, 'desks'>
  /** The desks that are anybody's substitute. */
  readonly listed: () => Iterable<string>
  readonly wall: () => number
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number
  /** `hub/presence/{desk}`, retained; an empty payload takes it back. False where there is no line. */
  readonly publish: (desk: string, payload: string) => boolean
}

/** Keeps `hub/presence/{desk}` true: what a desk cannot say of itself, whether its agent is there and whose calls it takes. */
export interface HubPresences {
  connected(): void
  disconnected(): void
  /** Something of this desk was taken in. */
  heard(desk: string, view: DeskView | undefined): void
  /** The broker has kept this from an earlier life. */
  left(desk: string): void
  /** The list of substitutes has changed. */
  changed(): void
  stop(): void
}

/**
 * Changes within `presenceGapMs` go out together, so that one desk that leaves does not become ten messages. A hub that has just found its broker waits a
 * moment for what the broker kept; of a desk that has not been heard of by `presenceUnknownMs` it says that it is not there, since it knows no better.
 */
export function createHubPresences({ office, listed, wall, now, publish }: PresenceOptions): HubPresences {
  const standIns = createStandIns()
  const sent = new Map<string, string>()
  const ghosts = new Set<string>()
  let upAt: number | undefined
  const seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let dueAt = Number.POSITIVE_INFINITY

  /** What waits already does not wait longer for it: an office in which something changes all the time hears of it all the same. */
  function soon(waitMs: number): void {
    if (now() + waitMs >= dueAt) return
    clearTimeout(timer)
    dueAt = now() + waitMs
    timer = setTimeout(() => {
      dueAt = Number.POSITIVE_INFINITY
      say()
    }, waitMs)
  }

  /** Not before what the broker has kept is there. */
  function changed(): void {
    if (upAt !== undefined) soon(Math.max(hubLimits.presenceGapMs, hubLimits.presenceFirstMs - (now() - upAt)))
  }

  function forget(): void {
    clearTimeout(timer)
    dueAt = Number.POSITIVE_INFINITY
  }

  function say(): void {
    if (upAt === undefined) return
    const upMs = now() - upAt
    const wanted = new Set([...listed(), ...standIns.substitutes()].filter((desk) => namePattern.test(desk)))
    let left: number = hubLimits.presenceBatchMax
    for (const desk of wanted) if (left > 0 && sayOf(desk, upMs)) left -= 1
    for (const desk of [...sent.keys(), ...ghosts]) {
      if (wanted.has(desk) || left === 0 || !publish(desk, '')) continue
      sent.delete(desk)
      ghosts.delete(desk)
      left -= 1
    }
    if (left === 0) soon(hubLimits.presenceGapMs)
    if (upMs < hubLimits.presenceUnknownMs) soon(hubLimits.presenceUnknownMs - upMs)
  }

  /** True if there was something to say. */
  function sayOf(desk: string, upMs: number): boolean {
    const availability = office().desks.get(desk)?.availability ?? 'unknown'
    if (availability === 'unknown' && upMs < hubLimits.presenceUnknownMs) return false
    const told = { online: availability === 'online', standsInFor: standIns.of(desk).filter((name) => namePattern.test(name)) }
    const key = JSON.stringify(told)
    if (sent.get(desk) === key) return false
    const presence: HubPresence = { v: schemaVersion, at: isoTime(wall()), ...told }
    if (publish(desk, JSON.stringify(presence))) sent.set(desk, key)
    return true
  }

  return {
    connected() {
      upAt = now()
      sent.clear()
      soon(hubLimits.presenceFirstMs)
    },
    disconnected() {
      upAt = undefined
      forget()
    },
    heard(desk, view) {
      const moved = standIns.heard(desk, view)
      const availability = view?.availability ?? 'unknown'
      if (!moved && seen.get(desk) === availability) return
      seen.set(desk, availability)
      changed()
    },
    left(desk) {
      if (sent.has(desk)) return
      ghosts.add(desk)
      changed()
    },
    changed,
    stop: forget,
  }
}
