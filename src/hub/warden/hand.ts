import { createRotating } from '../../config/rotating.ts'
import { type RotatingName, readRotating } from '../../config/secrets.ts'
import type { Fact } from '../../desk/event.ts'
import type { Numbering } from '../../desk/number.ts'
import type { ForwardKind } from '../../desk/policy.ts'
import { createInTurn } from '../../in-turn.ts'
import { createForwarder } from '../../phones/forwarder.ts'
import { createExchangeForwarder } from '../../sip/codes/exchange-forwarder.ts'
import { unforeseeable } from '../../sip/random.ts'
import type { HubLog } from '../log.ts'
import type { UndoOutcome } from './outcome.ts'
import { wayOf } from './phones-file.ts'
import type { WardenPhone } from './phones-schema.ts'
import type { KnownLease } from './ward.ts'

/** One kind of forwarding as the phone shows it. */
export interface Found {
  readonly kind: string
  readonly on: boolean
  readonly target?: string
}

/** The warden's hand at one phone. Nothing here rejects; what is asked while something is under way waits for its turn. */
export interface Hand {
  /** All kinds that the phone shows; `undefined` where it could not be read. */
  look(): Promise<readonly Found[] | undefined>
  /** Undoes what is ours. `number` is the target as the phone was told it, where that is known. */
  undo(lease: KnownLease, number: string | undefined): Promise<UndoOutcome>
  stop(): Promise<void>
}

/** What a hand tells a phone by: the agent's own forwarders, under the warden's credential. */
interface Teller {
  readonly look: () => Promise<boolean | 'hidden'>
  readonly forward: (command: { readonly on: false; readonly kind: ForwardKind; readonly target: string; readonly ringMs: 0 }) => Promise<UndoOutcome>
  /** Only of a phone that lets one in at a time. */
  readonly leave?: () => Promise<void>
  readonly stop: () => Promise<unknown>
}

interface HandDeps {
  readonly numbers: Numbering
  readonly log: HubLog
}

export type MakeHand = (phone: WardenPhone, deps: HandDeps) => Hand

/** See `Hand`. It has no connection until it is used. */
export const createHand: MakeHand = (phone, deps) => {
  let heard: Fact[] = []
  const teller = tellerOf(phone, (fact) => void heard.push(fact), deps)
  const inTurn = createInTurn()

  async function read(): Promise<{ readonly ok: boolean; readonly found: readonly Found[]; readonly refused: boolean }> {
    heard = []
    const ok = (await teller?.look()) === true
    const found = heard.flatMap((fact) => (fact.type === 'phone.forwarding' && fact.read === true ? [fact] : []))
    return { ok, found, refused: heard.some(({ type }) => type === 'phone.refused') }
  }

  async function undo(lease: KnownLease, number: string | undefined): Promise<UndoOutcome> {
    if (teller === undefined) return 'unsupported'
    const { ok, found, refused } = await read()
    if (refused) return 'refused'
    const shown = found.find(({ kind }) => kind === lease.kind)
    if (shown?.on === false) return 'found-free'
    const target = number ?? targetByKind(lease, shown)
    if (target === undefined) return ok || shown !== undefined ? 'no-number' : 'unreachable'
    // What the phone shows to be another number is left alone there, as with every order.
    return teller.forward({ on: false, kind: lease.kind, target, ringMs: 0 })
  }

  /** Nobody waits for the goodbye but the next errand, which may be an hour away: until then the phone's web page is the administrator's. */
  function errand<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = inTurn.run(work)
    if (teller?.leave !== undefined) void inTurn.run(teller.leave)
    return result
  }

  return {
    look: () =>
      errand(async () => {
        const { ok, found } = await read()
        return ok ? found : undefined
      }),
    undo: (lease, number) => errand(() => undo(lease, number)),
    stop: async () => void (await teller?.stop()),
  }
}

/**
 * Nobody knows the number: the kind alone tells whose it is, and only where the phone had confirmed it to its agent. What was merely asked for may never
 * have come to be, and then what the phone shows is a person's.
 */
function targetByKind({ state }: KnownLease, shown: Found | undefined): string | undefined {
  return state === 'held' || state === 'releasing' ? shown?.target : undefined
}

function tellerOf(phone: WardenPhone, emit: (fact: Fact) => void, { numbers, log }: HandDeps): Teller | undefined {
  const { vendor, url, username, passwordFile, mac, sip } = phone
  const way = wayOf(phone)
  const quiet = { debug: () => {}, info: () => {}, warn: () => {} }
  const now = () => performance.now()
  if (way === 'exchange') {
    if (sip === undefined) return undefined
    const passwords = passwordsOf(sip.passwordFile, 'sipPassword', log)
    const clock = { now, after: (delayMs: number, then: () => void) => later(delayMs, then) }
    return createExchangeForwarder(sip, passwords, { emit, clock, random: unforeseeable, log: quiet })
  }
  const passwords = passwordsOf(passwordFile, 'phonePassword', log)
  const access = { vendor, by: way, url: url ?? '', username, passwords, numbering: numbers, ...(mac === undefined ? {} : { mac }) }
  return createForwarder(access, { emit, log: quiet, now })
}

function later(delayMs: number, then: () => void): () => void {
  const timer = setTimeout(then, delayMs)
  return () => clearTimeout(timer)
}

/** As the file has them at the time of asking; a file that cannot be read was told of with the phones. */
function passwordsOf(file: string | undefined, name: RotatingName, log: HubLog): () => readonly string[] {
  if (file === undefined) return () => []
  const reading = readRotating(file, name)
  const onFault = (fault: string) => log.warn({ fault }, 'a password of the warden was changed and cannot be used; the former one is')
  return createRotating({ file, name, values: 'values' in reading ? reading.values : [], onFault })
}
