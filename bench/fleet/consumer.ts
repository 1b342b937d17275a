import { connectAsync, type MqttClient } from 'mqtt'
import { quantile } from '../figures.ts'
import { epoch, site } from './desk.ts'

const askEveryMs = 500
/** At most so many events are asked for again with one command. */
const rangeMax = 200

interface Known {
  through: number
  /** Numbers above `through` that have come already. */
  readonly ahead: Set<number>
}

/** A consumer as the contract wants it: drops what it knows, notices gaps by the numbers, and asks for what is missing. */
export interface Consumer {
  /** Events that have come, each counted once. */
  distinct(): number
  repeated(): number
  /** Of the distinct ones, those that had to be asked for. */
  repaired(): number
  /** From the moment an event was numbered until it was here, since the last time somebody asked. */
  takeLatencies(): readonly number[]
  stop(): Promise<void>
}

export async function createConsumer(url: string): Promise<Consumer> {
  const client: MqttClient = await connectAsync(url, { clientId: 'consumer', protocolVersion: 4, clean: false, reconnectPeriod: 100, keepalive: 60 })
  const desks = new Map<string, Known>()
  let [distinct, repeated, repaired] = [0, 0, 0]
  let latencies: number[] = []

  function take(desk: string, sequence: number): boolean {
    const known = desks.get(desk) ?? { through: 0, ahead: new Set<number>() }
    desks.set(desk, known)
    if (sequence <= known.through || known.ahead.has(sequence)) {
      repeated += 1
      return false
    }
    known.ahead.add(sequence)
    while (known.ahead.delete(known.through + 1)) known.through += 1
    distinct += 1
    return true
  }

  client.on('message', (topic, payload) => {
    const [, , , desk = '', kind, replay] = topic.split('/')
    if (kind === 'state') return sawState(desk, payload)
    const event = JSON.parse(payload.toString()) as { readonly sequence: string; readonly time: string }
    const news = take(desk, Number(event.sequence))
    if (replay === 'replay' && news) repaired += 1
    if (replay === undefined && news) latencies.push(Date.now() - Date.parse(event.time))
  })
  client.on('error', () => {})

  /** The last event of a desk can be missing without a later one that shows it; its state names it. */
  const lastSaid = new Map<string, number>()
  function sawState(desk: string, payload: Buffer): void {
    const { sequence } = JSON.parse(payload.toString()) as { readonly sequence: number }
    lastSaid.set(desk, sequence)
  }

  const asking = setInterval(() => {
    if (!client.connected) return
    for (const [desk, last] of lastSaid) {
      const known = desks.get(desk)
      const through = known?.through ?? 0
      const highest = Math.max(last, ...(known?.ahead ?? []))
      // Two rounds with the same gap: what is only late has come by then.
      if (highest > through && waited.get(desk) === through) ask(desk, through + 1, Math.min(highest, through + rangeMax))
      waited.set(desk, through)
    }
  }, askEveryMs)
  const waited = new Map<string, number>()

  function ask(desk: string, from: number, to: number): void {
    const body = { id: `${desk}-${from}-${Date.now()}`, expires: new Date(Date.now() + 5000).toISOString(), epoch, from, to }
    client.publish(`third-ring/v1/${site}/${desk}/command/replay`, JSON.stringify(body), { qos: 1 })
  }

  const root = `third-ring/v1/${site}/+`
  await client.subscribeAsync([`${root}/event`, `${root}/event/replay`, `${root}/state`], { qos: 1 })
  return {
    distinct: () => distinct,
    repeated: () => repeated,
    repaired: () => repaired,
    takeLatencies() {
      const taken = latencies
      latencies = []
      return taken
    },
    async stop() {
      clearInterval(asking)
      await client.endAsync(true)
    },
  }
}

export function latencyText(latencies: readonly number[]): string {
  return latencies.length === 0 ? '—' : `${quantile(latencies, 0.5)} / ${quantile(latencies, 0.99)} ms`
}
