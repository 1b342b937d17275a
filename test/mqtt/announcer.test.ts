import { describe, expect, test } from 'vitest'
import { type Announcer, type AnnouncerDeps, createAnnouncer } from '../../src/mqtt/home-assistant/announcer.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createWakes } from '../wakes.ts'

type Outcome = 'acknowledged' | 'refused' | 'lost'
interface Sent {
  readonly at: number
  readonly topic: string
  readonly payload: string
}

const message = (text = 'one', desk = 'usc-12') => ({ topic: `homeassistant/device/${desk}/config`, payload: JSON.stringify({ text }) })

/** The office's machine and its broker: what is sent, and what a desk remembers over its restarts. */
function createPlace(wakes = createWakes(), sent: Sent[] = []) {
  const remembered = new Map<string, unknown>()
  const warnings: string[] = []
  const place = {
    sent,
    warnings,
    remembered,
    outcome: 'acknowledged' as Outcome,
    up: true,
    async pass(ms: number) {
      for (const until = wakes.now() + ms; wakes.step(until); ) await settled()
      await settled()
    },
    desk(random: () => number = () => 0.5): Announcer & { connect(): void; birth(retained?: boolean): void } {
      const [connects, births]: [(() => void)[], ((payload: Buffer, retained: boolean) => void)[]] = [[], []]
      const deps: AnnouncerDeps = {
        link: {
          publish(topic, payload, options) {
            expect(options?.retain).toBe(true)
            // What is written is known to the medium first, so that it can be taken back whatever happens next.
            if (payload !== '') expect(remembered.get('home-assistant')).toHaveProperty([topic])
            sent.push({ at: wakes.now(), topic, payload })
            options?.told?.(place.outcome)
          },
          subscribe: (topic, handler) => {
            expect(topic).toBe('homeassistant/status')
            births.push(handler)
            return () => {}
          },
          onConnect: (handler) => void connects.push(handler),
          health: () => ({ connected: place.up, unsent: 0 }),
        },
        clock: { now: wakes.now, wakeAt: wakes.add },
        random,
        memory: {
          recall: (key) => remembered.get(key),
          remember: async (key, value) => void remembered.set(key, structuredClone(value)),
        },
        log: { warn: (_, sentence) => void warnings.push(sentence) },
      }
      return {
        ...createAnnouncer(deps),
        connect: () => connects.map((handler) => handler()),
        birth: (retained = false) => births.map((handler) => handler(Buffer.from('online'), retained)),
      }
    },
  }
  return place
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('an announcement', () => {
  test('is made when it is new, and again when it has changed, never twice for the same', async () => {
    const place = createPlace()
    const desk = place.desk()
    desk.start('homeassistant')
    desk.set(message())
    desk.set(message())
    await place.pass(1000)
    expect(place.sent).toEqual([{ at: 0, ...message() }])
    desk.set(message('two'))
    await place.pass(120_000)
    expect(place.sent.map(({ payload }) => payload)).toEqual([message().payload, message('two').payload])
  })

  test('that the broker has already waits its turn after a restart of the desk', async () => {
    const place = createPlace()
    const first = place.desk()
    first.start('homeassistant')
    first.set(message())
    await place.pass(1000)
    first.stop()
    const second = place.desk(() => 0.9)
    place.up = false
    second.start('homeassistant')
    second.set(message())
    await place.pass(1000)
    place.up = true
    second.connect()
    await place.pass(26_000)
    expect(place.sent).toHaveLength(1)
    await place.pass(5000)
    expect(place.sent).toHaveLength(2)
  })

  test('waits for the broker, and is made anew on each connection, since a broker may have lost it', async () => {
    const place = createPlace()
    const desk = place.desk()
    place.up = false
    desk.start('homeassistant')
    desk.set(message())
    await place.pass(60_000)
    expect(place.sent).toEqual([])
    place.up = true
    desk.connect()
    await place.pass(60_000)
    desk.connect()
    await place.pass(60_000)
    expect(place.sent).toHaveLength(2)
  })

  test('is repeated for a birth message, but not for one that the broker has kept', async () => {
    const place = createPlace()
    const desk = place.desk()
    desk.start('homeassistant')
    desk.set(message())
    await place.pass(60_000)
    desk.birth(true)
    await place.pass(60_000)
    expect(place.sent).toHaveLength(1)
    desk.birth()
    await place.pass(60_000)
    expect(place.sent).toHaveLength(2)
  })

  test('ends with the desk', async () => {
    const place = createPlace()
    const desk = place.desk()
    desk.start('homeassistant')
    desk.set(message())
    desk.stop()
    await place.pass(60_000)
    expect(place.sent).toEqual([])
  })
})

describe('what is not true any more', () => {
  async function announced(place: ReturnType<typeof createPlace>, desk = 'usc-12'): Promise<void> {
    const earlier = place.desk()
    earlier.start('homeassistant')
    earlier.set(message('one', desk))
    await place.pass(1000)
    earlier.stop()
    place.sent.length = 0
  }

  test('is taken back where discovery was switched off, once', async () => {
    const place = createPlace()
    await announced(place)
    place.desk().start()
    await place.pass(1000)
    expect(place.sent).toMatchObject([{ topic: message().topic, payload: '' }])
    expect(place.remembered.get('home-assistant')).toEqual({})
    place.desk().start()
    await place.pass(1000)
    expect(place.sent).toHaveLength(1)
  })

  test('is taken back where the desk has another name, and the new one stays', async () => {
    const place = createPlace()
    await announced(place, 'old-name')
    const desk = place.desk()
    desk.set(message())
    desk.start('homeassistant')
    await place.pass(60_000)
    expect(place.sent.filter(({ payload }) => payload === '')).toMatchObject([{ topic: message('one', 'old-name').topic }])
    expect(place.sent.filter(({ payload }) => payload !== '')).toMatchObject([message()])
    expect(Object.keys(place.remembered.get('home-assistant') as object)).toEqual([message().topic])
  })

  test.each<Outcome>(['refused', 'lost'])('is not forgotten while the broker has not confirmed it (%s)', async (outcome) => {
    const place = createPlace()
    await announced(place)
    place.outcome = outcome
    place.desk().start()
    await place.pass(1000)
    expect(Object.keys(place.remembered.get('home-assistant') as object)).toEqual([message().topic])
    place.outcome = 'acknowledged'
    place.desk().start()
    await place.pass(1000)
    expect(place.remembered.get('home-assistant')).toEqual({})
  })

  test('is taken back also when the desk was killed between writing it and hearing that it is written', async () => {
    const place = createPlace()
    place.outcome = 'lost'
    const killed = place.desk()
    killed.start('homeassistant')
    killed.set(message())
    await place.pass(1000)
    killed.stop()
    place.outcome = 'acknowledged'
    place.desk().start()
    await place.pass(1000)
    expect(place.sent.at(-1)).toMatchObject({ topic: message().topic, payload: '' })
  })

  test('is nothing where nothing sound is remembered', async () => {
    const place = createPlace()
    place.remembered.set('home-assistant', ['nonsense'])
    place.desk().start()
    place.remembered.set('home-assistant', 7)
    place.desk().start()
    await place.pass(1000)
    expect(place.sent.filter(({ payload }) => payload !== '')).toEqual([])
  })
})

describe('a broker that does not allow it', () => {
  test('is tried again at the next occasion, and complained of once', async () => {
    const place = createPlace()
    place.outcome = 'refused'
    const desk = place.desk()
    desk.start('homeassistant')
    desk.set(message())
    await place.pass(60_000)
    desk.birth()
    await place.pass(60_000)
    expect(place.sent).toHaveLength(2)
    expect(place.warnings).toEqual([expect.stringContaining('access list')])
  })

  test('and closes the connection over it is given up: better without Home Assistant than without a line', async () => {
    const place = createPlace()
    place.outcome = 'lost'
    const desk = place.desk()
    desk.start('homeassistant')
    desk.set(message())
    for (let connection = 0; connection < 10; connection += 1) {
      await place.pass(60_000)
      desk.connect()
    }
    expect(place.sent).toHaveLength(3)
    expect(place.warnings).toHaveLength(1)
  })
})

test('a thousand desks answer a restart of Home Assistant spread over half a minute, however often it restarts', async () => {
  const wakes = createWakes()
  const sent: Sent[] = []
  const random = createRandom(7)
  const desks = Array.from({ length: 1000 }, (_, number) => {
    const desk = createPlace(wakes, sent).desk(random)
    desk.start('homeassistant')
    desk.set(message('one', `desk-${number}`))
    return desk
  })
  const { pass } = createPlace(wakes, sent)
  await pass(120_000)
  sent.length = 0
  // Home Assistant starts every three seconds, for a minute.
  for (let restart = 0; restart < 20; restart += 1) {
    for (const desk of desks) desk.birth()
    await pass(3000)
  }
  await pass(120_000)
  const perSecond = countBy(sent.map(({ at }) => Math.floor(at / 1000)))
  // 1,000 desks in 30 s are 33 a second; a herd would be all of them.
  expect(Math.max(...perSecond.values())).toBeLessThan(60)
  const perDesk = countBy(sent.map(({ topic }) => topic))
  expect(perDesk.size).toBe(1000)
  expect(Math.max(...perDesk.values())).toBeLessThanOrEqual(4)
})

function countBy<Key>(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
