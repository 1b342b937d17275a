import type { Dialog, DialogInfo } from './dialog-info.ts'

/** What a notifier has said of an extension within one subscription, all of it together. */
export interface Picture {
  /** The `CSeq` of the last NOTIFY that was taken. */
  readonly cseq: number
  readonly entity?: string
  /** By their ids; those that have ended stay for as long as the notifier tells of them. */
  readonly dialogs: ReadonlyMap<string, Dialog>
  /** Between this NOTIFY and the one before, others were lost; where they were partial, something may be missing here. */
  readonly gap: boolean
}

/** Of all dialogs that partial documents tell of, so many are kept. */
const dialogsMax = 64

/**
 * Takes one NOTIFY. `undefined`: it is older than what is known, or the same again (RFC 6665 §4.1.3: order is by CSeq). The `version` of the document is
 * not looked at: Asterisk's last NOTIFY repeats it.
 */
export function takeNotify(before: Picture | undefined, cseq: number, info: DialogInfo): Picture | undefined {
  if (before !== undefined && cseq <= before.cseq) return undefined
  const known = info.state === 'full' ? [] : [...(before?.dialogs ?? [])].filter(([, { state }]) => state !== 'terminated')
  const entity = info.entity ?? before?.entity
  return {
    cseq,
    ...(entity === undefined ? {} : { entity }),
    dialogs: new Map([...known, ...info.dialogs.map((dialog): [string, Dialog] => [dialog.id, dialog])].slice(-dialogsMax)),
    gap: before !== undefined && cseq > before.cseq + 1,
  }
}
