import type { AgentConfig } from '../../config/config.ts'
import { createListener, type ListenerCounters } from '../../http/listener.ts'
import type { Log } from '../../log.ts'
import type { PostingPhone } from '../../phones/driver.ts'
import type { Part } from '../parts.ts'
import type { Emit } from '../ports.ts'
import { hearing } from './hearing.ts'
import type { Refusals } from './refusals.ts'

interface DoorDeps {
  readonly log: Log
  readonly emit: Emit
  readonly phone: Pick<PostingPhone, 'receive'>
  readonly refusals: Refusals
}

export interface DeskDoor extends Part {
  port(): number
  counters(): ListenerCounters
}

/** Where the phone posts. What it says goes to its driver; what is turned away is told to the desk, for as long as the door stands. */
export function createDeskDoor({ listen }: AgentConfig, { log, emit, phone, refusals }: DoorDeps): DeskDoor {
  const listener = createListener({ ...listen, log, onRequest: hearing(phone.receive, emit), onTurnedAway: refusals.turnedAway })
  return {
    start: listener.start,
    async stop() {
      refusals.stop()
      await listener.stop()
    },
    port: () => listener.port,
    counters: () => ({ ...listener.counters }),
  }
}
