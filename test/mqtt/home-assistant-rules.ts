import * as v from 'valibot'

/**
 * What Home Assistant accepts as a device discovery message, written down from its source (home-assistant/core, homeassistant/components/mqtt, as of 2026
 * and 2024.11 alike where both say so). Its components silently drop keys that they do not know (`extra=REMOVE_EXTRA`); here such a key is a fault.
 */

/** discovery.py, `TOPIC_MATCHER`: what follows the prefix. */
export const topicMatcher = /^(?<component>\w+)\/(?:(?<node_id>[a-zA-Z0-9_-]+)\/)?(?<object_id>[a-zA-Z0-9_-]+)\/config$/

/** util.py, `valid_topic` and `valid_publish_topic`. */
const topic = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((text) => Buffer.byteLength(text) <= 65_535 && !/[+#\0]/.test(text)),
)
const text = v.pipe(v.string(), v.nonEmpty())
/** config_validation.py, `template`: a text; whether Jinja takes it is tried with Jinja itself. */
const template = text
const qos = v.picklist([0, 1, 2])
const positive = v.pipe(v.number(), v.integer(), v.minValue(0))

/** schemas.py, `_MQTT_AVAILABILITY_SCHEMA`, its short form. */
const availability = {
  availability_topic: v.exactOptional(topic),
  availability_template: v.exactOptional(template),
  payload_available: v.exactOptional(text),
  payload_not_available: v.exactOptional(text),
}

/** schemas.py, `MQTT_ENTITY_COMMON_SCHEMA`; `device` and `origin` come from the root of the message. */
const entity = {
  ...availability,
  enabled_by_default: v.exactOptional(v.boolean()),
  icon: v.exactOptional(v.pipe(v.string(), v.regex(/^[a-z]+:/))),
  json_attributes_topic: v.exactOptional(topic),
  json_attributes_template: v.exactOptional(template),
  unique_id: text,
  name: v.exactOptional(v.nullable(text)),
  qos: v.exactOptional(qos),
  encoding: v.exactOptional(v.string()),
}
/** binary_sensor/__init__.py and sensor/__init__.py refuse an entity that says it is a setting. */
const shown = { ...entity, entity_category: v.exactOptional(v.literal('diagnostic')) }
/** config.py, `MQTT_RO_SCHEMA`; the topic may come from the root (schemas.py, `SHARED_OPTIONS`). */
const readOnly = { ...shown, state_topic: v.exactOptional(topic), value_template: v.exactOptional(template) }

/** sensor/const.py, `DEVICE_CLASS_UNITS` and `DEVICE_CLASS_STATE_CLASSES` of those that are used here; `undefined`: has no unit. */
const sensorClasses = {
  enum: { units: undefined, stateClasses: [] },
  timestamp: { units: undefined, stateClasses: [] },
  temperature: { units: ['°C', '°F', 'K'], stateClasses: ['measurement'] },
  data_size: { units: ['bit', 'kbit', 'Mbit', 'Gbit', 'B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB'], stateClasses: ['measurement', 'total'] },
  duration: { units: ['d', 'h', 'min', 's', 'ms', 'µs'], stateClasses: ['measurement', 'total', 'total_increasing'] },
} as const
type SensorClass = keyof typeof sensorClasses

/** sensor.py, `validate_sensor_state_and_device_class_config`, and sensor/__init__.py for what it refuses only when a state comes. */
function sensorFault(sensor: {
  readonly device_class?: SensorClass | undefined
  readonly unit_of_measurement?: string | undefined
  readonly state_class?: string | undefined
  readonly options?: readonly string[] | undefined
}): string | undefined {
  const { device_class, unit_of_measurement, state_class, options } = sensor
  if ((options !== undefined) !== (device_class === 'enum')) return 'options belong to the device class enum, and it to them'
  if (options !== undefined && (state_class !== undefined || unit_of_measurement !== undefined)) return 'options exclude a state class and a unit'
  if (device_class === undefined) return undefined
  const { units, stateClasses } = sensorClasses[device_class]
  if (units === undefined ? unit_of_measurement !== undefined : !(units as readonly (string | undefined)[]).includes(unit_of_measurement)) return 'a wrong unit'
  if (state_class !== undefined && !(stateClasses as readonly string[]).includes(state_class)) return 'a wrong state class'
  return undefined
}

const sensor = v.pipe(
  v.strictObject({
    platform: v.literal('sensor'),
    ...readOnly,
    device_class: v.exactOptional(v.picklist(Object.keys(sensorClasses) as SensorClass[])),
    expire_after: v.exactOptional(positive),
    force_update: v.exactOptional(v.boolean()),
    options: v.exactOptional(v.pipe(v.array(text), v.minLength(1))),
    suggested_display_precision: v.exactOptional(positive),
    state_class: v.exactOptional(v.picklist(['measurement', 'total', 'total_increasing'])),
    unit_of_measurement: v.exactOptional(text),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? sensorFault(dataset.value) : undefined
    if (fault !== undefined) addIssue({ message: fault })
  }),
)

const binarySensor = v.strictObject({
  platform: v.literal('binary_sensor'),
  ...readOnly,
  // binary_sensor/__init__.py, `BinarySensorDeviceClass`, those that could be meant.
  device_class: v.exactOptional(v.picklist(['connectivity', 'problem', 'running', 'power', 'plug', 'update'])),
  expire_after: v.exactOptional(positive),
  force_update: v.exactOptional(v.boolean()),
  off_delay: v.exactOptional(positive),
  payload_on: v.exactOptional(text),
  payload_off: v.exactOptional(text),
})

/** event.py: `event_types` is required, and an event of another type is refused with a warning. */
const event = v.strictObject({
  platform: v.literal('event'),
  ...readOnly,
  device_class: v.exactOptional(v.picklist(['doorbell', 'button', 'motion'])),
  event_types: v.pipe(v.array(text), v.minLength(1)),
})

/** button.py; button/__init__.py, `ButtonDeviceClass`. */
const button = v.strictObject({
  platform: v.literal('button'),
  ...entity,
  entity_category: v.exactOptional(v.picklist(['diagnostic', 'config'])),
  command_topic: topic,
  command_template: v.exactOptional(template),
  device_class: v.exactOptional(v.picklist(['identify', 'restart', 'update'])),
  payload_press: v.exactOptional(text),
  retain: v.exactOptional(v.boolean()),
})

/** schemas.py, `DEVICE_DISCOVERY_SCHEMA`: at the root a key that it does not know makes it refuse the whole message. */
export const deviceDiscovery = v.pipe(
  v.strictObject({
    ...availability,
    device: v.strictObject({
      // `validate_device_has_at_least_one_identifier`.
      identifiers: v.pipe(v.array(text), v.minLength(1)),
      manufacturer: v.exactOptional(text),
      model: v.exactOptional(text),
      name: v.exactOptional(text),
      hw_version: v.exactOptional(text),
      sw_version: v.exactOptional(text),
      suggested_area: v.exactOptional(text),
    }),
    origin: v.strictObject({ name: text, sw_version: v.exactOptional(text), support_url: v.exactOptional(v.pipe(v.string(), v.regex(/^https?:\/\//))) }),
    components: v.record(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_-]+$/)), v.variant('platform', [sensor, binarySensor, event, button])),
    state_topic: v.exactOptional(topic),
    command_topic: v.exactOptional(topic),
    qos: v.exactOptional(qos),
    encoding: v.exactOptional(v.string()),
  }),
  v.check(
    ({ state_topic, components }) =>
      state_topic !== undefined || Object.values(components).every((each) => each.platform === 'button' || each.state_topic !== undefined),
    'an entity without a state_topic',
  ),
  v.check(({ components }) => {
    const ids = Object.values(components).map(({ unique_id }) => unique_id)
    return new Set(ids).size === ids.length
  }, 'two entities with one unique_id'),
)
