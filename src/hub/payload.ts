import * as v from 'valibot'
import { hubLimits } from './limits.ts'

/**
 * What the hub reads of the payloads of contract §4. Only what is named here goes on to a browser; a field that a desk adds, or should
 * never have sent, ends here. It takes more than an agent of this version sends (`src/mqtt/level-messages.ts`): a hub hears agents older and newer
 * than itself. Times may be written as ISO 8601 or as milliseconds, numbers of events as digits or as a number.
 */

/** A figure of `health` or `day`. */
export type Figure = string | number | boolean

/** What a desk does not know it says with `null`; what an older one does not say is absent. */
type Maybe<Value> = Value | null | undefined

/** One call at a desk. Times are wall times in milliseconds, here and below. */
export interface CallPayload {
  readonly id: string
  readonly direction: 'in' | 'out' | 'unknown'
  readonly state: 'initiated' | 'alerting' | 'connected' | 'held' | 'cleared'
  readonly since?: Maybe<number>
  readonly ring?: Maybe<number>
  readonly ringSource?: Maybe<'counted' | 'estimated'>
}

/** What the agent answers for: an order to the phone, from before it goes out until it is known to be undone. */
export interface LeasePayload {
  readonly state: 'asked' | 'held' | 'releasing' | 'unknown'
  readonly kind: 'no-answer' | 'always'
  readonly target: string
  readonly until?: Maybe<number>
  /** The desk's own name for it. */
  readonly order?: Maybe<number>
}

/** The desk now. */
export interface StatePayload {
  readonly at: number
  readonly epoch?: Maybe<string>
  readonly sequence?: Maybe<number>
  readonly clock?: Maybe<'synced' | 'unsynced'>
  readonly phone: {
    readonly reachable?: Maybe<boolean>
    readonly hook?: Maybe<'on' | 'off'>
    readonly dnd?: Maybe<boolean>
  }
  readonly calls: readonly CallPayload[]
  /** A pattern's name. */
  readonly lamp?: Maybe<string>
  readonly forwarding?: Maybe<{
    readonly state: 'unknown' | 'off' | 'on'
    readonly owner?: Maybe<string>
    readonly kind?: Maybe<string>
    readonly target?: Maybe<string>
    readonly until?: Maybe<number>
    readonly lease?: Maybe<LeasePayload>
  }>
  readonly callbacks?: { readonly open: number; readonly overdue: number } | null | undefined
}

/** Who the desk is. */
export interface AboutPayload {
  readonly agent?: Maybe<string>
  readonly department?: Maybe<string>
  readonly epoch?: Maybe<string>
  readonly boot?: Maybe<string>
  readonly firstSequence?: Maybe<number>
  readonly lastSequence?: Maybe<number>
  readonly phone?: Maybe<{
    readonly make?: Maybe<string>
    readonly model?: Maybe<string>
    readonly firmware?: Maybe<string>
    /** Stands for the phone's hardware address. */
    readonly fingerprint?: Maybe<string>
  }>
}

export interface PresencePayload {
  readonly takesCalls: boolean
  readonly substituting?: Maybe<string>
}

/** One CloudEvent, with the data that a page may show. */
export interface EventPayload {
  readonly id: string
  readonly type: string
  readonly time: number
  readonly sequence: number
  /** Whether `time` cannot be trusted. */
  readonly unsynced: boolean
  readonly data: Readonly<Record<string, Figure>>
}

export interface ReplyPayload {
  readonly id: string | null
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly message: string } | null | undefined
  readonly data?: Readonly<Record<string, unknown>> | null | undefined
}

type Reads<Payload> = v.GenericSchema<unknown, Payload>

const text = v.pipe(v.string(), v.maxLength(hubLimits.textMax))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const wall = v.pipe(
  v.union([v.number(), text]),
  v.transform((value) => (typeof value === 'number' ? value : Date.parse(value))),
  v.finite(),
  // The moments that JavaScript can name.
  v.minValue(-8_640_000_000_000_000),
  v.maxValue(8_640_000_000_000_000),
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
})

const state: Reads<StatePayload> = v.object({
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
  lamp: v.nullish(text),
  forwarding: v.nullish(
    v.object({
      state: v.picklist(['unknown', 'off', 'on']),
      owner: v.nullish(text),
      kind: v.nullish(text),
      target: v.nullish(text),
      until: v.nullish(wall),
      lease: v.nullish(
        v.object({
          state: v.picklist(['asked', 'held', 'releasing', 'unknown']),
          kind: v.picklist(['no-answer', 'always']),
          target: text,
          until: v.nullish(wall),
          order: v.nullish(count),
        }),
      ),
    }),
  ),
  callbacks: v.nullish(v.object({ open: count, overdue: count })),
})

const about: Reads<AboutPayload> = v.object({
  agent: v.nullish(text),
  department: v.nullish(text),
  epoch: v.nullish(text),
  boot: v.nullish(text),
  firstSequence: v.nullish(sequence),
  lastSequence: v.nullish(sequence),
  phone: v.nullish(v.object({ make: v.nullish(text), model: v.nullish(text), firmware: v.nullish(text), fingerprint: v.nullish(text) })),
})

const presence: Reads<PresencePayload> = v.object({ takesCalls: v.boolean(), substituting: v.nullish(text) })

const event = v.object({
  id: v.pipe(v.string(), v.regex(/^.{1,64}-\d{1,15}$/)),
  type: v.pipe(v.string(), v.regex(/^third-ring\.[a-z-]{1,32}\.[a-z-]{1,32}$/)),
  time: wall,
  sequence,
  clock: v.nullish(v.literal('unsynced')),
  data: v.nullish(v.record(v.string(), v.unknown()), {}),
})

const reply: Reads<ReplyPayload> = v.object({
  id: v.nullable(text),
  ok: v.boolean(),
  error: v.nullish(v.object({ code: text, message: v.string() })),
  data: v.nullish(v.record(v.string(), v.unknown())),
})

/** The fields of events' data that a page may show: contract §4 and `Notices` of `src/desk/effect.ts`. A caller's reference is none of them. */
const shownFields: ReadonlySet<string> = new Set(
  `adopted afterMs attempts by byMs call callback cause code command count direction dnd dueAt epoch event evidence excluded firmware from heldMs inRule
   inTime kind misses muted of on reason remindOnly retryMs ring ringSource rings sinceMs state strict synced talkMs target to uncallable until version
   waitMs waiting workingMinutes`.split(/\s+/),
)

/** Each reads one payload; `undefined` where it is not what the contract says. None of them throws. */
export const readPayload = {
  state: (payload: Uint8Array): StatePayload | undefined => read(state, payload),
  about: (payload: Uint8Array): AboutPayload | undefined => read(about, payload),
  presence: (payload: Uint8Array): PresencePayload | undefined => read(presence, payload),
  reply: (payload: Uint8Array): ReplyPayload | undefined => read(reply, payload),
  event: (payload: Uint8Array): EventPayload | undefined => {
    const found = read(event, payload)
    // Whoever sends an event under another one's number would have it taken for that one.
    if (found === undefined || Number(found.id.slice(found.id.lastIndexOf('-') + 1)) !== found.sequence) return undefined
    const { clock, ...said } = found
    return { ...said, unsynced: clock === 'unsynced', data: figures(said.data, (name) => shownFields.has(name)) }
  },
  figures: (payload: Uint8Array): Readonly<Record<string, Figure>> | undefined => {
    const found = read(v.record(v.string(), v.unknown()), payload)
    return found === undefined ? undefined : figures(found, () => true)
  },
} as const

function read<Payload>(schema: Reads<Payload>, payload: Uint8Array): Payload | undefined {
  if (payload.length > hubLimits.clientPacketBytesMax) return undefined
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
