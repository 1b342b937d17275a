import assert from 'node:assert/strict'
import type { AgentConfig } from '../config/config.ts'
import type { Desk, Stamped } from '../desk/desk.ts'
import { callerReference } from '../mqtt/caller-reference.ts'
import { noticeToCloudEvent } from '../mqtt/notice-event.ts'
import type { Machine } from './clock.ts'
import type { Clock, OutboxEvent, Store } from './ports.ts'

/** How far two words of the time may be apart and still be the same clock. */
const clockStepMinMs = 1000

type Notice = Extract<Stamped, { type: 'notice' }>

/** Numbers a notice and writes it as it goes on the wire; the same text each time it is sent. */
export function createEventMaker(
  config: AgentConfig,
  referenceKey: string | undefined,
  store: Pick<Store, 'epoch'>,
  clock: Clock,
  machine: Pick<Machine, 'bootId' | 'monotonicMs'>,
  desk: () => Desk,
  deskOf: (target: string) => string | undefined,
): (notice: Notice, sequence: number) => OutboxEvent {
  const reference = referenceKey === undefined ? undefined : (number: string) => callerReference(referenceKey.trim(), number)
  return (notice, sequence) => {
    // The instant at which it became so, however late the machine woke to say it.
    const { offsetMs, synced } = offsetNow(desk(), clock)
    const wall = notice.at + offsetMs
    assert(Number.isFinite(wall), 'an event has a time')
    const event = noticeToCloudEvent(notice, {
      site: config.site,
      desk: config.desk,
      epoch: store.epoch,
      sequence,
      wall,
      synced,
      boot: machine.bootId(),
      monotonicMs: Math.max(0, machine.monotonicMs() - (clock.now() - notice.at)),
      deskOf,
      ...(reference === undefined ? {} : { callerReference: reference }),
    })
    return { sequence, json: JSON.stringify(event), wall }
  }
}

/**
 * The desk's clock as it was told last, unless that was in an earlier life: an agent that starts after a power cut speaks before its desk has been told
 * that nobody knows the time any more.
 */
function offsetNow({ clock: known }: Desk, clock: Clock): { readonly offsetMs: number; readonly synced: boolean } {
  const offsetMs = clock.wall() - clock.now()
  const synced = clock.synced()
  const holds = known !== undefined && known.synced === synced && Math.abs(known.offsetMs - offsetMs) < clockStepMinMs
  return holds ? known : { offsetMs, synced }
}
