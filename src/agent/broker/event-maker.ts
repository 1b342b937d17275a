import assert from 'node:assert/strict'
import type { AgentConfig } from '../../config/config.ts'
import type { Desk, Stamped } from '../../desk/desk.ts'
import { callerReference } from '../../mqtt/caller-reference.ts'
import { noticeToCloudEvent } from '../../mqtt/notice-event.ts'
import type { Machine } from '../clock.ts'
import type { Clock, OutboxEvent, Store } from '../ports.ts'

type Notice = Extract<Stamped, { type: 'notice' }>

interface EventMakerDeps {
  /** Where the office has chosen that callers can be told apart on the wire. */
  readonly callerReferenceKey: string | undefined
  readonly store: Pick<Store, 'epoch'>
  readonly clock: Pick<Clock, 'now' | 'wall'>
  readonly machine: Pick<Machine, 'bootId' | 'monotonicMs'>
  readonly desk: () => Desk
  readonly deskOf: (target: string) => string | undefined
}

/** Numbers a notice and writes it as it goes on the wire; the same text each time it is sent. */
export function createEventMaker(config: Pick<AgentConfig, 'site' | 'desk'>, deps: EventMakerDeps): (notice: Notice, sequence: number) => OutboxEvent {
  const { callerReferenceKey: key, store, clock, machine, desk, deskOf } = deps
  const reference = key === undefined ? undefined : (number: string) => callerReference(key.trim(), number)
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
