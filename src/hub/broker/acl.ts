import { allRightsOf, type OfficeRights, type Rights, type Role } from '../../mqtt/rights.ts'

/** What one user of the broker may do, and who it is. */
export interface BrokerUser extends Rights {
  readonly name: string
  /**
   * The client id must be the user's name, or the name, a dot and more (`usc-12.release`): a broker closes the older connection of a
   * client id, so a free choice would let one desk throw another off. Absent: any id.
   */
  readonly ownClientId?: true
  /** Whether the password by which this user came in is still good. Absent: it is. */
  readonly isCurrent?: () => boolean
}

/** A user of the office with the rights of a role (`mqtt/rights.ts`), and what one desk may have beside them: a lamp or a sensor on the same broker. */
export function brokerUser(role: Role, name: string, office: OfficeRights, beside: Partial<Rights> = {}): BrokerUser {
  return { name, ...allRightsOf({ name, role, ...beside }, office), ownClientId: true }
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
