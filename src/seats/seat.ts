import type { SeatDriver } from '../agent/ports.ts'

/** A seat that can also say how its reports fare. Counts only: whether somebody sits there is nobody's business but the desk's. */
export interface Seat extends SeatDriver {
  health(): Readonly<Record<string, number>>
}
