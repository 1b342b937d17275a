import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import type { NoticeName } from '../../desk/effect.ts'
import { type CommandName, commands } from '../commands.ts'
import { eventEnvelope } from '../event-message.ts'
import { alarmsSchema, directorySchema, hubPresenceSchema, rebirthSchema, wardenSchema } from '../hub-messages.ts'
import { availabilitySchema, levelSchemas } from '../level-messages.ts'
import { linkLimits } from '../limits.ts'
import { noticeData } from '../notice-data.ts'
import { replySchema } from '../reply-message.ts'

/** Only `scripts/docs.js` and tests import this file: the generator is no dependency of the running program. */

/** JSON Schema draft-07 of one payload. */
export type PayloadSchema = JsonSchema

/**
 * What is published of the payloads is what readers must expect, so an object may have further fields; only what JSON Schema cannot say is left out.
 */
function payloadSchema(schema: v.GenericSchema): PayloadSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, { target: 'draft-07', typeMode: 'output' })
  return rest
}

export const commandNames: readonly CommandName[] = Object.keys(commands) as CommandName[]

/** The commands whose answer has `data`. */
export const answeringCommands: readonly CommandName[] = commandNames.filter((name) => commands[name].data !== undefined)

/** The whole body of a command: its nonce, its end, and its own fields. */
function commandBody(name: CommandName): v.GenericSchema {
  const { entries } = commands[name].body as unknown as { readonly entries: v.ObjectEntries }
  const id = v.pipe(v.string(), v.minLength(1), v.maxLength(linkLimits.commandIdLengthMax), v.description('Never used again.'))
  const expires = v.pipe(
    v.union([v.pipe(v.string(), v.isoTimestamp()), v.pipe(v.number(), v.integer())]),
    v.description(`ISO 8601, or milliseconds since 1970: at most ${linkLimits.commandLifeMaxMs / 1000} s ahead by the desk’s clock.`),
  )
  return v.object({ id, expires, ...entries })
}

/** The payload schemas by the names of their files: one a level, one of all events, one a command, the reply, and what the hub says. */
export function publishedPayloads(): ReadonlyMap<string, PayloadSchema> {
  const events = (Object.keys(noticeData) as NoticeName[]).map(ownPartOf)
  const { 'day/previous': _, ...levels } = levelSchemas
  return new Map([
    ['availability', payloadSchema(availabilitySchema)],
    ...Object.entries(levels).map(([name, schema]): [string, PayloadSchema] => [name, payloadSchema(schema)]),
    ['event', { ...envelopeSchema(), oneOf: events }],
    ...commandNames.map((name): [string, PayloadSchema] => [`command.${name}`, payloadSchema(commandBody(name))]),
    ['reply', payloadSchema(replySchema)],
    ['hub.alarms', payloadSchema(alarmsSchema)],
    ['hub.directory', payloadSchema(directorySchema)],
    ['hub.presence', payloadSchema(hubPresenceSchema)],
    ['hub.warden', payloadSchema(wardenSchema)],
    ['hub.rebirth', payloadSchema(rebirthSchema)],
  ])
}

/** What the answer of such a command has beside what every reply has. */
export function answerOf(name: CommandName): PayloadSchema {
  const { data } = commands[name]
  return { type: 'object', properties: { ok: { const: true }, ...(data === undefined ? {} : { data: payloadSchema(data) }) }, required: ['ok', 'data'] }
}

/** What an event has beside the envelope: its type and its data. */
export function ownPartOf(name: NoticeName): PayloadSchema {
  const properties = { type: { const: `third-ring.${name}` }, data: payloadSchema(noticeData[name]) }
  return { type: 'object', properties, required: ['type', 'data'] }
}

/** The envelope of all events, without what one of them has for itself. */
export function envelopeSchema(): PayloadSchema {
  return payloadSchema(eventEnvelope)
}

/** The text of one published file. */
export function payloadSchemaText(schema: PayloadSchema): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }, null, 2)}\n`
}
