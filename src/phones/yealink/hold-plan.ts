import type { HoldOutcome } from '../../desk/event.ts'
import type { CallBook, HoldForm } from './call-book.ts'

/** The first firmware generation that takes `HOLD:<call id>` (reference/yealink.md §2.2). */
const holdByIdSince = 81

/** `66.81.0.25` is a V81: the second number (reference/yealink.md §6.1). */
export function firmwareGeneration(firmware: string | undefined): number | undefined {
  const generation = /^\d+\.(\d+)\./.exec(firmware ?? '')?.[1]
  return generation === undefined ? undefined : Number(generation)
}

/** What this model and firmware has been seen to obey, else what its firmware should; of an unknown one the best is hoped. */
export function preferredForm(remembered: string | undefined, firmware: string | undefined): HoldForm {
  if (remembered === 'by-id' || remembered === 'key') return remembered
  const generation = firmwareGeneration(firmware)
  return generation !== undefined && generation < holdByIdSince ? 'key' : 'by-id'
}

/** An id that can stand in a key's value. Anything else could press further keys: `1;Reboot`. */
export function usableId(phoneId: string | undefined): string | undefined {
  return phoneId !== undefined && /^[\w.@-]+$/.test(phoneId) ? phoneId : undefined
}

export interface HoldQuestion {
  readonly phoneId: string | undefined
  readonly attempt: 1 | 2
  readonly preferred: HoldForm
  readonly book: Pick<CallBook, 'isHeld' | 'othersTalk' | 'unsettled' | 'didNothing'>
}

/**
 * How to put this call on hold without the least chance of resuming it. The key is a toggle, and 200 proves nothing: it is pressed only for a call for
 * which nothing was sent that may have worked, a second time only if the first is known to have done nothing, and never while another call talks.
 */
export function planHold({ phoneId, attempt, preferred, book }: HoldQuestion): { readonly form: HoldForm } | { readonly outcome: HoldOutcome } {
  if (book.isHeld(phoneId)) return { outcome: 'already-held' }
  const unsettled = book.unsettled(phoneId)
  const named = usableId(phoneId) !== undefined
  if (named && (preferred === 'by-id' || unsettled === 'by-id')) return { form: 'by-id' }
  if (unsettled !== undefined || book.othersTalk(phoneId)) return { outcome: 'unsafe' }
  return attempt === 1 || book.didNothing(phoneId) ? { form: 'key' } : { outcome: 'unsafe' }
}
