import { describe, expect, test } from 'vitest'
import { presenceMaxAgeMs } from '../../../src/agent/office/neighbour.ts'
import { risesMax } from '../../../src/agent/office/neighbour-patience.ts'
import { createDeskSubstitutes } from '../../../src/agent/office/substitutes.ts'
import type { Desk } from '../../../src/desk/desk.ts'
import type { Fact } from '../../../src/desk/event.ts'
import { limits, type Substitute } from '../../../src/desk/policy.ts'
import { hubPresenceTopic, hubTopic } from '../../../src/mqtt/topics.ts'
import { isoTime } from '../../../src/mqtt/wire-form.ts'
import { createHandLink } from '../../lamps/link.ts'
import { createWakes } from '../../wakes.ts'

const site = 'um'
const noon = Date.parse('2026-11-26T11:00:00Z')
const minute = 60_000
const hour = 60 * minute
type Seen = Extract<Fact, { type: 'substitute.seen' }>

interface Options {
  readonly chain?: readonly string[]
  readonly checked?: boolean
  readonly hasAccessList?: boolean
  readonly synced?: boolean
  readonly known?: Desk['substitutes']
}

/** The part of an agent that looks at its substitutes, with a broker and a time in the hand of the test. */
async function watcher({ chain = ['b'], checked = true, hasAccessList = true, synced = true, known = {} }: Options = {}) {
  const wakes = createWakes()
  const link = createHandLink()
  const seen: Seen[] = []
  const place = { chain: chain.map((desk): Substitute => ({ desk, number: desk })), desk: { substitutes: known } }
  const part = createDeskSubstitutes({
    site,
    chain: () => place.chain,
    isChecked: () => checked,
    hasAccessList,
    link,
    clock: { now: wakes.now, wall: () => noon + wakes.now(), synced: () => synced, wakeAt: wakes.add },
    desk: () => place.desk,
    emit(fact) {
      if (fact.type !== 'substitute.seen') return
      seen.push(fact)
      const { takesCalls, standsInFor } = fact
      place.desk = { substitutes: { ...place.desk.substitutes, [fact.desk]: { takesCalls, ...(standsInFor === undefined ? {} : { standsInFor }) } } }
    },
  })
  await part.start()
  const presence = (desk: string, takesCalls: boolean, { retained = false, atMs = wakes.now() } = {}) =>
    link.deliver(`third-ring/v1/${site}/${desk}/presence`, JSON.stringify({ v: 1, at: isoTime(noon + atMs), takesCalls, substituting: null }), retained)
  return {
    part,
    link,
    seen,
    wakes,
    presence,
    hub: (word: 'online' | 'offline') => link.deliver(hubTopic(site, 'availability'), word, true),
    says: (desk: string, online: boolean, standsInFor: readonly string[] = []) =>
      link.deliver(hubPresenceTopic(site, desk), JSON.stringify({ v: 1, at: isoTime(noon), online, standsInFor }), true),
    takes: (desk: string) => place.desk.substitutes[desk]?.takesCalls ?? false,
    setChain(names: readonly string[]) {
      place.chain = names.map((desk) => ({ desk, number: desk }))
      part.changed()
    },
    /** The desk says its presence each minute for so long. */
    beat(desk: string, forMs: number) {
      for (let at = 0; at < forMs; at += minute) {
        presence(desk, true)
        wakes.pass(minute)
      }
    },
  }
}

describe('a substitute takes calls', () => {
  test('when it says so, and no longer when it says otherwise; each change is told once', async () => {
    const { presence, seen, link } = await watcher()
    link.connect()
    presence('b', true)
    presence('b', true)
    presence('b', false)
    presence('b', false)
    expect(seen.map(({ takesCalls }) => takesCalls)).toEqual([true, false])
  })

  test('and nothing is said of it before its own word, though the hub may speak first; that nobody is there is told at once', async () => {
    const { presence, says, seen, link } = await watcher({ chain: ['b', 'c'] })
    link.connect()
    says('b', true, ['a'])
    says('c', false)
    expect(seen.map(({ desk, takesCalls }) => [desk, takesCalls])).toEqual([['c', false]])
    presence('b', true)
    expect(seen.at(-1)).toMatchObject({ desk: 'b', takesCalls: true, standsInFor: ['a'] })
  })

  test('for two and a half minutes after its last word', async () => {
    const { presence, seen, link, wakes } = await watcher()
    link.connect()
    presence('b', true)
    wakes.pass(presenceMaxAgeMs - 1)
    expect(seen).toHaveLength(1)
    wakes.pass(1)
    expect(seen.map(({ takesCalls }) => takesCalls)).toEqual([true, false])
  })

  test('for as long as it goes on saying so', async () => {
    const { beat, seen, link } = await watcher()
    link.connect()
    beat('b', hour)
    expect(seen).toHaveLength(1)
  })

  test('what the broker has kept counts by its own age', async () => {
    const { presence, takes, link, wakes } = await watcher()
    wakes.pass(hour)
    link.connect()
    presence('b', true, { retained: true, atMs: hour - presenceMaxAgeMs })
    expect(takes('b')).toBe(false)
    presence('b', true, { retained: true, atMs: hour - minute })
    expect(takes('b')).toBe(true)
    wakes.pass(presenceMaxAgeMs - minute)
    expect(takes('b')).toBe(false)
    // A clock there that is far ahead says nothing about an age.
    presence('b', true, { retained: true, atMs: 10 * hour })
    expect(takes('b')).toBe(false)
  })

  test('with a clock that is not set, only what is said just now counts', async () => {
    const { presence, takes, link } = await watcher({ synced: false })
    link.connect()
    presence('b', true, { retained: true })
    expect(takes('b')).toBe(false)
    presence('b', true)
    expect(takes('b')).toBe(true)
  })

  test('not when the hub says that its agent is gone; a hub that is gone itself says nothing', async () => {
    const { presence, takes, hub, says, link } = await watcher()
    link.connect()
    hub('online')
    presence('b', true)
    says('b', false)
    expect(takes('b')).toBe(false)
    says('b', true)
    expect(takes('b')).toBe(true)
    says('b', false)
    hub('offline')
    presence('b', true)
    expect(takes('b')).toBe(true)
  })

  test('although the hub has said that its agent is gone, when nothing more is heard of that hub', async () => {
    const { presence, takes, hub, says, link, beat } = await watcher()
    link.connect()
    hub('online')
    says('b', false)
    presence('b', true)
    expect(takes('b')).toBe(false)
    beat('b', 3 * minute)
    expect(takes('b')).toBe(true)
  })

  test('and whose calls it takes is told with it', async () => {
    const { presence, seen, hub, says, link } = await watcher()
    link.connect()
    hub('online')
    presence('b', true)
    says('b', true, ['c'])
    says('b', true, ['c', 'd'])
    says('b', true, ['c', 'd'])
    expect(seen.map(({ standsInFor }) => standsInFor)).toEqual([undefined, ['c'], ['c', 'd']])
  })

  test('not when what is said is no presence', async () => {
    const { link, seen, takes, presence } = await watcher()
    link.connect()
    const topic = `third-ring/v1/${site}/b/presence`
    for (const text of ['', '{', 'null', '{"v":1}', JSON.stringify({ v: 2, at: isoTime(noon), takesCalls: true, substituting: null })]) {
      link.deliver(topic, text)
    }
    expect(seen).toEqual([])
    presence('b', true)
    expect(takes('b')).toBe(true)
    // Taken back: the desk has left the office.
    link.deliver(topic, '')
    expect(takes('b')).toBe(false)
  })
})

describe('while the broker is away', () => {
  test('what was known when it went is used for a day, where the directory was checked for circles', async () => {
    const { presence, takes, link, wakes } = await watcher({ chain: ['b', 'c'] })
    link.connect()
    presence('b', true)
    presence('c', false)
    wakes.pass(minute)
    link.lose()
    wakes.pass(limits.directoryMaxAgeMs - 1)
    expect([takes('b'), takes('c')]).toEqual([true, false])
    wakes.pass(1)
    expect(takes('b')).toBe(false)
  })

  test('only for a moment where the chain is a list of its own, which nobody has checked', async () => {
    const { presence, takes, link, wakes } = await watcher({ checked: false })
    link.connect()
    presence('b', true)
    link.lose()
    wakes.pass(presenceMaxAgeMs - 1)
    expect(takes('b')).toBe(true)
    wakes.pass(1)
    expect(takes('b')).toBe(false)
  })

  test('its silence is nobody’s: the age goes on where it stood, and what the broker has kept in the meantime counts at once', async () => {
    const { presence, takes, link, wakes } = await watcher()
    link.connect()
    presence('b', true)
    wakes.pass(minute)
    link.lose()
    wakes.pass(2 * hour)
    link.connect()
    wakes.pass(presenceMaxAgeMs - minute - 1)
    expect(takes('b')).toBe(true)
    wakes.pass(1)
    expect(takes('b')).toBe(false)
    presence('b', true)
    link.lose()
    wakes.pass(hour)
    // Kept messages come before the link says that it is up.
    presence('b', true, { retained: true })
    link.connect()
    wakes.pass(presenceMaxAgeMs - 1)
    expect(takes('b')).toBe(true)
    wakes.pass(1)
    expect(takes('b')).toBe(false)
  })

  test('after an outage that was longer than that, the next word is waited for', async () => {
    const { presence, takes, link, wakes } = await watcher()
    link.connect()
    presence('b', true)
    link.lose()
    wakes.pass(limits.directoryMaxAgeMs)
    link.connect()
    expect(takes('b')).toBe(false)
    presence('b', true)
    expect(takes('b')).toBe(true)
  })

  test('what was stale already does not come to life again', async () => {
    const { presence, takes, link, wakes } = await watcher()
    link.connect()
    presence('b', true)
    wakes.pass(presenceMaxAgeMs)
    link.lose()
    expect(takes('b')).toBe(false)
    wakes.pass(minute)
    link.connect()
    expect(takes('b')).toBe(false)
  })

  test('after a start the picture of an earlier life is used only for as long as the first words may take', async () => {
    const { takes, wakes, seen } = await watcher({ known: { b: { takesCalls: true } } })
    wakes.pass(presenceMaxAgeMs - 1)
    expect([takes('b'), seen]).toEqual([true, []])
    wakes.pass(1)
    expect(takes('b')).toBe(false)
  })
})

describe('what a neighbour of another make says', () => {
  const deliver = async (body: object, retained: boolean) => {
    const { link, takes } = await watcher()
    link.connect()
    link.deliver(`third-ring/v1/${site}/b/presence`, JSON.stringify(body), retained)
    return takes('b')
  }
  const at = isoTime(noon)

  test.each([
    { v: 1, at, takesCalls: true, substituting: null },
    { v: 1, at, takesCalls: true, substituting: [] },
    { v: 1, at, takesCalls: true, substituting: false },
    { v: 1, at, takesCalls: true, substituting: ['usc-9'] },
    { v: 1, at, takesCalls: true, further: 1 },
    { v: 1, at: noon, takesCalls: true },
    { v: 1, at: '2026-11-26T12:00:00+01:00', takesCalls: true },
    { at, takesCalls: true },
  ])('is believed where it says whether it takes calls: %j', async (body) => {
    expect([await deliver(body, false), await deliver(body, true)]).toEqual([true, true])
  })

  test.each([
    { v: 2, at, takesCalls: true },
    { v: 1, at, takesCalls: 'yes' },
    { v: 1, at, substituting: null },
  ])('is not believed where that means something else, or is not said: %j', async (body) => {
    expect([await deliver(body, false), await deliver(body, true)]).toEqual([false, false])
  })

  test.each([{ takesCalls: true }, { takesCalls: true, at: 'noon' }, { takesCalls: true, at: null }])(
    'counts as it comes where it has no time, and not when the broker has kept it: %j',
    async (body) => {
      expect([await deliver(body, false), await deliver(body, true)]).toEqual([true, false])
    },
  )
})

describe('the will of a neighbour’s agent', () => {
  const availability = `third-ring/v1/${site}/b/availability`

  test('is believed at once, where the broker has no access list', async () => {
    const { link, presence, takes } = await watcher({ hasAccessList: false })
    link.connect()
    presence('b', true)
    link.deliver(availability, 'offline')
    expect(takes('b')).toBe(false)
    presence('b', true, { retained: true })
    expect(takes('b')).toBe(false)
    link.deliver(availability, 'online')
    expect(takes('b')).toBe(true)
  })

  test('is not asked for where there is one: of its neighbours a desk reads the presence alone', async () => {
    expect((await watcher()).link.topics()).not.toContain(availability)
    expect((await watcher({ hasAccessList: false })).link.topics()).toContain(availability)
  })

  test('“online” is no word about calls, and makes none younger', async () => {
    const { link, presence, takes, wakes } = await watcher({ hasAccessList: false })
    link.connect()
    link.deliver(availability, 'online', true)
    expect(takes('b')).toBe(false)
    presence('b', true)
    wakes.pass(presenceMaxAgeMs - 1)
    link.deliver(availability, 'online')
    wakes.pass(1)
    expect(takes('b')).toBe(false)
  })
})

describe('the chain', () => {
  test('is watched exactly, and follows the directory', async () => {
    const { link, setChain, presence, seen, takes } = await watcher({ chain: ['b'] })
    link.connect()
    presence('c', true)
    setChain(['c', 'd'])
    const of = (name: string) => [`third-ring/v1/${site}/${name}/presence`, hubPresenceTopic(site, name)]
    expect(link.topics()).toEqual([hubTopic(site, 'availability'), ...of('c'), ...of('d')])
    presence('b', true)
    presence('c', true)
    expect(seen.map(({ desk }) => desk)).toEqual(['c'])
    setChain([])
    presence('c', false)
    expect(takes('c')).toBe(true)
    expect(seen).toHaveLength(1)
  })

  test('is left alone after the stop', async () => {
    const { part, link, presence, seen, wakes } = await watcher()
    link.connect()
    presence('b', true)
    await part.stop()
    presence('b', false)
    wakes.pass(hour)
    link.lose()
    expect(seen).toHaveLength(1)
    expect(link.topics()).toEqual([])
  })
})

describe('a neighbour that changes its mind ten times a second', () => {
  test('is believed when it says no, and seldom when it says yes; and once it is quiet, at its last word', async () => {
    const { presence, seen, wakes, takes } = await watcher()
    for (let turn = 0; turn < 6000; turn += 1) {
      presence('b', turn % 2 === 0)
      wakes.pass(100)
    }
    expect(seen.filter(({ takesCalls }) => takesCalls)).toHaveLength(risesMax)
    expect(takes('b')).toBe(false)
    presence('b', true)
    for (let minutes = 0; minutes < 10; minutes += 1) {
      wakes.pass(minute)
      presence('b', true)
    }
    expect(takes('b')).toBe(true)
    presence('b', false)
    expect(takes('b')).toBe(false)
  })

  test('nor does one that is named as standing in, and is not, and is', async () => {
    const { presence, hub, says, seen, wakes } = await watcher()
    hub('online')
    presence('b', true)
    for (let turn = 0; turn < 600; turn += 1) {
      says('b', true, turn % 2 === 0 ? ['x', 'y'] : ['y'])
      wakes.pass(100)
    }
    expect(seen.length).toBeLessThanOrEqual(2 * risesMax + 2)
    expect(seen.at(-1)?.standsInFor).toEqual(['x', 'y'])
  })
})
