import type { OutboxEvent, Store } from '../../agent/ports.ts'
import type { WallTime } from '../../desk/time.ts'
import { wasTaken } from '../command-errors.ts'
import type { LinkLimits } from '../limits.ts'

/** The ids of commands that were taken. Each is a nonce: whoever has recorded a command and sends it again finds its id used. */
export interface CommandMemory {
  /** Takes the id, unless it was taken before. Should the memory be full of ids that are still valid, nothing new is believed to be new. */
  takes(id: string, expires: WallTime, wall: WallTime): boolean
  /** What was taken by an earlier life of this agent. */
  recall(taken: readonly TakenCommand[]): void
}

export interface TakenCommand {
  readonly id: string
  /** It may have been valid until then. */
  readonly until: WallTime
}

/** An id is kept for as long as there is room, also when its command has expired: a clock that is put back must not make an old command new. */
export function createCommandMemory({ commandIdsMax }: LinkLimits): CommandMemory {
  const expiries = new Map<string, WallTime>()

  function makeRoom(wall: WallTime): void {
    for (const [known, until] of expiries) {
      if (expiries.size < commandIdsMax) return
      if (until <= wall) expiries.delete(known)
    }
  }

  return {
    takes(id, expires, wall) {
      if (expiries.has(id)) return false
      makeRoom(wall)
      if (expiries.size >= commandIdsMax) return false
      expiries.set(id, expires)
      return true
    },
    recall(taken) {
      for (const { id, until } of taken.slice(-commandIdsMax)) expiries.set(id, until)
    },
  }
}

/**
 * What the desk's own journal says of commands that were taken: each left an event. Only so many of the last events are read: more than the
 * ids that are remembered, so that a command that is still valid is seldom older than all of them.
 */
export async function takenBefore(
  store: Pick<Store, 'epoch' | 'lastSequence' | 'eventsOf'>,
  { commandHistoryEvents, commandLifeMaxMs }: LinkLimits,
): Promise<readonly TakenCommand[]> {
  const events = await store.eventsOf(store.epoch, Math.max(1, store.lastSequence - commandHistoryEvents + 1), commandHistoryEvents)
  return events.flatMap((event) => {
    const id = takenIn(event)
    return id === undefined ? [] : [{ id, until: event.wall + commandLifeMaxMs }]
  })
}

function takenIn({ json }: OutboxEvent): string | undefined {
  // Most events are of calls: only these few are worth reading.
  if (!json.includes('"third-ring.command.')) return undefined
  try {
    const { type, data } = JSON.parse(json) as { type?: unknown; data?: { id?: unknown; code?: unknown } }
    const code = typeof data?.code === 'string' ? data.code : undefined
    const taken = type === 'third-ring.command.obeyed' || (type === 'third-ring.command.refused' && wasTaken(code))
    return taken && typeof data?.id === 'string' ? data.id : undefined
  } catch {
    return undefined
  }
}
