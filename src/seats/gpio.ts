import type { Clock, Emit } from '../agent/ports.ts'
import type { GpioSeatConfig } from '../config/config.ts'
import type { Gpio, Input } from '../gpio/port.ts'
import { createDebounce } from './debounce.ts'
import { evidenceEvery } from './evidence.ts'
import type { Seat } from './seat.ts'

/** A steady contact is reported again at least so often. */
export const evidenceEveryMs = 3000

export interface GpioSeatDeps {
  readonly gpio: Gpio
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly emit: Emit
  /** Policy `seatEvidenceMaxAgeMs`. */
  readonly evidenceMaxAgeMs: number
}

/**
 * A contact on a line of the header. `seat.seen` when it has become steady, and again every few seconds for as long as the line can be read: a contact
 * that does not move is fresh evidence, a line that cannot be read is none. `seat.lost` when the line is gone; it is reported anew when it comes back.
 * `start` rejects with a `ConfigurationError` if the line cannot be had.
 */
export function createGpioSeat(config: GpioSeatConfig, { gpio, clock, emit, evidenceMaxAgeMs }: GpioSeatDeps): Seat {
  const everyMs = evidenceEvery(evidenceEveryMs, evidenceMaxAgeMs)
  let state: 'new' | 'running' | 'stopped' = 'new'
  let input: Input | undefined
  let cancel = (): void => {}
  const counts = { heard: 0, lost: 0 }
  const debounce = createDebounce({ clock, steadyMs: config.debounceMs, settled: report })

  function report(high: boolean): void {
    if (state !== 'running') return
    counts.heard = 1
    emit({ type: 'seat.seen', occupied: high === (config.occupied === 'high') })
  }

  function lose(): void {
    debounce.forget()
    if (state !== 'running') return
    counts.lost += 1
    emit({ type: 'seat.lost' })
  }

  function lookAgain(): void {
    cancel = clock.wakeAt(clock.now() + everyMs, lookAgain)
    const high = input?.read()
    if (high === undefined) return
    // The driver may have missed an edge; then the contact must be steady first.
    debounce.level(high)
    if (debounce.steady() === high) report(high)
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      const { line, chip, bias, debounceMs } = config
      input = await gpio.watchInput(
        { line, ...(chip === undefined ? {} : { chip }) },
        { debounceMs, onLost: lose, ...(bias === undefined ? {} : { bias }) },
        debounce.level,
      )
      cancel = clock.wakeAt(clock.now() + everyMs, lookAgain)
    },
    async stop() {
      state = 'stopped'
      cancel()
      debounce.forget()
      await input?.close()
    },
    health: () => ({ ...counts }),
  }
}
