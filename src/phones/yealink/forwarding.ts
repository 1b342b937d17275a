import type { Millis } from '../../desk/time.ts'
import type { ForwardCommand, ForwardPort, ForwardReading, ForwardTold } from '../forward-order.ts'
import type { WayPorts } from '../forward-way.ts'
import type { HttpClient } from '../http-client.ts'
import { mayHaveWorked, meaning } from './answer.ts'
import type { SettingsReading } from './settings.ts'

/** What a Yealink counts as one ring in `NoAnswFwdOn`, and the most of them (reference/yealink.md §4, §5). */
const ringMs: Millis = 6000
const ringsMax = 20

/**
 * Forwarding by Action URI, firmware V81 and later: `key=AlwaysFwdOn=…` and the like, read back by `phonecfg`. It works with `features.fwd_mode = 0` and
 * for all accounts (reference/yealink.md §4). A firmware that does not show its forwarding leaves its own word, the action URL, as the only proof.
 */
function yealinkForwarding(client: HttpClient, settings: () => Promise<SettingsReading>): ForwardPort {
  return {
    kinds: ['no-answer', 'always'],
    async read(): Promise<ForwardReading> {
      const answer = await settings()
      return 'reading' in answer ? { forwarding: answer.reading.forwarding } : { outcome: answer.outcome }
    },
    async tell(command, goAhead): Promise<ForwardTold> {
      const answer = await client.ask({ path: `/servlet?key=${keyOf(command)}`, command: true, goAhead })
      const what = meaning(answer)
      if (what === 'refused') return 'refused'
      if (what === 'unknown-key') return 'unsupported'
      if (what === 'done') return 'taken'
      return mayHaveWorked(answer) ? 'lost' : 'unreachable'
    },
  }
}

/** The value of `key`, spelled as the guides print it. A phone counts whole rings, so the desk rings no shorter than asked. */
export function keyOf({ on, kind, target, ringMs: wantedMs }: ForwardCommand): string {
  const name = kind === 'always' ? 'AlwaysFwd' : 'NoAnswFwd'
  if (!on) return `${name}Off`
  const number = target.replaceAll('#', '%23').replaceAll('+', '%2B')
  if (kind === 'always') return `${name}On=${number}`
  const rings = Math.min(ringsMax, Math.max(1, Math.ceil(wantedMs / ringMs)))
  return `${name}On=${number}=${(rings * ringMs) / 1000}`
}

/** One line a way. */
export const yealinkPorts: WayPorts<'yealink', { readonly client: HttpClient; readonly settings: () => Promise<SettingsReading> }> = {
  phone: ({ client, settings }) => yealinkForwarding(client, settings),
}
