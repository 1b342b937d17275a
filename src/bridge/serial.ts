import type { SerialPort } from 'serialport'

/** 115200 baud, 8 data bits, no parity, 1 stop bit (`firmware-bridge/protocol.md`). */
const baudRate = 115_200
/** Bytes that the device has not taken yet. Beyond this it takes nothing, and what we have to say is stale by the time it does. */
const unwrittenBytesMax = 512
/** How long a port may take to close. */
const closeMaxMs = 1000

export interface SerialListeners {
  readonly onData: (bytes: Uint8Array) => void
  /** Told once when the connection is over by itself: the device is gone, or its other end. Never after `close`. */
  readonly onClose: (reason: string) => void
}

/** One opened connection. After its end it is let go; the next one is another object. */
export interface SerialConnection {
  /** Returns at once and never throws. What cannot go out now is dropped, never kept for later. */
  write(text: string): void
  /** Idempotent; resolves when the port is free, at the latest after a second. */
  close(): Promise<void>
}

/** Opens a serial device; rejects with an `Error` whose message says why not. A microcontroller emulated in this process has another one of these. */
export type OpenSerial = (path: string, listeners: SerialListeners) => Promise<SerialConnection>

/**
 * A real device. Opening it raises DTR, which resets an Arduino; `hupcl: false` keeps that to the opening. A new `SerialPort` each time: one that is
 * opened again would first send whatever was written while it was closed.
 */
export const openSerialPort: OpenSerial = async (path, listeners) => {
  // Only a desk with a bridge loads it: native code that others need not have.
  const serialport = await import('serialport')
  return opened(new serialport.SerialPort({ path, baudRate, autoOpen: false, hupcl: false }), listeners)
}

function opened(port: SerialPort, { onData, onClose }: SerialListeners): Promise<SerialConnection> {
  return new Promise((resolve, reject) => {
    let over = false
    const end = (reason: string): void => {
      if (over) return
      over = true
      onClose(reason)
    }
    // Without a listener an `error` event ends the process; a write that is cut off by closing makes one.
    port.on('error', (error: Error) => end(error.message))
    port.on('close', (error: Error | null) => end(error?.message ?? 'closed'))
    port.on('end', () => end('the device has ended'))
    port.open((error) => {
      if (error) {
        over = true
        reject(error)
        return
      }
      port.on('data', (bytes: Buffer) => {
        if (!over) onData(bytes)
      })
      resolve({
        write(text) {
          if (port.isOpen && !over && port.writableLength <= unwrittenBytesMax) port.write(text)
        },
        close() {
          over = true
          return closed(port)
        },
      })
    })
  })
}

function closed(port: SerialPort): Promise<void> {
  if (!port.isOpen) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, closeMaxMs)
    port.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
