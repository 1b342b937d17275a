import type { LampConfig } from '../../config/config.ts'
import type { LampPattern } from '../../desk/effect.ts'
import { createLamp, type LampDeps } from '../../lamps/index.ts'
import type { LampDriver } from '../ports.ts'

/** The lamp of this desk. From its start on it shows how the desk stands, and does not wait for that to change. */
export function createDeskLamp(config: LampConfig, shown: () => LampPattern, deps: LampDeps): LampDriver {
  const lamp = createLamp(config, deps)
  return {
    ...lamp,
    async start() {
      await lamp.start()
      lamp.show(shown())
    },
  }
}
