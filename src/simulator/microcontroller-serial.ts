import type { OpenSerial, SerialListeners } from '../bridge/serial.ts'
import type { Microcontroller } from './microcontroller.ts'

export interface MicrocontrollerSerial {
  /** As a serial device is opened: one connection at a time, and the opening resets the microcontroller, as DTR does. */
  readonly open: OpenSerial
  /** The cable is pulled. The microcontroller loses its power with it. */
  unplug(): void
  plug(): void
}

/** The serial device of an emulated microcontroller. Bytes come while the microcontroller lives on (`advanceTo`), in its own time. */
export function createMicrocontrollerSerial(microcontroller: Microcontroller): MicrocontrollerSerial {
  let plugged = true
  let listeners: SerialListeners | undefined

  microcontroller.onByte((byte) => listeners?.onData(Uint8Array.of(byte)))

  return {
    async open(path, opened) {
      if (!plugged) throw new Error(`No such file or directory, cannot open ${path}`)
      if (listeners !== undefined) throw new Error(`Resource temporarily unavailable Cannot lock port ${path}`)
      listeners = opened
      microcontroller.reset()
      return {
        write(text) {
          if (listeners === opened) microcontroller.write(Buffer.from(text, 'latin1'))
        },
        async close() {
          if (listeners === opened) listeners = undefined
        },
      }
    },
    unplug() {
      plugged = false
      microcontroller.setPower(false)
      const lost = listeners
      listeners = undefined
      lost?.onClose('the device is gone')
    },
    plug() {
      if (plugged) return
      plugged = true
      microcontroller.setPower(true)
    },
  }
}
