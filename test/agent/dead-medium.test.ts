import { describe, expect, test } from 'vitest'
import { type Agent, type AgentOutputs, createAgent } from '../../src/agent/agent.ts'
import type { Clock } from '../../src/agent/ports.ts'
import type { Fact } from '../../src/desk/event.ts'
import { keys } from '../../src/store/records.ts'
import type { JournalStore } from '../../src/store/store.ts'
import { policy } from '../desk/script.ts'
import { breakable, events, noon, open, scratch, spoil } from '../store/fixture.ts'

const log = { info() {}, warn() {}, error() {}, debug() {} } as never
/** A clock that stands still until it is moved on. */
const createStrides = (): Clock & { stride(): void } => {
  let now = 0
  const stride = (): void => {
    now += 60_000
  }
  return { now: () => now, wall: () => noon + now, synced: () => true, wakeAt: () => () => {}, stride }
}

function createDesk(store: JournalStore, clock: Clock = createStrides(), wish: () => void = () => {}): Agent {
  const outputs = { wish, changed() {}, stored() {} }
  const toEvent: AgentOutputs['toEvent'] = ({ name, data }, sequence) => ({ sequence, json: JSON.stringify({ name, data }), wall: noon })
  return createAgent({ policy, clock, store, log, outputs: { ...outputs, toEvent } })
}

interface Said {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

async function saidIn(store: JournalStore): Promise<readonly Said[]> {
  return (await store.eventsAfter(0, 100_000)).map(({ json }) => JSON.parse(json) as Said)
}

const incomplete = (said: readonly Said[]) => said.filter(({ name }) => name === 'journal.incomplete').map(({ data }) => data)

const ring = (index: number) => ({ type: 'call.delivered', ref: { phoneId: String(index), remote: `60070${1000 + index}` } }) as const
const end = (index: number) => ({ type: 'call.cleared', ref: { phoneId: String(index) }, cause: 'missed' }) as const

describe('a medium that takes nothing for long', () => {
  test('costs what is told meanwhile, but no number and no process; the next that is written carries the whole desk', async () => {
    const { state, wrap } = breakable()
    const directory = scratch()
    const store = await open(directory, { wrap, limits: { retryFirstMs: 5, retryMaxMs: 10, pendingBytesMax: 50_000 } })
    const clock = createStrides()
    const desk = createDesk(store, clock)
    const tell = (fact: Fact): void => {
      clock.stride()
      desk.emit(fact)
    }
    desk.start('1.0.0')
    await expect.poll(() => store.lastSequence).toBe(desk.sequence())
    state.broken = true
    let last = 0
    for (; store.takes(); last += 1) tell(ring(last))
    const numbered = desk.sequence()
    tell(ring(last))
    expect([desk.sequence(), desk.health().dropped]).toEqual([numbered, 1])
    const { unnumbered } = desk.health()
    expect(unnumbered).toBeGreaterThan(0)
    state.broken = false
    await expect.poll(() => store.takes()).toBe(true)
    tell(end(last))
    tell(ring(last + 1))
    await desk.stop('told to')
    await store.close()
    const again = await open(directory)
    expect([again.lastSequence, again.health().inconsistencies]).toEqual([desk.sequence(), 0])
    expect(desk.sequence()).toBeGreaterThan(numbered)
    expect(incomplete(await saidIn(again))).toEqual([{ cause: 'medium', count: unnumbered }])
    expect(JSON.stringify(again.past.checkpoint)).toContain(`60070${1000 + last}`)
  })

  test('holds up neither lamp nor number: what fits into memory is all there afterwards, and nothing is said to be missing', async () => {
    const { state, wrap } = breakable()
    const directory = scratch()
    const store = await open(directory, { wrap, limits: { retryFirstMs: 5, retryMaxMs: 10 } })
    let wishes = 0
    const desk = createDesk(store, createStrides(), () => (wishes += 1))
    desk.start('1.0.0')
    state.broken = true
    for (let index = 0; index < 50; index += 1) {
      const before = wishes
      desk.emit(ring(index))
      desk.emit(end(index))
      expect(wishes).toBeGreaterThan(before)
    }
    expect(desk.health()).toMatchObject({ dropped: 0, unnumbered: 0 })
    state.broken = false
    await expect.poll(() => store.lastSequence).toBe(desk.sequence())
    const said = await saidIn(store)
    expect(said).toHaveLength(desk.sequence())
    expect(incomplete(said)).toEqual([])
  })

  test('each time it happens is told of once', async () => {
    const { state, wrap } = breakable()
    const store = await open(scratch(), { wrap, limits: { retryFirstMs: 5, retryMaxMs: 10, pendingBytesMax: 20_000 } })
    const desk = createDesk(store)
    desk.start('1.0.0')
    const lost: number[] = []
    let index = 0
    const call = () => {
      index += 1
      desk.emit(ring(index))
      desk.emit(end(index))
    }
    for (let time = 0; time < 3; time += 1) {
      const before = desk.health().unnumbered
      state.broken = true
      while (store.takes()) call()
      for (let more = 0; more < 3; more += 1) call()
      lost.push(desk.health().unnumbered - before)
      state.broken = false
      await expect.poll(async () => incomplete(await saidIn(store)).length).toBe(time + 1)
    }
    expect(lost.every((count) => count > 0)).toBe(true)
    expect(incomplete(await saidIn(store))).toEqual(lost.map((count) => ({ cause: 'medium', count })))
    expect(store.lastSequence).toBe((await saidIn(store)).length)
  })

  test('does not hold up a goodbye', async () => {
    const { state, wrap } = breakable()
    const store = await open(scratch(), { wrap, limits: { retryFirstMs: 60_000 } })
    state.broken = true
    const desk = createDesk(store)
    desk.start('1.0.0')
    await desk.stop('told to')
    expect(desk.desk().shell.stopping).toBe('told to')
  })
})

describe('a loss that the store knows of', () => {
  test('is the first that the desk tells after its start, once over any number of starts', async () => {
    const directory = scratch()
    const before = await open(directory)
    await before.append({ events: events(1, 5) })
    await before.close()
    spoil(directory, keys.event(3))
    for (let start = 0; start < 3; start += 1) {
      const store = await open(directory)
      const desk = createDesk(store)
      desk.start('1.0.0')
      await desk.stop('told to')
      await store.close()
    }
    const store = await open(directory)
    const said = (await saidIn(store)).filter(({ name }) => name !== undefined)
    expect(incomplete(said)).toEqual([{ cause: 'damaged', epoch: before.epoch, count: 1, from: 3, to: 3 }])
    expect(said.slice(0, 2).map(({ name }) => name)).toEqual(['agent.started', 'journal.incomplete'])
    expect(store.owed()).toEqual([])
  })
})
