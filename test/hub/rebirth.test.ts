import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { type BornDesk, createRebirth } from '../../src/hub/rebirth.ts'
import { startFakeDesk } from './fake-desk.ts'
import { officeOf, type RunningHub, site, startHub } from './fixture.ts'

/** A rebirth in invented time, and what it asked and said. */
function open({ always = false, line = true, expected = [] as string[] } = {}) {
  const said = { published: 0, silent: [] as string[] }
  const rebirth = createRebirth({
    always: () => always,
    publish: () => {
      if (line) said.published += 1
      return line
    },
    silent: (desks) => said.silent.push(...desks),
    expected: () => expected,
  })
  return { said, ...rebirth }
}

const born: BornDesk = { id: 'usc-12', about: {}, state: {} }
const unborn: BornDesk = { id: 'usc-12' }

describe('everybody is asked to say again who they are', () => {
  test('at each connect to a broker that keeps no levels, but not twice within a minute', () => {
    const { said, up, down, tick } = open({ always: true })
    up(0)
    tick(0)
    down()
    up(10)
    tick(20)
    expect(said.published).toBe(1)
    tick(hubLimits.rebirthGapMs)
    expect(said.published).toBe(2)
    tick(3 * hubLimits.rebirthGapMs)
    expect(said.published).toBe(2)
  })

  test('never where the broker keeps them and has them', () => {
    const { said, up, heard, tick } = open()
    up(0)
    heard(born, 1)
    tick(10 * hubLimits.rebirthGapMs)
    expect(said.published).toBe(0)
  })

  test('when a desk speaks of which nobody knows who it is: after a while, and not for ever', () => {
    const { said, up, heard, tick } = open()
    up(0)
    heard(unborn, 0)
    tick(hubLimits.bornWaitMs - 1)
    expect(said.published).toBe(0)
    for (let minute = 1; minute <= 10; minute += 1) tick(minute * hubLimits.rebirthGapMs)
    expect(said.published).toBe(hubLimits.rebirthsMax)
  })

  test('not for a desk that has said it meanwhile', () => {
    const { said, up, heard, tick } = open()
    up(0)
    heard(unborn, 0)
    heard(born, 1)
    tick(hubLimits.bornWaitMs)
    expect(said.published).toBe(0)
  })
})

describe('desks that do not answer', () => {
  test('are told of once, after the named wait, and those that have spoken are not', () => {
    const { said, up, heard, tick } = open({ always: true, expected: ['usc-12', 'usc-14'] })
    up(0)
    heard(born, 5)
    tick(1)
    tick(hubLimits.rebirthWaitMs)
    expect(said.silent).toEqual([])
    tick(hubLimits.rebirthWaitMs + 1)
    tick(5 * hubLimits.rebirthWaitMs)
    expect(said.silent).toEqual(['usc-14'])
  })

  test('are not told of while the line is down, or while they could not be asked yet', () => {
    const { said, up, down, tick } = open({ always: true, expected: ['usc-14'] })
    up(0)
    tick(0)
    down()
    tick(hubLimits.rebirthWaitMs + 1)
    up(hubLimits.rebirthWaitMs + 2)
    tick(hubLimits.rebirthGapMs)
    expect(said.silent).toEqual([])
    tick(hubLimits.rebirthGapMs + hubLimits.rebirthWaitMs)
    expect(said.silent).toEqual(['usc-14'])
  })
})

describe('over a real broker', () => {
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  test('a hub on a broker for events asks at once, and knows the office by the answers', { timeout: 20_000 }, async () => {
    const broker: RunningHub = await startHub({ broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
    undo.push(() => broker.stop())
    const desk = await startFakeDesk(broker.urls.mqtt)
    undo.push(() => desk.stop())
    const listener = await connectAsync(broker.urls.mqtt, { protocolVersion: 4 })
    undo.push(() => listener.endAsync(true))
    listener.on('message', (_, payload, { retain }) => {
      expect(retain).toBe(false)
      expect(JSON.parse(payload.toString())).toMatchObject({ v: 1 })
      void desk.born(false)
    })
    await listener.subscribeAsync(`third-ring/v1/${site}/hub/rebirth`, { qos: 1 })
    const hub = await startHub({ broker: { external: { url: broker.urls.mqtt }, profile: 'events' } })
    undo.push(() => hub.stop())
    await expect.poll(async () => (await officeOf(hub)).desks).toMatchObject([{ id: 'usc-12', availability: 'online' }])
  })
})
