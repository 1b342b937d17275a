import { deskTopics } from '../topics.ts'
import { type EntityContext, entitiesOf } from './entities.ts'

const makes = { yealink: 'Yealink', grandstream: 'Grandstream', analogue: 'Analogue telephone' } as const

/** What Home Assistant is told of a desk. */
export interface DeskDescription extends Omit<EntityContext, 'topics'> {
  readonly site: string
  readonly desk: string
  readonly department: string | undefined
  /** The agent's version. */
  readonly version: string
  readonly phone: { readonly make: keyof typeof makes; readonly model: string | undefined }
}

export interface DiscoveryMessage {
  readonly topic: string
  readonly payload: string
}

/**
 * Where a desk announces itself. The object id is the desk's name, which is its user name and unique on its broker, so that an access list can say
 * `{prefix}/device/%u/config` once for all desks (mosquitto: `%u` must be a whole level).
 */
function discoveryTopic(prefix: string, desk: string): string {
  return `${prefix}/device/${desk}/config`
}

/** Where Home Assistant says `online` when it has started (its birth message), unless its administrator chose another topic. */
export function homeAssistantStatusTopic(prefix: string): string {
  return `${prefix}/status`
}

/**
 * The whole desk in one message: Home Assistant's device discovery (home-assistant/core, homeassistant/components/mqtt/discovery.py and schemas.py,
 * `DEVICE_DISCOVERY_SCHEMA`). The same desk gives the same bytes. Where the desk's `availability` says `offline`, no entity is available; the two words
 * are Home Assistant's own.
 */
export function discoveryMessage(prefix: string, description: DeskDescription): DiscoveryMessage {
  const { site, desk, department, version, phone } = description
  const topics = deskTopics(site, desk)
  // Without the site: a desk that moves to another one keeps its history.
  const id = `third-ring-${desk}`
  const entities = Object.entries(entitiesOf({ ...description, topics }))
  const components = entities.map(([key, entity]) => [key, { ...entity, unique_id: `${id}-${key}` }])
  const payload = {
    device: {
      identifiers: [id],
      name: `Desk ${desk}`,
      manufacturer: 'third-ring',
      model: [makes[phone.make], phone.model].filter((word) => word !== undefined).join(' '),
      sw_version: version,
      ...(department === undefined ? {} : { suggested_area: department }),
    },
    origin: { name: 'third-ring', sw_version: version },
    availability_topic: topics.of('availability'),
    state_topic: topics.of('state'),
    components: Object.fromEntries(components),
  }
  return { topic: discoveryTopic(prefix, desk), payload: JSON.stringify(payload) }
}
