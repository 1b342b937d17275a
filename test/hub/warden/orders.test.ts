import { describe, expect, test } from 'vitest'
import type { WardenFact } from '../../../src/hub/warden/fact.ts'
import { wardenLimits } from '../../../src/hub/warden/limits.ts'
import type { UndoOutcome } from '../../../src/hub/warden/outcome.ts'
import { gone, graceMs, leaseUntil, minute, ready, there, wallAtZero } from './time.ts'

describe('what becomes of an attempt', () => {
  /** Ten hours with a phone that always answers so. */
  function attempts(outcome: UndoOutcome | 'silence', hours = 2) {
    const warden = ready(() => outcome)
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    const shown = warden.shown()
    warden.wait(hours * 60 * minute)
    const times = warden.done.map((line) => Number(line.split(' ')[0]) - graceMs / 1000)
    return { shown, later: warden.shown(), times, warden }
  }

  test.each<[UndoOutcome, string, number]>([
    ['confirmed', 'undone agent-gone', 1],
    ['found-free', 'undone found-free', 0],
    ['foreign', 'foreign agent-gone', 0],
  ])('%s: it is told once, and that is all; what it has freed itself is counted', (outcome, shown, freed) => {
    const { warden, ...found } = attempts(outcome)
    expect(found).toMatchObject({ shown, later: shown, times: [0] })
    expect(warden.core().freed).toBe(freed)
  })

  test.each<[UndoOutcome, string]>([
    ['unreachable', 'failed unreachable'],
    ['contradicted', 'unconfirmed contradicted'],
  ])('%s: again and again, less and less often, and never given up', (outcome, shown) => {
    const { times, ...found } = attempts(outcome)
    expect(found).toMatchObject({ shown, later: shown })
    expect(times.slice(0, 5)).toEqual([0, 5, 15, 35, 75])
    expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(wardenLimits.retryLastMs / 1000)
    expect(times.length).toBeGreaterThan(25)
  })

  test.each<[UndoOutcome, string]>([
    ['refused', 'failed refused'],
    ['unsupported', 'failed unsupported'],
    ['no-number', 'failed no-number'],
  ])('%s: seldom, since phones lock out who insists', (outcome, shown) => {
    const { times, ...found } = attempts(outcome)
    expect(found).toMatchObject({ shown, later: shown })
    expect(times).toEqual([0, 300, 900, 2100, 4500])
  })

  test('sent, and nothing shows it: a few times, and then it is said and left', () => {
    const { times, later } = attempts('sent')
    expect(times).toEqual([0, 5, 15])
    expect(later).toBe('unconfirmed not-shown')
  })

  test('busy: until the call is over', () => {
    const { times, later } = attempts('busy', 1)
    expect(later).toBe('undoing busy')
    expect(times.slice(0, 3)).toEqual([0, 15, 30])
  })

  test('nothing comes back at all: a phone out of reach', () => {
    const { times, later } = attempts('silence', 1)
    expect(later).toBe('failed unreachable')
    expect(times.slice(0, 3)).toEqual([0, 35, 75])
  })

  test('no such phone in the file: it is said, and a file that has it is used at once', () => {
    const warden = ready(() => 'confirmed', [])
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    expect(warden.shown()).toBe('failed no-phone')
    warden.wait(1000)
    warden.tell({ type: 'phones', desks: ['usc-12'] })
    expect(warden.shown()).toBe('undone agent-gone')
  })

  /** An agent that comes back while its phone is being told. */
  function backTooLate(outcome: UndoOutcome, ...before: readonly WardenFact[]) {
    const warden = ready()
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    warden.tell(there(), ...before)
    expect(warden.shown()).toBe('undoing agent-gone')
    warden.tell({ type: 'undid', desk: 'usc-12', order: 1, outcome })
    expect(warden.core().underWay.size).toBe(0)
    return warden
  }

  test('an agent that comes back while its phone is being freed hears that it was, and its lease is its own', () => {
    const warden = backTooLate('confirmed')
    expect(warden.shown()).toBe('undone agent-gone')
    expect(warden.core().wards.get('usc-12')?.lease).toMatchObject({ state: 'held', target: 'usc-14' })
    warden.tell({ type: 'lease', desk: 'usc-12' })
    expect(warden.shown()).toBe('nothing')
  })

  test('and goes on with a lease that it has renewed meanwhile: that one is known, and undone when it dies', () => {
    const warden = backTooLate('confirmed', { type: 'lease', desk: 'usc-12', lease: leaseUntil(graceMs + 30 * minute), leftMs: 30 * minute })
    warden.tell(gone())
    warden.wait(graceMs)
    expect(warden.done).toEqual(['180 usc-12 no-answer', '360 usc-12 no-answer'])
  })

  test.each<UndoOutcome>(['foreign', 'found-free', 'unreachable', 'contradicted', 'sent', 'refused', 'busy'])(
    'what else comes of an order to which the agent has come back (%s) is not its business, and is not tried again',
    (outcome) => {
      const warden = backTooLate(outcome)
      warden.wait(10 * minute)
      expect([warden.shown(), warden.done.length]).toEqual(['nothing', 1])
      expect(warden.core().wards.get('usc-12')?.lease).toBeDefined()
    },
  )

  test('an agent that hangs, and says something while its phone is being freed: that is its own business at once', () => {
    const warden = ready()
    warden.forwards()
    warden.wait(30 * minute + wardenLimits.overdueMs)
    expect(warden.shown()).toBe('undoing lease-over')
    warden.tell({ type: 'lease', desk: 'usc-12', lease: leaseUntil(70 * minute), leftMs: 38 * minute })
    warden.tell({ type: 'undid', desk: 'usc-12', order: 1, outcome: 'confirmed' })
    expect([warden.shown(), warden.core().wards.get('usc-12')?.lease?.until]).toEqual(['nothing', wallAtZero + 70 * minute])
  })
})

describe('a floor that lost its power', () => {
  const floor = Array.from({ length: 40 }, (_, index) => `usc-${String(index).padStart(2, '0')}`)

  test('is freed a few at a time, each after the other, who rings nowhere first', () => {
    const warden = ready(() => 'silence', floor)
    const answerAfterMs = 3000
    let most = 0
    const answers: { at: number; desk: string; order: number }[] = []
    warden.atPhones((effect) => {
      if (effect.type === 'undo') answers.push({ at: warden.now() + answerAfterMs, desk: effect.desk, order: effect.order })
    })
    for (const [index, desk] of floor.entries()) warden.forwards(desk, index % 10 === 9 ? { kind: 'always' } : {})
    for (const desk of floor) warden.tell(gone(desk))
    for (let ms = 0; ms < graceMs + 60_000; ms += 100) {
      warden.wait(100)
      most = Math.max(most, warden.core().underWay.size)
      for (const { desk, order } of answers.splice(0, answers.findIndex(({ at }) => at > warden.now()) >>> 0)) {
        warden.tell({ type: 'undid', desk, order, outcome: 'confirmed' })
      }
    }
    expect(most).toBe(wardenLimits.handsMax)
    expect(warden.done.slice(0, 4).every((line) => line.endsWith(' always'))).toBe(true)
    expect(new Set(warden.done.map((line) => line.split(' ')[1])).size).toBe(floor.length)
    const times = warden.done.map((line) => Number(line.split(' ')[0]) * 1000)
    for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(wardenLimits.staggerMs)
    // 40 phones of three seconds each, four at a time.
    expect((times.at(-1) ?? 0) - graceMs).toBeLessThanOrEqual((floor.length / wardenLimits.handsMax) * (answerAfterMs + 100))
  })
})
