import type { Clock, LampDriver } from '../agent/ports.ts'
import type { GpioLampConfig } from '../config/config.ts'
import type { LampPattern } from '../desk/effect.ts'
import type { Gpio, Output, OutputAddress } from '../gpio/port.ts'
import { type LampRow, lampAt, nextEdge } from './patterns.ts'

/**
 * A light that has changed stays so for this long, whatever a late timer, a stepped clock or a new pattern asks for; then it shows what is right by then.
 * The patterns themselves leave 250 ms (`patterns.ts`); the rest is for a timer that wakes late, which must not push the phase along.
 */
export const lampStayMs = 225
/** A light is not switched for what the pattern will take back sooner than this: a flash that begins in its last moments is left out. */
const lampWorthMs = 125

export interface GpioLampDeps {
  readonly gpio: Gpio
  readonly clock: Pick<Clock, 'now' | 'wall' | 'wakeAt'>
  /** Policy `flashing`: false shows the steady rows only. */
  readonly flashing: boolean
}

type Position = keyof LampRow<unknown>

/** One output and the positions of the row that it shows. */
export interface LampOutput {
  readonly address: OutputAddress
  readonly positions: readonly Position[]
}

/** Three lights, or one that stands for all three: it is lit while any of them would be. */
export function lampOutputs({ line, lines, led, leds, chip }: GpioLampConfig): readonly LampOutput[] {
  const onChip = chip === undefined ? {} : { chip }
  if (lines !== undefined) return positions.map((position) => ({ address: { line: lines[position], ...onChip }, positions: [position] }))
  if (leds !== undefined) return positions.map((position) => ({ address: { led: leds[position] }, positions: [position] }))
  if (line !== undefined) return [{ address: { line, ...onChip }, positions }]
  return led === undefined ? [] : [{ address: { led }, positions }]
}

const positions: readonly Position[] = ['left', 'middle', 'right']

/** Whether an on/off light that shows these positions is lit: such a light knows no levels, so anything above dark is lit. */
export function isLit(of: readonly Position[], row: LampRow<unknown>): boolean {
  return of.some((position) => row[position] !== null)
}

/** Opens all outputs of the lamp, dark, or none of them. */
export async function openLamp(gpio: Gpio, outputs: readonly LampOutput[]): Promise<readonly Output[]> {
  const opened: Output[] = []
  try {
    for (const { address } of outputs) opened.push(await gpio.openOutput(address))
  } catch (error) {
    await closeLamp(opened)
    throw error
  }
  return opened
}

export async function closeLamp(opened: readonly Output[]): Promise<void> {
  await Promise.all(opened.map((output) => output.close()))
}

/**
 * A lamp on lines of the header or lights of the kernel, switched at the edges of the pattern in phase with the wall clock. `start` rejects with a
 * `ConfigurationError` if a line cannot be had.
 */
export function createGpioLamp(config: GpioLampConfig, { gpio, clock, flashing }: GpioLampDeps): LampDriver {
  let state: 'new' | 'running' | 'stopped' = 'new'
  let shown: LampPattern = 'dark'
  let lights: { readonly of: readonly Position[]; readonly output: Output; lit: boolean; since: number }[] = []
  let cancel = (): void => {}

  function isWorth(of: readonly Position[], lit: boolean, wall: number): boolean {
    for (let at = nextEdge(shown, wall, { flashing }); at !== undefined && at - wall < lampWorthMs; at = nextEdge(shown, at, { flashing })) {
      if (isLit(of, lampAt(shown, at, { flashing })) !== lit) return false
    }
    return true
  }

  function render(): void {
    cancel()
    if (state !== 'running') return
    const [now, wall] = [clock.now(), clock.wall()]
    const row = lampAt(shown, wall, { flashing })
    const waits: number[] = []
    for (const light of lights) {
      const lit = isLit(light.of, row)
      if (lit === light.lit) continue
      if (!isWorth(light.of, lit, wall)) continue
      const stayMs = light.since + lampStayMs - now
      if (stayMs > 0) {
        waits.push(stayMs)
        continue
      }
      light.output.set(lit)
      light.lit = lit
      light.since = now
    }
    const edge = nextEdge(shown, wall, { flashing })
    if (edge !== undefined) waits.push(edge - wall)
    cancel = waits.length === 0 ? () => {} : clock.wakeAt(now + Math.min(...waits), render)
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      const outputs = lampOutputs(config)
      const opened = await openLamp(gpio, outputs)
      lights = opened.map((output, index) => ({ of: outputs[index]?.positions ?? [], output, lit: false, since: Number.NEGATIVE_INFINITY }))
      render()
    },
    show(pattern) {
      if (pattern === shown) return
      shown = pattern
      render()
    },
    ok: () => state === 'running' && lights.length > 0 && lights.every(({ output }) => output.ok?.() !== false),
    async stop() {
      state = 'stopped'
      cancel()
      const opened = lights.map(({ output }) => output)
      lights = []
      await closeLamp(opened)
    },
  }
}
