import { describe, expect, test } from 'vitest'
import { type Agent, createAgent } from '../../src/agent/agent.ts'
import type { Clock } from '../../src/agent/ports.ts'
import type { Fact } from '../../src/desk/event.ts'
import type { JournalStore } from '../../src/store/store.ts'
import { policy } from '../desk/script.ts'
import { breakable, noon, open, scratch } from '../store/fixture.ts'

const log = { info() {}, warn() {}, error() {}, debug() {} } as never
/** A clock that stands still until it is moved on. */
const createStrides = (): Clock & { stride(): void } => {
  let now = 0
  const stride = (): void => {
    now += 60_000
  }
  return { now: () => now, wall: () => noon + now, synced: () => true, wakeAt: () => () => {}, stride }
}

function createDesk(store: JournalStore, clock: Clock = createStrides()): Agent {
  const outputs = { wish() {}, changed() {}, stored() {} }
  return createAgent({ policy, clock, store, log, outputs: { ...outputs, toEvent: (_, sequence) => ({ sequence, json: '{}', wall: noon }) } })
}

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
    state.broken = false
    await expect.poll(() => store.takes()).toBe(true)
    tell(end(last))
    tell(ring(last + 1))
    await desk.stop('told to')
    await store.close()
    const again = await open(directory)
    expect([again.lastSequence, again.health().inconsistencies]).toEqual([desk.sequence(), 0])
    expect(desk.sequence()).toBeGreaterThan(numbered)
    expect(JSON.stringify(again.past.checkpoint)).toContain(`60070${1000 + last}`)
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
