import type { DeskView } from '../office.ts'
import type { StatePayload } from '../payload.ts'

/** Whose calls each desk takes now, the earliest first. */
export interface StandIns {
  /** A desk has said something of itself; true if other calls go elsewhere than before. */
  heard(desk: string, view: DeskView | undefined): boolean
  of(substitute: string): readonly string[]
  substitutes(): readonly string[]
}

/**
 * A desk's own word: its agent answers for a forwarding to that desk. It counts from the order on, so that two desks that leave at one moment see each other,
 * and as long as the word stands, also after that agent is gone: the phone is still forwarded. What people have set by hand takes nobody's place.
 */
export function createStandIns(): StandIns {
  const by = new Map<string, { readonly substitute: string; readonly since: number }>()
  return {
    heard(desk, view) {
      const substitute = substituteOf(view?.state?.forwarding ?? {})
      if (by.get(desk)?.substitute === substitute) return false
      if (substitute === undefined) by.delete(desk)
      else by.set(desk, { substitute, since: view?.state?.at ?? 0 })
      return true
    },
    of: (substitute) =>
      [...by]
        .filter(([, each]) => each.substitute === substitute)
        .sort(([one, a], [other, b]) => a.since - b.since || (one < other ? -1 : 1))
        .map(([desk]) => desk),
    substitutes: () => [...new Set([...by.values()].map(({ substitute }) => substitute))],
  }
}

/** An agent that does not say what it answers for says at least what its phone does. */
function substituteOf({ state, owner, target, lease }: Partial<NonNullable<StatePayload['forwarding']>>): string | undefined {
  if (lease !== undefined) return lease?.target
  return state === 'on' && owner === 'agent' && typeof target === 'string' ? target : undefined
}
