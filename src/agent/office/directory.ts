import * as v from 'valibot'
import { substituteFrom } from '../../config/policy.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Substitute } from '../../desk/policy.ts'
import type { Millis } from '../../desk/time.ts'
import { digestOf } from '../../directory/published.ts'
import { type Directory, directorySchema } from '../../mqtt/hub-messages.ts'
import { hubTopic } from '../../mqtt/topics.ts'
import type { Part } from '../parts.ts'
import type { BrokerLink, Clock, Emit } from '../ports.ts'
import { followHub } from './hub-availability.ts'

interface DirectoryDeps {
  readonly site: string
  readonly name: string
  readonly link: Pick<BrokerLink, 'subscribe'>
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly desk: () => Pick<Desk, 'directory'>
  readonly emit: Emit
  readonly log: { warn(fields: object, message: string): void }
}

/** While the hub is there the desk is told so often that its directory is the present one: the age of it is counted from then. */
export const directoryTellMs: Millis = 3_600_000

/**
 * Takes the office's directory from the hub: `directory.seen` when it is another one, and each hour while the hub is there. One that is cut, mixed, older
 * than the known one, or in a form that this desk does not know is refused, told of once, and changes nothing.
 */
export function createDeskDirectory({ site, name, link, clock, desk, emit, log }: DirectoryDeps): Part {
  /** As the hub has it, once it was heard in this life. */
  let known: { readonly version: number; readonly digest: string; readonly substitutes: readonly Substitute[] } | undefined
  let hubOnline = false
  let refused = ''
  let cancel = (): void => {}
  const leave: (() => void)[] = []

  function tell(): void {
    cancel()
    if (!hubOnline || known === undefined) return
    emit({ type: 'directory.seen', version: known.version, substitutes: known.substitutes })
    cancel = clock.wakeAt(clock.now() + directoryTellMs, tell)
  }

  function refuse(payload: Buffer, sentence: string): void {
    const text = payload.toString()
    if (refused !== text) log.warn({ reason: sentence }, 'a directory of the hub is not believed; what was known stays')
    refused = text
  }

  function hear(payload: Buffer, retained: boolean): void {
    const { directory, digest } = read(payload)
    const wrong = directory === undefined ? 'it is in no form that this desk knows' : wrongWith(directory, digest, retained)
    if (payload.length === 0) takenBack()
    else if (directory === undefined || wrong !== undefined) refuse(payload, wrong ?? '')
    else take(directory)
  }

  function wrongWith({ version, digest }: Directory, found: string, retained: boolean): string | undefined {
    if (found !== digest) return 'its digest is that of another one'
    // The hub itself may begin anew; what a broker has kept may be an old one that came back with its backup.
    return retained && version < (known?.version ?? desk().directory?.version ?? 0) ? 'it is older than the known one' : undefined
  }

  function take({ version, digest, desks }: Directory): void {
    refused = ''
    const isNews = known?.version !== version || known.digest !== digest
    known = { version, digest, substitutes: (Object.hasOwn(desks, name) ? (desks[name]?.substitutes ?? []) : []).map(substituteFrom) }
    if (isNews) tell()
  }

  /** The office has none any more: nobody is forwarded by it from now on. */
  function takenBack(): void {
    if (known === undefined) return
    known = { ...known, digest: '', substitutes: [] }
    tell()
  }

  function hearHub(online: boolean): void {
    if (online === hubOnline) return
    hubOnline = online
    tell()
  }

  function lost(): void {
    hubOnline = false
    cancel()
  }

  return {
    async start() {
      leave.push(link.subscribe(hubTopic(site, 'directory'), hear), followHub({ site, link, clock }, hearHub, lost))
    },
    async stop() {
      lost()
      for (const each of leave) each()
    },
  }
}

/** With the digest of what came, in which a later hub may have said more than this desk knows. */
function read(payload: Buffer): { readonly directory?: Directory; readonly digest: string } {
  try {
    const value: unknown = JSON.parse(payload.toString())
    const result = v.safeParse(directorySchema, value)
    return result.success ? { directory: result.output, digest: digestOf((value as Directory).desks) } : { digest: '' }
  } catch {
    return { digest: '' }
  }
}
