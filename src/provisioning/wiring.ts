/** What the columns `seat_sensor`, `lamp` and `cadence` may say, as keys of the agent's configuration. */
type Keys = Readonly<Record<string, unknown>>
export interface Wiring {
  readonly keys: Keys
  /** The topic that the desk must write, or read, for it. */
  readonly publish?: string
  readonly subscribe?: string
}
export type Read = Wiring | { readonly sentence: string }

export function seatOf(written: string): Read {
  const [driver = '', first = '', second = ''] = parts(written)
  if (written === '' || driver === 'none') return { keys: { driver: 'none' } }
  if (written === 'bridge') return { keys: { driver: 'bridge' } }
  if (driver === 'gpio' && /^\d+$/.test(first) && ['', 'high', 'low'].includes(second)) {
    return { keys: { driver: 'gpio', line: Number(first), occupied: second === '' ? 'high' : second } }
  }
  const topic = mqttTopic(written)
  if (topic !== undefined && isOurs(topic)) return { sentence: oursOnly }
  if (topic !== undefined) return { keys: { driver: 'mqtt', topic, path: '/presence', occupied: true }, subscribe: topic }
  return { sentence: `must be none, bridge, gpio:17, gpio:17:low or mqtt:TOPIC, not "${written}"` }
}

export function lampOf(written: string): Read {
  const [driver = '', lines = ''] = parts(written)
  if (written === '' || driver === 'none') return { keys: { driver: 'none' } }
  if (written === 'bridge') return { keys: { driver: 'bridge' } }
  const [left, middle, right, more] = lines.split('/')
  if (driver === 'gpio' && /^\d+(\/\d+\/\d+)?$/.test(lines) && more === undefined) {
    if (middle === undefined) return { keys: { driver: 'gpio', line: Number(left) } }
    return { keys: { driver: 'gpio', lines: { left: Number(left), middle: Number(middle), right: Number(right) } } }
  }
  const topic = mqttTopic(written)
  if (topic !== undefined && isOurs(topic)) return { sentence: oursOnly }
  if (topic !== undefined) return { keys: { driver: 'mqtt', topic }, publish: topic }
  return { sentence: `must be none, bridge, gpio:17, gpio:22/23/24 or mqtt:TOPIC, not "${written}"` }
}

/** `1/4`: one second of ring, four of silence. */
export function cadenceOf(written: string): Read {
  if (written === '') return { keys: {} }
  const [, burst, silence] = /^(\d+(?:[.,]\d+)?)\s*\/\s*(\d+(?:[.,]\d+)?)$/.exec(written) ?? []
  if (burst === undefined || silence === undefined) return { sentence: `must be seconds of ring and of silence such as 1/4, not "${written}"` }
  const [burstMs, silenceMs] = [burst, silence].map((seconds) => Math.round(Number(seconds.replace(',', '.')) * 1000)) as [number, number]
  return { keys: { ringBurstMs: burstMs, ringPeriodMs: burstMs + silenceMs } }
}

function parts(written: string): readonly string[] {
  return written.toLowerCase().split(':')
}

/** The desk would be given the right to write, or to read, what is another desk's. */
function isOurs(topic: string): boolean {
  return topic.split('/', 1)[0] === 'third-ring'
}
const oursOnly = 'must not be a topic below third-ring/, where each desk has only its own; name the topic of the device'

/** Mosquitto's access list has one topic a line, and no other way to write one. */
function mqttTopic(written: string): string | undefined {
  const [, topic] = /^mqtt:([^$#+\s\p{Cc}][^#+\p{Cc}]*)$/u.exec(written) ?? []
  return topic
}
