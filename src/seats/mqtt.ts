import type { BrokerLink, Clock, Emit } from '../agent/ports.ts'
import { seatLimits } from './limits.ts'
import { type MqttSeatConfig, readSeat } from './reading.ts'
import type { Seat } from './seat.ts'

export interface MqttSeatDeps {
  readonly link: BrokerLink
  readonly emit: Emit
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly log: { warn(fields: object, message: string): void }
}

/**
 * A sensor that is already on the broker. Every report is evidence, `seat.seen`, also if nothing has changed. A retained message is none: it says what
 * was so when it was sent, and old evidence must never move a call (procedure INV-5); with a sensor that speaks only on changes the seat stays unknown
 * until it next does. When the link goes down, nothing is known any more: `seat.lost`. What cannot be read is counted and said once, without its
 * contents; what comes too often is counted and not looked at.
 */
export function createMqttSeat(config: MqttSeatConfig, { link, emit, log, clock }: MqttSeatDeps): Seat {
  let state: 'new' | 'running' | 'stopped' = 'new'
  const counts = { heard: 0, retained: 0, unreadable: 0, tooOften: 0 }
  const mayReport = createReportRate(clock)

  function take(payload: Buffer, retained: boolean): void {
    if (state !== 'running') return
    if (retained) {
      counts.retained += 1
      return
    }
    if (!mayReport()) {
      counts.tooOften += 1
      return
    }
    const occupied = readSeat(payload, config)
    if (occupied !== undefined) {
      counts.heard = 1
      emit({ type: 'seat.seen', occupied })
      return
    }
    counts.unreadable += 1
    if (counts.unreadable === 1)
      log.warn({ topic: config.topic, path: config.path }, 'The seat sensor sends something else than seat.path and seat.occupied expect')
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      link.subscribe(config.topic, take, () => {
        if (state === 'running') emit({ type: 'seat.lost' })
      })
    },
    async stop() {
      state = 'stopped'
    },
    health: () => ({ ...counts }),
  }
}

/** True as long as the sensor keeps within its burst and its rate. */
function createReportRate({ now }: Pick<Clock, 'now'>): () => boolean {
  let left: number = seatLimits.reportBurst
  let at = now()
  return () => {
    left = Math.min(seatLimits.reportBurst, left + ((now() - at) / 1000) * seatLimits.reportsPerSecond)
    at = now()
    if (left < 1) return false
    left -= 1
    return true
  }
}
