import { type OfficeRights, type Role, rightsOf } from '../mqtt/rights.ts'

/** What one user of the broker may do, as MQTT topic filters. */
export interface BrokerUser {
  readonly name: string
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /**
   * The client id must be the user's name, or the name, a dot and more (`usc-12.release`): a broker closes the older connection of a
   * client id, so a free choice would let one desk throw another off. Absent: any id.
   */
  readonly ownClientId?: true
  /** Whether the password by which this user came in is still good. Absent: it is. */
  readonly isCurrent?: () => boolean
}

/** Topics beside the contract's that one desk needs: a lamp or a seat sensor on the same broker, Home Assistant's discovery. */
export interface ExtraTopics {
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
}

/** A user of the office with the rights of a role (`mqtt/rights.ts`), and what one desk may have beside them. */
export function brokerUser(role: Role, name: string, office: OfficeRights, extra: ExtraTopics = {}): BrokerUser {
  const { publish, subscribe } = rightsOf(role, name, office)
  return { name, publish: [...publish, ...(extra.publish ?? [])], subscribe: [...subscribe, ...(extra.subscribe ?? [])], ownClientId: true }
}

/** A desk: it writes its own subtree; it reads its own commands, who takes calls at its site, and the hub. */
export function deskUser(site: string, desk: string, extra: ExtraTopics = {}): BrokerUser {
  return brokerUser('desk', desk, { site }, extra)
}

/** The hub and a person who administers the office: reads everything, writes commands and the hub's own topics, speaks for no desk. */
export function adminUser(name: string, site = '+'): BrokerUser {
  return brokerUser('admin', name, { site })
}

/** The name under which the hub itself comes to its own broker. */
export const hubUser = 'hub'

/** Anybody, for the demonstration on one machine. */
export const openUser: BrokerUser = { name: 'anonymous', publish: ['#'], subscribe: ['#'] }

/** Whether a message to this topic is within the user's rights. */
export function mayPublish(user: BrokerUser, topic: string): boolean {
  return user.publish.some((filter) => covers(filter, topic))
}

/** Whether everything that this filter could bring is within the user's rights. */
export function maySubscribe(user: BrokerUser, filter: string): boolean {
  return user.subscribe.some((allowed) => covers(allowed, filter))
}

/** Whether this user may be connected under this client id. */
export function mayConnectAs(user: BrokerUser, clientId: string): boolean {
  return user.ownClientId !== true || clientId === user.name || clientId.startsWith(`${user.name}.`)
}

/**
 * Whether every topic that `asked` (a topic or a filter) stands for is also matched by `allowed`. MQTT 3.1.1 §4.7: `#` also stands for its
 * parent, and a wildcard in first place never reaches the broker's own topics, which begin with `$`.
 */
export function covers(allowed: string, asked: string): boolean {
  const allowedLevels = allowed.split('/')
  const askedLevels = asked.split('/')
  if (askedLevels[0]?.startsWith('$') && allowedLevels[0] !== askedLevels[0]) return false
  for (const [index, level] of allowedLevels.entries()) {
    if (level === '#') return true
    const askedLevel = askedLevels[index]
    if (askedLevel === undefined || askedLevel === '#') return false
    if (level !== '+' && level !== askedLevel) return false
  }
  return allowedLevels.length === askedLevels.length
}
