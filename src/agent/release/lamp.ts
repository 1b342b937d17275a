import assert from 'node:assert/strict'
import { atMost } from '../../at-most.ts'
import type { AgentConfig, LampConfig } from '../../config/config.ts'
import { readBrokerPassword } from '../../config/secrets.ts'
import type { Millis } from '../../desk/time.ts'
import { lampMessage } from '../../lamps/mqtt.ts'
import { brokerAccess, passwordsOf } from '../broker/access.ts'
import { type Released, wordsOf } from './released.ts'

/** For one attempt at the broker; there are two at most. */
const publishWithinMs: Millis = 3500

/**
 * Puts the lamp of a desk out, without a running agent and however that one ended. Nothing to do is well done. Never rejects, and reads no secret that
 * it does not need: a phone's password that is missing must not leave a lamp lit.
 */
export async function releaseLamp(config: AgentConfig, withinMs: Millis): Promise<Released> {
  const { desk, lamp } = config
  if (lamp.driver === 'bridge') return bridgeDark(config)
  const outcome = await atMost(
    withinMs,
    lampDark(config, lamp).then((fault) => fault ?? ('dark' as const), wordsOf),
  )
  const fault = outcome === 'dark' ? undefined : (outcome ?? `nothing answered within ${withinMs / 1000} s`)
  if (fault !== undefined) return { ok: false, sentence: `${desk}: the lamp (${lamp.driver}) could not be put out, and may still be lit: ${fault}` }
  if (lamp.driver === 'none') return { ok: true, sentence: `${desk}: there is no lamp; nothing to do.` }
  return { ok: true, sentence: `${desk}: the lamp (${lamp.driver}) is dark.` }
}

/** A bridge that cannot be told puts its lamp out by itself: only one that another program keeps alive may stay lit. */
async function bridgeDark({ desk, bridge }: AgentConfig): Promise<Released> {
  assert(bridge !== undefined, 'the rules between keys ask for the section')
  const { releaseBridge } = await import('../../bridge/release.ts')
  const { kept, sentence } = await releaseBridge(bridge.path)
  return { ok: !kept, sentence: `${desk}: ${sentence}.` }
}

/** Why it may not be dark; `undefined` if it is. */
async function lampDark(config: AgentConfig, lamp: Exclude<LampConfig, { readonly driver: 'bridge' }>): Promise<string | undefined> {
  const { policy } = config
  switch (lamp.driver) {
    case 'none':
      return undefined
    case 'mqtt': {
      // Loaded for who needs it: a lamp on a line of this machine is dark before the broker's code is read.
      const { publishOnce } = await import('../../mqtt/connection/publish-once.ts')
      const access = brokerAccess(config, passwordsOf(readBrokerPassword(config)))
      // The agent may still be connected under the desk's own name.
      const beside = { ...access, clientId: `${access.username}.release` }
      const fault = await publishOnce(beside, lamp.topic, lampMessage('dark', policy.flashing), publishWithinMs)
      return fault?.sentence
    }
    case 'gpio': {
      const [{ createGpio }, { releaseLamp }] = await Promise.all([import('../../gpio/index.ts'), import('../../lamps/release.ts')])
      await releaseLamp(lamp, { gpio: createGpio(config.gpio) })
      return undefined
    }
    default:
      return lamp satisfies never
  }
}
