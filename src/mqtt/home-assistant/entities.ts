import { lampPatterns } from '../../desk/effect.ts'
import { noticeData } from '../notice-data.ts'
import { type DeskTopics, topicRules } from '../topics.ts'

/** What decides which entities a desk has, and how their templates read. */
export interface EntityContext {
  readonly topics: DeskTopics
  /** The rule is broken when a ring after this one begins (`policy.warnAtRing`). */
  readonly warnAtRing: number
  readonly lamp: boolean
  readonly bridge: boolean
}

/**
 * One entity as Home Assistant's discovery takes it: the keys are those of its schemas (home-assistant/core, homeassistant/components/mqtt: sensor.py,
 * binary_sensor.py, event.py, button.py, schemas.py), written out, since an abbreviation helps nobody who reads the broker.
 */
export interface Entity {
  readonly platform: 'sensor' | 'binary_sensor' | 'event' | 'button'
  readonly name: string
  readonly [key: string]: unknown
}

/** A press of a button is obeyed within this; the clocks of the two machines may differ by as much. */
const pressLivesS = 30

const diagnostic = { entity_category: 'diagnostic' } as const
const offAtFirst = { ...diagnostic, enabled_by_default: false } as const
const measured = { state_class: 'measurement' } as const
const problem = { device_class: 'problem' } as const

/** A template writes `True` and `False`; the third answer, `None`, is Home Assistant's word for a state that is not known (const.py, `PAYLOAD_NONE`). */
const trueOrFalse = { payload_on: 'True', payload_off: 'False' } as const

/** Every entity of a desk by its name in the discovery message. There is none for the seat (procedure R-P3). Where no topic is named, it is `state`. */
export function entitiesOf(context: EntityContext): Readonly<Record<string, Entity>> {
  return {
    ...callEntities(context),
    ...dayEntities(context),
    ...healthEntities(context),
    event: eventEntity(context),
    ...(context.lamp ? buttons(context) : {}),
  }
}

function sensor(name: string, value_template: string, ...more: readonly object[]): Entity {
  return Object.assign({ platform: 'sensor' as const, name, value_template: `{{ ${value_template} }}` }, ...more)
}

function binarySensor(name: string, value_template: string, ...more: readonly object[]): Entity {
  return Object.assign({ platform: 'binary_sensor' as const, name, value_template: `{{ ${value_template} }}`, ...trueOrFalse }, ...more)
}

function callEntities({ warnAtRing }: EntityContext): Readonly<Record<string, Entity>> {
  const states = ['alerting', 'connected', 'held', 'initiated']
  const rings = "value_json.calls | map(attribute='ring') | select('number')"
  return {
    // A desk can have more than one call: the one that asks most of the clerk is shown.
    call: sensor('Call', `(['${states.join("','")}'] | select('in', value_json.calls | map(attribute='state') | list) | list + ['idle']) | first`, {
      device_class: 'enum',
      options: [...states, 'idle'],
    }),
    ring: sensor('Ring', `(${rings} | list + [0]) | max`),
    ring_overdue: binarySensor('Rings too long', `${rings} | select('gt', ${warnAtRing}) | list | length > 0`, problem),
    lamp: sensor('Lamp', 'value_json.lamp', { device_class: 'enum', options: lampPatterns }),
    callbacks_open: sensor('Callbacks open', 'value_json.callbacks.open', measured),
    callbacks_overdue: sensor('Callbacks overdue', 'value_json.callbacks.overdue', measured),
    forwarded: binarySensor(
      'Forwarded',
      "none if value_json.forwarding.state == 'unknown' else value_json.forwarding.state == 'on' and value_json.forwarding.kind != 'busy'",
    ),
    forwarded_to: sensor('Forwarded to', "value_json.forwarding.target or 'nobody'"),
    phone: binarySensor('Phone', 'value_json.phone.reachable', { device_class: 'connectivity' }, diagnostic),
    do_not_disturb: binarySensor('Do not disturb', 'value_json.phone.dnd', diagnostic),
  }
}

/** Counters begin again each night, which is what `total_increasing` means. */
function dayEntities({ topics }: EntityContext): Readonly<Record<string, Entity>> {
  const counter = (name: string, count: string): Entity =>
    sensor(name, `value_json.counts['${count}'] | default(0)`, { state_topic: topics.of('day'), state_class: 'total_increasing' })
  return {
    offered_today: counter('Calls offered today', 'offered'),
    answered_today: counter('Calls answered today', 'answered'),
    in_rule_today: counter('Calls answered in time today', 'answered.inRule'),
    missed_today: counter('Calls missed today', 'missed'),
  }
}

function healthEntities({ topics, bridge }: EntityContext): Readonly<Record<string, Entity>> {
  const health = { state_topic: topics.of('health'), expire_after: topicRules.health.expirySeconds }
  const said = ['phone.fault', 'phone.silent', 'diskReadOnly', 'underVoltage', 'seat.plausible is false', 'lamp.ok is false']
  const faults = `[(value_json.bridge or {}).fault is string, ${said.map((field) => `value_json.${field}`)}] | select | list | length > 0`
  const bytes = { device_class: 'data_size', unit_of_measurement: 'B' }
  return {
    fault: binarySensor('Fault', faults, health, problem, diagnostic),
    clock: binarySensor('Clock not set', "value_json.clock != 'synced'", health, problem, diagnostic),
    ...(bridge
      ? { bridge: binarySensor('Bridge', '(value_json.bridge or {}).connected | default(none)', health, { device_class: 'connectivity' }, diagnostic) }
      : {}),
    unsent: sensor('Unsent events', 'value_json.unsent', health, measured, diagnostic),
    oldest_unsent: sensor('Oldest unsent event', 'value_json.oldestUnsentAt', health, { device_class: 'timestamp' }, offAtFirst),
    temperature: sensor('Temperature', 'value_json.temperatureC', health, { device_class: 'temperature', unit_of_measurement: '°C' }, measured, offAtFirst),
    memory: sensor('Memory', 'value_json.memoryBytes', health, bytes, measured, offAtFirst),
    disk_free: sensor('Free disk', 'value_json.diskFreeBytes', health, bytes, measured, offAtFirst),
  }
}

/**
 * Home Assistant refuses a type that is not in the list, so all are in it, and it wants the type in the field `event_type` (event.py). The other fields
 * become attributes. QoS 1, or Home Assistant would lose what the desk takes pains to deliver.
 */
function eventEntity({ topics }: EntityContext): Entity {
  return {
    platform: 'event',
    name: 'Event',
    state_topic: topics.of('event'),
    qos: 1,
    event_types: Object.keys(noticeData),
    value_template: "{{ dict(value_json.data, event_type=value_json.type | replace('third-ring.', ''), id=value_json.id, time=value_json.time) | tojson }}",
  }
}

function buttons({ topics }: EntityContext): Readonly<Record<string, Entity>> {
  // The door of commands wants an id that was never used and an end: Home Assistant's templates know the time.
  const body = (name: string) => `{'id': 'home-assistant-${name}-%d' % ms, 'expires': ms + ${pressLivesS * 1000}} | tojson`
  const command = (name: string) => ({
    command_topic: topics.command(name),
    command_template: `{% set ms = (now().timestamp() * 1000) | int %}{{ ${body(name)} }}`,
    qos: 1,
    retain: false,
  })
  return {
    lamp_test: { platform: 'button', name: 'Lamp test', ...command('lamp.test'), ...diagnostic },
    identify: { platform: 'button', name: 'Identify', device_class: 'identify', ...command('identify'), ...diagnostic },
  }
}
