import * as v from 'valibot'
import { hubLimits } from './limits.ts'

/**
 * What the hub reads of the payloads of contract §4. Only what is named here goes on to a browser; a field that a desk adds, or should
 * never have sent, ends at this page. Times may be written as ISO 8601 or as milliseconds; numbers of events as digits or as a number.
 */

/** A figure of `health` or `day`. */
export type Figure = string | number | boolean

const text = v.pipe(v.string(), v.maxLength(hubLimits.textMax))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const wall = v.pipe(
  v.union([v.number(), text]),
  v.transform((value) => (typeof value === 'number' ? value : Date.parse(value))),
  v.finite(),
)
const sequence = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.digits(), v.maxLength(15))]),
  v.transform((value) => Number(value)),
  v.safeInteger(),
  v.minValue(0),
)

const call = v.object({
  id: text,
  direction: v.nullish(v.picklist(['in', 'out', 'unknown']), 'unknown'),
  state: v.picklist(['initiated', 'alerting', 'connected', 'held', 'cleared']),
  since: v.nullish(wall),
  ring: v.nullish(count),
  ringSource: v.nullish(v.picklist(['counted', 'estimated'])),
  waiting: v.nullish(v.boolean()),
})

const state = v.object({
  at: wall,
  epoch: v.nullish(text),
  sequence: v.nullish(sequence),
  clock: v.nullish(v.picklist(['synced', 'unsynced'])),
  phone: v.nullish(
    v.object({
      reachable: v.nullish(v.boolean()),
      hook: v.nullish(v.picklist(['on', 'off'])),
      dnd: v.nullish(v.boolean()),
    }),
    {},
  ),
  calls: v.pipe(v.array(call), v.maxLength(hubLimits.callsMax)),
  lamp: v.nullish(
    v.union([
      text,
      v.pipe(
        v.object({ pattern: text }),
        v.transform((lamp) => lamp.pattern),
      ),
    ]),
  ),
  forwarding: v.nullish(
    v.object({
      state: v.picklist(['unknown', 'off', 'on']),
      owner: v.nullish(text),
      target: v.nullish(text),
      until: v.nullish(wall),
    }),
  ),
  callbacks: v.nullish(v.object({ open: count, overdue: count })),
})

const about = v.object({
  agent: v.nullish(text),
  department: v.nullish(text),
  vendor: v.nullish(text),
  make: v.nullish(text),
  model: v.nullish(text),
  firmware: v.nullish(text),
  epoch: v.nullish(text),
  phone: v.nullish(v.object({ vendor: v.nullish(text), make: v.nullish(text), model: v.nullish(text), firmware: v.nullish(text) })),
})

const presence = v.object({ takesCalls: v.boolean(), substituting: v.nullish(v.union([v.boolean(), text, v.array(text)])) })

const event = v.object({
  id: v.pipe(v.string(), v.regex(/^.{1,64}-\d{1,15}$/)),
  type: v.pipe(v.string(), v.regex(/^third-ring\.[a-z-]{1,32}\.[a-z-]{1,32}$/)),
  time: wall,
  sequence,
  data: v.nullish(v.record(v.string(), v.unknown()), {}),
})

const reply = v.object({
  id: text,
  ok: v.boolean(),
  error: v.nullish(v.union([v.object({ code: text, message: v.string() }), v.string()])),
  data: v.nullish(v.record(v.string(), v.unknown())),
})

export type StatePayload = v.InferOutput<typeof state>
export type AboutPayload = v.InferOutput<typeof about>
export type PresencePayload = v.InferOutput<typeof presence>
export type EventPayload = v.InferOutput<typeof event>
export type ReplyPayload = v.InferOutput<typeof reply>

/** The fields of events' data that a page may show: contract §4 and `Notices` of `src/desk/effect.ts`. A caller's reference is none of them. */
const shownFields: ReadonlySet<string> = new Set(
  `adopted afterMs attempts by byMs call callback cause count direction dueAt event evidence excluded heldMs inRule inTime kind misses muted on
   reason remindOnly retryMs ring ringSource rings sinceMs state strict synced talkMs target uncallable until version waitMs waiting workingMinutes`.split(
    /\s+/,
  ),
)

/** Each reads one payload; `undefined` where it is not what the contract says. None of them throws. */
export const readPayload = {
  state: (payload: Uint8Array): StatePayload | undefined => read(state, payload),
  about: (payload: Uint8Array): AboutPayload | undefined => read(about, payload),
  presence: (payload: Uint8Array): PresencePayload | undefined => read(presence, payload),
  reply: (payload: Uint8Array): ReplyPayload | undefined => read(reply, payload),
  event: (payload: Uint8Array): EventPayload | undefined => {
    const found = read(event, payload)
    return found === undefined ? undefined : { ...found, data: figures(found.data, (name) => shownFields.has(name)) }
  },
  figures: (payload: Uint8Array): Readonly<Record<string, Figure>> | undefined => {
    const found = read(v.record(v.string(), v.unknown()), payload)
    return found === undefined ? undefined : figures(found, () => true)
  },
} as const

function read<Schema extends v.GenericSchema>(schema: Schema, payload: Uint8Array): v.InferOutput<Schema> | undefined {
  if (payload.length > hubLimits.packetBytesMax) return undefined
  try {
    const result = v.safeParse(schema, JSON.parse(Buffer.from(payload).toString('utf8')), { abortEarly: true })
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

/** The plain values of a record; those of a record inside it as `outer.inner`, and no deeper. */
function figures(record: Readonly<Record<string, unknown>>, wanted: (name: string) => boolean): Record<string, Figure> {
  const inner = (name: string, value: unknown): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([key, figure]) => [`${name}.${key}`, figure])
      : [[name, value]]
  const found = Object.entries(record)
    .filter(([name]) => wanted(name))
    .slice(0, hubLimits.figuresMax)
    .flatMap(([name, value]) => inner(name, value))
    .filter((entry): entry is [string, Figure] => isFigure(entry[1]) && entry[0].length <= hubLimits.textMax)
  return Object.fromEntries(found.slice(0, hubLimits.figuresMax))
}

function isFigure(value: unknown): value is Figure {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) || (typeof value === 'string' && value.length <= hubLimits.textMax)
}
