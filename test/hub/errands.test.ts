import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CommandAnswer } from '../../src/hub/asked.ts'
import { createErrands, type Errand, errandOf } from '../../src/hub/directory/errands.ts'
import { hubLimits } from '../../src/hub/limits.ts'
import type { NewEvent } from '../../src/hub/office.ts'

const noon = Date.parse('2026-11-26T11:00:00Z')
beforeEach(() => vi.useFakeTimers({ now: noon }))
afterEach(() => vi.useRealTimers())

function event(type: string, data: NewEvent['event']['data'], sequence = 7, desk = 'usc-12'): NewEvent {
  return {
    desk,
    live: true,
    sequence: { epoch: 'e', last: sequence } as NewEvent['sequence'],
    event: { id: `e-${sequence}`, type: `third-ring.${type}`, time: noon, sequence, unsynced: false, data },
  }
}
const reassigned = event('callback.reassigned', { callback: 'b7', by: 'usc-14', cause: 'promise', dueAt: '2026-11-26T12:00:00.000Z' })

function office(answers: (attempt: number) => CommandAnswer['error'] | 'ok') {
  const asked: { errand: Errand; at: number }[] = []
  const warned: string[] = []
  const errands = createErrands({
    async command(errand) {
      asked.push({ errand, at: Date.now() - noon })
      const answer = answers(asked.length)
      return answer === 'ok' ? { ok: true } : { ok: false, ...(answer === undefined ? {} : { error: answer }) }
    },
    wall: Date.now,
    now: Date.now,
    log: { info: () => {}, warn: (_, sentence) => void warned.push(sentence) },
  })
  errands.start()
  return { errands, asked, warned }
}
const error = (code: string) => ({ code, message: code })

describe('a promise on its way', () => {
  test('is tried ever more seldom while nobody answers, under one id, until it is taken', async () => {
    const { errands, asked } = office((attempt) => (attempt < 6 ? error('NO_ANSWER') : 'ok'))
    errands.heard(reassigned)
    errands.heard(reassigned)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked.map(({ at }) => at / 1000)).toEqual([0, 2, 6, 14, 30, 62])
    expect(new Set(asked.map(({ errand }) => errand.id))).toEqual(new Set(['accept-e-7']))
    expect(errands.waiting()).toBe(0)
    await errands.stop()
  })

  test.each(['REPEATED', 'NO_CALLBACK'])('has been taken when the desk says %s', async (code) => {
    const { errands, asked, warned } = office(() => error(code))
    errands.heard(reassigned)
    await vi.advanceTimersByTimeAsync(600_000)
    expect([asked.length, errands.waiting(), warned]).toEqual([1, 0, []])
    await errands.stop()
  })

  test('is given up, and told, where the desk knows no such command', async () => {
    const { errands, asked, warned } = office(() => error('UNKNOWN_COMMAND'))
    errands.heard(reassigned)
    await vi.advanceTimersByTimeAsync(600_000)
    expect([asked.length, errands.waiting()]).toEqual([1, 0])
    expect(warned).toEqual(['the desk does not take a promise of another: UNKNOWN_COMMAND'])
    await errands.stop()
  })

  test('is given up, and told, after a day', async () => {
    const { errands, asked, warned } = office(() => error('BROKER_AWAY'))
    errands.heard(reassigned)
    await vi.advanceTimersByTimeAsync(hubLimits.promiseGiveUpMs + 2000)
    expect(errands.waiting()).toBe(0)
    expect(asked.length).toBeLessThan(300)
    expect(warned).toEqual(['a promise could not be carried to another desk in time; it stays where it was made'])
    await errands.stop()
  })

  test('those that are one too many are told of', async () => {
    const { errands, warned } = office(() => error('NO_ANSWER'))
    for (let place = 0; place <= hubLimits.promisesMax + 9; place += 1) {
      errands.heard({ ...reassigned, desk: `usc-${place % 8}`, event: { ...reassigned.event, id: `e-${place}` } })
    }
    expect(errands.waiting()).toBe(hubLimits.promisesMax)
    expect(warned).toEqual(['too many promises are on their way to other desks; one stays where it is'])
    await errands.stop()
  })
})

describe('one desk that lies', () => {
  test('leaves room for the promises of the others, in the list and among the commands that wait, and in the log', async () => {
    const { errands, asked, warned } = office(() => error('NO_ANSWER'))
    for (let place = 0; place < 1000; place += 1) errands.heard({ ...reassigned, event: { ...reassigned.event, id: `e-${place}` } })
    expect([errands.waiting(), warned.length]).toEqual([hubLimits.promisesOfDeskMax, 1])
    expect(asked.length).toBe(hubLimits.promisesAskedMax)
    errands.heard({ ...reassigned, desk: 'usc-13', event: { ...reassigned.event, id: 'f-1' } })
    expect(errands.waiting()).toBe(hubLimits.promisesOfDeskMax + 1)
    await errands.stop()
  })

  const closed = (desk: string, of = 'b7', sequence = 9) => event('callback.closed', { callback: 'b2', by: 'desk', from: 'usc-12', of }, sequence, desk)

  test('cannot strike off what another owes; who was given the promise can, once', async () => {
    const { errands, asked } = office(() => 'ok')
    errands.heard(reassigned)
    await vi.advanceTimersByTimeAsync(10)
    errands.heard(closed('usc-15'))
    errands.heard(closed('usc-14', 'b8'))
    errands.heard(closed('usc-14'))
    errands.heard(closed('usc-14', 'b7', 10))
    await vi.advanceTimersByTimeAsync(10)
    expect(asked.map(({ errand: { name, desk, body } }) => [name, desk, body['callback']])).toEqual([
      ['callback.accept', 'usc-14', 'b7'],
      ['callback.done', 'usc-12', 'b7'],
    ])
    await errands.stop()
  })

  test('who was given it is known to the next hub', async () => {
    const medium: { file: readonly Errand[] } = { file: [] }
    const kept = { read: () => medium.file, write: (value: readonly Errand[]) => Object.assign(medium, { file: value }), settled: async () => {} }
    const asked: string[] = []
    const hub = () =>
      createErrands({ kept, command: async ({ name }) => ({ ok: asked.push(name) > 0 }), wall: Date.now, now: Date.now, log: { info() {}, warn() {} } })
    const [first, second] = [hub(), hub()]
    first.start()
    first.heard(reassigned)
    await vi.advanceTimersByTimeAsync(10)
    await first.stop()
    second.start()
    expect(second.waiting()).toBe(0)
    second.heard(closed('usc-14'))
    await vi.advanceTimersByTimeAsync(10)
    expect(asked).toEqual(['callback.accept', 'callback.done'])
    await second.stop()
  })
})

test('only what says whom it concerns is carried', () => {
  expect(errandOf(event('callback.opened', { callback: 'b7', by: 'usc-14' }))).toBeUndefined()
  expect(errandOf(event('callback.reassigned', { callback: 'b7' }))).toBeUndefined()
  expect(errandOf(event('callback.closed', { callback: 'b7', by: 'desk' }))).toBeUndefined()
  expect(errandOf(event('callback.closed', { callback: 'b7', by: 'overflow', from: 'usc-15', of: 'b1' }))).toBeUndefined()
  expect(errandOf(event('callback.closed', { callback: 'b7', by: 'desk', from: 'usc-15', of: 'b1' }))).toMatchObject({
    desk: 'usc-15',
    name: 'callback.done',
    body: { callback: 'b1' },
  })
})
