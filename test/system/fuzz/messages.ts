import { connect, type Socket } from 'node:net'

export interface FuzzedMessage {
  readonly topic: string
  readonly payload: Buffer
}

const pick = <Item>(items: readonly Item[], random: () => number): Item => items[Math.floor(random() * items.length)] as Item
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const commands = 'hold replay lamp.test forward.set forward.clear absence.set callback.promise callback.done freeze identify'.split(' ')
const strange = ['__proto__', 'constructor', 'toString', 'hold/more', 'Hold', 'h\u00f3ld', 'x'.repeat(200), '', 'hold%00', '../state']
const names = [...commands, ...strange]
const wild = [null, true, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER, '', 'x', '\u0000', '\ud800', [], {}, [[[[]]]], { __proto__: 1 }, 'a'.repeat(2000)] as const
const deep = (open: string, close: string, depth: number) => Buffer.from(open.repeat(depth) + close.repeat(depth))
const nests = [deep('[', ']', 2000), deep('{"a":[', ']}', 600), Buffer.from('['.repeat(4000)), deep('[', ']', 20_000)]
const ever = new Date(Date.now() + 3_600_000 * 24 * 365 * 100).toISOString()

/** A command that is wrong in at least one way, so that none of them may be obeyed. */
export function wrongCommand(random: () => number, base: string): FuzzedMessage {
  const topic = `${base}/command/${pick(names, random)}`.replace(/\/$/, '/x')
  const id = `f${Math.floor(random() * 1e9)}`
  const soon = new Date(Date.now() + 4000).toISOString()
  const kind = Math.floor(random() * 14)
  switch (kind) {
    case 0:
      return { topic, payload: Buffer.from(Array.from({ length: 1 + Math.floor(random() * 100) }, () => Math.floor(random() * 256))) }
    case 1:
      return { topic, payload: pick(nests, random) }
    case 2:
      return {
        topic,
        payload: json({
          id: pick(
            wild.filter((value) => typeof value !== 'string'),
            random,
          ),
          expires: soon,
        }),
      }
    case 3:
      return { topic, payload: json({ id, expires: pick(wild, random) }) }
    case 4:
      return { topic, payload: json({ id, expires: 1 }) }
    case 5:
      return { topic, payload: json({ id, expires: ever }) }
    case 6:
      return { topic: `${base}/command/${pick(['shutdown', 'constructor', '__proto__', 'HOLD'], random)}`, payload: json({ id, expires: soon }) }
    case 7:
      return {
        topic: `${base}/command/callback.done`,
        payload: json({
          id,
          expires: soon,
          callback: pick(
            wild.filter((value) => value !== 'x'),
            random,
          ),
        }),
      }
    case 8:
      return { topic: `${base}/command/callback.promise`, payload: json({ id, expires: soon, promisedAt: pick([1, 'soon', {}, '2026-99-99'], random) }) }
    case 9:
      return { topic, payload: Buffer.from(`{"id":"${id}","__proto__":{"expires":"${soon}"},"constructor":{"prototype":{}}}`) }
    case 10:
      return { topic, payload: Buffer.concat([json({ id, expires: soon }), Buffer.from([0, 0xff])]) }
    case 11:
      return { topic, payload: Buffer.from(`{"id":"${id}","expires":"${soon}","x":"${'y'.repeat(5000)}"}`) }
    case 12:
      return { topic: `${base}/command/hold`, payload: json({ id, expires: soon, call: pick([7, {}, [], 'c'.repeat(33), ''], random) }) }
    default:
      return { topic, payload: Buffer.from('') }
  }
}

/**
 * What a sensor never sends and, if it is to be `played`, now and then what it does, too often for anybody to look. A seat that was played is not believed
 * for a while, which is as it should be, and no call is held for it.
 */
export function seatNonsense(random: () => number, topic: string, played: boolean): FuzzedMessage {
  const kind = random()
  if (kind < 0.4) return { topic, payload: json(pick(wild, random)) }
  if (kind < 0.6) return { topic, payload: pick(nests, random) }
  if (kind < 0.8 || !played)
    return {
      topic,
      payload: json({
        presence: pick(
          wild.filter((value) => value !== true),
          random,
        ),
      }),
    }
  return { topic, payload: json({ presence: random() < 0.5 }) }
}

const levels = ['availability', 'about', 'state', 'presence', 'health', 'day', 'day/previous', 'event', 'event/replay', 'reply'] as const

/** What a desk's stolen credential might tell the hub, about itself and about desks that there are not. */
export function officeNonsense(random: () => number, site: string): FuzzedMessage {
  const desk =
    random() < 0.5 ? `fuzz-${Math.floor(random() * 2000)}` : pick(['usc-12', '__proto__', 'constructor', 'hub', 'x'.repeat(100), 'A B', '\u0141'], random)
  const level = pick(levels, random)
  return { topic: `third-ring/v1/${site}/${desk}/${level}`, payload: officePayload(random, site, desk, level) }
}

function officePayload(random: () => number, site: string, desk: string, level: string): Buffer {
  const kind = random()
  if (kind < 0.15) return Buffer.from(Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * 256)))
  if (kind < 0.3) return pick(nests, random)
  if (kind < 0.45) return json(pick(wild, random))
  const at = pick([Date.now(), -1, 1e18, 'yesterday', new Date().toISOString()] as const, random)
  const call = { id: pick(wild, random), direction: 'in', state: pick(['alerting', 'held', '__proto__', 7], random), since: pick(wild, random), ring: 1e9 }
  if (level === 'event' || level === 'event/replay') {
    const sequence = pick(['000000000001', '999999999999', '1', -5, 1e15, Math.floor(random() * 1e6)] as const, random)
    const type = `third-ring.${pick(['call.answered', 'agent.started', '__proto__', 'x'.repeat(500)], random)}`
    const epoch = pick(['e1', 'e2', '__proto__', `e${Math.floor(random() * 1e6)}`], random)
    const source = `/${site}/${desk}`
    return json({
      specversion: '1.0',
      id: `${epoch}-${sequence}`,
      source,
      type,
      time: at,
      sequence,
      datacontenttype: 'application/json',
      data: pick(wild, random),
    })
  }
  const calls = Array.from({ length: Math.floor(random() * 40) }, () => call)
  return json({
    v: pick([1, 2, '1'] as const, random),
    at,
    epoch: pick(wild, random),
    sequence: pick(wild, random),
    phone: {},
    calls,
    lamp: pick(wild, random),
  })
}

/** MQTT 3.1.1 written by hand, so that a million messages cost little: QoS 0, one write for many. */
export interface RawPublisher {
  send(messages: readonly FuzzedMessage[]): Promise<void>
  end(): void
}

export async function rawPublisher(port: number, clientId: string, login: { readonly username: string; readonly password: string }): Promise<RawPublisher> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const answered = new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('error', reject)
  })
  const body = [Buffer.from([0, 4]), Buffer.from('MQTT'), Buffer.from([4, 0xc2, 0, 0]), ...[clientId, login.username, login.password].map(text)]
  socket.write(packet(0x10, body))
  const connack = await answered
  if (connack[3] !== 0) throw new Error(`the broker refused: ${connack[3]}`)
  socket.on('error', () => {})
  return {
    send: (messages) => written(socket, Buffer.concat(messages.map(({ topic, payload }) => packet(0x30, [text(topic), payload])))),
    end: () => socket.destroy(),
  }
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

function packet(type: number, parts: readonly Buffer[]): Buffer {
  let left = parts.reduce((sum, part) => sum + part.length, 0)
  const head = [type]
  do {
    head.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
    left >>= 7
  } while (left > 0)
  return Buffer.concat([Buffer.from(head), ...parts])
}
