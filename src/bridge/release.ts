import { createClock } from '../agent/clock.ts'
import { messageOf } from '../errors.ts'
import type { BridgeClock } from './command.ts'
import { openFaultOf } from './fault-sentence.ts'
import { bridgeLineOf, createFrameReader, encodeAgentLine } from './frame.ts'
import { bridgeLimits } from './limits.ts'
import { bridgePatterns } from './patterns.ts'
import { type OpenSerial, openSerialPort, type SerialConnection } from './serial.ts'

/** How long the bridge may take to confirm that its lamp is dark. */
export const releaseMaxMs = 2000

export interface ReleaseOutcome {
  /** The bridge has confirmed it. Otherwise its own dead-man puts the lamp out. */
  readonly dark: boolean
  /** Another program has the port, and may keep the lamp alight. */
  readonly kept: boolean
  readonly sentence: string
}

const deadMan = 'its own dead-man puts the lamp out within five seconds of the last word it heard'

/**
 * Puts the bridge's lamp out without a running agent (`third-ring release`). Never rejects: where the bridge cannot be reached nothing has to be done,
 * since nobody keeps its lamp alive.
 */
export async function releaseBridge(
  path: string,
  { clock = createClock(undefined, 0), open = openSerialPort }: { readonly clock?: BridgeClock; readonly open?: OpenSerial } = {},
): Promise<ReleaseOutcome> {
  let heard: (sequence: number) => void = () => {}
  const reader = createFrameReader(
    (frame) => {
      const line = bridgeLineOf(frame)
      if (line?.type === 'A') heard(line.sequence)
    },
    () => {},
  )
  let connection: SerialConnection
  try {
    connection = await open(path, { onData: (bytes) => reader.push(bytes), onClose() {} })
  } catch (error) {
    const reason = messageOf(error)
    return { dark: false, kept: openFaultOf(reason) === 'busy', sentence: `${whyNot(path, reason)}; ${deadMan}` }
  }
  const dark = await sayDark(connection, clock, (listener) => {
    heard = listener
  })
  await connection.close()
  return dark
    ? { dark, kept: false, sentence: `The bridge at ${path} has put its lamp out` }
    : { dark, kept: false, sentence: `The bridge at ${path} has not answered within ${releaseMaxMs / 1000} s; ${deadMan}` }
}

/** Said again until it is confirmed: opening the port may have reset the microcontroller, which puts the lamp out, too. */
function sayDark({ write }: SerialConnection, clock: BridgeClock, listen: (listener: (sequence: number) => void) => void): Promise<boolean> {
  const line = encodeAgentLine({ type: 'L', sequence: 1, pattern: bridgePatterns.indexOf('dark'), steady: false, phaseMs: 0 })
  const endAt = clock.now() + releaseMaxMs
  return new Promise((resolve) => {
    let cancel: () => void = () => {}
    listen((sequence) => {
      if (sequence !== 1) return
      cancel()
      resolve(true)
    })
    const say = (): void => {
      if (clock.now() >= endAt) {
        resolve(false)
        return
      }
      cancel = clock.wakeAt(clock.now() + bridgeLimits.answerMs, say)
      write(line)
    }
    say()
  })
}

function whyNot(path: string, reason: string): string {
  switch (openFaultOf(reason)) {
    case 'busy':
      return `The bridge at ${path} is used by another program`
    case 'denied':
      return `The bridge at ${path} may not be opened by this user`
    default:
      return `The bridge at ${path} is not there`
  }
}
