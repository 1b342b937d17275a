import { connectAsync, type MqttClient } from 'mqtt'
import { brokerUser } from '../../src/hub/broker/acl.ts'
import { createHub, type Hub, type HubDemo, type HubOptions, type HubUrls } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { createLights, type Lights } from '../../src/simulator/lights.ts'

export const site = 'um-bialystok'

/** A hub on ports of its own, whose demonstration only writes down what it was asked for. */
export interface RunningHub {
  readonly hub: Hub
  readonly urls: HubUrls
  readonly asked: string[]
  readonly logged: string[]
  /** The lights of desks whose lamp is really driven. */
  readonly lights: Lights
  stop(): Promise<void>
}

export const demoActions = ['call', 'give-up', 'remote-hang-up', 'answer', 'hold', 'resume', 'hang-up', 'call-back', 'stand-up', 'sit-down']
/** What only one desk of the demonstration has. */
export const helperActions = ['kill-agent', 'start-agent']

export async function startHub(overrides: Partial<HubOptions> = {}): Promise<RunningHub> {
  const asked: string[] = []
  const logged: string[] = []
  const lights = createLights(() => true)
  const demo: HubDemo = {
    lights,
    actions: [...demoActions, ...helperActions],
    only: Object.fromEntries(helperActions.map((name) => [name, ['kan-07']])),
    async perform(desk, action) {
      asked.push(`${desk} ${action}`)
      return action === 'resume' ? { ok: false, error: 'no call is on hold' } : { ok: true }
    },
    setSpeed: (speed) => void asked.push(`speed ${speed}`),
  }
  const write = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const hub = createHub({
    site,
    name: 'Urząd Miejski w Białymstoku',
    http: { host: '127.0.0.1', port: 0 },
    broker: { embedded: { host: '127.0.0.1', port: 0, credentials: deskPasswords } },
    lampTable,
    demo,
    log: { info: write, warn: write },
    ...overrides,
  })
  const urls = await hub.start()
  return { hub, urls, asked, logged, lights, stop: () => hub.stop() }
}

/** In these tests a desk's password is its name, backwards. */
export function passwordOf(desk: string): string {
  return [...desk].reverse().join('')
}

export function deskPasswords(username: string, password: Buffer) {
  return password.toString() === passwordOf(username) ? brokerUser('desk', username, { site }) : undefined
}

/** A desk that says what the test tells it to say, and answers every command with `ok`. */
export interface ScriptedDesk {
  readonly client: MqttClient
  readonly commands: { readonly name: string; readonly body: Record<string, unknown> }[]
  level(name: string, payload: unknown): Promise<unknown>
  event(type: string, data: object, sequence?: number, epoch?: string): Promise<unknown>
  stop(): Promise<void>
}

export async function startDesk(urls: HubUrls, desk: string, options: { readonly answers?: boolean; readonly at?: () => number } = {}): Promise<ScriptedDesk> {
  const root = `third-ring/v1/${site}/${desk}`
  const client = await connectAsync(urls.mqtt, {
    protocolVersion: 4,
    clientId: desk,
    username: desk,
    password: passwordOf(desk),
    reconnectPeriod: 0,
    will: { topic: `${root}/availability`, payload: Buffer.from('offline'), retain: true, qos: 1 },
  })
  const commands: ScriptedDesk['commands'] = []
  const at = options.at ?? Date.now
  let last = 0
  client.on('message', (topic, payload) => {
    const body = JSON.parse(payload.toString())
    commands.push({ name: topic.slice(`${root}/command/`.length), body })
    if (options.answers !== false) client.publish(`${root}/reply`, JSON.stringify({ id: body.id, ok: true }))
  })
  await client.subscribeAsync(`${root}/command/#`, { qos: 1 })
  return {
    client,
    commands,
    level: (name, payload) => client.publishAsync(`${root}/${name}`, typeof payload === 'string' ? payload : JSON.stringify(payload), { retain: true, qos: 1 }),
    event(type, data, sequence = last + 1, epoch = 'e1') {
      last = sequence
      const [time, number] = [new Date(at()).toISOString(), String(sequence).padStart(12, '0')]
      const event = { specversion: '1.0', id: `${epoch}-${sequence}`, source: `/${site}/${desk}`, type: `third-ring.${type}`, time, sequence: number, data }
      return client.publishAsync(`${root}/event`, JSON.stringify(event), { qos: 1 })
    },
    async stop() {
      await client.endAsync(true)
    },
  }
}

/** A `state` of contract §4 with the given differences. */
export function stateOf(at: number, differences: object = {}): object {
  return {
    v: 1,
    at: new Date(at).toISOString(),
    epoch: 'e1',
    sequence: 1,
    clock: 'synced',
    phone: { reachable: true, hook: 'on', dnd: false },
    calls: [],
    lamp: 'dark',
    forwarding: { state: 'off' },
    callbacks: { open: 0, overdue: 0 },
    ...differences,
  }
}

/** What `/api/office` shows, as far as the tests look. */
export interface ShownOffice {
  readonly desks: readonly { readonly id: string }[]
  readonly log: readonly unknown[]
  readonly commands: boolean
}

export async function officeOf({ urls }: { readonly urls: HubUrls }): Promise<ShownOffice> {
  return (await (await fetch(`${urls.page}api/office`)).json()) as ShownOffice
}

export async function viewersOf({ urls }: { readonly urls: HubUrls }): Promise<number> {
  const health = (await (await fetch(`${urls.page}healthz`)).json()) as { readonly viewers: number }
  return health.viewers
}
