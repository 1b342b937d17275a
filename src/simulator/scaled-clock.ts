import type { Clock } from '../agent/ports.ts'
import type { Instant, Millis, WallTime } from '../desk/time.ts'

/** Sleeps are cut into pieces of this much real time, so that a change of speed is noticed soon. */
const napMaxMs = 250

/** Where a time stands, so that another process can go on from there. */
export interface Timeline {
  readonly wallAtStart: WallTime
  readonly elapsedMs: Millis
  readonly speed: number
}

export interface ScaledTime {
  /** So many times faster than life, from now on. */
  setSpeed(speed: number): void
  speed(): number
  wall(): WallTime
  clock(): Clock
  timeline(): Timeline
}

/** Time for a demonstration: it runs faster than life where a visitor wants it to, and never jumps when the speed is changed. */
export function createScaledTime(speedAtStart = 1, from?: Timeline): ScaledTime {
  let speed = from?.speed ?? speedAtStart
  let realMs = performance.now()
  let elapsedMs = from?.elapsedMs ?? 0
  const wallAtStart = from?.wallAtStart ?? Date.now()

  function elapsed(): Millis {
    const now = performance.now()
    elapsedMs += (now - realMs) * speed
    realMs = now
    return elapsedMs
  }
  const wall = (): WallTime => Math.floor(wallAtStart + elapsed())

  function wakeAt(instant: Instant, wake: () => void): () => void {
    let timer: NodeJS.Timeout | undefined
    const nap = (): void => {
      const leftMs = (instant - elapsed()) / speed
      timer = leftMs <= 0 ? setTimeout(wake, 0) : setTimeout(nap, Math.min(napMaxMs, Math.ceil(leftMs)))
    }
    nap()
    return () => clearTimeout(timer)
  }

  return {
    setSpeed(next) {
      elapsed()
      speed = next
    },
    speed: () => speed,
    wall,
    timeline: () => ({ wallAtStart, elapsedMs: elapsed(), speed }),
    clock: () => ({ now: () => Math.floor(elapsed()), wall, synced: () => true, wakeAt }),
  }
}
