import { join } from 'node:path'
import { atMost } from '../../at-most.ts'
import { isSameTarget } from '../../desk/number.ts'
import type { ForwardKind } from '../../desk/policy.ts'
import { createKeptFile } from '../kept-file.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'
import type { DeskView } from '../office.ts'
import { answersFor, dueOf, emptyWarden, takeWarden, type WardenCore, type WardenSettings } from './core.ts'
import type { Seen, WardenEffect, WardenFact } from './fact.ts'
import { createHand, type Found, type Hand, type MakeHand } from './hand.ts'
import { keptSchema } from './kept.ts'
import { type WardenLimits, wardenLimits } from './limits.ts'
import type { UndoOutcome } from './outcome.ts'
import { createPhonesFile } from './phones-file.ts'
import { keptOf, payloadOf, type ShownTask, tasksOf, wireOf } from './picture.ts'
import { type KeptWard, type KnownLease, leaseOf } from './ward.ts'

export interface WardenOptions {
  readonly graceMs: number
  readonly phonesFile: string
  readonly limits?: Partial<WardenLimits>
  /** Phones of another kind, for tests. */
  readonly makeHand?: MakeHand
}

export interface WardenSideOptions extends WardenOptions {
  /** Where what must outlive the hub is kept; nowhere if left out. */
  readonly store?: string
  /** The office's clock and how fast it runs: a demonstration's graces run with it. */
  readonly clock: { wall(): number; rate(): number }
  /** What desks say comes by the broker's own hand, whether or not the hub has a line to it. */
  readonly byHand: boolean
  /** `hub/warden`, retained; false where there is no line. */
  readonly publish: (payload: string) => boolean
  /** The number of a substitute of a desk, as the office's directory has it. */
  readonly numberOf: (desk: string, substitute: string) => string | undefined
  /** The substitutes of a desk with their numbers, from the directory. */
  readonly substitutesOf: (desk: string) => readonly { readonly desk: string; readonly number: string }[]
  /** What it is about has changed. */
  readonly onChange: () => void
  readonly log: HubLog
}

/** For `/healthz`, the metrics, the alarms and the page. */
export interface WardenHealth {
  readonly graceMs: number
  /** Phones in the file, and of them those that could be read at the last look. */
  readonly phones: number
  readonly answersFor: number
  readonly faults: readonly string[]
  readonly freed: number
}

/** The warden at work: ears at the recorder, hands at the phones, its picture on disk and on the broker. */
export interface WardenSide {
  start(): void
  /** Says that it answers for nobody any more, while the line is still up. */
  stop(): Promise<void>
  connection(up: boolean): void
  /** One message of a desk was taken in: which, and the desk as it is after it; `undefined`: the broker keeps nothing of it any more. */
  taken(desk: string, name: string, view: DeskView | undefined): void
  tasks(): readonly ShownTask[]
  health(): WardenHealth
}

/** The longest sleep: timers of a month overflow. */
const sleepMaxMs = 60_000

export function createWardenSide(options: WardenSideOptions): WardenSide {
  const { graceMs, clock, log, publish, onChange, store, makeHand = createHand } = options
  const limits = { ...wardenLimits, ...options.limits }
  const file = createPhonesFile(options.phonesFile, log)
  const kept = store === undefined ? undefined : createKeptFile<readonly [string, KeptWard][]>(join(store, 'warden.json'), keptSchema, log)
  const office = createOfficeTime(clock)
  const hands = new Map<string, Hand>()
  /** Where phones went while their agents said that it was theirs. Numbers: they stay in memory. */
  const learnt = new Map<string, { readonly kind: ForwardKind; readonly substitute: string | null; readonly number: string }>()
  let core: WardenCore = emptyWarden(office.now(), clock.wall())
  let [keptText, told, shown] = ['', '', '']
  let [up, running] = [false, false]
  let toldAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let teller: NodeJS.Timeout | undefined
  let looker: NodeJS.Timeout | undefined

  /** What is counted in real time keeps its length in a demonstration that runs faster than life. */
  const settings = (): WardenSettings => {
    const rate = Math.max(1, clock.rate())
    return { graceMs, limits: { ...limits, asleepMs: limits.asleepMs * rate, attemptMs: limits.attemptMs * rate, staggerMs: limits.staggerMs * rate } }
  }

  function take(...facts: readonly WardenFact[]): void {
    if (!running) return
    for (const fact of facts) {
      const taken = takeWarden(core, { ...fact, at: office.now(), wall: clock.wall() }, settings())
      const before = core
      core = taken.core
      if (before.wards !== core.wards || before.looks !== core.looks) changed()
      for (const effect of taken.effects) void obey(effect)
    }
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    const due = dueOf(core, settings())
    const delay = due === undefined ? sleepMaxMs : Math.min(Math.max((due - office.now()) / Math.max(clock.rate(), 0.001), 0), sleepMaxMs)
    timer = setTimeout(() => take({ type: 'tick' }), Math.ceil(delay))
  }

  function changed(): void {
    const wards = [...keptOf(core)]
    const text = JSON.stringify(wards)
    if (text !== keptText) kept?.write(wards)
    keptText = text
    const seen = JSON.stringify(tasksOf(core))
    if (seen !== shown) onChange()
    shown = seen
    tell()
  }

  /** Many changes in a moment are one message. */
  function tell(): void {
    const text = JSON.stringify(wireOf(core, settings()))
    if (!up || text === told || teller !== undefined) return
    const waitMs = toldAt + limits.tellGapMs - performance.now()
    if (waitMs > 0) {
      teller = setTimeout(() => {
        teller = undefined
        tell()
      }, waitMs)
      return
    }
    if (!publish(payloadOf(wireOf(core, settings()), clock.wall()))) return
    told = text
    toldAt = performance.now()
  }

  async function obey(effect: WardenEffect): Promise<void> {
    const { desk } = effect
    const hand = handOf(desk)
    if (effect.type === 'look') {
      const found = hand === undefined ? undefined : await atMost(limits.attemptMs, hand.look())
      learn(desk, found ?? [])
      const seen = seenOf(desk, found ?? [])
      return take({ type: 'looked', desk, ok: found !== undefined, ...(seen === undefined ? {} : { seen }) })
    }
    const attempt = hand?.undo(effect.lease, numberFor(desk, effect.lease)) ?? Promise.resolve<UndoOutcome>('no-phone')
    const outcome = (await atMost(limits.attemptMs, attempt)) ?? 'unreachable'
    const reason = core.wards.get(desk)?.task?.reason
    take({ type: 'undid', desk, order: effect.order, outcome })
    // Once each, and not at each of a hundred attempts.
    if (core.wards.get(desk)?.task?.reason !== reason) log.info({ desk, outcome }, 'the warden was at a phone, to undo what its agent left behind')
  }

  function handOf(desk: string): Hand | undefined {
    const { phones, numbers } = file.current()
    const phone = phones[desk]
    if (phone === undefined) return undefined
    const hand = hands.get(desk) ?? makeHand(phone, { numbers, log })
    hands.set(desk, hand)
    return hand
  }

  /** What the phone showed while its agent answered for it is what it was told: better than any list. */
  function numberFor(desk: string, { kind, target }: KnownLease): string | undefined {
    const known = learnt.get(desk)
    if (known !== undefined && known.kind === kind && known.substitute === target) return known.number
    const listed = file.current().phones[desk]?.substitutes.find((each) => each.desk === target)
    return listed?.number ?? (target === null ? undefined : options.numberOf(desk, target))
  }

  function learn(desk: string, found: readonly Found[]): void {
    const { online, lease } = core.wards.get(desk) ?? {}
    if (online !== true || lease?.state !== 'held') return
    const shownNow = found.find(({ kind, on, target }) => kind === lease.kind && on && target !== undefined)
    if (shownNow?.target !== undefined) learnt.set(desk, { kind: lease.kind, substitute: lease.target, number: shownNow.target })
  }

  function seenOf(desk: string, found: readonly Found[]): Seen | undefined {
    const { phones, numbers } = file.current()
    const substitutes = [...(phones[desk]?.substitutes ?? []), ...options.substitutesOf(desk)]
    for (const { kind, on, target } of found) {
      if (!on || target === undefined || (kind !== 'always' && kind !== 'no-answer')) continue
      const substitute = substitutes.find(({ number }) => isSameTarget(number, target, numbers))
      if (substitute !== undefined) return { kind, target: substitute.desk }
    }
    return undefined
  }

  /** Other phones or other passwords: hands that hold the former ones are let go. */
  function lookAtFile(): void {
    if (!file.look()) return
    for (const hand of hands.values()) void hand.stop()
    hands.clear()
    take({ type: 'phones', desks: Object.keys(file.current().phones) })
  }

  return {
    start() {
      running = true
      core = emptyWarden(office.now(), clock.wall(), new Map(kept?.read() ?? []))
      keptText = JSON.stringify([...keptOf(core)])
      lookAtFile()
      if (options.byHand) take({ type: 'hears', on: true })
      looker = setInterval(lookAtFile, limits.fileLookMs)
      schedule()
    },
    async stop() {
      if (!running) return
      running = false
      for (const each of [timer, teller]) clearTimeout(each)
      clearInterval(looker)
      if (up) publish(payloadOf({ graceMs, desks: [], leases: [] }, clock.wall()))
      await atMost(limits.stopMs, Promise.all([...hands.values()].map((hand) => hand.stop())))
      await kept?.settled()
    },
    connection(now) {
      up = now
      told = ''
      if (!options.byHand) take({ type: 'hears', on: now })
      if (now) tell()
    },
    taken(desk, name, view) {
      if (desk === 'hub') return
      if (name === 'availability') take({ type: 'availability', desk, online: view?.availability === 'online' })
      else if (name === 'state' && view?.state !== undefined) take({ type: 'lease', desk, ...leaseOf(view.state) })
      if (view === undefined) take({ type: 'forgotten', desk })
      if (core.wards.get(desk)?.lease === undefined) learnt.delete(desk)
    },
    tasks: () => tasksOf(core),
    health() {
      const phones = Object.keys(file.current().phones).length
      return { graceMs, phones, answersFor: answersFor(core).length, faults: file.faults().slice(0, hubLimits.alarmsMax), freed: core.freed }
    },
  }
}

/** The office's time as a clock that only goes forward, however its wall clock is set, as fast as the office runs. */
function createOfficeTime(clock: { rate(): number }): { now(): number } {
  let [at, real] = [0, performance.now()]
  return {
    now() {
      const now = performance.now()
      at += (now - real) * clock.rate()
      real = now
      return at
    },
  }
}
