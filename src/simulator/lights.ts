import type { LampLevels } from './avr-lights.ts'

/** The lights of a desk whose lamp is driven by an emulated microcontroller; `null` where they are not to be drawn as they are. */
export type ShownLights = LampLevels | null

/** What the page may draw of lamps that are really driven. */
export interface Lights {
  show(desk: string, levels: LampLevels): void
  /** Tells all of them once more: the speed has changed. */
  again(): void
  onChange(listener: (desk: string, lights: ShownLights) => void): void
  now(): Readonly<Record<string, ShownLights>>
}

/** Only in real time: a lamp that ran as fast as a demonstration may would flash more often than anybody should be shown. */
export function createLights(isRealTime: () => boolean): Lights {
  const known = new Map<string, LampLevels>()
  const listeners: ((desk: string, lights: ShownLights) => void)[] = []
  const shown = (levels: LampLevels): ShownLights => (isRealTime() ? levels : null)
  const tell = (desk: string, lights: ShownLights): void => {
    for (const listener of listeners) listener(desk, lights)
  }
  return {
    show(desk, levels) {
      known.set(desk, levels)
      if (isRealTime()) tell(desk, levels)
    },
    again() {
      for (const [desk, levels] of known) tell(desk, shown(levels))
    },
    onChange: (listener) => void listeners.push(listener),
    now: () => Object.fromEntries([...known].map(([desk, levels]) => [desk, shown(levels)])),
  }
}
