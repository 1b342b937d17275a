import { readFileSync } from 'node:fs'
import type { OpenSerial } from '../bridge/serial.ts'
import type { Millis } from '../desk/time.ts'
import type { LampLevels } from './avr-lights.ts'
import { createMicrocontroller } from './microcontroller.ts'
import { createMicrocontrollerSerial } from './microcontroller-serial.ts'
import type { AnalogueLine } from './phones/analogue.ts'

/** The program that goes onto the board; the very same file. */
const program = new URL('../../firmware-bridge/third-ring-bridge.hex', import.meta.url)
/** The microcontroller lives on in steps of this much real time; a light that blinks twice a second is still seen where it should be. */
const stepMs = 20
const flashMs = 120

/** The microcontroller of one desk: its wires to the telephone and to the chair, its cable to the agent, and its three lights. */
export interface AnaloguePlace {
  readonly line: AnalogueLine
  readonly openSerial: OpenSerial
  /** How the adapter waits: in the microcontroller's time, so that a burst is as long as it should be however busy this process is. */
  after(ms: Millis, wake: () => void): () => void
  seat(occupied: boolean): void
  onLamp(listener: (levels: LampLevels) => void): void
  stop(): void
}

/** Emulates it in this process, in the demonstration's time. */
export function createAnaloguePlace(clock: { now(): Millis }): AnaloguePlace {
  const microcontroller = createMicrocontroller({ hex: readFileSync(program, 'utf8') })
  const serial = createMicrocontrollerSerial(microcontroller)
  const startedAt = clock.now()
  let stopRinging = (): void => {}
  let catching = false

  /** What happens now must not happen in its past; what happens while it catches up happens at that moment of its time. */
  function catchUp(): void {
    if (catching) return
    catching = true
    microcontroller.advanceTo(clock.now() - startedAt)
    catching = false
  }

  const timer = setInterval(catchUp, stepMs)
  return {
    openSerial: serial.open,
    after(ms, wake) {
      catchUp()
      let wanted = true
      microcontroller.at(microcontroller.now() + ms, () => {
        if (wanted) wake()
      })
      return () => {
        wanted = false
      }
    },
    line: {
      ring(on) {
        catchUp()
        stopRinging()
        stopRinging = on ? microcontroller.ring({ cadence: [Number.MAX_SAFE_INTEGER, 0] }) : () => {}
      },
      hook(off) {
        catchUp()
        microcontroller.set('hook', off)
      },
      flash() {
        catchUp()
        microcontroller.set('hook', false)
        microcontroller.at(microcontroller.now() + flashMs, () => microcontroller.set('hook', true))
      },
    },
    seat(occupied) {
      catchUp()
      microcontroller.set('seat', occupied)
    },
    onLamp: (listener) => microcontroller.onLamp(listener),
    stop() {
      clearInterval(timer)
      stopRinging()
    },
  }
}
