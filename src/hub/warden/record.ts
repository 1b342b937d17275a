import type { Instant } from '../../desk/time.ts'
import type { WardenCore, WardenSettings } from './core.ts'
import type { WardenEvent } from './fact.ts'
import { lookBy, lookNow, takeLooked } from './looks.ts'
import { takeUndid } from './orders.ts'
import { isOpen, letGo, nameOf, type Ward, withoutTask, withTask } from './ward.ts'
import { changeWard, mapWards } from './wards.ts'

/** What is so after a fact. What is to be done about it, `judge.ts` says. */
export function record(core: WardenCore, event: WardenEvent, settings: WardenSettings): WardenCore {
  switch (event.type) {
    case 'tick':
      return core
    case 'hears':
      return event.on ? withGraceAnew({ ...core, hears: true }, settings) : { ...core, hears: false, wards: mapWards(core, unheardOf) }
    case 'availability':
      return event.online ? changeWard(core, event.desk, (ward) => cameBack(ward, core.at, settings)) : wentAway(core, event.desk, settings)
    case 'forgotten':
      return forget(core, event.desk)
    case 'lease':
      return takeLease(core, event, settings)
    case 'phones': {
      const phones = new Set(event.desks)
      const looks = new Map([...phones].map((desk) => [desk, lookNow(core.looks.get(desk), core.at)] as const))
      // Whatever it was that kept it from a phone may have been mended by the new file.
      const wards = mapWards(core, (ward) => (isOpen(ward.task) && ward.task.tries > 0 ? withTask(ward, { ...ward.task, nextAt: core.at }) : ward))
      return { ...core, phones, looks, wards }
    }
    case 'undid':
      return takeUndid(core, event, settings)
    case 'looked':
      return takeSeen({ ...core, looks: takeLooked(core.looks, event.desk, event.ok, core.at, settings.limits) }, event, settings)
    default:
      return event satisfies never
  }
}

/** Without a line nothing is known of anybody. */
function unheardOf(ward: Ward): Ward {
  return ward.online ? { ...ward, online: false, unheard: true } : ward
}

/** Everybody has the whole grace to say that they are there, and to renew what ran out meanwhile. */
export function withGraceAnew(core: WardenCore, { graceMs }: WardenSettings): WardenCore {
  const { at } = core
  const wards = mapWards(core, ({ overAt, ...ward }) => {
    const gone = ward.online ? ward : { ...ward, goneAt: at }
    const left = { ...gone, ...(overAt === undefined ? {} : { overAt: Math.max(overAt, at + graceMs) }) }
    return isOpen(left.task) ? withoutTask(left) : left
  })
  return { ...core, wards }
}

/** An agent that is there answers for its phone itself, and reads it: what the warden has done meanwhile is its own business now. */
function cameBack(ward: Ward, at: Instant, { graceMs }: WardenSettings): Ward {
  if (ward.online) return ward
  const { unheard: _unheard, overAt, ...heard } = ward
  // Its lease may have run out while it was gone, and it says how it stands only after it has said that it is there.
  return letGo({ ...heard, online: true, ...(overAt === undefined ? {} : { overAt: Math.max(overAt, at + graceMs) }) })
}

/** A wiped topic is no proof that a phone is free: what was known of a lease stays. */
function forget(core: WardenCore, desk: string): WardenCore {
  const ward = core.wards.get(desk)
  if (ward === undefined || ward.lease !== undefined || ward.task !== undefined) return core
  const wards = new Map(core.wards)
  wards.delete(desk)
  return { ...core, wards }
}

function wentAway(core: WardenCore, desk: string, { graceMs }: WardenSettings): WardenCore {
  const gone = changeWard(core, desk, (ward) => {
    const { unheard, ...rest } = ward
    return ward.online || unheard === true ? { ...rest, online: false, goneAt: ward.online ? core.at : ward.goneAt } : ward
  })
  // An agent may have forwarded its phone while nobody heard it, and have died then.
  return lookBy(gone, desk, core.at + graceMs)
}

function takeSeen(core: WardenCore, { desk, ok, seen }: Extract<WardenEvent, { type: 'looked' }>, { graceMs }: WardenSettings): WardenCore {
  const known = core.wards.get(desk)
  if (!ok || (seen === undefined && known?.seen === undefined)) return core
  const after = changeWard(core, desk, ({ seen: _seen, ...ward }) => {
    const rest = seen === undefined && ward.task?.reason === 'unclaimed' ? withoutTask(ward) : ward
    return seen === undefined ? rest : { ...rest, seen: { at: core.at, ...seen } }
  })
  const { online = true, goneAt = core.at } = after.wards.get(desk) ?? {}
  return online || core.at >= goneAt + graceMs ? after : lookBy(after, desk, goneAt + graceMs)
}

function takeLease(core: WardenCore, { desk, lease, leftMs }: Extract<WardenEvent, { type: 'lease' }>, { limits }: WardenSettings): WardenCore {
  const known = core.wards.get(desk)
  const isSettled = lease !== undefined && known?.settled === nameOf(lease)
  if (isSettled) return core
  const changed = changeWard(core, desk, ({ lease: before, overAt, settled: _settled, restored: _restored, ...ward }) => {
    // A live agent's own word ends what was shown of the warden; a dead one's, which the broker kept, does not.
    const rest = ward.online ? letGo(ward) : ward
    if (lease === undefined) return rest
    const left = Math.min(Math.max(leftMs ?? limits.leaseMs, 0), limits.leaseMaxMs)
    const same = before !== undefined && nameOf(before) === nameOf(lease)
    const over = same && overAt !== undefined ? Math.min(overAt, core.at + left) : core.at + left
    return { ...rest, lease, overAt: over }
  })
  const confirmed = lease?.state === 'held' && (known?.lease?.state !== 'held' || known.restored === true)
  const look = changed.looks.get(desk)
  // What is read while the agent says that it is ours tells the number that will have to be undone, and that this phone can be reached at all.
  return confirmed && look !== undefined ? { ...changed, looks: new Map(changed.looks).set(desk, lookNow(look, core.at)) } : changed
}
