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
export function rightsOf(role: Role, user: string, { site, homeAssistantPrefix: prefix }: OfficeRights): Rights {
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

function allRightsOf({ name, role, publish = [], subscribe = [] }: RoleHolder, office: OfficeRights): Rights {
  const rights = rightsOf(role, name, office)
  return { publish: [...rights.publish, ...publish], subscribe: [...rights.subscribe, ...subscribe] }
}

/**
 * Mosquitto's access list. Each user has lines of their own, in place of `pattern` lines with `%u`: a pattern holds for every user, so that a viewer could
 * speak as a desk of its own name and a desk of one office could read the presence of another.
 */
export function mosquittoAccessList(users: readonly RoleHolder[], office: OfficeRights): string {
  const sections = users.map((user) => {
    const { publish, subscribe } = allRightsOf(user, office)
    return [`user ${user.name}`, ...publish.map((filter) => `topic write ${filter}`), ...subscribe.map((filter) => `topic read ${filter}`), ''].join('\n')
  })
  return ['# Written by `third-ring provision`: what is changed here by hand is lost with its next run.', '', ...sections].join('\n')
}

/** RabbitMQ's topic permissions: regular expressions over routing keys, in which `.` stands for MQTT's `/`. */
export function rabbitTopicPermissions(user: RoleHolder, office: OfficeRights): { readonly write: string; readonly read: string } {
  const { publish, subscribe } = allRightsOf(user, office)
  return { write: anyOf(publish), read: anyOf(subscribe) }
}

function anyOf(filters: readonly string[]): string {
  // RabbitMQ matches anywhere in the key, and an empty expression matches everything.
  return filters.length === 0 ? '^$' : `^(${filters.map(routingKeyPattern).join('|')})$`
}

/** A filter asked for by a client arrives as a binding key, whose `*` and `#` must not pass for the name of a level. */
function routingKeyPattern(filter: string): string {
  if (filter === '#') return '.*'
  const parent = filter.endsWith('/#') ? filter.slice(0, -2) : filter
  const levels = parent.split('/').map((level) => (level === '+' ? '[^.#]+' : level.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return `${levels.join('\\.')}${parent === filter ? '' : '(\\..*)?'}`
}
