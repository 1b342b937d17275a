import { connectAsync, type MqttClient } from 'mqtt'
import { site, stateOf } from './fixture.ts'

/** A reply to `command/replay`, beside its id. */
export type ReplayReply = { readonly ok: boolean; readonly error?: { readonly code: string; readonly message: string }; readonly data?: object }
export interface AskedReplay {
  readonly epoch: string
  readonly from: number
  readonly to: number
}

/** A desk that counts and keeps its events, and can be told to lose them, to lie, to be late or to say nothing. */
export interface FakeDesk {
  readonly client: MqttClient
  readonly asked: AskedReplay[]
  /** Counts an event and sends it, unless it is to be lost. Resolves when the broker has it. */
  say(sent?: 'sent' | 'lost', type?: string, data?: object): Promise<void>
  level(name: string, payload: unknown): Promise<void>
  /** `about` and `state` as they are now, retained or not. */
  born(retain?: boolean): Promise<void>
  /** How `command/replay` is answered from now on; `honest` sends what is kept. */
  answer: (asked: AskedReplay) => ReplayReply | 'honest' | 'silence'
  /** Sends kept events again. */
  replay(asked: AskedReplay): Promise<ReplayReply>
  stop(): Promise<void>
}

export interface FakeDeskOptions {
  readonly id?: string
  readonly epoch?: string
  readonly boot?: string
  /** The first event that is kept. */
  readonly keptFrom?: () => number
  readonly about?: object
  readonly clientId?: string
  readonly last?: number
}

export async function startFakeDesk(url: string, options: FakeDeskOptions = {}): Promise<FakeDesk> {
  const { id = 'usc-12', epoch = 'epoch-1', boot = 'boot-1', keptFrom = () => 1 } = options
  const root = `third-ring/v1/${site}/${id}`
  const client = await connectAsync(url, {
    protocolVersion: 4,
    clientId: options.clientId ?? id,
    reconnectPeriod: 0,
    will: { topic: `${root}/availability`, payload: Buffer.from('offline'), retain: true, qos: 1 },
  })
  const texts = new Map<number, string>()
  let last = 0
  const number = (sequence: number) => String(sequence).padStart(12, '0')
  const count = (type: string, data: object) => {
    last += 1
    const [time, source] = ['2026-11-26T09:00:00.000Z', `/${site}/${id}`]
    const event = { specversion: '1.0', id: `${epoch}-${last}`, source, type: `third-ring.${type}`, time, sequence: number(last), data }
    texts.set(last, JSON.stringify(event))
    return texts.get(last) as string
  }
  for (let n = 0; n < (options.last ?? 0); n += 1) count('call.missed', { call: `c${n}`, direction: 'in', cause: 'cancelled' })
  const publish = async (name: string, payload: string, retain: boolean) => {
    await client.publishAsync(`${root}/${name}`, payload, { qos: 1, retain })
  }
  const desk: FakeDesk = {
    client,
    asked: [],
    async say(sent = 'sent', type = 'call.missed', data = { call: `c${last}`, direction: 'in', cause: 'cancelled' }) {
      const text = count(type, data)
      if (sent === 'sent') await publish('event', text, false)
    },
    level: (name, payload) => publish(name, typeof payload === 'string' ? payload : JSON.stringify(payload), true),
    async born(retain = true) {
      const [phone, at] = [{ make: 'yealink', model: 'T46U', firmware: null }, new Date().toISOString()]
      const sequences = { firstSequence: number(keptFrom()), lastSequence: number(last) }
      await publish('availability', 'online', retain)
      await publish('about', JSON.stringify({ v: 1, at, agent: '0.1.0', department: 'usc', phone, epoch, boot, ...sequences, ...options.about }), retain)
      await publish('state', JSON.stringify(stateOf(Date.now(), { epoch, sequence: number(last) })), retain)
    },
    answer: () => 'honest',
    async replay({ epoch: wanted, from, to }) {
      if (wanted !== epoch) return { ok: false, error: { code: 'UNKNOWN_EPOCH', message: 'there is no such epoch' } }
      if (from < keptFrom()) return { ok: false, error: { code: 'NOT_KEPT', message: 'not kept' }, data: { first: keptFrom() } }
      const kept = Array.from({ length: to - from + 1 }, (_, index) => texts.get(from + index)).filter((text) => text !== undefined)
      for (const text of kept) await publish('event/replay', text, false)
      return { ok: true, data: { from, to, sent: kept.length, next: null } }
    },
    async stop() {
      await client.endAsync(true)
    },
  }
  // The test may end while an answer is under way.
  client.on('message', (topic, payload) => void obey(desk, topic, payload).catch(() => {}))
  await client.subscribeAsync(`${root}/command/#`, { qos: 1 })
  return desk

  async function obey(fake: FakeDesk, topic: string, payload: Buffer): Promise<void> {
    if (!topic.endsWith('/command/replay')) return
    const { id: command, epoch: wanted, from, to } = JSON.parse(payload.toString()) as AskedReplay & { id: string }
    const asked = { epoch: wanted, from, to }
    fake.asked.push(asked)
    const answer = fake.answer(asked)
    if (answer === 'silence') return
    const reply = answer === 'honest' ? await fake.replay(asked) : answer
    await publish('reply', JSON.stringify({ id: command, ...reply }), false)
  }
}
