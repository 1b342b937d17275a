import { describe, expect, test } from 'vitest'
import { brokerUser, covers, mayConnectAs, mayPublish, maySubscribe } from '../../src/hub/broker/acl.ts'

describe('which filter covers which', () => {
  test.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/b/c', false],
    ['a/+', 'a/+', true],
    ['a/+', 'a/#', false],
    ['a/#', 'a/+/c', true],
    ['a/#', 'a', true],
    ['a/#', 'a/#', true],
    ['a/b', 'a/+', false],
    ['a/b/#', 'a/#', false],
    ['#', 'a/b', true],
    ['#', '#', true],
    ['+', '#', false],
    ['#', '$SYS/broker', false],
    ['+/broker', '$SYS/broker', false],
    ['$SYS/#', '$SYS/broker', true],
    ['a', 'a/b', false],
    ['a/b', 'a', false],
    ['+/+', '/a', true],
  ])('%s covers %s: %s', (allowed, asked, expected) => {
    expect(covers(allowed, asked)).toBe(expected)
  })
})

describe('the rights of contract §4', () => {
  const desk = brokerUser('desk', 'usc-12', { site: 'um' })

  test('a desk writes below its own name, at any site, and nowhere else', () => {
    expect(mayPublish(desk, 'third-ring/v1/um/usc-12/state')).toBe(true)
    expect(mayPublish(desk, 'third-ring/v1/um/usc-12/day/previous')).toBe(true)
    expect(mayPublish(desk, 'third-ring/v1/um/usc-14/state')).toBe(false)
    expect(mayPublish(desk, 'third-ring/v1/um/usc-14/command/hold')).toBe(false)
    expect(mayPublish(desk, 'third-ring/v1/um/hub/directory')).toBe(false)
    expect(mayPublish(desk, 'third-ring/v1/usc-12/usc-14/state')).toBe(false)
  })

  test('a desk reads its own commands, its site’s presence and the hub, and nothing else', () => {
    expect(maySubscribe(desk, 'third-ring/v1/um/usc-12/command/#')).toBe(true)
    expect(maySubscribe(desk, 'third-ring/v1/um/+/presence')).toBe(true)
    expect(maySubscribe(desk, 'third-ring/v1/um/usc-14/presence')).toBe(true)
    expect(maySubscribe(desk, 'third-ring/v1/um/hub/#')).toBe(true)
    expect(maySubscribe(desk, 'third-ring/v1/um/usc-14/command/#')).toBe(false)
    expect(maySubscribe(desk, 'third-ring/v1/um/+/state')).toBe(false)
    expect(maySubscribe(desk, 'third-ring/v1/other/+/presence')).toBe(false)
    expect(maySubscribe(desk, '#')).toBe(false)
  })

  test('a desk’s lamp and sensor are allowed by name', () => {
    const withLamp = brokerUser('desk', 'usc-12', { site: 'um' }, { publish: ['zigbee/lamp-12/set'], subscribe: ['zigbee/seat-12'] })
    expect(mayPublish(withLamp, 'zigbee/lamp-12/set')).toBe(true)
    expect(mayPublish(withLamp, 'zigbee/lamp-14/set')).toBe(false)
    expect(maySubscribe(withLamp, 'zigbee/seat-12')).toBe(true)
  })

  test('a desk announces itself to Home Assistant, and nobody else', () => {
    const office = { site: 'um', homeAssistantPrefix: 'homeassistant' }
    const announced = brokerUser('desk', 'usc-12', office)
    expect(mayPublish(announced, 'homeassistant/device/usc-12/config')).toBe(true)
    expect(mayPublish(announced, 'homeassistant/device/usc-14/config')).toBe(false)
    expect(mayPublish(announced, 'homeassistant/status')).toBe(false)
    expect(maySubscribe(announced, 'homeassistant/status')).toBe(true)
    expect(maySubscribe(announced, 'homeassistant/#')).toBe(false)
    expect(mayPublish(brokerUser('home-assistant', 'ha', office), 'homeassistant/status')).toBe(true)
  })

  test('an administrator reads all, commands all, and speaks for no desk', () => {
    const admin = brokerUser('admin', 'anna', { site: '+' })
    expect(maySubscribe(admin, '#')).toBe(true)
    expect(mayPublish(admin, 'third-ring/v1/um/usc-12/command/lamp.test')).toBe(true)
    expect(mayPublish(admin, 'third-ring/v1/um/hub/rebirth')).toBe(true)
    expect(mayPublish(admin, 'third-ring/v1/um/usc-12/event')).toBe(false)
  })

  test('a client id is the user’s own, so that no desk can throw another off', () => {
    expect(mayConnectAs(desk, 'usc-12')).toBe(true)
    expect(mayConnectAs(desk, 'usc-12.release')).toBe(true)
    expect(mayConnectAs(desk, 'usc-120')).toBe(false)
    expect(mayConnectAs(desk, 'usc-14')).toBe(false)
  })
})
