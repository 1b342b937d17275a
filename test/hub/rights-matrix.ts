import type { IClientOptions, MqttClient } from 'mqtt'
import { expect } from 'vitest'
import { commands } from '../../src/mqtt/commands.ts'
import { homeAssistantCommands } from '../../src/mqtt/rights.ts'
import { type TopicName, topicMatches, topicRules } from '../../src/mqtt/topics.ts'

/**
 * Who may write and who may read what, written out by hand from contract §4 and tried on a real broker: by each user's own credential, with an
 * administrator's ear for what arrives and the user's own ear for what it hears. It is the same list for every broker.
 */
export const site = 'um'
export const desks = ['usc-12', 'usc-14'] as const
/** `anna` administers and is the ear. */
export const users = [...desks, 'anna', 'wall', 'home'] as const
export type User = (typeof users)[number]
export const prefix = 'homeassistant'

export interface Row {
  readonly topic: string
  readonly writers: readonly User[]
  readonly readers: readonly User[]
}

const base = `third-ring/v1/${site}/usc-14`
const seen = (Object.keys(topicRules) as TopicName[]).filter((name) => !['reply', 'event/replay', 'presence'].includes(name))
const row = (topic: string, writers: readonly User[], readers: readonly User[]): Row => ({ topic, writers, readers })

export const matrix: readonly Row[] = [
  ...seen.map((name) => row(`${base}/${name}`, ['usc-14'], ['anna', 'wall', 'home'])),
  row(`${base}/presence`, ['usc-14'], users),
  ...['reply', 'reply/anna', 'event/replay', 'else', 'state/more'].map((name) => row(`${base}/${name}`, ['usc-14'], ['anna'])),
  ...Object.keys(commands).map((name) =>
    row(`${base}/command/${name}`, (homeAssistantCommands as readonly string[]).includes(name) ? ['usc-14', 'anna', 'home'] : ['usc-14', 'anna'], [
      'usc-14',
      'anna',
    ]),
  ),
  ...['availability', 'alarms', 'directory', 'warden', 'rebirth'].map((name) => row(`third-ring/v1/${site}/hub/${name}`, ['anna'], users)),
  row(`${prefix}/device/usc-14/config`, ['usc-14', 'home'], ['anna', 'home']),
  row(`${prefix}/device/usc-140/config`, ['home'], ['anna', 'home']),
  row(`${prefix}/sensor/usc-14/config`, ['home'], ['anna', 'home']),
  row(`${prefix}/status`, ['home'], ['usc-12', 'usc-14', 'anna', 'home']),
  // The desk takes its name to another office; that office's hub and commands are nobody's here.
  row('third-ring/v1/other/usc-14/state', ['usc-14'], ['anna']),
  row('third-ring/v1/other/usc-14/presence', ['usc-14'], ['anna']),
  row('third-ring/v1/other/usc-14/command/hold', ['usc-14'], ['usc-14', 'anna']),
  row('third-ring/v1/other/hub/directory', [], ['anna']),
  row('third-ring/v1/other/other-1/command/hold', [], ['anna']),
  // Close by, and nobody's to write: desks that this list has not, and users that are no desks.
  ...['usc-140/state', 'usc-1/state', 'wall/state', 'anna/state', 'home/event'].map((end) => row(`third-ring/v1/${site}/${end}`, [], ['anna', 'wall', 'home'])),
  row(`third-ring/v1/${site}/usc-14/usc-12/state`, ['usc-14'], ['anna']),
  row(`third-ring/v1/${site}//usc-14/state`, [], ['anna']),
  ...['third-ring/v2/um/usc-14/state', 'usc-14', 'elsewhere', '/third-ring/v1/um/usc-14/state', 'third-ring/v1/um'].map((topic) => row(topic, [], ['anna'])),
  row('$SYS/broker/version', [], []),
]

/** Filters by which somebody might try to hear more than is theirs. */
export const greedyFilters: readonly string[] = [
  ...matrix.map(({ topic }) => topic),
  ...[
    '#',
    '+/#',
    '+/+/+/+/state',
    'third-ring/#',
    `third-ring/v1/+/+/state`,
    `third-ring/v1/${site}/+/#`,
    `${base}/#`,
    `${base}/+`,
    'third-ring/v1/+/+/command/#',
  ],
  ...[`third-ring/v1/${site}/+/command/+`, `third-ring/v1/+/+/presence`, `${prefix}/#`, '$SYS/#', '/#'],
]
export const sharedFilters: readonly string[] = [`$share/g/${base}/state`, `$share/g/third-ring/v1/${site}/+/command/#`, '$share/g/#']

/** What each user must be able to ask for in one piece. */
export const neededFilters: Readonly<Record<User, readonly string[]>> = {
  'usc-12': ['third-ring/v1/um/usc-12/command/#', 'third-ring/v1/um/+/presence', 'third-ring/v1/um/hub/#', `${prefix}/status`],
  'usc-14': [`${base}/command/#`, 'third-ring/v1/um/usc-14/presence', 'third-ring/v1/um/hub/rebirth', `${prefix}/status`],
  anna: ['#', 'third-ring/v1/+/+/event'],
  wall: [...seen.map((name) => `third-ring/v1/um/+/${name}`), 'third-ring/v1/um/+/presence', 'third-ring/v1/um/hub/#'],
  home: [...seen.map((name) => `${base}/${name}`), `${base}/presence`, `${prefix}/#`, 'third-ring/v1/um/hub/availability'],
}

export type Enter = (user: User, options?: IClientOptions) => Promise<MqttClient>

/** An ear that remembers what came, by topic and payload. */
export async function ear(
  client: MqttClient,
  filters: readonly string[],
): Promise<{ readonly client: MqttClient; readonly heard: (readonly [string, string])[] }> {
  const heard: (readonly [string, string])[] = []
  client.on('message', (topic, payload) => void heard.push([topic, payload.toString()]))
  for (const filter of filters) {
    // Refused filters are answered with failure, or the answer says nothing.
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined)
  }
  return { client, heard }
}

const endTopic = `third-ring/v1/${site}/hub/alarms`

/** One attempt to publish: over when the broker has acknowledged it, refused it, or closed the connection. */
async function attempt(client: MqttClient, topic: string, payload: string, retain: boolean): Promise<boolean> {
  const closed = new Promise<boolean>((resolve) => client.once('close', () => resolve(false)))
  const acknowledged = client.publishAsync(topic, payload, { qos: 1, retain }).then(
    () => true,
    () => client.connected,
  )
  return Promise.race([closed, acknowledged])
}

/** Every row of the matrix, published by this user: exactly what it may write arrives, and of the rest nothing is remembered either. */
export async function tryToPublish(enter: Enter, user: User, enterAnna: Enter): Promise<void> {
  const listening = await ear(await enterAnna('anna', { clientId: 'anna.ear' }), ['#', '$SYS/#'])
  let client = await enter(user)
  const mark = `${user} ${Math.random()}`
  for (const { topic } of matrix) {
    for (const retain of [false, true]) if (!(await attempt(client, topic, mark, retain))) client = await enter(user)
  }
  await client.endAsync()
  await listening.client.publishAsync(endTopic, `end of ${mark}`, { qos: 1 })
  await expect.poll(() => listening.heard.map(([, payload]) => payload)).toContain(`end of ${mark}`)
  const arrived = (heard: readonly (readonly [string, string])[]) =>
    [...new Set(heard.filter(([, payload]) => payload === mark).map(([topic]) => topic))].sort()
  const allowed = matrix.filter(({ writers }) => writers.includes(user)).map(({ topic }) => topic)
  expect(arrived(listening.heard)).toEqual(allowed.sort())
  await listening.client.endAsync()
  const late = await ear(await enterAnna('anna', { clientId: 'anna.late' }), ['#', '$SYS/#'])
  await expect.poll(() => arrived(late.heard)).toEqual(allowed.sort())
  await late.client.endAsync()
}

/** Whoever may write a topic says something on it, beside the connection of whoever listens. */
async function sayEverything(enter: Enter, mark: string): Promise<void> {
  const clients = new Map<User, MqttClient>()
  for (const { topic, writers } of matrix) {
    const [speaker] = writers
    if (speaker === undefined) continue
    const client = clients.get(speaker) ?? (await enter(speaker, { clientId: `${speaker}.mouth` }))
    clients.set(speaker, client)
    await client.publishAsync(topic, mark, { qos: 1, retain: true })
  }
  for (const client of clients.values()) await client.endAsync()
}

/** Asks for the filters; then everybody speaks. Says what was heard of it, before and after, without repetition. */
export async function whatIsHeard(enter: Enter, user: User, filters: readonly string[], speak: Enter): Promise<readonly string[]> {
  await sayEverything(speak, 'before')
  const listening = await ear(await enter(user), [...filters, endTopic])
  await sayEverything(speak, 'after')
  const end = await speak('anna', { clientId: 'anna.end' })
  await end.publishAsync(endTopic, 'end', { qos: 1 })
  await expect.poll(() => listening.heard.map(([, payload]) => payload)).toContain('end')
  await end.endAsync()
  await listening.client.endAsync()
  return [...new Set(listening.heard.filter(([, payload]) => payload !== 'end').map(([topic]) => topic))].filter((topic) => topic !== endTopic).sort()
}

/** What a user may hear by these filters, by the matrix; topics that nobody may write are never heard. */
export function audible(user: User, filters: readonly string[]): readonly string[] {
  const matched = (topic: string) => filters.some((filter) => topicMatches(filter.replace(/^\$share\/[^/]+\//, ''), topic))
  return matrix
    .filter(({ topic, readers, writers }) => writers.length > 0 && readers.includes(user) && matched(topic) && topic !== endTopic)
    .map(({ topic }) => topic)
    .sort()
}

/** What was heard and is not this user's to hear. An administrator hears the broker's own figures, which nobody else does. */
export function notTheirs(user: User, heard: readonly string[]): readonly string[] {
  const allowed = audible(user, ['#', '$SYS/#'])
  return heard.filter((topic) => !allowed.includes(topic) && !(user === 'anna' && topic.startsWith('$SYS/')))
}
