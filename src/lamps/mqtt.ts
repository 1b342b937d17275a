import type { BrokerLink, LampDriver } from '../agent/ports.ts'
import type { LampPattern } from '../desk/effect.ts'
import { rowOf } from './patterns.ts'

export interface MqttLampDeps {
  readonly link: BrokerLink
  /** Policy `flashing`: false sends the steady rows only. */
  readonly flashing: boolean
}

/** What the topic of a lamp is sent. */
export function lampMessage(pattern: LampPattern, flashing: boolean): string {
  return JSON.stringify({ pattern, ...rowOf(pattern, { flashing }) })
}

/**
 * A lamp on the broker. Its topic gets `{"pattern", "left", "middle", "right"}`, each position `null` or a rhythm of `lampTable`: a lamp needs no
 * knowledge of ours but the wall clock. Sent when the pattern changes and again after every connect, never retained: a lamp that comes back must not
 * show what was so yesterday. A lamp should go dark by itself when the desk's `availability` says `offline`, since a dead agent cannot tell it.
 * Stop it before the link, or its last word, `dark`, has no way to go.
 */
export function createMqttLamp(topic: string, { link, flashing }: MqttLampDeps): LampDriver {
  let state: 'new' | 'running' | 'stopped' = 'new'
  let shown: LampPattern = 'dark'

  function send(): void {
    if (state === 'running') link.publish(topic, lampMessage(shown, flashing), { retain: false })
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      link.onConnect(send)
      // A link that is up already will not say so again.
      if (link.health().connected) send()
    },
    show(pattern) {
      if (pattern === shown) return
      shown = pattern
      send()
    },
    ok: () => state === 'running' && link.health().connected,
    async stop() {
      shown = 'dark'
      send()
      state = 'stopped'
    },
  }
}
