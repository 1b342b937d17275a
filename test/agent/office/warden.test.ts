import { describe, expect, test } from 'vitest'
import { presenceMaxAgeMs } from '../../../src/agent/office/neighbour.ts'
import { createDeskWarden } from '../../../src/agent/office/warden.ts'
import { hubTopic } from '../../../src/mqtt/topics.ts'
import { createHandLink } from '../../lamps/link.ts'
import { createWakes } from '../../wakes.ts'

const site = 'um'

async function listener() {
  const link = createHandLink()
  const wakes = createWakes()
  const seen: unknown[] = []
  const part = createDeskWarden({ site, name: 'usc-12', link, clock: { now: wakes.now, wakeAt: wakes.add }, emit: (fact) => void seen.push(fact) })
  await part.start()
  link.connect()
  return {
    part,
    link,
    wakes,
    answers: () => seen.map((fact) => (fact as { answers: boolean }).answers),
    hub: (word: string) => link.deliver(hubTopic(site, 'availability'), word, true),
    warden: (...desks: string[]) =>
      link.deliver(hubTopic(site, 'warden'), JSON.stringify({ v: 1, at: '2026-11-26T10:00:00.000Z', graceMs: 180_000, desks, leases: [] }), true),
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
