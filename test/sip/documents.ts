/** What real notifiers send, written after what was captured or read in their source (see reference of each function). */

export interface AsteriskState {
  readonly state: 'early' | 'confirmed' | 'terminated'
  readonly remote?: string
  readonly rendering?: 'no'
  readonly version?: number
}

/** Asterisk 22, res_pjsip_dialog_info_body_generator.c: one dialog, named like the extension, for all calls of it. */
export function asterisk({ state, remote = '0857654321', rendering, version = 1 }: AsteriskState, extension = '101'): string {
  const early = state === 'early'
  const parties = early
    ? `<remote><identity display="Citizen">sip:${remote}@127.0.78.1</identity><target uri="sip:${remote}@127.0.78.1"/></remote>` +
      `<local><identity>sip:${extension}@127.0.78.1</identity><target uri="sip:${extension}@127.0.78.1"/></local>`
    : ''
  const held =
    rendering === undefined ? '' : `<local><target uri="sip:${extension}@127.0.78.1"><param pname="+sip.rendering" pvalue="${rendering}"/></target></local>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" ` +
    `entity="sip:${extension}@127.0.78.1">\n <dialog id="${extension}"${early ? ' direction="recipient"' : ''}>${parties}${held}\n` +
    `  <state>${state}</state>\n </dialog>\n</dialog-info>\n`
  )
}

export interface KamailioDialog {
  readonly id: string
  readonly state: 'Trying' | 'early' | 'confirmed' | 'terminated'
  readonly direction: 'initiator' | 'recipient'
  readonly remote: string
}

/** Kamailio 5.6, pua_dialoginfo and presence_dialoginfo: one dialog a call, ended ones for some ten seconds more, `Trying` with a capital; never a hold. */
export function kamailio(dialogs: readonly KamailioDialog[], extension = '101', version = 0): string {
  const each = dialogs.map(
    ({ id, state, direction, remote }) =>
      `<dialog id="${id}" call-id="${id}@caller" direction="${direction}"${state === 'early' ? ' local-tag="l" remote-tag="r"' : ''}>` +
      `<state>${state}</state><remote><identity>sip:${remote}@pbx.test</identity><target uri="sip:${remote}@pbx.test"/></remote>` +
      `<local><identity>sip:${extension}@pbx.test</identity><target uri="sip:${extension}@pbx.test"/></local></dialog>`,
  )
  return (
    `<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:${extension}@pbx.test">` +
    `${each.join('')}</dialog-info>\n`
  )
}

export interface FreeSwitchDialog {
  readonly id: string
  readonly state: 'early' | 'confirmed' | 'terminated'
  readonly direction: 'initiator' | 'recipient'
  readonly remote: string
  readonly rendering: 'yes' | 'no'
}

/** FreeSWITCH, sofia_presence.c: `+sip.rendering` is the desk's own, and what it holds is `early` unless presence-hold-state says otherwise. */
export function freeswitch({ id, state, direction, remote, rendering }: FreeSwitchDialog, extension = '101', version = 0): string {
  return (
    `<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:${extension}@fs.test">\n` +
    `<dialog id="${id}" direction="${direction}">\n<state>${state}</state>\n<local>\n<identity display="${extension}">sip:${extension}@fs.test</identity>\n` +
    `<target uri="sip:${extension}@fs.test">\n<param pname="+sip.rendering" pvalue="${rendering}"/>\n</target>\n</local>\n<remote>\n` +
    `<identity display="${remote}">sip:${remote}@fs.test</identity>\n<target uri="sip:**${extension}@fs.test"/>\n</remote>\n</dialog>\n</dialog-info>`
  )
}

/** A Yealink phone as its own notifier (administrator's guide, "Busy Lamp Field"): first all, then what has changed. */
export function yealink(
  state: 'full' | 'partial',
  dialogs: readonly { id: string; state: 'early' | 'confirmed' | 'terminated'; direction: 'initiator' | 'recipient'; remote: string }[],
  extension = '101',
): string {
  const each = dialogs.map(
    ({ id, state: word, direction, remote }) =>
      `<dialog id="${id}" call-id="${id}" local-tag="1" remote-tag="2" direction="${direction}"><state>${word}</state><local><identity>sip:${extension}@10.2.1.48` +
      `</identity><target uri="sip:${extension}@10.2.1.48"/></local><remote><identity>sip:${remote}@10.2.1.199</identity><target uri="sip:${remote}@10.2.1.199"/>` +
      '</remote></dialog>',
  )
  return (
    `<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="${state}" entity="sip:${extension}@10.2.1.48">` +
    `${each.join('')}</dialog-info>`
  )
}

/** Presence as Asterisk tells it (captured from 22.10.1): whether a telephone of the extension is registered. A tuple for each word. */
export function presence(...words: readonly ('open' | 'closed')[]): string {
  const tuples = words.map((basic, index) => ` <tuple id="${101 + index}">\n  <status>\n   <basic>${basic}</basic>\n  </status>\n </tuple>`)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence entity="sip:101@192.0.2.1" xmlns="urn:ietf:params:xml:ns:pidf">',
    ...tuples,
    '</presence>',
  ]
  return lines.join('\n')
}
