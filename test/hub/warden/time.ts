import { dueOf, emptyWarden, takeWarden, type WardenCore } from '../../../src/hub/warden/core.ts'
import type { WardenEffect, WardenFact } from '../../../src/hub/warden/fact.ts'
import { type WardenLimits, wardenLimits } from '../../../src/hub/warden/limits.ts'
import type { UndoOutcome } from '../../../src/hub/warden/outcome.ts'
import type { KeptWard, KnownLease } from '../../../src/hub/warden/ward.ts'

export const graceMs = 180_000
export const minute = 60_000
export const wallAtZero = Date.parse('2026-11-26T09:00:00Z')

/** A lease as a desk tells it, half an hour long. */
export function leaseUntil(until: number, changes: Partial<KnownLease> = {}): KnownLease {
  return { state: 'held', kind: 'no-answer', target: 'usc-14', until: wallAtZero + until, ...changes }
}

/** A warden in invented time: it is told facts, and time passes by its own deadlines alone. */
export function openWarden(options: { readonly limits?: Partial<WardenLimits>; readonly kept?: ReadonlyMap<string, KeptWard>; readonly at?: number } = {}) {
  const settings = { graceMs, limits: { ...wardenLimits, ...options.limits } }
  let now = options.at ?? 0
  let core: WardenCore = emptyWarden(now, wallAtZero + now, options.kept)
  let hand: (effect: WardenEffect) => void = () => {}
  const done: string[] = []
  const warden = {
    core: () => core,
    now: () => now,
    settings,
    /** What came out, with its instant in seconds. */
    done,
    /** How a phone answers; what is told from inside comes at once. */
    atPhones(then: (effect: WardenEffect) => void) {
      hand = then
    },
    tell(...facts: readonly WardenFact[]) {
      for (const fact of facts) {
        const taken = takeWarden(core, { ...fact, at: now, wall: wallAtZero + now }, settings)
        core = taken.core
        for (const effect of taken.effects) {
          if (effect.type === 'undo') done.push(`${now / 1000} ${effect.desk} ${effect.lease.kind}`)
          hand(effect)
        }
      }
    },
    wait(ms: number) {
      const end = now + ms
      for (let due = dueOf(core, settings); due !== undefined && due <= end; due = dueOf(core, settings)) {
        now = Math.max(due, now)
        warden.tell({ type: 'tick' })
      }
      now = end
      warden.tell({ type: 'tick' })
    },
    /** Time passes and the warden does not notice. */
    sleep(ms: number) {
      now += ms
    },
    task(desk = 'usc-12') {
      return core.wards.get(desk)?.task
    },
    shown(desk = 'usc-12') {
      const task = core.wards.get(desk)?.task
      return task === undefined ? 'nothing' : `${task.state} ${task.reason}`
    },
    /** An agent that forwards its phone, half an hour from now on. */
    forwards(desk = 'usc-12', changes: Partial<KnownLease> = {}, ms = 30 * minute) {
      warden.tell({ type: 'availability', desk, online: true }, { type: 'lease', desk, lease: leaseUntil(now + ms, changes), leftMs: ms })
    },
  }
  return warden
}

export const gone = (desk = 'usc-12') => ({ type: 'availability', desk, online: false }) as const
export const there = (desk = 'usc-12') => ({ type: 'availability', desk, online: true }) as const
export const hears = { type: 'hears', on: true } as const

/** A warden that hears, with phones; `answer` is what becomes of each order, at once. */
export function ready(answer?: (desk: string) => UndoOutcome | 'silence', desks: readonly string[] = ['usc-12']) {
  const warden = openWarden()
  warden.atPhones((effect) => {
    if (effect.type === 'look') return warden.tell({ type: 'looked', desk: effect.desk, ok: true })
    const outcome = answer?.(effect.desk) ?? 'silence'
    if (outcome !== 'silence') warden.tell({ type: 'undid', desk: effect.desk, order: effect.order, outcome })
  })
  warden.tell(hears, { type: 'phones', desks })
  return warden
}
