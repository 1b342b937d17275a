import * as v from 'valibot'
import type { NoticeName } from '../desk/effect.ts'
import { noticeData, type WireData } from './notice-data.ts'
import { instant, sequence } from './wire-form.ts'

/** One event: CloudEvents 1.0 in JSON, with its `sequence` extension. A field that does not apply or is not known is left out. */
export interface CloudEvent<Name extends NoticeName = NoticeName> {
  readonly specversion: '1.0'
  /** `<epoch>-<sequence>`: a consumer that drops repeated ids has every event once. */
  readonly id: string
  readonly source: string
  readonly type: `third-ring.${Name}`
  readonly time: string
  readonly sequence: string
  readonly datacontenttype: 'application/json'
  /** An extension of ours, there only while `time` cannot be trusted. */
  readonly clock?: 'unsynced'
  /**
   * Extensions of ours, on events whose `time` cannot be trusted and on `clock.stepped`: the boot of the desk's machine, and the milliseconds since then.
   * The first event of the same boot that is not unsynced tells what time it was.
   */
  readonly boot?: string
  readonly monotonic?: string
  readonly data: WireData<Name>
}

const envelope = {
  specversion: v.literal('1.0'),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f-]{16,36}-[1-9]\d{0,11}$/)),
  source: v.pipe(v.string(), v.regex(/^\/[a-z0-9-]+\/[a-z0-9-]+$/)),
  time: instant,
  sequence,
  datacontenttype: v.literal('application/json'),
  clock: v.exactOptional(v.literal('unsynced')),
  boot: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
  monotonic: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
}

/** What all events have in common. */
export const eventEnvelope: v.GenericSchema = v.object(envelope)

/** The schema of each event, by the name of its notice. */
export const eventSchemas: Readonly<Record<NoticeName, v.GenericSchema>> = Object.fromEntries(
  Object.entries(noticeData).map(([name, data]): [string, v.GenericSchema] => [name, v.object({ ...envelope, type: v.literal(`third-ring.${name}`), data })]),
) as Record<NoticeName, v.GenericSchema>
