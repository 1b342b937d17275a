import type { Party } from '../../phones/call-ref.ts'
import type { Dialog } from './dialog-info.ts'
import type { Picture } from './picture.ts'

/**
 * What a dialog says about this desk, and no more than that. `coming`: somebody calls, and nothing rings yet. `ringing`: this desk rings. `engaged`: the
 * call has been taken up — at Asterisk an outgoing one is so at once. `present`: there is a call, and nothing else is certain. `over`: there is none any more.
 */
export type LineRole = 'coming' | 'ringing' | 'dialling' | 'engaged' | 'held' | 'present' | 'over'

export interface ExchangeLine {
  readonly id: string
  readonly role: LineRole
  readonly direction?: 'initiator' | 'recipient'
  readonly remote?: Party
}

/** The exchange's picture of this desk. */
export interface ExchangeView {
  readonly lines: readonly ExchangeLine[]
  /** One dialog stands for all calls of the extension (Asterisk): it bears the extension's own name. */
  readonly aggregated: boolean
}

/** One look at it. */
export interface Seen {
  readonly view: ExchangeView
  /** The exchange has just said so by itself, and not in answer to a question: something has happened there. */
  readonly unsolicited: boolean
  /** And it had said something before that did not come. */
  readonly gap: boolean
  /** A word that was overtaken on the way: it rang before, and who it was. */
  readonly lateRing?: { readonly remote?: Party } | undefined
  /** Nothing was known of the exchange until now. */
  readonly wasBlind: boolean
}

export type HoldSemantics = 'ignore' | 'local'

export function viewOf({ dialogs, entity }: Picture, watched: string, semantics: HoldSemantics): ExchangeView {
  const lines = [...dialogs.values()].map(({ id, direction, remote, ...dialog }) => ({
    id,
    role: roleOf({ direction, ...dialog }, semantics),
    ...(direction === undefined ? {} : { direction }),
    ...(remote === undefined ? {} : { remote }),
  }))
  const [first, second] = lines
  return { lines, aggregated: first !== undefined && second === undefined && (first.id === entity || first.id === watched) }
}

/**
 * `+sip.rendering=no` means that the other side holds at Asterisk, that the desk holds at FreeSWITCH, which calls such a dialog `early`; Kamailio never says it
 * (reference/sip.md §0.3, §2a). So it is never a ring, and a hold only where the office says that its exchange means this desk.
 */
function roleOf({ state, direction, rendering }: { direction: Dialog['direction'] } & Pick<Dialog, 'state' | 'rendering'>, semantics: HoldSemantics): LineRole {
  switch (state) {
    case 'terminated':
      return 'over'
    case 'trying':
    case 'proceeding':
      return direction === 'initiator' ? 'dialling' : 'coming'
    case 'early':
    case 'confirmed':
      if (rendering === 'no' && semantics === 'local') return 'held'
      if (state === 'confirmed') return 'engaged'
      if (rendering === 'no') return 'present'
      return direction === 'initiator' ? 'dialling' : 'ringing'
    default:
      return state satisfies never
  }
}
