import type { CommandAnswer } from '../asked.ts'
import { hubLimits } from '../limits.ts'

/** What a visitor of a demonstration may do to its desks. The page shows a button for each action it knows (`docs/reference/hub-http.md`). */
export interface HubDemo {
  readonly actions: readonly string[]
  /** Actions that only some desks have, and which; all others can be done everywhere. */
  readonly only?: Readonly<Record<string, readonly string[]>>
  perform(desk: string, action: string, body: Readonly<Record<string, unknown>>): Promise<{ readonly ok: boolean; readonly error?: string }>
  /** How much faster than life the demonstration may run; the first is where it starts. Without `setSpeed` no choice is offered. */
  readonly speeds?: readonly number[]
  setSpeed?(speed: number): void
  /** The lights of desks whose lamp is really driven: levels from 0 to 1, or `null` where the page should draw the pattern instead. */
  readonly lights?: {
    now(): Readonly<Record<string, DrawnLights | null>>
    onChange(listener: (desk: string, lights: DrawnLights | null) => void): void
  }
}

export interface DrawnLights {
  readonly left: number
  readonly middle: number
  readonly right: number
}

/** What the page's requests come to. */
export interface DemoSide {
  state(): unknown
  perform(desk: string, action: string, body: Readonly<Record<string, unknown>>): Promise<CommandAnswer>
  readonly setSpeed?: (body: { readonly speed?: unknown }) => CommandAnswer
}

/** The demonstration's part of the page: only its own actions and speeds, and an answer in any case. */
export function createDemoSide(demo: HubDemo, changed: (speed: number) => void): DemoSide {
  const speeds = demo.setSpeed === undefined ? [] : (demo.speeds ?? [1, 5, 20])
  let speed = speeds[0] ?? 1
  const refuse = (code: string, message: string): CommandAnswer => ({ ok: false, error: { code, message } })
  const setSpeed = (body: { readonly speed?: unknown }): CommandAnswer => {
    const wanted = speeds.find((known) => known === body.speed)
    if (wanted === undefined) return refuse('UNKNOWN_SPEED', `The speeds are ${speeds.join(', ')}.`)
    speed = wanted
    demo.setSpeed?.(speed)
    changed(speed)
    return { ok: true }
  }
  return {
    state: () => ({ actions: demo.actions, only: demo.only ?? {}, speeds, speed, lights: demo.lights?.now() ?? {} }),
    async perform(desk: string, action: string, body: Readonly<Record<string, unknown>>): Promise<CommandAnswer> {
      if (!demo.actions.includes(action)) return refuse('UNKNOWN_ACTION', 'This demonstration has no such action.')
      const result = await demo.perform(desk, action, body)
      return result.ok ? { ok: true } : refuse('REFUSED', (result.error ?? 'This cannot be done now.').slice(0, hubLimits.textMax))
    },
    ...(speeds.length > 0 ? { setSpeed } : {}),
  }
}
