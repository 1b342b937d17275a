import { allRightsOf, type OfficeRights, type RoleHolder } from '../mqtt/rights.ts'

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
