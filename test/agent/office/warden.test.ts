import { describe, expect, test } from 'vitest'
import { presenceMaxAgeMs } from '../../../src/agent/office/neighbour.ts'
import { createDeskWarden } from '../../../src/agent/office/warden.ts'
import type { Fact } from '../../../src/desk/event.ts'
import type { Warden, WardenLease } from '../../../src/mqtt/hub-messages.ts'
import { hubTopic } from '../../../src/mqtt/topics.ts'
import { createHandLink } from '../../lamps/link.ts'
import { createWakes } from '../../wakes.ts'

const site = 'um'
const at = '2026-11-26T10:00:00.000Z'

const undone: WardenLease = { desk: 'usc-12', state: 'undone', since: at, until: null, target: 'usc-14', reason: 'agent-gone', order: 7 }
const wardenSays = (desks: readonly string[], leases: readonly WardenLease[] = []): Warden => ({ v: 1, at, graceMs: 180_000, desks, leases })

async function listener() {
  const link = createHandLink()
  const wakes = createWakes()
  const seen: Fact[] = []
  const part = createDeskWarden({ site, name: 'usc-12', link, clock: { now: wakes.now, wakeAt: wakes.add }, emit: (fact) => void seen.push(fact) })
  await part.start()
  link.connect()
  return {
    part,
    link,
    wakes,
    answers: () => seen.flatMap((fact) => (fact.type === 'warden.seen' ? [fact.answers] : [])),
    freed: () => seen.flatMap((fact) => (fact.type === 'warden.freed' ? [fact.order] : [])),
    hub: (word: string) => link.deliver(hubTopic(site, 'availability'), word, true),
    warden: (...desks: string[]) => link.deliver(hubTopic(site, 'warden'), JSON.stringify(wardenSays(desks)), true),
    about: (...leases: Partial<WardenLease>[]) =>
      link.deliver(
        hubTopic(site, 'warden'),
        JSON.stringify(
          wardenSays(
            [],
            leases.map((each) => ({ ...undone, ...each })),
          ),
        ),
        true,
      ),
    raw: (text: string) => link.deliver(hubTopic(site, 'warden'), text, true),
  }
}

describe('whether a warden answers for this desk', () => {
  test('is no until its hub is there and has this desk in its list, in whichever order they are heard', async () => {
    const one = await listener()
    one.hub('online')
    expect(one.answers()).toEqual([false])
    one.warden('usc-11', 'usc-12')
    expect(one.answers()).toEqual([false, true])
    const other = await listener()
    other.warden('usc-12')
    expect(other.answers()).toEqual([false])
    other.hub('online')
    expect(other.answers()).toEqual([false, true])
  })

  test('is said when it changes, and only then', async () => {
    const { hub, warden, answers } = await listener()
    hub('online')
    for (let time = 0; time < 3; time += 1) warden('usc-12')
    warden('usc-11')
    warden()
    warden('usc-12')
    expect(answers()).toEqual([false, true, false, true])
  })

  test.each<[string, (desk: Awaited<ReturnType<typeof listener>>) => void]>([
    ['the hub is gone, and its list is still there', ({ hub }) => hub('offline')],
    ['the line is lost', ({ link }) => link.lose()],
    ['the list was taken back', ({ raw }) => raw('')],
    ['the list cannot be read', ({ raw }) => raw('{"desks":["usc-12"]}')],
  ])('is no again as soon as %s', async (_, happens) => {
    const desk = await listener()
    desk.hub('online')
    desk.warden('usc-12')
    happens(desk)
    expect(desk.answers()).toEqual([false, true, false])
  })

  test('is no again when its hub, of which the broker has kept a word, does not say it itself in two and a half minutes', async () => {
    const { hub, warden, answers, wakes, part } = await listener()
    hub('online')
    warden('usc-12')
    wakes.pass(presenceMaxAgeMs - 1)
    hub('online')
    wakes.pass(presenceMaxAgeMs - 1)
    expect(answers()).toEqual([false, true])
    wakes.pass(1)
    expect(answers()).toEqual([false, true, false])
    hub('online')
    expect(answers()).toEqual([false, true, false, true])
    await part.stop()
    expect(wakes.pending()).toBe(0)
  })

  test('is heard anew after the line is back, and not before', async () => {
    const { link, hub, warden, answers } = await listener()
    hub('online')
    warden('usc-12')
    link.lose()
    link.connect()
    warden('usc-12')
    expect(answers()).toEqual([false, true, false])
    hub('online')
    expect(answers()).toEqual([false, true, false, true])
  })

  test('is no business of a desk that has stopped', async () => {
    const { part, hub, warden, answers } = await listener()
    await part.stop()
    hub('online')
    warden('usc-12')
    expect(answers()).toEqual([false])
  })
})

describe('that the warden has freed this desk’s phone', () => {
  test('is heard once, by the name of the lease, whether its hub is there or not', async () => {
    const { about, hub, freed } = await listener()
    about({})
    hub('online')
    about({})
    about({ order: 9 })
    expect(freed()).toEqual([7, 9])
    // A desk with a new card counts from one again, and what the phone shows on after all may be freed once more.
    about()
    about({ order: 9 })
    expect(freed()).toEqual([7, 9, 9])
  })

  test.each<[string, Partial<WardenLease>]>([
    ['another desk', { desk: 'usc-14' }],
    ['a phone that was free when the warden read it, so that a person may have freed it', { reason: 'found-free' }],
    ['one that is only being told', { state: 'undoing' }],
    ['one that shows nothing of what it was told', { state: 'unconfirmed', reason: 'not-shown' }],
    ['a person’s forwarding', { state: 'foreign' }],
  ])('is not taken from a word about %s', async (_, said) => {
    const { about, freed } = await listener()
    about(said)
    expect(freed()).toEqual([])
  })

  test('by a warden of an earlier version says nothing of whose it was, and is left', async () => {
    const { raw, freed } = await listener()
    const { order: _, ...unnamed } = undone
    raw(JSON.stringify(wardenSays([], [unnamed])))
    expect(freed()).toEqual([])
  })
})
