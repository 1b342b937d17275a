import { forwardCause, orderEnd } from './absence.ts'
import type { Desk } from './desk.ts'
import type { ForwardOrder } from './effect.ts'
import type { Event, ForwardOutcome } from './event.ts'
import { forwardOf } from './forward.ts'
import { answerBy, type Cover, type ForwardingWord, type Guard, guardEnd, type Lease, type ReleaseReason, signOf } from './lease.ts'
import { limits, type Policy } from './policy.ts'
import { withoutOrder } from './record-absence.ts'
import { recordForwarding, withLease } from './record-forwarding.ts'
import { releaseReason } from './release-reason.ts'

/** What time alone ends: an answer that has not come, the echoes of an order, a person's order. */
export function settleLease(desk: Desk): Desk {
  const { at, lease, guard, ordered } = desk
  let settled = guard !== undefined && guard.doubt === undefined && guardEnd(guard) <= at ? withoutGuard(desk) : desk
  if (ordered !== undefined && orderEnd(ordered) <= at) settled = withoutOrder(settled)
  const due = lease === undefined ? undefined : answerBy(lease)
  return lease !== undefined && due !== undefined && due <= at ? failed(settled, lease, lease.answer ?? 'no-answer') : settled
}

/** One word of the phone about its forwarding: about ours as its lease is now, else whatever it says is so. */
export function recordForwardingWord(desk: Desk, word: ForwardingWord, policy: Policy): Desk {
  const { lease, guard } = desk
  const about = lease ?? guard
  const sign = about === undefined ? 'aside' : signOf(word, about, policy.numbers)
  const taken = { ...desk, forwarding: recordForwarding(desk.forwarding, word) }
  // A person's forwarding of another kind: it stays, and ours gives way to it, unless it is for a busy phone alone.
  if (sign === 'aside') return word.on && word.kind !== 'busy' && lease !== undefined ? byHand(taken) : taken
  const mayBeEcho = guard !== undefined && desk.at < guardEnd(guard)
  if (lease === undefined) {
    if (guard === undefined || (sign !== 'ours' && sign !== 'unnamed')) return taken
    // What has just been undone: said by itself it may be the echo of what was, but what is read has not gone after all.
    if (word.read) return again(desk, guard)
    return mayBeEcho ? doubted(desk, guard, word) : taken
  }
  switch (lease.state) {
    case 'asked':
      if (sign === 'ours') return held(desk, lease, word.read === true, policy)
      if (sign === 'unnamed') return unnamed(held(desk, lease, false, policy), lease, word)
      if (sign === 'other' && (word.read || !mayBeEcho)) return lost(taken)
      return mayBeEcho ? doubted(desk, guard, word) : desk
    case 'held':
      if (sign === 'ours') return word.read ? held(desk, lease, true, policy) : undoubted(desk)
      if (sign === 'unnamed') return unnamed(desk, lease, word)
      // Without a kind it may be about another one, which a person has just taken away: only a reading shows that nobody has to take ours back any more.
      if (sign === 'off' && word.kind === 'unknown' && !word.read && !desk.look?.hidden) return doubted(desk, guardOf(desk, lease), word)
      return mayBeEcho ? doubted(desk, guard, word) : lost(taken)
    case 'releasing':
      if (sign === 'off') return off(taken, lease)
      return sign === 'other' && (word.read || !mayBeEcho) ? lost(taken) : desk
    case 'unknown':
      if (!word.read) return desk
      if (sign === 'ours') return held(desk, lease, true, policy)
      return sign === 'off' ? off(taken, lease) : lost(taken)
    default:
      return lease.state satisfies never
  }
}

/** The driver's answer to an order. Of one that another order has overtaken, nothing is learnt. */
export function recordForwardAnswer(desk: Desk, { order, outcome }: Extract<Event, { type: 'forward.answered' }>, policy: Policy): Desk {
  const { lease, cover, guard } = desk
  const isHandover = outcome === 'confirmed' && cover?.handover === order
  // The phone's own word may have come before the answer; then this is the reading that bears it out.
  if (lease === undefined && isHandover && guard?.doubt === undefined) return read(handedOver(desk))
  if (lease === undefined || lease.order !== order || answerBy(lease) === undefined) return desk
  switch (outcome) {
    case 'confirmed':
      if (lease.state === 'asked') return read(held(desk, lease, true, policy))
      return read(off(isHandover ? handedOver(desk) : desk, lease))
    case 'foreign':
      return lost({ ...desk, forwarding: recordForwarding(withLease(desk.forwarding, undefined), { kind: lease.kind, on: true }) })
    case 'sent':
      return { ...desk, lease: { ...lease, answer: outcome } }
    default:
      return failed(desk, lease, outcome)
  }
}

/** What a reading came to; its words have come before it. */
export function recordLook(desk: Desk, { ok, hidden }: Extract<Event, { type: 'forward.looked' }>, policy: Policy): Desk {
  const { guard, lease } = desk
  // A reading that has nothing about it is none.
  const isKnown = ok && (lease === undefined ? desk.forwarding.state !== 'unknown' : lease.state !== 'unknown')
  const looked = isKnown || (hidden && desk.look?.out) ? read(desk, hidden) : unread(desk)
  if (!isKnown && looked === desk) return desk
  // What was read before the word that is in doubt, or twice told, settles nothing.
  const settles = desk.look?.out && !desk.look.overtaken && guard !== undefined && guardEnd(guard) <= desk.at
  const doubt = settles ? guard.doubt : undefined
  if (doubt === undefined) return hidden && lease !== undefined ? unshown(looked, lease, policy) : looked
  const certain = withoutGuard(looked)
  // A word without a number is no reason to let go of ours, nor to undo it: the phone is read until it can be, or it is known that it never shows anything.
  const isWaitedFor = !ok && lease !== undefined && doubt.target === undefined && (doubt.on || lease.state === 'held')
  if (isWaitedFor && !hidden) return looked
  if (isWaitedFor && doubt.on) return unshown(certain, lease, policy)
  // It cannot be read: the phone's own word has to be believed. That ours is off by somebody's hand is the one that must not be believed in vain.
  if (ok || lease?.state === 'releasing' || lease?.state === 'unknown') return certain
  if (lease === undefined) return guard === undefined ? certain : again(certain, guard)
  return doubt.on ? lost({ ...certain, forwarding: recordForwarding(desk.forwarding, doubt) }) : failed(certain, lease, 'contradicted')
}

/**
 * The phone is there and shows nothing. What it has confirmed by its own word, and not taken back since, goes on; of what was before a restart there is no
 * word, and so it is undone.
 */
function unshown(desk: Desk, lease: Lease, policy: Policy): Desk {
  if (lease.state === 'held') return held(desk, lease, true, policy)
  return lease.state === 'unknown' ? { ...desk, lease: toUndo(lease, 'restarted') } : desk
}

/** Agent or phone has started anew: of what it was told, nothing is known. */
export function forgetLease(desk: Desk): Desk {
  const { lease, guard: _, look: __, ...rest } = desk
  if (lease === undefined) return rest
  const { answer: _answer, failedAt: _failed, undoAt: _undo, ...kept } = lease
  return { ...rest, lease: { ...kept, state: 'unknown', tries: 0 } }
}

/** The agent has started anew. Who had the calls is given time to be heard of; one that was to be let go is not given any. */
export function forgetAtStart(desk: Desk): Desk {
  const { lease, toldAt: __, ...rest } = forgetLease(desk)
  if (lease === undefined) return rest
  const { unseenUntil: _, ...known } = lease
  const wasWanted = desk.lease?.state !== 'releasing' && lease.why === undefined
  const awaited = wasWanted ? { unseenUntil: desk.at + limits.substituteUnknownMs } : {}
  return { ...rest, lease: { ...known, ...awaited, ...(lease.claimed ? {} : { inherited: true }) } }
}

/** The phone can be reached again: what could not be undone is tried at once. */
export function phoneIsBack(desk: Desk): Desk {
  const { lease, look } = desk
  // One that failed stays one, so that the phone is read now, and not when its turn comes.
  const looked = look === undefined ? desk : { ...desk, look: { ...look, failures: Math.min(look.failures, 1) } }
  return lease?.state === 'releasing' ? { ...looked, lease: { ...lease, tries: 0 } } : looked
}

/** After the facts of a step: an absence that is over takes with it how forwarding fared in it, and the phone is shown with what is ours. */
export function recordCover(desk: Desk, policy: Policy): Desk {
  const forwarding = withLease(desk.forwarding, desk.lease)
  const isOver = desk.cover !== undefined && forwardCause(desk, policy) === undefined
  if (!isOver) return forwarding === desk.forwarding ? desk : { ...desk, forwarding }
  const { cover: _, ...rest } = desk
  return { ...rest, forwarding }
}

/** The order has gone out. */
export function noteForward(desk: Desk, { order, on, kind, target }: ForwardOrder, policy: Policy): Desk {
  const { at, lease, cover } = desk
  const guarded = (reached: string): Desk => ({ ...desk, lastOrder: order, guard: { kind, target, desk: reached, at } })
  if (!on) {
    if (lease === undefined) return desk
    const told = guarded(lease.desk)
    const { answer: _, undoAt: __, ...rest } = lease
    const why = lease.why ?? releaseReason(desk, lease, policy)
    return shown({
      ...withHandover(told, lease, order, why),
      lease: { ...rest, state: 'releasing', order, orderedAt: at, tries: lease.state === 'releasing' ? lease.tries + 1 : 1, why },
    })
  }
  const wish = forwardOf(desk, policy)
  if (wish.state !== 'on') return desk
  const told = guarded(wish.desk)
  const asked: Lease = {
    kind,
    target,
    desk: wish.desk,
    since: at,
    until: at + policy.leaseMs,
    state: 'asked',
    order,
    orderedAt: at,
    tries: 1,
  }
  return shown({ ...told, lease: asked, toldAt: at, cover: { failures: 0, ...cover } })
}

/** Our own order frees the way for the next one. What the phone never confirmed it may yet obey, late: that is no handover. */
function withHandover(desk: Desk, { claimed }: Lease, order: number, why: ReleaseReason): Desk {
  const { at, cover } = desk
  const isRested = cover?.handedOverAt === undefined || at - cover.handedOverAt >= limits.handoverRestMs
  if (!claimed || !isRested || (why !== 'another-substitute' && why !== 'another-kind')) return desk
  return { ...desk, cover: { failures: 0, ...cover, handover: order } }
}

/** A reading shows that ours is undone: nothing of it can be mistaken for what is set next, which need not wait. */
function handedOver(desk: Desk): Desk {
  const { toldAt: _, ...rest } = desk
  const { handover: __, ...cover } = desk.cover ?? { failures: 0 }
  return { ...rest, cover: { ...cover, handedOverAt: desk.at } }
}

export function noteLook(desk: Desk): Desk {
  const { overtaken: _, ...look } = desk.look ?? { failures: 0 }
  return { ...desk, look: { ...look, askedAt: desk.at, out: true } }
}

/** The phone has it. Only a reading moves the end of the lease. */
function held(desk: Desk, lease: Lease, isRead: boolean, policy: Policy): Desk {
  const { answer: _, failedAt: __, ...rest } = lease
  return { ...desk, lease: { ...rest, state: 'held', claimed: true, ...(isRead ? { until: desk.at + policy.leaseMs } : {}) } }
}

/**
 * The phone shows nothing of ours. One that was told to forward a moment ago and has not confirmed it may yet obey, late, and whoever told it may be dead by
 * now: that proves nothing until the echoes of that order would be over, or, where it is for certain that they are dead, while a phone may obey at all. Then
 * it is told to stop once more.
 */
function off(desk: Desk, lease: Lease): Desk {
  const mayObeyUntil = lease.since + (lease.inherited ? limits.forwardLateMs : limits.forwardEchoMs)
  if (lease.claimed || desk.at >= mayObeyUntil) return gone(desk)
  const { answer: _, failedAt: __, ...rest } = lease
  // Looked after meanwhile, too: one that obeys early does not forward until the latest is over.
  const undoAt = Math.min(mayObeyUntil, desk.at + limits.forwardEchoMs)
  return { ...desk, lease: lease.state === 'releasing' ? { ...rest, undoAt, tries: 0 } : rest }
}

/** Undone. */
function gone({ lease: _, ...desk }: Desk): Desk {
  return desk
}

/** By a person's hand there is another one, or none: it is theirs, no doubt about it is left, and nothing is done about it, nor about what they set next. */
function lost(desk: Desk): Desk {
  const { guard } = desk
  return byHand(gone(guard !== undefined && guardEnd(guard) <= desk.at ? withoutGuard(desk) : withoutDoubt(desk)))
}

function byHand(desk: Desk): Desk {
  return { ...desk, cover: { failures: 0, ...desk.cover, byHand: true } }
}

/** An order came to nothing. Where it may have worked all the same, it is undone to be safe. */
function failed(desk: Desk, lease: Lease, outcome: ForwardOutcome | 'no-answer'): Desk {
  const { at } = desk
  const { answer: _, ...rest } = lease
  if (lease.state === 'releasing') return { ...desk, lease: { ...rest, failedAt: at } }
  const cover: Cover = { ...desk.cover, failures: (desk.cover?.failures ?? 0) + (outcome === 'busy' ? 0 : 1), failedAt: at, outcome }
  const isUntold = outcome === 'busy' || outcome === 'unjournalled' || outcome === 'refused' || outcome === 'unsupported'
  return { ...(isUntold ? gone(desk) : { ...desk, lease: toUndo(lease, 'unconfirmed') }), cover }
}

/** It was taken for undone, and is still on: it is undone once more. */
function again(desk: Desk, { kind, target, desk: id, at: orderedAt }: Guard): Desk {
  const order = desk.lastOrder ?? 0
  return { ...desk, lease: { kind, target, desk: id, since: orderedAt, until: desk.at, state: 'releasing', order, orderedAt, tries: 0, why: 'unconfirmed' } }
}

function toUndo(lease: Lease, why: NonNullable<Lease['why']>): Lease {
  const { answer: _, failedAt: __, ...rest } = lease
  return { ...rest, state: 'releasing', tries: 0, why }
}

/** Of a phone that does not show its forwarding the last word counts: there will be no reading to settle it. */
function undoubted(desk: Desk): Desk {
  return desk.look?.hidden ? withoutDoubt(desk) : desk
}

function withoutDoubt(desk: Desk): Desk {
  if (desk.guard?.doubt === undefined) return desk
  const { doubt: _, ...guard } = desk.guard
  return { ...desk, guard }
}

function withoutGuard({ guard: _, ...desk }: Desk): Desk {
  return desk
}

/**
 * It is on, and the phone does not say to whom (no action URL does). That may be ours, or a person has just set another number: only a reading can tell. Of a
 * phone that shows none, the last word counts.
 */
function unnamed(desk: Desk, lease: Lease, word: ForwardingWord): Desk {
  const guard = guardOf(desk, lease)
  if (desk.look?.hidden) return undoubted(desk)
  // Who was said to have the calls says more than that somebody has them.
  return doubted(desk, guard, guard.doubt?.target === undefined ? word : guard.doubt)
}

/** What was ordered last, long ago as it may be. */
function guardOf({ guard }: Desk, { kind, target, desk, orderedAt: at }: Lease): Guard {
  return guard ?? { kind, target, desk, at }
}

function doubted(desk: Desk, guard: Guard, { kind, on, target }: ForwardingWord): Desk {
  const { look, at } = desk
  const doubt = { kind, on, ...(target === undefined ? {} : { target }) }
  const isOvertaken = look?.out && look.askedAt !== undefined && look.askedAt < at
  return { ...desk, guard: { ...guard, doubt }, ...(isOvertaken ? { look: { ...look, overtaken: true } } : {}) }
}

function read(desk: Desk, hidden?: true): Desk {
  const { out: _, hidden: __, overtaken: ___, ...look } = desk.look ?? {}
  return { ...desk, look: { ...look, readAt: desk.at, failures: 0, ...(hidden ? { hidden } : {}) } }
}

/** The same answer told twice is one. */
function unread(desk: Desk): Desk {
  if (desk.look?.out === undefined) return desk
  const { out: _, overtaken: __, ...look } = desk.look
  return { ...desk, look: { ...look, failures: look.failures + 1 } }
}

function shown(desk: Desk): Desk {
  return { ...desk, forwarding: withLease(desk.forwarding, desk.lease) }
}
