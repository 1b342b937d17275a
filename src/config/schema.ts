import * as v from 'valibot'
import type { WrittenAgent, WrittenHub } from './config.ts'
import type { Rule } from './rule.ts'
import { admin, adminRules } from './section/admin.ts'
import { bridge, bridgeRules } from './section/bridge.ts'
import { broker, brokerRules } from './section/broker.ts'
import { forwarding, forwardingRules } from './section/forwarding.ts'
import { gpio } from './section/gpio.ts'
import { homeAssistant } from './section/home-assistant.ts'
import { hubBroker, hubBrokerRules } from './section/hub-broker.ts'
import { lamp, lampRules } from './section/lamp.ts'
import { listen, listenRules } from './section/listen.ts'
import { livePage, livePageRules } from './section/live-page.ts'
import { log } from './section/log.ts'
import { numbers } from './section/numbers.ts'
import { phone, phoneRules } from './section/phone.ts'
import { policy, policyRules } from './section/policy.ts'
import { privacy, privacyRules } from './section/privacy.ts'
import { seat, seatRules } from './section/seat.ts'
import { sip, sipRules } from './section/sip.ts'
import { hubStore, store } from './section/store.ts'
import { substitutes, substitutesRules } from './section/substitutes.ts'
import { warden } from './section/warden.ts'
import { file, id, text } from './values.ts'

/**
 * The one description of the configuration (contract §2): what may be written, what it means, its defaults and bounds. The loader checks by it,
 * the published JSON Schema and the reference page are generated from it. Each section is a file, with the rules between its keys and others.
 */
const site = id('The office, in topics and file names.')

/** The configuration of `third-ring agent`. */
export const agentSchema: v.GenericSchema<object, WrittenAgent> = v.pipe(
  v.strictObject({
    site,
    desk: id('The desk, never a person’s name; its user name and client id at the broker, where it must be the only one.', {
      holds: (name) => name !== 'hub',
      sentence: 'must not be "hub": that name is the hub’s own',
    }),
    department: v.exactOptional(text('The department, for reports.')),
    phone,
    listen,
    admin: v.optional(admin, {}),
    seat: v.optional(seat, { driver: 'none' }),
    lamp: v.optional(lamp, { driver: 'none' }),
    gpio: v.optional(gpio, {}),
    bridge: v.exactOptional(bridge),
    sip: v.exactOptional(sip),
    forwarding: v.optional(forwarding, {}),
    substitutes: v.optional(substitutes, []),
    policy: v.optional(policy, {}),
    numbers: v.optional(numbers, {}),
    broker,
    store: v.exactOptional(store),
    privacy: v.optional(privacy, {}),
    homeAssistant: v.optional(homeAssistant, {}),
    log: v.optional(log, {}),
  }),
  v.title('third-ring agent'),
  v.description('The configuration of the agent beside one phone.'),
)

/** What no schema of one key can say of an agent's file. */
export const agentRules: readonly Rule<WrittenAgent>[] = [
  ...phoneRules,
  ...listenRules,
  ...adminRules,
  ...seatRules,
  ...lampRules,
  ...bridgeRules,
  ...sipRules,
  ...forwardingRules,
  ...substitutesRules,
  ...policyRules,
  ...brokerRules,
  ...privacyRules,
]

/** The configuration of `third-ring hub`. */
export const hubSchema: v.GenericSchema<object, WrittenHub> = v.pipe(
  v.strictObject({
    site,
    http: v.optional(livePage, {}),
    broker: v.exactOptional(hubBroker),
    store: v.exactOptional(hubStore),
    directory: v.exactOptional(file('The file that says who takes whose calls; read again when it changes. An addition to the contract.')),
    warden: v.exactOptional(warden),
    log: v.optional(log, {}),
  }),
  v.title('third-ring hub'),
  v.description('The configuration of the central side of one office.'),
)

/** The same of a hub's. */
export const hubRules: readonly Rule<WrittenHub>[] = [...hubBrokerRules, ...livePageRules]
