import type { AgentConfig } from '../../config/config.ts'
import type { Policy } from '../../desk/policy.ts'
import type { HeaderGpio } from '../../gpio/index.ts'
import type { MqttBrokerLink } from '../../mqtt/link/broker-link.ts'
import type { Seat } from '../../seats/seat.ts'
import type { JournalStore } from '../../store/store.ts'
import type { Agent } from '../agent.ts'
import type { Levels } from '../broker/levels.ts'
import type { DeskDoor } from '../devices/door.ts'
import type { DeskSip } from '../devices/sip.ts'
import type { PhoneDriver } from '../ports.ts'
import { type Admin, createAdmin } from './admin.ts'
import { forwardingHealth } from './forwarding-health.ts'
import { metricsOf } from './metrics.ts'

/** Everything that can say how it fares. */
interface Told {
  readonly policy: Policy
  readonly agent: Agent
  readonly levels: Levels
  readonly link: MqttBrokerLink
  readonly store: JournalStore
  readonly phone: PhoneDriver
  readonly seat: Seat
  readonly gpio: HeaderGpio
  readonly door: DeskDoor
  /** `undefined` where the desk has none. */
  readonly sip: DeskSip | undefined
}

/** What this desk tells a person under `/healthz` and Prometheus under `/metrics`. It is well for as long as its store takes what is written. */
export function createDeskAdmin({ site, desk: name, admin }: AgentConfig, { policy, agent, levels, link, store, phone, seat, gpio, door, sip }: Told): Admin {
  return createAdmin(admin, {
    async healthz() {
      const desk = agent.deskNow()
      return {
        ok: store.health().fault === undefined,
        ...(await levels.health(desk)),
        agent: agent.health(),
        ...{ broker: link.health(), commands: link.counters(), store: store.health() },
        phoneDriver: phone.health(),
        seatDriver: seat.health(),
        gpio: gpio.health(),
        listener: door.counters(),
        sip: sip?.health() ?? null,
        forwarding: forwardingHealth(desk, policy),
      }
    },
    async metrics() {
      const desk = agent.deskNow()
      return metricsOf({
        ...{ site, name, desk, health: await levels.health(desk) },
        ...{ loop: agent.health(), broker: link.health(), link: link.counters(), store: store.health(), listener: door.counters(), sip: sip?.health() },
        ...{ firstSequence: store.firstSequence, lastSequence: store.lastSequence },
      })
    },
  })
}
