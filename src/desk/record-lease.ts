import { forwardCause, orderEnd } from './absence.ts'
import type { Desk } from './desk.ts'
import { doubted, ofNoKind, settledBy, undoubted, unnamed, withoutDoubt } from './doubt.ts'
import type { ForwardOrder } from './effect.ts'
import type { Event, ForwardOutcome } from './event.ts'
import { forwardOf } from './forward.ts'
import { answerBy, type Cover, type Doubt, type ForwardingWord, type Guard, guardEnd, type Lease, mayObeyUntil, type ReleaseReason, signOf } from './lease.ts'
import { limits, type Policy } from './policy.ts'
import { withoutOrder } from './record-absence.ts'
import { recordForwarding, withLease } from './record-forwarding.ts'
import { releaseReason } from './release-reason.ts'

/** What time alone ends: an answer that has not come, the echoes of an order, a person's order. */
export function settleLease(desk: Desk): Desk {
  const { at, lease, guard, ordered } = desk
  let settled = guard !== undefined && guardEnd(guard) <= at ? withoutGuard(desk) : desk
  if (ordered !== undefined && orderEnd(ordered) <= at) settled = withoutOrder(settled)
  const due = lease === undefined ? undefined : answerBy(lease)
  return lease !== undefined && due !== undefined && due <= at ? failed(settled, lease, lease.answer ?? 'no-answer') : settled
}

/** One word of the phone about its forwarding: about ours as its lease is now, else whatever it says is so. */
export function recordForwardingWord(desk: Desk, word: ForwardingWord, policy: Policy): Desk {
  const { lease, guard, doubt } = desk
  const undone = doubt?.about ?? guard
  const about = lease ?? undone
  const sign = about === undefined ? 'aside' : signOf(word, about, policy.numbers)
  const taken = { ...desk, forwarding: recordForwarding(desk.forwarding, word) }
  // A person's forwarding of another kind: it stays, and ours gives way to it, unless it is for a busy phone alone.
  if (sign === 'aside') return word.on && word.kind !== 'busy' && lease !== undefined ? byHand(taken) : taken
  if (lease === undefined) {
    if (undone === undefined || (sign !== 'ours' && sign !== 'unnamed')) return taken
    // What has just been undone: said by itself it may be the echo of what was, but what is read has not gone after all.
    if (word.read) return again(desk, undone)
    return guard === undefined ? taken : doubted(desk, guard, word)
  }
  const mayBeEcho = guard !== undefined
  switch (lease.state) {
    case 'asked':
      if (sign === 'ours') return held(desk, lease, word.read === true, policy)
      if (sign === 'unnamed') return unnamed(held(desk, lease, false, policy), lease, word)
      if (sign === 'other' && (word.read || !mayBeEcho)) return lost(taken)
      return mayBeEcho ? doubted(desk, guard, word) : desk
    case 'held':
      if (sign === 'ours') return word.read ? held(desk, lease, true, policy) : undoubted(desk)
      if (sign === 'unnamed') return unnamed(desk, lease, word)
      if (sign === 'off' && word.kind === 'unknown' && !word.read && !desk.look?.hidden) return ofNoKind(desk, lease, word)
      if (mayBeEcho) return doubted(desk, guard, word)
      return sign === 'off' ? takenOff(taken, lease) : lost(taken)
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
  const { lease, cover, doubt } = desk
  const isHandover = outcome === 'confirmed' && cover?.handover === order
  // The phone's own word may have come before the answer; then this is the reading that bears it out.
  if (lease === undefined && isHandover && doubt === undefined) return read(handedOver(desk))
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
  const { lease } = desk
  // A reading that has nothing about it is none.
  const isKnown = ok && (lease === undefined ? desk.forwarding.state !== 'unknown' : lease.state !== 'unknown')
  const looked = isKnown || (hidden && desk.look?.out) ? read(desk, hidden) : unread(desk)
  if (!isKnown && looked === desk) return desk
  const doubt = settledBy(desk)
  if (doubt !== undefined) return settleDoubt(looked, doubt, ok ? 'shown' : hidden ? 'hidden' : 'not-read', policy)
  return hidden && lease !== undefined ? unshown(looked, lease, policy) : looked
}

/** What becomes of a word in doubt by the reading that was made for it. What that showed has been taken in, and nothing is left to doubt. */
function settleDoubt(desk: Desk, { word, about }: Doubt, reading: 'shown' | 'hidden' | 'not-read', policy: Policy): Desk {
  const { lease } = desk
  const certain = withoutDoubt(desk)
  if (reading === 'shown') return certain
  // What was just undone, and may have come back.
  if (lease === undefined) return again(certain, about)
  // A word without a number is no reason to let go of ours, nor to undo it: the phone is read until it can be, or it is known that it never shows anything.
  const isWaitedFor = word.target === undefined && (word.on || (lease.state === 'held' && word.kind === 'unknown'))
  if (isWaitedFor && reading === 'not-read') return desk
  if (isWaitedFor && word.on) return unshown(certain, lease, policy)
  if (lease.state === 'releasing' || lease.state === 'unknown') return certain
  // The phone's own word has to be believed. That ours is off by somebody's hand is the one that must not be believed in vain.
  return word.on ? lost({ ...certain, forwarding: recordForwarding(desk.forwarding, word) }) : failed(certain, lease, 'contradicted')
}

/**
 * The phone is there and shows nothing. What it has confirmed by its own word, and not taken back since, goes on; of what was before a restart there is no
 * word, and so it is undone.
 */
function unshown(desk: Desk, lease: Lease, policy: Policy): Desk {
  if (lease.state === 'held') return held(desk, lease, true, policy)
  return lease.state === 'unknown' ? { ...desk, lease: toUndo(lease, 'restarted') } : desk
}

/**
 * The warden has undone what this order had set, while it did not hear us. So no person has: in this absence it may be set again. Where nobody has noticed yet
 * that it is off, the phone is read before anything is claimed of it.
 */
export function recordFreed(desk: Desk, order: number): Desk {
  const { lease, cover } = desk
  if (lease?.state === 'held' && lease.order === order) return { ...forgetLease(desk), lease: { ...lease, state: 'unknown', tries: 0, why: 'by-warden' } }
  if (cover?.takenOff !== order) return desk
  const { byHand: _, takenOff: __, ...rest } = cover
  return { ...desk, cover: rest }
}

/** Agent or phone has started anew: of what it was told, nothing is known. */
export function forgetLease(desk: Desk): Desk {
  const { lease, guard: _, doubt: __, look: ___, ...rest } = desk
  if (lease === undefined) return rest
  const { answer: _answer, failedAt: _failed, undoAt: _undo, ...kept } = lease
  return { ...rest, lease: { ...kept, state: 'unknown', tries: 0 } }
}

/** The agent has started anew. Who had the calls is given time to be heard of; one that was to be let go is not given any. */
export function forgetAtStart(desk: Desk): Desk {
  const { lease, toldAt: __, ...rest } = forgetLease(desk)
  if (lease === undefined) return rest
  const { unseenUntil: _, ...known } = lease
  const wasWanted = desk.lease?.state !== 'releasing' && undoneFor(lease) === undefined
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
  const guarded = (reached: string): Desk => ({ ...withoutDoubt(desk), lastOrder: order, guard: { kind, target, desk: reached, at } })
  if (!on) {
    if (lease === undefined) return desk
    const told = guarded(lease.desk)
    const { answer: _, undoAt: __, ...rest } = lease
    const why = undoneFor(lease) ?? releaseReason(desk, lease, policy)
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
  const { answer: _, failedAt: __, why: ___, ...rest } = lease
  return { ...desk, lease: { ...rest, state: 'held', claimed: true, ...(isRead ? { until: desk.at + policy.leaseMs } : {}) } }
}

/** The phone shows nothing of ours. While it may yet obey the order to set it, that proves nothing: then it is told to stop once more. */
function off(desk: Desk, lease: Lease): Desk {
  const until = mayObeyUntil(lease)
  if (desk.at >= until) return gone(desk)
  const { answer: _, failedAt: __, ...rest } = lease
  // Looked after meanwhile, too: one that obeys early does not forward until the latest is over.
  const undoAt = Math.min(until, desk.at + limits.forwardEchoMs)
  return { ...desk, lease: lease.state === 'releasing' ? { ...rest, undoAt, tries: 0 } : rest }
}

/** Undone. */
function gone({ lease: _, ...desk }: Desk): Desk {
  return desk
}

/** By a person's hand there is another one, or none: it is theirs, no doubt about it is left, and nothing is done about it, nor about what they set next. */
function lost(desk: Desk): Desk {
  return byHand(gone(withoutDoubt(desk)))
}

/** It is off by another hand than ours. That is a person's, unless the warden says that it was its own: while it does not hear us, we do not hear it. */
function takenOff(desk: Desk, { order }: Lease): Desk {
  const theirs = lost(desk)
  return { ...theirs, cover: { failures: 0, ...theirs.cover, takenOff: order } }
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

/** Why we undo it, where that is settled. What the warden is said to have undone was not seen to be: what is undone then is undone by us. */
function undoneFor({ why }: Lease): ReleaseReason | undefined {
  return why === 'by-warden' ? undefined : why
}

function withoutGuard({ guard: _, ...desk }: Desk): Desk {
  return desk
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
