import { join } from 'node:path'
import { startAgent } from '../agent/composition/compose.ts'
import type { OpenSerial } from '../bridge/serial.ts'
import { completeAgent } from '../config/complete.ts'
import type { AgentConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { validateAgent } from '../config/validate.ts'
import { ConfigurationError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type DemoDesk, demoPassword } from './demo-desks.ts'
import { createForkedAgent, type ForkedAgent } from './forked-agent.ts'
import type { ScaledTime } from './scaled-clock.ts'

/** The demonstration's site, as it appears in topics. */
export const demoSite = 'um-bialystok'
export const demoToken = 'demonstration-only-token'
/** Ten minutes in an office. Here an empty seat is an absence soon enough to be seen, and not as soon as somebody is at the printer. */
const absenceMs = 45_000

export interface AgentPlace {
  readonly mqtt: string
  /** Where each desk has its journal. */
  readonly folder: string
  readonly time: ScaledTime
  readonly log: Log
}

/** A running agent of the demonstration; `forked` where it has a process of its own. */
export interface DemoAgent {
  readonly forked?: ForkedAgent
  stop(): Promise<void>
}

const secrets = { token: demoToken, phonePassword: demoPassword }

/** Starts the agent of one desk. Resolves when it runs. */
export async function startDemoAgent(desk: DemoDesk, parts: object, place: AgentPlace, openSerial?: OpenSerial): Promise<DemoAgent> {
  const { time, log } = place
  const config = demoConfig(desk, parts, place)
  if (desk.killable === true) {
    const level = log.level === 'silent' ? 'silent' : 'info'
    const forked = createForkedAgent(() => ({ do: 'start', config, secrets, time: time.timeline(), level }))
    forked.start()
    return { forked, stop: forked.stop }
  }
  const options = { log: log.child({ desk: desk.id }), clock: time.clock, ...(openSerial === undefined ? {} : { openSerial }) }
  const agent = await startAgent(config, secrets, options)
  return { stop: () => agent.stop('the demonstration ends') }
}

/** As a person would write it, checked like any other. Offices sleep, demonstrations do not: here the working hours never end. */
function demoConfig(desk: DemoDesk, parts: object, { mqtt, folder }: AgentPlace): AgentConfig {
  const always = ['00:00-24:00']
  const written = {
    site: demoSite,
    desk: desk.id,
    department: desk.department,
    admin: { host: '127.0.0.1', port: 0 },
    policy: {
      absenceMs,
      workingHours: {
        timezone: 'Europe/Warsaw',
        holidays: 'none',
        week: { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always },
      },
    },
    broker: { url: mqtt },
    store: { directory: join(folder, desk.id) },
    ...parts,
  }
  const checked = validateAgent(written)
  if ('faults' in checked) throw new ConfigurationError('CONFIG_INVALID', 'the demonstration’s own configuration has faults', faultLines(checked.faults))
  return completeAgent(checked.written, join(folder, `${desk.id}.yaml`), {})
}
