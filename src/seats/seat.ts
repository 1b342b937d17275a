import type { SeatDriver } from '../agent/ports.ts'

/**
 * A seat that can also say how its reports fare. Whether somebody sits there is nobody's business but the desk's: not even good reports are counted, since a
 * sensor may speak only when somebody sits down or gets up. `heard`: 1 once there was one.
 */
export interface Seat extends SeatDriver {
  health(): Readonly<Record<string, number>>
}
