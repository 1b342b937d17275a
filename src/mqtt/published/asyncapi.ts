import type { NoticeName } from '../../desk/effect.ts'
import { commandErrors } from '../command-errors.ts'
import { type CommandName, commands } from '../commands.ts'
import { hubPresenceRule, hubTopicRules } from '../hub-messages.ts'
import { linkLimits } from '../limits.ts'
import { propertiesOf } from '../properties.ts'
import { deskTopics, hubPresenceTopic, hubTopic, topicRules } from '../topics.ts'
import { schemaVersion } from '../wire-form.ts'
import { exampleAnswer, exampleCommand, exampleDesk, exampleEvent, exampleEvents, exampleHub, exampleLevels, exampleReplies, exampleSite } from './examples.ts'
import { answeringCommands, answerOf, commandNames, envelopeSchema, ownPartOf, type PayloadSchema, publishedPayloads } from './schemas.ts'

/**
 * The MQTT interface as an AsyncAPI 3.0 document, made from the schemas and topics of this directory. It is written from the desk's side: `send` is what a
 * desk says, `receive` is what it hears. Of the hub's topics, `send` is the hub's. Only `scripts/docs.js` and tests import this file.
 */
export interface AsyncApi {
  readonly [key: string]: unknown
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<Record<string, unknown>>
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Readonly<Record<string, PayloadSchema>> }
}

interface Reference {
  readonly $ref: string
}

export interface Channel {
  readonly address: string
  readonly [key: string]: unknown
}

export interface Message {
  readonly name: string
  readonly summary: string
  readonly contentType: string
  readonly payload: Reference
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[]
}

/** One topic: what is said there, and how. */
interface Topic {
  readonly key: string
  readonly address: string
  readonly action: 'send' | 'receive'
  readonly summary: string
  readonly messages: readonly string[]
  readonly bindings: Readonly<Record<string, unknown>>
  /** The command that is answered. */
  readonly answers?: CommandName
}

const bindingVersion = '0.2.0'
const desk = deskTopics('{site}', '{desk}')
const noticeNames = Object.keys(exampleEvents) as NoticeName[]

const levelSummaries: Readonly<Record<keyof typeof exampleLevels, string>> = {
  availability: 'Whether the desk’s agent is there; `offline` is also its last will.',
  about: 'Who this desk is, since when, and which of its events can still be asked for.',
  state: 'The desk now.',
  presence: 'Whether it takes calls: the only topic that other desks may read.',
  health: 'For technicians, each minute.',
  day: 'The counters of the day.',
  'day/previous': 'Yesterday’s counters, final.',
}

/** A key of AsyncAPI's maps has no slash. */
const keyOf = (topic: string): string => topic.replace('/', '.')

function sent(rule: { readonly qos: number; readonly retain: boolean; readonly expirySeconds?: number }): Topic['bindings'] {
  const { qos, retain, expirySeconds } = rule
  return { mqtt: { qos, retain, ...(expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }), bindingVersion } }
}

/** What MQTT 5 says of an event, beside its bytes. */
function eventMessage(): object {
  const { contentType, payloadFormatIndicator } = propertiesOf('event') ?? {}
  return { contentType, bindings: { mqtt: { contentType, payloadFormatIndicator: payloadFormatIndicator === true ? 1 : 0, bindingVersion } } }
}

function topics(): readonly Topic[] {
  const levels = Object.keys(exampleLevels) as (keyof typeof exampleLevels)[]
  const events = noticeNames.map((name) => `event.${name}`)
  // Nobody is helped by a command that the broker delivers after it has expired.
  const heard = { mqtt: { qos: 1, retain: false, messageExpiryInterval: linkLimits.commandLifeMaxMs / 1000, bindingVersion } }
  return [
    ...levels.map(
      (name): Topic => ({
        key: keyOf(name),
        address: desk.of(name),
        action: 'send',
        summary: levelSummaries[name],
        messages: [keyOf(name)],
        bindings: sent(topicRules[name]),
      }),
    ),
    {
      key: 'event',
      address: desk.of('event'),
      action: 'send',
      summary: 'What happened: at least once each, in order. A consumer that drops ids it has seen has every event once.',
      messages: events,
      bindings: sent(topicRules.event),
    },
    {
      key: 'event.replay',
      address: desk.of('event/replay'),
      action: 'send',
      summary: 'The same events again, on request: the same bytes.',
      messages: events,
      bindings: sent(topicRules['event/replay']),
    },
    {
      key: 'reply',
      address: desk.of('reply'),
      action: 'send',
      summary: 'The answer to a command that named no response topic of its own.',
      messages: ['reply', ...answeringCommands.map((name) => `reply.${name}`)],
      bindings: sent(topicRules.reply),
    },
    ...commandNames.map(
      (name): Topic => ({
        key: `command.${name}`,
        address: desk.command(name),
        action: 'receive',
        summary: sentenceOf(name),
        messages: [`command.${name}`],
        bindings: heard,
        answers: name,
      }),
    ),
    ...hubTopics(),
  ]
}

function hubTopics(): readonly Topic[] {
  const hub = (name: keyof typeof hubTopicRules, action: Topic['action'], summary: string): Topic => ({
    key: `hub.${name}`,
    address: hubTopic('{site}', name),
    action,
    summary,
    messages: [`hub.${name}`],
    bindings: sent(hubTopicRules[name]),
  })
  return [
    hub('availability', 'send', 'Whether the hub is there; said by the hub.'),
    hub('alarms', 'send', 'What somebody should look at now; said by the hub.'),
    hub('directory', 'receive', 'Who takes whose calls; said by the hub at each change, at each connect and each hour.'),
    hub('warden', 'receive', 'Whose forwarding the hub undoes when its agent is dead, and what it is about; said by the hub.'),
    {
      key: 'hub.presence',
      address: hubPresenceTopic('{site}', '{desk}'),
      action: 'receive',
      summary: 'Whether that desk’s agent is there, and whose calls it takes; said by the hub of each desk that is anybody’s substitute.',
      messages: ['hub.presence'],
      bindings: sent(hubPresenceRule),
    },
    hub('rebirth', 'receive', 'Every desk says its levels again, after a random 0 to 10 s.'),
  ]
}

function message(name: string, summary: string, schema: string, examples: Message['examples'], more: object = {}): [string, Message] {
  const contentType = schema === 'availability' ? 'text/plain' : 'application/json'
  return [name, { name, title: name, summary, contentType, payload: { $ref: `#/components/schemas/${schema}` }, examples, ...more } as Message]
}

function sentenceOf(name: CommandName): string {
  const { does } = commands[name]
  return `${does.charAt(0).toUpperCase()}${does.slice(1)}.`
}

/** Which refusals are this command's own; any can be refused for the reasons that all have in common. */
function refusalsOf(name: CommandName): object {
  const { refuses } = commands[name]
  if (refuses.length === 0) return {}
  return { description: `May be refused with ${refuses.map((code) => `\`${code}\``).join(', ')}, besides the reasons for which any command is.` }
}

function messages(): Readonly<Record<string, Message>> {
  const codes = Object.entries(commandErrors).map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  const correlated = { correlationId: { location: '$message.payload#/id', description: 'The id of the command.' } }
  return Object.fromEntries([
    ...Object.entries(exampleLevels).map(([name, payload]) =>
      message(keyOf(name), levelSummaries[name as keyof typeof exampleLevels], name === 'day/previous' ? 'day' : name, [{ name: keyOf(name), payload }]),
    ),
    ...noticeNames.map((name, index) =>
      message(
        `event.${name}`,
        exampleEvents[name].says,
        `event.${name}`,
        [{ name: `event.${name}`, payload: exampleEvent(name, 4700 + index) }],
        eventMessage(),
      ),
    ),
    ...commandNames.map((name) =>
      message(`command.${name}`, sentenceOf(name), `command.${name}`, [{ name: `command.${name}`, payload: exampleCommand(name) }], {
        ...correlated,
        ...refusalsOf(name),
      }),
    ),
    ...answeringCommands.map((name) =>
      message(`reply.${name}`, `The answer to \`${name}\`.`, `reply.${name}`, [{ name: `reply.${name}`, payload: exampleAnswer(name) }], correlated),
    ),
    message(
      'reply',
      'What became of a command.',
      'reply',
      Object.entries(exampleReplies).map(([name, payload]) => ({ name, payload })),
      { ...correlated, description: `A command that is refused changes nothing. The codes of \`error\`:\n\n${codes.join('\n')}` },
    ),
    message('hub.availability', 'Whether the hub is there.', 'availability', [{ name: 'hub.availability', payload: exampleHub.availability }]),
    message('hub.alarms', 'What somebody should look at now.', 'hub.alarms', [{ name: 'hub.alarms', payload: exampleHub.alarms }]),
    message('hub.directory', 'Who takes whose calls.', 'hub.directory', [{ name: 'hub.directory', payload: exampleHub.directory }]),
    message('hub.presence', 'What the hub knows of a substitute.', 'hub.presence', [{ name: 'hub.presence', payload: exampleHub.presence }]),
    message('hub.warden', 'The second undoer of every forwarding.', 'hub.warden', [{ name: 'hub.warden', payload: exampleHub.warden }]),
    message('hub.rebirth', 'Everybody is to say its levels again.', 'hub.rebirth', [{ name: 'hub.rebirth', payload: exampleHub.rebirth }]),
  ])
}

function schemas(): Readonly<Record<string, PayloadSchema>> {
  const whole = { ...Object.fromEntries(publishedPayloads()), event: envelopeSchema() }
  const oneEvent = (name: NoticeName): PayloadSchema => ({ allOf: [{ $ref: '#/components/schemas/event' }, ownPartOf(name)] })
  const oneAnswer = (name: CommandName): PayloadSchema => ({ allOf: [{ $ref: '#/components/schemas/reply' }, answerOf(name)] })
  return {
    ...whole,
    ...Object.fromEntries(noticeNames.map((name) => [`event.${name}`, oneEvent(name)])),
    ...Object.fromEntries(answeringCommands.map((name) => [`reply.${name}`, oneAnswer(name)])),
  }
}

function channelOf({ key, address, summary, messages: names }: Topic): [string, Channel] {
  const parameters = {
    site: { description: 'The office.', examples: [exampleSite] },
    ...(address.includes('{desk}') ? { desk: { description: 'The desk: never `hub`, never a person’s name.', examples: [exampleDesk] } } : {}),
  }
  return [
    key,
    { address, description: summary, parameters, messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])) },
  ]
}

function operationOf({ key, action, summary, messages: names, bindings, answers }: Topic): [string, object] {
  const replies = ['reply', ...answeringCommands.filter((name) => name === answers).map((name) => `reply.${name}`)]
  const inChannel = (channel: string, name: string) => ({ $ref: `#/channels/${channel}/messages/${name}` })
  return [
    `${action}.${key}`,
    {
      action,
      channel: { $ref: `#/channels/${key}` },
      summary,
      messages: names.map((name) => inChannel(key, name)),
      bindings,
      ...(answers === undefined ? {} : { reply: { channel: { $ref: '#/channels/reply' }, messages: replies.map((name) => inChannel('reply', name)) } }),
    },
  ]
}

export function asyncApi(): AsyncApi {
  const all = topics()
  const will = { topic: desk.of('availability'), qos: 1, retain: true, message: 'offline' }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'third-ring over MQTT',
      version: `${schemaVersion}.0.0`,
      description:
        'What a desk of third-ring says and hears. `docs/reference/mqtt.md` says it in words: the order at a connect, what a consumer may rely on, ' +
        'access lists. A reader must expect further fields. Made from the schemas of the code.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      broker: {
        host: 'broker.example:8883',
        protocol: 'secure-mqtt',
        protocolVersion: '5',
        description: 'The broker of the office. MQTT 3.1.1 serves as well.',
        bindings: { mqtt: { cleanSession: true, keepAlive: linkLimits.keepaliveSeconds, lastWill: will, bindingVersion } },
      },
    },
    channels: Object.fromEntries(all.map(channelOf)),
    operations: Object.fromEntries(all.map(operationOf)),
    components: { messages: messages(), schemas: schemas() },
  }
}
