import assert from 'node:assert/strict'
import type { AgentConfig } from '../config/config.ts'
import type { Desk, Stamped } from '../desk/desk.ts'
import { callerReference } from '../mqtt/caller-reference.ts'
import { noticeToCloudEvent } from '../mqtt/notice-event.ts'
import type { Machine } from './clock.ts'
import type { Clock, OutboxEvent, Store } from './ports.ts'

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
    const { clock: known } = desk()
    // The instant at which it became so, however late the machine woke to say it.
    const wall = known === undefined ? clock.wall() : notice.at + known.offsetMs
    assert(Number.isFinite(wall), 'an event has a time')
    const event = noticeToCloudEvent(notice, {
      site: config.site,
      desk: config.desk,
      epoch: store.epoch,
      sequence,
      wall,
      synced: known?.synced === true,
      boot: machine.bootId(),
      monotonicMs: Math.max(0, machine.monotonicMs() - (clock.now() - notice.at)),
      deskOf,
      ...(reference === undefined ? {} : { callerReference: reference }),
    })
    return { sequence, json: JSON.stringify(event), wall }
  }
}
