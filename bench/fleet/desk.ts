import { performance } from 'node:perf_hooks'
import type { StoredEvent } from '../../src/agent/ports.ts'
import { createBrokerLink, type MqttBrokerLink } from '../../src/mqtt/link/broker-link.ts'

/** Events of a simulated desk that can still be asked for again. */
const keptMax = 1000

export const site = 'fleet'
export const epoch = '00000000-0000-4000-8000-000000000000'

/** One simulated desk: the agent's own line to the broker, levels, outbox and commands; its store is in memory, because the disk is not what is measured. */
export interface SimulatedDesk {
  readonly link: MqttBrokerLink
  /** One more event is numbered and sent. */
  say(): void
  sequence(): number
}

export function createSimulatedDesk(name: string, url: string): SimulatedDesk {
  const events: StoredEvent[] = []
  let [lastSequence, acknowledged] = [0, 0]
  const link = createBrokerLink({
    site,
    desk: name,
    access: { url, username: name },
    store: {
      epoch,
      get lastSequence() {
        return lastSequence
      },
      get acknowledged() {
        return acknowledged
      },
      get unsent() {
        return lastSequence - acknowledged
      },
      eventsAfter: async (position, limit) => from(events, position + 1, limit),
      eventsOf: async (_epoch, first, limit) => from(events, first, limit),
      acknowledge(position) {
        acknowledged = position
        if (events.length > keptMax) events.splice(0, Math.min(events.length - keptMax, acknowledged - (events[0]?.sequence ?? 0)))
      },
    },
    clock: { now: () => performance.now(), wall: () => Date.now() },
    random: Math.random,
    log: { info: () => {}, warn: () => {} },
    onCommand: () => {},
  })
  const levels = () => {
    const at = new Date().toISOString()
    link.set('state', { v: 1, at, epoch, sequence: lastSequence, clock: 'synced', phone: { reachable: true }, calls: [], lamp: 'dark' })
  }
  link.set('about', { v: 1, at: new Date().toISOString(), agent: 'bench', epoch, boot: name, firstSequence: '000000000001', lastSequence: '000000000000' })
  link.set('presence', { v: 1, at: new Date().toISOString(), takesCalls: true, substituting: null })
  levels()
  return {
    link,
    say() {
      lastSequence += 1
      events.push({ position: lastSequence, sequence: lastSequence, json: eventText(name, lastSequence), wall: Date.now() })
      link.wake()
      levels()
    },
    sequence: () => lastSequence,
  }
}

function from(events: readonly StoredEvent[], first: number, limit: number): StoredEvent[] {
  const start = first - (events[0]?.sequence ?? 1)
  return events.slice(Math.max(0, start), Math.max(0, start) + limit)
}

/** As long as an event of a real desk. */
function eventText(name: string, sequence: number): string {
  return JSON.stringify({
    specversion: '1.0',
    id: `${epoch}-${sequence}`,
    source: `/${site}/${name}`,
    type: 'third-ring.call.answered',
    time: new Date().toISOString(),
    sequence: String(sequence).padStart(12, '0'),
    datacontenttype: 'application/json',
    data: { call: `c${sequence}`, direction: 'in', rings: 2, ringSource: 'estimated', waitMs: 6120, inRule: true, strict: true },
  })
}
