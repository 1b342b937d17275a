import { type Party, partyOf } from '../../phones/call-ref.ts'
import { type Element, readXml } from './xml.ts'

/** RFC 4235 §3.7.1. Kamailio writes `Trying`: letters are compared without their case. */
export const dialogStates = ['trying', 'proceeding', 'early', 'confirmed', 'terminated'] as const
export type DialogState = (typeof dialogStates)[number]

/** One `<dialog>`: a call as the exchange sees it from this extension. Asterisk tells of all calls of an extension in one. */
export interface Dialog {
  readonly id: string
  readonly state: DialogState
  /** Who called: `initiator`, this extension. Asterisk gives none once a call is answered. */
  readonly direction?: 'initiator' | 'recipient'
  readonly callId?: string
  /** The other party, where its address is a telephone number or says that it is withheld. */
  readonly remote?: Party
  /** `+sip.rendering` of this end, RFC 4235 §4.1.6.1: no media is played here. Who holds whom it does not say; exchanges differ. */
  readonly rendering?: 'yes' | 'no'
}

export interface DialogInfo {
  /** `full`: these are all there are. `partial`: these have changed. */
  readonly state: 'full' | 'partial'
  /** The user of the address that is watched. */
  readonly entity?: string
  readonly dialogs: readonly Dialog[]
}

const namespace = 'urn:ietf:params:xml:ns:dialog-info'
/** One desk has few calls; a document with more is not believed beyond these. */
const dialogsMax = 32
const idLengthMax = 256

/**
 * Reads the body of a NOTIFY (RFC 4235 §4.1). An empty one says that there is no dialog: Kamailio's first is so. `undefined`: it is no such document, and
 * nothing follows from it. What is known of a dialog but makes no sense is left out; one without an id or a state is left out as a whole.
 */
export function parseDialogInfo(body: string): DialogInfo | undefined {
  if (body.trim() === '') return { state: 'full', dialogs: [] }
  const root = readXml(body)
  if (root === undefined || root.name !== 'dialog-info' || !isOurs(root)) return undefined
  const entity = /^sips?:([^@;?]{1,64})@/i.exec(root.attributes.get('entity') ?? '')?.[1]
  return {
    state: root.attributes.get('state')?.trim().toLowerCase() === 'partial' ? 'partial' : 'full',
    ...(entity === undefined ? {} : { entity }),
    dialogs: childrenOf(root, 'dialog').slice(0, dialogsMax).flatMap(toDialog),
  }
}

function toDialog(element: Element): readonly Dialog[] {
  const id = element.attributes.get('id')?.trim().slice(0, idLengthMax)
  const word = childrenOf(element, 'state')[0]?.text.trim().toLowerCase()
  const state = dialogStates.find((each) => each === word)
  if (id === undefined || id === '' || state === undefined) return []
  const direction = element.attributes.get('direction')?.trim().toLowerCase()
  const callId = element.attributes.get('call-id')?.slice(0, idLengthMax)
  const remote = remoteOf(element)
  const rendering = renderingOf(element)
  return [
    {
      id,
      state,
      ...(direction === 'initiator' || direction === 'recipient' ? { direction } : {}),
      ...(callId === undefined ? {} : { callId }),
      ...(remote === undefined ? {} : { remote }),
      ...(rendering === undefined ? {} : { rendering }),
    },
  ]
}

/** The identity first: the target of a proxy's dialog is a contact, whose user may be anything. */
function remoteOf(dialog: Element): Party | undefined {
  const [remote] = childrenOf(dialog, 'remote')
  if (remote === undefined) return undefined
  const [identity] = childrenOf(remote, 'identity')
  const [target] = childrenOf(remote, 'target')
  return partyOf(identity?.text) ?? (identity === undefined ? partyOf(target?.attributes.get('uri')) : undefined)
}

/** RFC 4235 writes `pval`, Asterisk and FreeSWITCH `pvalue`. */
function renderingOf(dialog: Element): Dialog['rendering'] {
  const params = childrenOf(dialog, 'local').flatMap((local) => childrenOf(local, 'target').flatMap((target) => childrenOf(target, 'param')))
  const param = params.find(({ attributes }) => attributes.get('pname')?.toLowerCase() === '+sip.rendering')
  const value = (param?.attributes.get('pval') ?? param?.attributes.get('pvalue'))?.toLowerCase()
  return value === 'yes' || value === 'no' ? value : undefined
}

function childrenOf(element: Element, name: string): readonly Element[] {
  return element.children.filter((child) => child.name === name && isOurs(child))
}

/** In the namespace of RFC 4235, or in none: not every phone declares it. */
function isOurs(element: Element): boolean {
  return element.namespace === undefined || element.namespace === namespace
}
