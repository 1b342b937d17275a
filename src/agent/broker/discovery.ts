import type { AgentConfig } from '../../config/config.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Policy } from '../../desk/policy.ts'
import { type AnnouncerDeps, createAnnouncer } from '../../mqtt/home-assistant/announcer.ts'
import { discoveryMessage } from '../../mqtt/home-assistant/discovery.ts'
import type { Part } from '../parts.ts'

export interface Discovery extends Part {
  /** What Home Assistant is told of the desk may have changed. */
  changed(desk: Desk): void
}

/** Announces the desk to Home Assistant where its configuration says so; where it does not, takes back what an earlier life announced. */
export function createDiscovery(config: AgentConfig, policy: Policy, version: string, deps: AnnouncerDeps): Discovery {
  const { homeAssistant, phone, site, desk: name, department, lamp, bridge, broker } = config
  const announcer = createAnnouncer(deps)
  const announces = homeAssistant.discovery && broker.profile === 'full'
  let told: { readonly model: string | undefined } | undefined

  return {
    async start() {
      announcer.start(announces ? homeAssistant.prefix : undefined)
    },
    async stop() {
      announcer.stop()
    },
    changed({ phone: { model = phone.model } }) {
      // The model is the only thing in it that a running desk learns.
      if (!announces || (told !== undefined && told.model === model)) return
      told = { model }
      const capabilities = { warnAtRing: policy.warnAtRing, lamp: lamp.driver !== 'none', bridge: bridge !== undefined }
      announcer.set(discoveryMessage(homeAssistant.prefix, { site, desk: name, department, version, phone: { make: phone.vendor, model }, ...capabilities }))
    },
  }
}
