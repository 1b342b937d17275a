import { type Warden, type WardenLease, wardenSchema } from '../../mqtt/hub-messages.ts'
import { hubTopic } from '../../mqtt/topics.ts'
import type { Part } from '../parts.ts'
import type { BrokerLink, Clock, Emit } from '../ports.ts'
import { followHub } from './hub-availability.ts'
import { readPayload } from './read-payload.ts'

interface WardenDeps {
  readonly site: string
  readonly name: string
  readonly link: Pick<BrokerLink, 'subscribe'>
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly emit: Emit
}

/**
 * Whether a warden is there that can undo a forwarding of this desk: `warden.seen`, when that changes. It takes three things, and without any of them the
 * answer is no: a line to the broker, a hub that is there, and this desk's name in the hub's own list. How long a desk may go on without, the core decides.
 *
 * And what it has done at this desk's phone while it did not hear of the desk: `warden.freed`. The broker has kept that, and a desk that comes back hears it
 * before it says that it is there, which takes it off the warden's list.
 */
export function createDeskWarden({ site, name, link, clock, emit }: WardenDeps): Part {
  let isHubThere = false
  let isListed = false
  let told: boolean | undefined
  let freed: number | undefined
  const leave: (() => void)[] = []

  function tell(): void {
    const answers = isHubThere && isListed
    if (answers === told) return
    told = answers
    emit({ type: 'warden.seen', answers })
  }

  /** What was off already when the warden read the phone, a person may have undone. */
  function tellFreed({ state, reason, order }: Partial<WardenLease> = {}): void {
    const now = state === 'undone' && reason !== 'found-free' ? order : undefined
    if (now !== undefined && now !== freed) emit({ type: 'warden.freed', order: now })
    freed = now
  }

  function hearHub(online: boolean): void {
    isHubThere = online
    tell()
  }

  function hearWarden(payload: Buffer): void {
    // What cannot be read, or was taken back, is a list with nobody on it.
    const word = readPayload<Warden>(wardenSchema, payload)
    isListed = word?.desks.includes(name) === true
    tell()
    tellFreed(word?.leases.find(({ desk }) => desk === name))
  }

  function lost(): void {
    isHubThere = false
    isListed = false
    tell()
  }

  return {
    async start() {
      // What the desk was told in an earlier life need not be so any more.
      tell()
      leave.push(followHub({ site, link, clock }, hearHub, lost), link.subscribe(hubTopic(site, 'warden'), hearWarden, lost))
    },
    async stop() {
      for (const each of leave) each()
    },
  }
}
