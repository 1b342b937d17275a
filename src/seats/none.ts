import type { Seat } from './seat.ts'

/** A desk without a sensor: nothing is ever known of its seat, so no call is ever put on hold for it. */
export function createNoSeat(): Seat {
  return {
    async start() {},
    async stop() {},
    health: () => ({}),
  }
}
