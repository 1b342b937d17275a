import { sipUri } from './dialog-side.ts'
import type { SipStack } from './ports.ts'
import { randomWord } from './random.ts'

/** Where a Yealink listens for SIP unless somebody has changed it. */
const sipPort = 5060

/** What came of a key that was pressed by NOTIFY. */
export type KeyPressed =
  | 'done'
  /** The phone said no, and so has done nothing: not allowed, or the event is unknown to it. */
  | 'refused'
  /** No answer: it may have been pressed. */
  | 'unclear'
  /** It has not gone out. */
  | 'unsent'

/**
 * Presses a key of a Yealink by `NOTIFY Event: ACTION-URI` (Yealink administrator's guides, "Action URI"): it needs no password and no trusted address, but
 * remote control must be enabled, the first time somebody at the phone is asked, and "Accept SIP Trust Server Only" shuts it.
 */
export function createKeyPress(stack: SipStack, random: () => number, { user, host }: { readonly user: string; readonly host: string }) {
  return async (key: string): Promise<KeyPressed> => {
    const uri = sipUri(user, host, sipPort)
    const outcome = await stack.request({
      method: 'NOTIFY',
      uri,
      from: `<${sipUri(user, host)}>;tag=${randomWord(random, 12)}`,
      to: `<${uri}>`,
      callId: `${randomWord(random, 20)}@third-ring`,
      cseq: 1,
      headers: { event: 'ACTION-URI' },
      body: { type: 'message/sipfrag', content: `key=${key}` },
      next: { host, port: sipPort },
    })
    if (outcome.kind !== 'response') return outcome.kind === 'unreachable' && !outcome.sent ? 'unsent' : 'unclear'
    const { status } = outcome.response
    if (status < 300) return 'done'
    return status < 500 && status !== 408 ? 'refused' : 'unclear'
  }
}
