import { describe, expect, test } from 'vitest'
import { wardenLimits } from '../../../src/hub/warden/limits.ts'
import { keptOf } from '../../../src/hub/warden/picture.ts'
import { gone, graceMs, hears, leaseUntil, minute, openWarden, ready, there } from './time.ts'

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

  test('and said so only after its will was heard: nothing is done', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone())
    warden.wait(1000)
    warden.tell({ type: 'lease', desk: 'usc-12' })
    expect(warden.shown()).toBe('nothing')
    warden.wait(10 * minute)
    expect(warden.done).toEqual([])
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

  test('and comes back after its lease ran out meanwhile: it has time to say how it stands', () => {
    const warden = ready(() => 'unreachable')
    warden.forwards()
    warden.tell(gone())
    warden.wait(60 * minute)
    const before = warden.done.length
    warden.tell(there())
    warden.wait(graceMs + wardenLimits.overdueMs - 1)
    expect([warden.shown(), warden.done.length]).toEqual(['nothing', before])
    warden.wait(1)
    expect([warden.shown(), warden.done.length]).toEqual(['failed unreachable', before + 1])
  })

  test('and whose phone the file names anew in the grace: the grace is no shorter for it', () => {
    const warden = ready(() => 'confirmed')
    warden.forwards()
    warden.tell(gone())
    warden.wait(1000)
    warden.tell({ type: 'phones', desks: ['usc-12'] })
    warden.wait(graceMs - 1001)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toHaveLength(1)
  })

  test('and whose phone cannot be reached: it is told since when that is so, however often it is tried', () => {
    const warden = ready(() => 'unreachable')
    warden.forwards()
    warden.tell(gone())
    warden.wait(graceMs)
    const { since, began } = warden.task() ?? {}
    warden.wait(10 * minute)
    const tried = warden.done.length
    // What a dead agent said last is said again by its broker, and is no news.
    warden.tell({ type: 'lease', desk: 'usc-12', lease: leaseUntil(30 * minute), leftMs: 10 * minute })
    expect(warden.done).toHaveLength(tried)
    expect(warden.task()).toMatchObject({ since, began })
    expect(Number(since) - Number(began)).toBe(graceMs)
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

  test.each([
    ['in a year is believed for a day', 365 * 24 * 60 * minute, wardenLimits.leaseMaxMs],
    ['it does not say when, for half an hour', undefined, wardenLimits.leaseMs],
    ['long ago is over now', -60 * minute, 0],
  ])('its lease that ends %s', (_, leftMs, believedMs) => {
    const warden = ready()
    warden.tell(there(), { type: 'lease', desk: 'usc-12', lease: leaseUntil(0), ...(leftMs === undefined ? {} : { leftMs }) })
    expect(warden.core().wards.get('usc-12')?.overAt).toBe(believedMs)
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
    warden.wait(wardenLimits.settleMs)
    expect(warden.shown()).toBe('waiting agent-gone')
    warden.wait(graceMs - wardenLimits.settleMs - 1)
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

  test('the line was lost: nobody is gone before all may have connected again, however short the grace', () => {
    const warden = openWarden({ limits: { rejoinMs: 2 * graceMs } })
    warden.tell(hears, { type: 'phones', desks: ['usc-12'] })
    warden.forwards()
    warden.tell({ type: 'hears', on: false }, hears)
    warden.wait(2 * graceMs - 1)
    expect(warden.done).toEqual([])
    warden.wait(1)
    expect(warden.done).toHaveLength(1)
  })

  test('the process was stopped: what came due meanwhile has its grace anew', () => {
    const warden = ready(() => 'confirmed', ['usc-12', 'usc-15'])
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

describe('a phone that goes to a substitute, of which its agent never said so', () => {
  const seen = { kind: 'no-answer', target: 'usc-14' } as const
  function lookedAt() {
    const warden = openWarden()
    let shows = true
    warden.atPhones(({ type, desk }) => {
      if (type === 'look') warden.tell({ type: 'looked', desk, ok: true, ...(shows ? { seen } : {}) })
    })
    warden.tell(hears, { type: 'phones', desks: ['usc-12'] }, there())
    const free = (): void => {
      shows = false
    }
    return { warden, free }
  }

  test('is told when the agent has been gone for the grace, never touched, and no longer told when it is free', () => {
    const { warden, free } = lookedAt()
    warden.wait(10 * minute)
    warden.tell(gone())
    warden.wait(graceMs - 1)
    expect(warden.shown()).toBe('nothing')
    warden.wait(1)
    expect([warden.shown(), warden.done]).toEqual(['foreign unclaimed', []])
    free()
    warden.wait(wardenLimits.lookEveryMs)
    expect(warden.shown()).toBe('nothing')
  })

  test('is the agent’s own business while that is there', () => {
    const { warden } = lookedAt()
    warden.wait(wardenLimits.lookEveryMs)
    warden.forwards()
    warden.tell({ type: 'lease', desk: 'usc-12' })
    expect(warden.shown()).toBe('nothing')
  })
})

test('a desk of which the broker keeps nothing is forgotten', () => {
  const warden = ready()
  warden.tell(there(), gone(), { type: 'forgotten', desk: 'usc-12' })
  expect(warden.core().wards.size).toBe(0)
})
