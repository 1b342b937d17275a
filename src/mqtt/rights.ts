import { type TopicName, topicRoot, topicRules } from './topics.ts'

/**
 * Who may do what on the broker (contract §4): the one table from which the embedded broker's checks, mosquitto's access list and RabbitMQ's permissions
 * are made. A topic that is not listed here is nobody's.
 */
export const roles = ['desk', 'admin', 'viewer', 'home-assistant'] as const
export type Role = (typeof roles)[number]

/** MQTT topic filters, with `+` and `#`. */
export interface Rights {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** What the rights of an office depend on. */
export interface OfficeRights {
  /** The office; `+` is any office of this broker. */
  readonly site: string
  /** Home Assistant's discovery prefix, where desks announce themselves to it. */
  readonly homeAssistantPrefix?: string
}

/** What somebody who only looks at the office may read: not the commands, and not the answers to them. */
const readable = (Object.keys(topicRules) as TopicName[]).filter((name) => name !== 'reply' && name !== 'event/replay')

/** The commands that Home Assistant has buttons for; none of them touches a call. */
export const homeAssistantCommands = ['lamp.test', 'identify'] as const

/**
 * The rights of one user. A desk's `+` in the place of the site lets it move to another office with the password it has; its name is its own on the whole
 * broker. Of its neighbours it reads `presence` alone, and that of the whole site: the substitutes may be changed at run time by the hub's directory, and
 * a list of rights that lags behind would stop the forwarding without a word, since mosquitto drops silently what may not be read.
 */
function rightsOf(role: Role, user: string, { site, homeAssistantPrefix: prefix }: OfficeRights): Rights {
  const office = `${topicRoot}/${site}`
  const seen = [...readable.map((name) => `${office}/+/${name}`), `${office}/hub/#`]
  switch (role) {
    case 'desk':
      return {
        publish: [`${topicRoot}/+/${user}/#`, ...(prefix === undefined ? [] : [`${prefix}/device/${user}/config`])],
        subscribe: [
          `${topicRoot}/+/${user}/command/#`,
          `${office}/+/presence`,
          `${office}/hub/#`,
          // Home Assistant says there that it has started, and then everybody announces itself again.
          ...(prefix === undefined ? [] : [`${prefix}/status`]),
        ],
      }
    case 'admin':
      return { publish: [`${office}/+/command/#`, `${office}/hub/#`], subscribe: ['#', '$SYS/#'] }
    case 'viewer':
      return { publish: [], subscribe: seen }
    case 'home-assistant': {
      const discovery = prefix === undefined ? [] : [`${prefix}/#`]
      return { publish: [...homeAssistantCommands.map((name) => `${office}/+/command/${name}`), ...discovery], subscribe: [...seen, ...discovery] }
    }
    default:
      return role satisfies never
  }
}

/** One user of a broker, and the topics that it has beside its role's: a desk's lamp or sensor on the same broker. */
export interface RoleHolder extends Partial<Rights> {
  readonly name: string
  readonly role: Role
}

/** What a user may, with all that it has beside its role. */
export function allRightsOf({ name, role, publish = [], subscribe = [] }: RoleHolder, office: OfficeRights): Rights {
  const rights = rightsOf(role, name, office)
  return { publish: [...rights.publish, ...publish], subscribe: [...rights.subscribe, ...subscribe] }
}
