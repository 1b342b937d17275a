import type { Desk } from './desk.ts'
import type { Instant, WallTime } from './time.ts'

/** What people call the given instant; unknown until the shell has said what time it is. */
export function wallOf(desk: Desk, instant: Instant): WallTime | undefined {
  return desk.clock === undefined ? undefined : instant + desk.clock.offsetMs
}

/** The instant of a wall time, by the clock as it is set now. Only a synchronised clock is good enough for what people have agreed. */
export function instantOf(desk: Desk, wall: WallTime | undefined): Instant | undefined {
  return wall === undefined || desk.clock?.synced !== true ? undefined : wall - desk.clock.offsetMs
}

/** The wall time now, if the clock can be trusted. */
export function trustedWall(desk: Desk): WallTime | undefined {
  return desk.clock?.synced === true ? wallOf(desk, desk.at) : undefined
}
