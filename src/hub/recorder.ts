import { randomUUID } from 'node:crypto'
import { connect, type MqttClient } from 'mqtt'
import { topicRoot } from '../mqtt/topics.ts'
import { hubLimits } from './limits.ts'
import type { HubLog } from './log.ts'
import { emptyOffice, type Office, type OfficeChange, officeTopics, takeMessage } from './office.ts'
import { readPayload } from './payload.ts'

/** The office's clock: its wall time in milliseconds, and how fast it runs against real time. */
export interface OfficeClock {
  wall(): number
  rate(): number
}

/** How to reach the broker. The password is used and never shown. */
export interface BrokerAccess {
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly ca?: string | Buffer
}

export interface RecorderOptions {
  readonly site: string
  readonly broker: BrokerAccess
  readonly clock: OfficeClock
  readonly log: HubLog
  readonly onChange: (change: OfficeChange) => void
  /** The line to the broker went up or down. */
  readonly onConnection: (connected: boolean) => void
}

/** What a desk answered to a command, or why there is no answer. */
export interface CommandAnswer {
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly message: string }
}

/** Keeps the office's present state, as its desks publish it, and carries commands to them. */
export interface Recorder {
  start(): void
  stop(): Promise<void>
  office(): Office
  connected(): boolean
  /** Publishes one command of contract §4 and waits for the desk's word; resolves in any case, within `commandWaitMs`. */
  command(desk: string, name: string, body: Readonly<Record<string, unknown>>): Promise<CommandAnswer>
}

/** See `Recorder`. A broker that is away is not an error: it is tried again, less and less often, up to every `reconnectMaxMs`. */
export function createRecorder(options: RecorderOptions): Recorder {
  const root = `${topicRoot}/${options.site}`
  const { clock } = options
  const asked = createAsked()
  let office = emptyOffice
  let client: MqttClient | undefined
  let up = false
  let stopping = false
  const setUp = (now: boolean) => {
    if (now === up) return
    up = now
    // A line that we close ourselves is not lost.
    if (stopping) return
    options.log.info({ connected: now }, 'broker')
    options.onConnection(now)
  }
  const take = (topic: string, payload: Buffer, retained: boolean) => {
    const [desk, ...rest] = topic.slice(root.length + 1).split('/')
    const name = rest.join('/')
    if (desk === undefined || !topic.startsWith(`${root}/`)) return
    if (name === 'reply') return asked.answer(payload)
    const taken = takeMessage(office, { desk, name, payload, retained, at: clock.wall() })
    office = taken.office
    for (const change of taken.changes) options.onChange(change)
  }
  return {
    start() {
      stopping = false
      client = open(root, options, setUp, take)
    },
    async stop() {
      stopping = true
      asked.giveUp()
      if (client !== undefined) await close(client, root)
      client = undefined
    },
    office: () => office,
    connected: () => up,
    async command(desk, name, body) {
      if (client === undefined || !up) return { ok: false, error: { code: 'BROKER_AWAY', message: 'The hub has no connection to the broker.' } }
      const expires = new Date(clock.wall() + hubLimits.commandLifeMs * clock.rate()).toISOString()
      const { id, answer } = asked.ask()
      if (id !== undefined) client.publish(`${root}/${desk}/command/${name}`, JSON.stringify({ ...body, id, expires }), { qos: 1 })
      return answer
    },
  }
}

/** Commands that wait for their answer. */
function createAsked() {
  const waiting = new Map<string, (answer: CommandAnswer) => void>()
  const settle = (id: string, answer: CommandAnswer) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  }
  return {
    ask(): { readonly id?: string; readonly answer: Promise<CommandAnswer> } {
      if (waiting.size >= hubLimits.commandsMax) return { answer: Promise.resolve(failure('BUSY', 'Too many commands are waiting for their answers.')) }
      const id = randomUUID()
      const answer = new Promise<CommandAnswer>((resolve) => {
        const timer = setTimeout(() => settle(id, failure('NO_ANSWER', 'The desk did not answer in time.')), hubLimits.commandWaitMs)
        waiting.set(id, (given) => {
          clearTimeout(timer)
          resolve(given)
        })
      })
      return { id, answer }
    },
    answer(payload: Buffer): void {
      const reply = readPayload.reply(payload)
      if (reply === undefined || reply.id === null) return
      const { error } = reply
      settle(reply.id, { ok: reply.ok, ...(error ? { error: { code: error.code, message: error.message.slice(0, hubLimits.textMax) } } : {}) })
    },
    giveUp(): void {
      for (const id of [...waiting.keys()]) settle(id, failure('STOPPING', 'The hub is stopping.'))
    },
  }
}

function failure(code: string, message: string): CommandAnswer {
  return { ok: false, error: { code, message } }
}

/** Connects with a clean session and subscribes anew each time: what the broker kept is read again, and a repeated event is known by its number. */
function open(
  root: string,
  options: RecorderOptions,
  setUp: (up: boolean) => void,
  take: (topic: string, payload: Buffer, retained: boolean) => void,
): MqttClient {
  const { broker, log } = options
  let failures = 0
  const client = connect(broker.url, {
    protocolVersion: 4,
    clean: true,
    clientId: broker.username === undefined ? `hub.${randomUUID()}` : `${broker.username}.${randomUUID()}`,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(broker.password === undefined ? {} : { password: broker.password }),
    ...(broker.ca === undefined ? {} : { ca: typeof broker.ca === 'string' ? broker.ca : [broker.ca] }),
    keepalive: 15,
    connectTimeout: hubLimits.requestMs,
    reconnectPeriod: hubLimits.reconnectMinMs,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: `${root}/hub/availability`, payload: Buffer.from('offline'), retain: true, qos: 1 },
  })
  client.on('connect', () => {
    failures = 0
    client.options.reconnectPeriod = hubLimits.reconnectMinMs
    client.subscribe(
      [...officeTopics, 'reply'].map((name) => `${root}/+/${name}`),
      { qos: 1 },
      (error, granted) => {
        const refused = granted?.filter((grant) => grant.qos === 128).length ?? 0
        if (error || refused > 0) log.warn({ refused }, 'broker refused subscriptions')
        else setUp(true)
      },
    )
    client.publish(`${root}/hub/availability`, 'online', { retain: true, qos: 1 })
  })
  client.on('message', (topic, payload, packet) => take(topic, payload, packet.retain))
  client.on('close', () => {
    setUp(false)
    failures += 1
    const longest = Math.min(hubLimits.reconnectMaxMs, hubLimits.reconnectMinMs * 2 ** Math.min(failures, 10))
    client.options.reconnectPeriod = hubLimits.reconnectMinMs + Math.random() * (longest - hubLimits.reconnectMinMs)
  })
  client.on('error', (error) => log.warn({ fault: error.message, failures }, 'broker connection'))
  return client
}

async function close(client: MqttClient, root: string): Promise<void> {
  // Our own last word comes back to us, and its receipt finds the line closed: from here on nothing that fails is news.
  client.removeAllListeners('error').on('error', () => {})
  const gone = new Promise<void>((resolve) => setTimeout(resolve, hubLimits.stopMs).unref())
  if (client.connected) await Promise.race([client.publishAsync(`${root}/hub/availability`, 'offline', { retain: true, qos: 1 }).catch(() => {}), gone])
  const ended = await Promise.race([client.endAsync().then(() => true), gone])
  if (ended !== true) client.end(true)
}
