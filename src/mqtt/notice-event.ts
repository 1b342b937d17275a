import * as v from 'valibot'
import type { Notice } from '../desk/effect.ts'
import type { Millis, WallTime } from '../desk/time.ts'
import type { CloudEvent } from './event-message.ts'
import { noticeData } from './notice-data.ts'
import { isoTime, sequenceText } from './wire-form.ts'

export interface NoticeContext {
  readonly site: string
  readonly desk: string
  readonly epoch: string
  readonly sequence: number
  /** When it was said, by the wall clock. */
  readonly wall: WallTime
  readonly synced: boolean
  /** The machine's boot, and its monotonic clock when it was said: by them a time that was not known can be found out later. */
  readonly boot: string
  readonly monotonicMs: Millis
  /** The substitute that a number (or a desk's own name) stands for. A number that is nobody's here never goes on the wire: it may be a private one. */
  readonly deskOf: (target: string) => string | undefined
  /** What stands for a caller, where the office has chosen so; left out, nothing does. */
  readonly callerReference?: (number: string) => string
}

/** What stands on the wire for a number that is not a substitute's. */
export const unlistedTarget = 'unlisted'

const reasonLengthMax = 200

/**
 * A notice as it goes on the wire (contract §4). Only fields that `noticeData` describes leave the desk, numbers become desks or references, and a
 * sentence for technicians loses whatever in it looks like a telephone number. Throws if the core says what it may not: a fault of ours.
 */
export function noticeToCloudEvent(notice: Notice, context: NoticeContext): CloudEvent {
  const { site, desk, epoch, sequence, wall, synced, boot, monotonicMs, callerReference } = context
  const fields = Object.entries(notice.data).map(([name, value]) => [name, wireValue(name, value, context)])
  const caller = notice.caller === undefined ? undefined : callerReference?.(notice.caller)
  const data = v.parse(noticeData[notice.name], { ...Object.fromEntries(fields), ...(caller === undefined ? {} : { caller }) })
  return {
    specversion: '1.0',
    id: `${epoch}-${sequence}`,
    source: `/${site}/${desk}`,
    type: `third-ring.${notice.name}`,
    time: isoTime(wall),
    sequence: sequenceText(sequence),
    datacontenttype: 'application/json',
    ...(synced ? {} : { clock: 'unsynced' as const }),
    ...(synced && notice.name !== 'clock.stepped' ? {} : { boot, monotonic: String(monotonicMs) }),
    data: data as CloudEvent['data'],
  }
}

function wireValue(name: string, value: unknown, { deskOf }: NoticeContext): unknown {
  switch (name) {
    case 'dueAt':
    case 'until':
      return typeof value === 'number' ? isoTime(value) : value
    case 'target':
      return typeof value === 'string' ? (deskOf(value) ?? unlistedTarget) : value
    case 'reason':
      return typeof value === 'string' ? plainReason(value) : value
    default:
      return value
  }
}

/** A driver's sentence without anything that could be a telephone number (six digits or more, however grouped), and not too long. */
export function plainReason(reason: string): string {
  return reason.replace(/\+?\d(?:[ ()-]*\d){5,}/g, '…').slice(0, reasonLengthMax)
}
