import type { Forwarding } from './desk.ts'
import type { ForwardingWord, Lease } from './lease.ts'

/** Every kind of forwarding a phone may tell of, from the one that takes most calls to the one of which least is known. */
export const forwardingKinds = ['always', 'no-answer', 'busy', 'unknown'] as const
export type ForwardingKind = (typeof forwardingKinds)[number]

/** What is on, by its kind. */
export type ForwardingKinds = Readonly<Partial<Record<ForwardingKind, { readonly owner: 'agent' | 'foreign'; readonly target?: string }>>>

/**
 * One word of the phone about one kind of forwarding; the others stay as they are. Only where a phone does not say the kind, its word that something is
 * off is about everything; and what was on without a kind is over with any other.
 */
export function recordForwarding(known: Forwarding, { kind, on, target }: ForwardingWord): Forwarding {
  const kinds = kindsOf(known)
  if (on) {
    const before = kinds[kind] ?? (kind === 'unknown' ? Object.values(kinds).find(({ owner }) => owner === 'agent') : undefined)
    if (before !== undefined && (target === undefined || target === before.target)) return known
    return derived(known, { ...kinds, [kind]: { owner: 'foreign', ...(target === undefined ? {} : { target }) } })
  }
  const isNews = kind === 'unknown' || kinds[kind] !== undefined || kinds.unknown !== undefined
  if (known.state === 'off' || (known.state === 'on' && !isNews)) return known
  const { [kind]: _, unknown: __, ...rest } = kinds
  return derived(known, kind === 'unknown' ? {} : rest)
}

/**
 * What is known of the phone with our lease in it: on and ours while it is held or being undone; while nothing is proven either way, unknown and ours to
 * answer for.
 */
export function withLease(known: Forwarding, lease: Lease | undefined): Forwarding {
  const others = Object.fromEntries(Object.entries(kindsOf(known)).filter(([, { owner }]) => owner === 'foreign')) as ForwardingKinds
  if (lease === undefined) return known.owner === 'agent' ? derived({ state: 'off' }, others) : known
  const { kind, target, until, claimed, state } = lease
  if (claimed && state !== 'unknown') return same(known, derived({ state: 'on', until }, { ...others, [kind]: { owner: 'agent', target } }))
  return same(known, Object.keys(others).length > 0 ? derived({ state: 'on' }, others) : { state: 'unknown', owner: 'agent', kind, target, until })
}

/** The one that was known, where nothing is new in the other: a desk that has not changed need not be written down. */
function same(known: Forwarding, next: Forwarding): Forwarding {
  return JSON.stringify(known) === JSON.stringify(next) ? known : next
}

/** After a restart of the phone nothing is known of it. */
export function forgetForwarding({ kinds: _, ...known }: Forwarding): Forwarding {
  return { ...known, state: 'unknown' }
}

/** What is on. A desk that was written down before there were kinds knew of one. */
export function kindsOf({ state, kinds, kind, owner, target }: Forwarding): ForwardingKinds {
  if (kinds !== undefined || state !== 'on' || kind === undefined) return kinds ?? {}
  return { [kind]: { owner: owner ?? 'foreign', ...(target === undefined ? {} : { target }) } }
}

/** Whether calls to a clerk who is free go elsewhere. What takes only those to a busy phone takes none of them. */
export function goesElsewhere(forwarding: Forwarding): boolean {
  const kinds = Object.keys(kindsOf(forwarding))
  return forwarding.state === 'on' && (kinds.length === 0 || kinds.some((kind) => kind !== 'busy'))
}

/** The kind by which a person has sent this desk's calls elsewhere. Who did so for a busy phone alone may still be absent, and covered beside it. */
export function foreignKind(forwarding: Forwarding): ForwardingKind | undefined {
  const kinds = forwarding.state === 'on' ? kindsOf(forwarding) : {}
  return forwardingKinds.find((kind) => kinds[kind]?.owner === 'foreign' && kind !== 'busy')
}

export function hasForeign(forwarding: Forwarding): boolean {
  return foreignKind(forwarding) !== undefined
}

/** Shown of several is a person's before ours, because it is not ours to touch; then the one that takes most calls. For a busy phone alone comes last. */
function derived({ until }: Forwarding, kinds: ForwardingKinds): Forwarding {
  const on = forwardingKinds.flatMap((kind) => (kinds[kind] === undefined ? [] : [{ kind, ...kinds[kind] }]))
  const shown = on.find(({ owner, kind }) => owner === 'foreign' && kind !== 'busy') ?? on[0]
  if (shown === undefined) return { state: 'off' }
  return { state: 'on', ...shown, kinds, ...(shown.owner === 'agent' && until !== undefined ? { until } : {}) }
}
