import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { lampPatterns } from '../../src/desk/effect.ts'
import { type DeskDescription, discoveryMessage } from '../../src/mqtt/home-assistant/discovery.ts'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { deviceDiscovery, topicMatcher } from './home-assistant-rules.ts'

const desk: DeskDescription = {
  site: 'um-bialystok',
  desk: 'usc-12',
  department: 'usc',
  version: '0.1.0',
  phone: { make: 'yealink', model: 'SIP-T46U' },
  warnAtRing: 3,
  lamp: true,
  bridge: true,
}
const payloadOf = (description: Partial<DeskDescription> = {}) => JSON.parse(discoveryMessage('homeassistant', { ...desk, ...description }).payload)
const faultsOf = (payload: unknown) => v.safeParse(deviceDiscovery, payload).issues?.map(({ message }) => message) ?? []

describe('the discovery message', () => {
  test.each<[string, Partial<DeskDescription>]>([
    ['everything', {}],
    ['the least', { department: undefined, phone: { make: 'analogue', model: undefined }, lamp: false, bridge: false }],
  ])('of a desk with %s is what Home Assistant accepts', (_, description) => {
    expect(faultsOf(payloadOf(description))).toEqual([])
  })

  test('goes to a topic that Home Assistant reads, also below a prefix of several levels', () => {
    for (const prefix of ['homeassistant', 'office/ha']) {
      const { topic } = discoveryMessage(prefix, desk)
      expect(topicMatcher.exec(topic.slice(prefix.length + 1))?.groups).toMatchObject({ component: 'device', object_id: 'usc-12' })
    }
  })

  test('has every event that a desk can say, since Home Assistant refuses any other', () => {
    expect(payloadOf().components.event.event_types).toEqual(Object.keys(noticeData))
  })

  test('has every pattern of the lamp', () => {
    expect(payloadOf().components.lamp.options).toEqual(lampPatterns)
  })

  test('is smaller than 10 kB, with names as long as they may be', () => {
    const longest = { site: 's'.repeat(32), desk: 'd'.repeat(32), department: 'usc' }
    expect(Buffer.byteLength(discoveryMessage('homeassistant', { ...desk, ...longest }).payload)).toBeLessThan(10_240)
  })

  test('shows nothing of the seat, and nothing that tells who is there', () => {
    expect(discoveryMessage('homeassistant', desk).payload).not.toMatch(/presence|occupancy|takesCalls|substituting|seat\.(?!plausible|implausible)/)
  })

  test('says when what comes from health is too old', () => {
    const components: Record<string, { state_topic?: string; expire_after?: number }> = payloadOf().components
    for (const { state_topic, expire_after } of Object.values(components)) expect(state_topic?.endsWith('/health') === true).toBe(expire_after !== undefined)
  })

  test('has buttons only where there is a lamp to show something, and a bridge only where there is one', () => {
    const keys = Object.keys(payloadOf({ lamp: false, bridge: false }).components)
    expect(keys).not.toEqual(expect.arrayContaining(['identify']))
    expect(keys).not.toEqual(expect.arrayContaining(['bridge']))
    expect(Object.keys(payloadOf().components)).toEqual(expect.arrayContaining(['identify', 'lamp_test', 'bridge']))
  })

  test('is available as long as the desk is', () => {
    expect(payloadOf().availability_topic).toBe('third-ring/v1/um-bialystok/usc-12/availability')
  })

  test('loses no event and no press on its way, and has no press kept: the desk would take it for a ghost', () => {
    const { event, identify, lamp_test } = payloadOf().components
    expect(event).toMatchObject({ qos: 1 })
    for (const button of [identify, lamp_test]) expect(button).toMatchObject({ qos: 1, retain: false })
  })

  test('is the same text for the same desk', () => {
    expect(discoveryMessage('homeassistant', { ...desk })).toEqual(discoveryMessage('homeassistant', desk))
  })
})

/** The rules themselves, so that they are not green for everything. */
describe('the rules of Home Assistant refuse', () => {
  const spoiled = (spoil: (payload: ReturnType<typeof payloadOf>) => void) => {
    const payload = payloadOf()
    spoil(payload)
    return faultsOf(payload)
  }
  test.each<[string, (payload: ReturnType<typeof payloadOf>) => void]>([
    ['a message without origin', (payload) => delete payload.origin],
    ['a message without device', (payload) => delete payload.device],
    ['a device without identifiers', (payload) => (payload.device.identifiers = [])],
    ['an origin without name', (payload) => delete payload.origin.name],
    ['a key at the root that it does not know', (payload) => (payload.desk = 'usc-12')],
    ['an abbreviated key', (payload) => (payload.components.ring.val_tpl = '{{ value }}')],
    ['an entity without unique_id', (payload) => delete payload.components.ring.unique_id],
    ['two entities with one unique_id', (payload) => (payload.components.ring.unique_id = payload.components.call.unique_id)],
    ['an entity without platform', (payload) => delete payload.components.ring.platform],
    ['an event without event_types', (payload) => delete payload.components.event.event_types],
    ['a button without command_topic', (payload) => delete payload.components.identify.command_topic],
    ['expire_after of an event', (payload) => (payload.components.event.expire_after = 60)],
    ['a sensor that is a setting', (payload) => (payload.components.ring.entity_category = 'config')],
    ['a wrong unit', (payload) => (payload.components.temperature.unit_of_measurement = 'C')],
    ['a state class of an enum', (payload) => (payload.components.call.state_class = 'measurement')],
    ['an enum without options', (payload) => delete payload.components.call.options],
    ['a topic with a wildcard', (payload) => (payload.state_topic = 'third-ring/#')],
    ['no state_topic anywhere', (payload) => delete payload.state_topic],
  ])('%s', (_, spoil) => {
    expect(spoiled(spoil)).not.toEqual([])
  })
})
