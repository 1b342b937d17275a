import { setTimeout as sleep } from 'node:timers/promises'
import { atMost } from '../../at-most.ts'
import type { AgentConfig } from '../../config/config.ts'
import type { Desk } from '../../desk/desk.ts'
import type { ForwardOutcome } from '../../desk/event.ts'
import { type Lease, mayObeyUntil } from '../../desk/lease.ts'
import type { Millis } from '../../desk/time.ts'
import { lookInto, type Seen } from '../../store/look.ts'
import { monotonicMs, thisMachine } from '../clock.ts'
import { leaseIn } from '../journal.ts'
import type { Checkpoint, StoredPast } from '../ports.ts'
import { type OpenForwarder, openForwarder } from './open-forwarder.ts'
import { type Released, wordsOf } from './released.ts'

/** Between one look at a phone that may yet obey and the next. */
const againMs: Millis = 1000
/** Taking leave of the phone, in what is left of the time: that it is freed comes first. */
const letGoMs: Millis = 1000

/**
 * Takes off the phone the forwarding that the journal says is ours, whether it was asked for, held or being undone. The journal is read beside whoever has it;
 * it is undone by the code by which the agent does it, so that only what the phone itself shows to be this very forwarding is touched. Never rejects.
 */
export async function releaseForwarding(config: AgentConfig, withinMs: Millis): Promise<Released> {
  const { desk, store } = config
  const endMs = monotonicMs() + withinMs
  const seen = await atMost(
    withinMs,
    lookInto(store.directory).catch(() => undefined),
  )
  const lease = seen === 'none' ? undefined : leaseIn(seen?.past)
  if (lease === undefined) {
    const doubt = doubtOf(seen, store.directory)
    if (doubt === undefined) return { ok: true, sentence: `${desk}: no forwarding of ours is written down; the phone is left as it is.` }
    return { ok: false, sentence: `${desk}: whether a forwarding of ours is on the phone is not known, because ${doubt}; look at the phone.` }
  }
  const { past, recall } = seen === 'none' || seen === undefined ? { past: undefined, recall: () => undefined } : seen
  try {
    const forwarder = openForwarder(config, recall)
    if (forwarder === undefined) return saidOf(desk, lease, 'unsupported')
    const outcome = await atMost(Math.max(0, endMs - monotonicMs()), undo(forwarder, lease, past, endMs))
    await atMost(Math.min(letGoMs, Math.max(0, endMs - monotonicMs())), forwarder.stop())
    return saidOf(desk, lease, outcome ?? { fault: `nothing came of it within ${withinMs / 1000} s` })
  } catch (error) {
    return saidOf(desk, lease, { fault: wordsOf(error) })
  }
}

async function undo(forwarder: OpenForwarder, lease: Lease, past: StoredPast | undefined, endMs: Millis): Promise<ForwardOutcome> {
  const sureMs = Math.min(monotonicMs() + mayStillObeyMs(lease, past?.checkpoint), endMs - againMs)
  for (;;) {
    const outcome = await forwarder.forward({ on: false, kind: lease.kind, target: lease.target, ringMs: 0 })
    if (outcome !== 'confirmed' || monotonicMs() >= sureMs) return outcome
    await sleep(againMs)
  }
}

/** For how long the phone may yet obey the order to set, given just before the agent died: until then it proves nothing that it shows no forwarding. */
function mayStillObeyMs(lease: Lease, written: Checkpoint | undefined): Millis {
  // A machine that has started since took longer than that.
  if (written === undefined || written.bootId !== thisMachine.bootId()) return 0
  const now = (written.desk as Pick<Desk, 'at'>).at + monotonicMs() - written.bootMs
  return Math.max(0, mayObeyUntil({ ...lease, inherited: true }) - now)
}

/** Why there may be more than what was read. */
function doubtOf(seen: Seen | 'none' | undefined, directory: string): string | undefined {
  if (seen === 'none') return undefined
  if (seen === undefined) return `the journal in ${directory} could not be read in time`
  return seen.isWhole ? undefined : `the journal in ${directory} is damaged or lacks its end`
}

const whoElse = "The agent tries again when it runs, and the hub's warden if there is one."

/** The number is nobody's business: it may be a clerk's own. */
function saidOf(desk: string, lease: Lease, outcome: ForwardOutcome | { readonly fault: string }): Released {
  const forwarding = `the forwarding to ${lease.desk} (${lease.kind})`
  switch (outcome) {
    case 'confirmed':
      return { ok: true, sentence: `${desk}: ${forwarding} is off.` }
    case 'foreign':
      return { ok: true, sentence: `${desk}: ${forwarding} has been changed by somebody since; what is set on the phone is theirs, and stays.` }
    case 'sent':
      return { ok: true, sentence: `${desk}: ${forwarding} was told to end; whether it has cannot be read back.` }
    default: {
      const reason = typeof outcome === 'string' ? reasons[outcome] : outcome.fault
      return {
        ok: false,
        sentence: `${desk}: ${forwarding} could not be taken off, and may still be on: ${reason}. ${whoElse}`,
      }
    }
  }
}

const reasons: Readonly<Record<Exclude<ForwardOutcome, 'confirmed' | 'foreign' | 'sent'>, string>> = {
  contradicted: 'the phone took the command and still shows it',
  busy: 'the phone takes no such command while a line is in use',
  unjournalled: 'it could not be written down',
  refused: 'the phone turned the password or this address down',
  unsupported: 'there is no way to tell this phone; see forwarding.by',
  unreachable: 'the phone does not answer',
}
