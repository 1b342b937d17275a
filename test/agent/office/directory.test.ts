import { describe, expect, test } from 'vitest'
import { createDeskDirectory, directoryTellMs } from '../../../src/agent/office/directory.ts'
import type { Desk } from '../../../src/desk/desk.ts'
import type { Fact } from '../../../src/desk/event.ts'
import { directoryDocument } from '../../../src/directory/published.ts'
import type { Directory } from '../../../src/mqtt/hub-messages.ts'
import { hubTopic } from '../../../src/mqtt/topics.ts'
import { createHandLink } from '../../lamps/link.ts'
import { createWakes } from '../../wakes.ts'

const site = 'um'
type Seen = Extract<Fact, { type: 'directory.seen' }>

const desksWith = (number: string): Directory['desks'] => ({
  a: { number: '1', substitutes: [{ desk: 'b', number, absenteesMax: 2, week: { mon: ['07:30-15:30'] } }] },
  b: { number, staffed: true, substitutes: [] },
})

async function listener(known?: Desk['directory']) {
  const wakes = createWakes()
  const link = createHandLink()
  const seen: Seen[] = []
  const warned: object[] = []
  const part = createDeskDirectory({
    site,
    name: 'a',
    link,
    clock: { now: wakes.now, wakeAt: wakes.add },
    desk: () => (known === undefined ? {} : { directory: known }),
    emit: (fact) => void (fact.type === 'directory.seen' && seen.push(fact)),
    log: { warn: (fields) => void warned.push(fields) },
  })
  await part.start()
  link.connect()
  return {
    part,
    link,
    seen,
    warned,
    wakes,
    hub: (word: 'online' | 'offline') => link.deliver(hubTopic(site, 'availability'), word, true),
    /** The hub says each minute that it is there, for so long. */
    beat(forMs: number) {
      for (let ms = 0; ms < forMs; ms += 60_000) {
        link.deliver(hubTopic(site, 'availability'), 'online')
        wakes.pass(60_000)
      }
    },
    say: (version: number, number = '2', retained = true) =>
      link.deliver(hubTopic(site, 'directory'), JSON.stringify(directoryDocument(desksWith(number), version, '2026-11-26T10:00:00.000Z')), retained),
    raw: (text: string) => link.deliver(hubTopic(site, 'directory'), text, true),
  }
}

describe('the directory', () => {
  test('is told when it is another one, as the core wants it', async () => {
    const { hub, say, seen } = await listener()
    hub('online')
    say(5)
    say(5)
    expect(seen).toEqual([
      {
        type: 'directory.seen',
        version: 5,
        substitutes: [
          {
            desk: 'b',
            number: '2',
            absenteesMax: 2,
            week: { mon: [{ from: 450, to: 930 }], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] },
          },
        ],
      },
    ])
    say(6, '22')
    expect(seen.map(({ version, substitutes }) => [version, substitutes[0]?.number])).toEqual([
      [5, '2'],
      [6, '22'],
    ])
  })

  test('and each hour while the hub is there; not while it is away, in whichever order the two are heard', async () => {
    const { hub, say, seen, wakes, link, beat } = await listener()
    say(5)
    expect(seen).toEqual([])
    hub('online')
    expect(seen).toHaveLength(1)
    beat(3 * directoryTellMs)
    expect(seen).toHaveLength(4)
    hub('offline')
    wakes.pass(10 * directoryTellMs)
    expect(seen).toHaveLength(4)
    hub('online')
    expect(seen).toHaveLength(5)
    // Of one that says nothing any more the broker may have kept the word.
    wakes.pass(10 * directoryTellMs)
    expect(seen).toHaveLength(5)
    link.lose()
    wakes.pass(10 * directoryTellMs)
    expect(seen).toHaveLength(5)
  })

  test('one that cannot be believed is told of once, and changes nothing', async () => {
    const { hub, say, seen, warned, raw, beat } = await listener()
    hub('online')
    say(5)
    const cut = directoryDocument(desksWith('2'), 6, '2026-11-26T10:00:00.000Z')
    const bad = [
      '{',
      JSON.stringify({ ...cut, desks: { a: { number: '1', substitutes: [] } } }),
      JSON.stringify({ ...cut, schema: 'third-ring.directory/2' }),
      JSON.stringify({ ...cut, version: 0 }),
    ]
    for (const text of bad) {
      raw(text)
      raw(text)
    }
    expect(warned).toHaveLength(bad.length)
    expect(seen).toHaveLength(1)
    beat(directoryTellMs)
    expect(seen.at(-1)).toMatchObject({ version: 5, substitutes: [{ number: '2' }] })
  })

  test('a later hub may say more than this desk knows', async () => {
    const { hub, raw, seen } = await listener()
    hub('online')
    const desks = { a: { number: '1', floor: 3, substitutes: [{ desk: 'b', number: '2', absenteesMax: 2, since: 'May' }] } }
    raw(JSON.stringify({ ...directoryDocument(desks, 7, '2026-11-26T10:00:00.000Z'), more: true }))
    expect(seen).toEqual([{ type: 'directory.seen', version: 7, substitutes: [{ desk: 'b', number: '2', absenteesMax: 2 }] }])
  })

  test('an older one that a broker has kept is not believed; what the hub says itself is', async () => {
    const { hub, say, seen, warned } = await listener({ version: 9, substitutes: [], seenAt: 0 })
    hub('online')
    say(8)
    expect(seen).toEqual([])
    expect(warned).toEqual([{ reason: 'it is older than the known one' }])
    say(3, '2', false)
    expect(seen).toMatchObject([{ version: 3 }])
  })

  test('a desk that is not in it has nobody', async () => {
    const { hub, raw, seen } = await listener()
    hub('online')
    raw(JSON.stringify(directoryDocument({ b: { number: '2', staffed: true, substitutes: [] } }, 7, '2026-11-26T10:00:00.000Z')))
    expect(seen).toEqual([{ type: 'directory.seen', version: 7, substitutes: [] }])
  })

  test('taken back, nobody is forwarded by it any more', async () => {
    const { hub, say, raw, seen } = await listener()
    hub('online')
    raw('')
    say(5)
    raw('')
    expect(seen.at(-1)).toEqual({ type: 'directory.seen', version: 5, substitutes: [] })
  })

  test('after the stop nothing more is told', async () => {
    const { hub, say, seen, part, wakes } = await listener()
    hub('online')
    say(5)
    await part.stop()
    say(6)
    wakes.pass(5 * directoryTellMs)
    expect(seen).toHaveLength(1)
  })
})
