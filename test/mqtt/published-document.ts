import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'

/** docs/reference/asyncapi.yaml as a stranger reads it: by the file alone, without our code. */
export const asyncApiFile: string = join(import.meta.dirname, '../../docs/reference/asyncapi.yaml')

interface Reference {
  readonly $ref: string
}
interface Message {
  readonly name: string
  readonly contentType: string
  readonly payload: Reference
  readonly bindings?: { readonly mqtt: { readonly contentType?: string } }
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[]
}
interface Channel {
  readonly address: string
  readonly parameters: Readonly<Record<string, { readonly examples: readonly string[] }>>
  readonly messages: Readonly<Record<string, Reference>>
}
interface Operation {
  readonly action: 'send' | 'receive'
  readonly channel: Reference
  readonly bindings: { readonly mqtt: Binding }
}
export interface Binding {
  readonly qos: 0 | 1
  readonly retain: boolean
  readonly messageExpiryInterval?: number
}

/** One example of the document, as it is to be published. */
export interface Example {
  readonly channel: string
  readonly name: string
  readonly topic: string
  readonly payload: string
  readonly binding: Binding
}

export interface PublishedDocument {
  readonly channels: readonly string[]
  examples(): readonly Example[]
  /** The channel of a topic, if the document knows it. */
  channelOf(topic: string): string | undefined
  bindingOf(channel: string): Binding
  /** The content type that MQTT 5 messages of a channel bear, where they bear one. */
  contentTypeOf(channel: string): string | undefined
  /** What is wrong with a message, by the document. */
  faultsOf(topic: string, payload: string): readonly string[]
  /** The same of a value that is said to be this message. */
  faultsIn(message: string, value: unknown): readonly string[]
}

/** RFC 3339, as JSON Schema's `date-time` and `date` mean it; ajv brings no formats of its own. */
export const formats = { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, date: /^\d{4}-\d\d-\d\d$/ }

export function readPublishedDocument(file: string = asyncApiFile): PublishedDocument {
  const document = parse(readFileSync(file, 'utf8')) as {
    readonly channels: Readonly<Record<string, Channel>>
    readonly operations: Readonly<Record<string, Operation>>
    readonly components: { readonly messages: Readonly<Record<string, Message>> }
  }
  const ajv = new Ajv({ strict: false, allErrors: true, formats })
  ajv.addSchema(document, 'document')
  const validators = new Map<string, ValidateFunction>()

  const messageOf = ({ $ref }: Reference): Message => {
    const found = document.components.messages[$ref.replace('#/components/messages/', '')]
    if (found === undefined) throw new Error(`no message ${$ref}`)
    return found
  }

  function validatorOf({ name, payload }: Message): ValidateFunction {
    const known = validators.get(name) ?? ajv.compile({ $ref: `document${payload.$ref}` })
    validators.set(name, known)
    return known
  }

  function faultsIn(meant: Message, value: unknown): readonly string[] {
    const validate = validatorOf(meant)
    return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${meant.name}${instancePath} ${message}`)
  }

  function bindingOf(channel: string): Binding {
    const operation = Object.values(document.operations).find(({ channel: { $ref } }) => $ref === `#/channels/${channel}`)
    if (operation === undefined) throw new Error(`no operation for ${channel}`)
    return operation.bindings.mqtt
  }

  function channelOf(topic: string): string | undefined {
    const matches = ({ address }: Channel) =>
      new RegExp(
        `^${address
          .replace(/[.]/g, '\\.')
          .replace(/\{desk\}/, '(?!hub/)[a-z0-9-]+')
          .replace(/\{\w+\}/g, '[a-z0-9-]+')}$`,
      ).test(topic)
    return Object.entries(document.channels).find(([, channel]) => matches(channel))?.[0]
  }

  function textOf(message: Message, payload: unknown): string {
    return message.contentType === 'text/plain' ? String(payload) : JSON.stringify(payload)
  }

  return {
    channels: Object.keys(document.channels),
    examples: () =>
      Object.entries(document.channels).flatMap(([channel, { address, parameters, messages }]) =>
        Object.values(messages).flatMap((reference) => {
          const message = messageOf(reference)
          const topic = address.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name]?.examples[0] ?? '')
          return message.examples.map(({ name, payload }) => ({ channel, name, topic, payload: textOf(message, payload), binding: bindingOf(channel) }))
        }),
      ),
    channelOf,
    bindingOf,
    contentTypeOf(channel) {
      const [message] = Object.values(document.channels[channel]?.messages ?? {}).map(messageOf)
      return message?.bindings?.mqtt.contentType
    },
    faultsOf(topic, payload) {
      const channel = document.channels[channelOf(topic) ?? '']
      if (channel === undefined) return [`no channel has the topic ${topic}`]
      const messages = Object.values(channel.messages).map(messageOf)
      const value = messages[0]?.contentType === 'text/plain' ? payload : JSON.parse(payload)
      // A channel of many messages is one of events: each is of the type that it names.
      const meant = messages.find(({ name }) => `third-ring.${name.replace('event.', '')}` === value.type) ?? messages[0]
      if (meant === undefined) return [`${topic} has no message`]
      return faultsIn(meant, value)
    },
    faultsIn: (name, value) => faultsIn(messageOf({ $ref: `#/components/messages/${name}` }), value),
  }
}
