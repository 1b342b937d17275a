import { describe, expect, test } from 'vitest'
import { deskTopics, topicMatches } from '../../src/mqtt/topics.ts'

const topics = deskTopics('um-bialystok', 'usc-12')
const base = 'third-ring/v1/um-bialystok/usc-12'

describe('the topics of a desk', () => {
  test('are those of the contract', () => {
    expect(topics.of('availability')).toBe(`${base}/availability`)
    expect(topics.of('day/previous')).toBe(`${base}/day/previous`)
    expect(topics.commands).toBe(`${base}/command/#`)
  })

  test('tell commands from everything else', () => {
    expect(topics.commandOf(`${base}/command/lamp.test`)).toBe('lamp.test')
    for (const other of [`${base}/command`, `${base}/command/`, `${base}/reply`, 'third-ring/v1/um-bialystok/usc-1/command/hold']) {
      expect(topics.commandOf(other)).toBeUndefined()
    }
  })

  test('know a command also by the slash that RabbitMQ makes of its dot', () => {
    expect(topics.commandOf(`${base}/command/lamp/test`)).toBe('lamp.test')
    expect(topics.commandOf(`${base}/command/lamp/`)).toBe('lamp.')
  })

  test('take an answer anywhere but where it could be believed to be something else', () => {
    for (const good of ['client/7/answers', `${base}/reply`, `${base}/reply/7`]) expect(topics.takesReply(good)).toBe(true)
    const bad = [`${base}/state`, `${base}/command/hold`, 'third-ring/v1/um-bialystok/hub/warden', '$SYS/x', 'a/+/b', 'a/#', '', 'x'.repeat(257)]
    for (const topic of bad) expect(topics.takesReply(topic)).toBe(false)
  })
})

describe('a filter', () => {
  test.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['a/+', 'a', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
  ])('%s for %s: %s', (filter, topic, matches) => {
    expect(topicMatches(filter, topic)).toBe(matches)
  })
})
