import type { IClientPublishOptions } from 'mqtt'
import { type TopicName, topicRules } from './topics.ts'
import { schemaVersion } from './wire-form.ts'

export type MessageProperties = NonNullable<IClientPublishOptions['properties']>

/** CloudEvents' binding to MQTT 5, structured mode (§3.2): by its content type a consumer knows an event without looking into it. */
const eventContent = 'application/cloudevents+json; charset=utf-8'

/**
 * What a message on a topic says of itself in MQTT 5. An event has no place for the version of its schema, so that one is a user property; its epoch
 * is in its id. Everything else that a consumer needs is in the payload, and the same for MQTT 3.1.1.
 */
export function propertiesOf(name: TopicName): MessageProperties | undefined {
  const rule = topicRules[name]
  const event = name === 'event' || name === 'event/replay'
  const properties = {
    ...('expirySeconds' in rule ? { messageExpiryInterval: rule.expirySeconds } : {}),
    ...(event ? { payloadFormatIndicator: true, contentType: eventContent, userProperties: { v: String(schemaVersion) } } : {}),
  }
  return Object.keys(properties).length === 0 ? undefined : properties
}
