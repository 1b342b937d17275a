import { describe, expect, test } from 'vitest'
import { answersFor } from '../../src/hub/warden/core.ts'
import { wardenLimits } from '../../src/hub/warden/limits.ts'
import type { UndoOutcome } from '../../src/hub/warden/outcome.ts'
import { keptOf } from '../../src/hub/warden/picture.ts'
import { graceMs, leaseUntil, minute, openWarden } from './warden-time.ts'

const gone = (desk = 'usc-12') => ({ type: 'availability', desk, online: false }) as const
const there = (desk = 'usc-12') => ({ type: 'availability', desk, online: true }) as const
const hears = { type: 'hears', on: true } as const

/** A warden that hears, with phones; `answer` is what becomes of each order, at once. */
function ready(answer?: (desk: string) => UndoOutcome | 'silence', desks: readonly string[] = ['usc-12']) {
  const warden = openWarden()
  warden.atPhones((effect) => {
    if (effect.type === 'look') return warden.tell({ type: 'looked', desk: effect.desk, ok: true })
    const outcome = answer?.(effect.desk) ?? 'silence'
    if (outcome !== 'silence') warden.tell({ type: 'undid', desk: effect.desk, order: effect.order, outcome })
  })
  warden.tell(hears, { type: 'phones', desks })
  return warden
}

describe('an agent that is gone while it answers for a forwarding', () => {
  test('has the whole grace to come back, and then its phone is told once', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone())
    expect(warden.shown()).toBe('waiting agent-gone')
    warden.wait(graceMs - 1)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toEqual(['180 usc-12 no-answer'])
    expect(warden.shown()).toBe('undone agent-gone')
    warden.wait(60 * minute)
    expect(warden.done).toHaveLength(1)
    expect(warden.core().freed).toBe(1)
  })

  test('and comes back in the grace: nothing is done', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs - 1)
    warden.tell(there())
    expect(warden.shown()).toBe('nothing')
    warden.wait(10 * minute)
    expect(warden.done).toEqual([])
  })

  test('each going away has a grace of its own', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    for (let time = 0; time < 5; time += 1) {
      warden.tell(gone())
      warden.wait(graceMs - 1000)
      warden.tell(there())
    }
    expect(warden.done).toEqual([])
  })

  test.each(['asked', 'held', 'releasing', 'unknown'] as const)('whatever its last word of it was: %s', (state) => {
    const warden = ready(() => 'confirmed')
    warden.forwards('usc-12', { state })
    warden.tell(gone())
    warden.wait(graceMs)
    expect(warden.done).toHaveLength(1)
  })

  test('and said that it has none: nothing is done', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell({ type: 'lease', desk: 'usc-12' }, gone())
    warden.wait(10 * minute)
    expect(warden.done).toEqual([])
    expect(warden.shown()).toBe('nothing')
  })

  test('comes back after its phone was freed: it is not shown any more, and what the broker kept of it is dealt with', () => {
    const warden = ready(() => 'confirmed')
    const lease = leaseUntil(30 * minute)
    warden.tell(there(), { type: 'lease', desk: 'usc-12', lease, leftMs: 30 * minute }, gone())
    warden.wait(graceMs)
    for (let time = 0; time < 3; time += 1) {
      warden.tell({ type: 'hears', on: false })
      warden.wait(minute)
      warden.tell(hears, gone(), { type: 'lease', desk: 'usc-12', lease, leftMs: 30 * minute })
      warden.wait(10 * minute)
    }
    expect(warden.done).toHaveLength(1)
    expect(warden.shown()).toBe('undone agent-gone')
    warden.tell(there())
    expect(warden.shown()).toBe('nothing')
  })

  test('and forwards anew after it came back, and dies again: its phone is freed again', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    expect(warden.done).toEqual(['180 usc-12 no-answer', '360 usc-12 no-answer'])
  })
})

describe('an agent that is there', () => {
  test('and renews its lease is never undone', () => {
    const warden = ready(() => 'confirmed')
    for (let renewal = 0; renewal < 20; renewal += 1) {
      warden.forwards()
      warden.wait(5 * minute)
    }
    expect(warden.done).toEqual([])
  })

  test('and lets its lease run out is undone after the margin, and is shown until it says otherwise', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.wait(30 * minute + wardenLimits.overdueMs - 1)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toEqual(['1920 usc-12 no-answer'])
    expect(warden.shown()).toBe('undone lease-over')
    warden.tell({ type: 'lease', desk: 'usc-12' })
    expect(warden.shown()).toBe('nothing')
  })

  test('its lease is measured by its own clock, not by ours', () => {
    const warden = ready(() => 'confirmed')
    // By this desk’s clock it is 1970.
    warden.tell(there(), { type: 'lease', desk: 'usc-12', lease: leaseUntil(0, { until: 1_800_000 }), leftMs: 30 * minute })
    warden.wait(30 * minute)
    expect(warden.done).toEqual([])
  })

  test('with a phone that the warden does not know is its own business', () => {
    const warden = ready(() => 'confirmed', [])
    warden.forwards()
    warden.wait(60 * minute)
    expect(warden.shown()).toBe('nothing')
  })
})

describe('a silence that may be the warden’s own', () => {
  test('the line is lost: nothing is done however long it lasts, and the grace counts anew after it', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell({ type: 'hears', on: false })
    warden.wait(3 * 60 * minute)
    expect(warden.done).toEqual([])
    expect(warden.shown()).toBe('nothing')
    warden.tell(hears)
    warden.wait(graceMs - 1)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toHaveLength(1)
  })

  test('the line was lost for a moment: agents that are there are not said to be missing', () => {
    const warden = ready()
    warden.forwards()
    warden.tell({ type: 'hears', on: false }, hears)
    warden.wait(wardenLimits.settleMs - 1)
    expect(warden.shown()).toBe('nothing')
    warden.forwards()
    warden.wait(10 * minute)
    expect(warden.shown()).toBe('nothing')
  })

  test('the process was stopped: what came due meanwhile has its grace anew', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.forwards('usc-15')
    warden.tell(gone())
    warden.wait(1000)
    warden.sleep(60 * minute)
    warden.wait(0)
    warden.wait(graceMs - 1)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toEqual([`${(1000 + 60 * minute + graceMs) / 1000} usc-12 no-answer`])
  })

  test('the hub has started and its broker has forgotten everything: who answered for something has a grace to come back', () => {
    const kept = new Map([
      ['usc-12', { lease: leaseUntil(0) }],
      ['usc-15', { lease: leaseUntil(0) }],
    ])
    const warden = openWarden({ kept })
    warden.tell({ type: 'phones', desks: ['usc-12', 'usc-15'] })
    warden.wait(60 * minute)
    warden.tell(hears, there('usc-15'))
    warden.wait(graceMs)
    expect(warden.done).toEqual([`${(60 * minute + graceMs) / 1000} usc-12 no-answer`])
  })

  test('the hub has started after a phone was freed, and the broker says the dead agent’s last word again: it stays dealt with', () => {
    const first = ready(() => 'confirmed')
    const lease = leaseUntil(30 * minute)
    first.tell(there(), { type: 'lease', desk: 'usc-12', lease, leftMs: 30 * minute }, gone())
    first.wait(graceMs)
    const next = openWarden({ kept: keptOf(first.core()) })
    next.tell({ type: 'phones', desks: ['usc-12'] }, hears, gone(), { type: 'lease', desk: 'usc-12', lease, leftMs: 30 * minute })
    next.wait(60 * minute)
    expect(next.done).toEqual([])
    expect(next.shown()).toBe('undone agent-gone')
  })

  test('a topic that was wiped is no proof that a phone is free', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone(), { type: 'forgotten', desk: 'usc-12' })
    warden.wait(graceMs)
    expect(warden.done).toHaveLength(1)
  })
})

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

  test.each<[UndoOutcome, string]>([
    ['confirmed', 'undone agent-gone'],
    ['found-free', 'undone found-free'],
    ['foreign', 'foreign agent-gone'],
  ])('%s: it is told once, and that is all', (outcome, shown) => {
    expect(attempts(outcome)).toMatchObject({ shown, later: shown, times: [0] })
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

  test('the answer to an order of before the agent came back changes nothing', () => {
    const warden = ready()
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    warden.tell(there(), { type: 'undid', desk: 'usc-12', order: 1, outcome: 'confirmed' })
    expect(warden.shown()).toBe('nothing')
    expect(warden.core().wards.get('usc-12')?.lease).toBeDefined()
    expect(warden.core().underWay.size).toBe(0)
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

describe('the desks that it answers for', () => {
  test('are those whose phones were read at the last look', () => {
    const warden = openWarden()
    let ok = true
    const looked: string[] = []
    warden.atPhones((effect) => {
      looked.push(`${warden.now() / 1000} ${effect.desk}`)
      warden.tell({ type: 'looked', desk: effect.desk, ok: ok && effect.desk !== 'usc-13' })
    })
    warden.tell({ type: 'phones', desks: ['usc-12', 'usc-13'] })
    expect(answersFor(warden.core())).toEqual(['usc-12'])
    warden.wait(wardenLimits.lookRetryMs)
    expect(looked).toEqual(['0 usc-12', '0 usc-13', '300 usc-13'])
    ok = false
    warden.wait(wardenLimits.lookEveryMs)
    expect(answersFor(warden.core())).toEqual([])
    warden.tell({ type: 'phones', desks: [] })
    expect(warden.core().looks.size).toBe(0)
  })

  test('a phone is read as soon as its agent says that it holds a lease', () => {
    const warden = openWarden()
    const looked: string[] = []
    warden.atPhones((effect) => {
      looked.push(`${warden.now() / 1000} ${effect.type}`)
      warden.tell({ type: 'looked', desk: effect.desk, ok: true })
    })
    warden.tell(hears, { type: 'phones', desks: ['usc-12'] })
    warden.wait(5000)
    warden.forwards('usc-12', { state: 'asked' })
    warden.forwards()
    warden.forwards()
    expect(looked).toEqual(['0 look', '5 look'])
  })

  test('one that turned the warden down when it had to be told is not among them', () => {
    const warden = ready(() => 'refused')
    warden.forwards()
    expect(answersFor(warden.core())).toEqual(['usc-12'])
    warden.tell(gone())
    warden.wait(graceMs)
    expect(answersFor(warden.core())).toEqual([])
  })
})

test('a desk of which the broker keeps nothing is forgotten', () => {
  const warden = ready()
  warden.tell(there(), gone(), { type: 'forgotten', desk: 'usc-12' })
  expect(warden.core().wards.size).toBe(0)
})
