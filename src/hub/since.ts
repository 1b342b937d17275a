import type { OfficeClock } from './recorder.ts'

/** Whether the broker is there, and since when, by the office's clock. */
export interface Since {
  readonly clock: OfficeClock
  state(): { readonly connected: boolean; readonly since: number }
  change(connected: boolean): { readonly connected: boolean; readonly since: number }
}

const machineClock: OfficeClock = { wall: () => Date.now(), rate: () => 1 }

export function createSince(clock: OfficeClock = machineClock): Since {
  let state = { connected: false, since: clock.wall() }
  return {
    clock,
    state: () => state,
    change(connected) {
      state = { connected, since: clock.wall() }
      return state
    },
  }
}
