import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dayToCounters } from '../../src/mqtt/desk-levels.ts'
import { formulaOf, kpis, kpisOf } from '../../src/mqtt/kpi.ts'
import { goldenDay } from './golden-day.ts'

const seeds = Array.from({ length: 40 }, (_, index) => index + 1)
const golden = seeds.map((seed) => {
  const { desk, truth } = goldenDay(seed)
  if (desk.yesterday === undefined) throw new Error('the day is not over')
  return { seed, figures: kpisOf(dayToCounters(desk.yesterday, 0, true)), truth: truth.figures() }
})

describe('the figures of the report, from the counters of a day alone, beside what really happened', () => {
  test.each(kpis.map(({ id, name }) => [id, name] as const))('%s, %s', (id) => {
    for (const { seed, figures, truth } of golden) {
      const [given, wanted] = [figures[id] ?? null, truth[id] ?? null]
      if (given === null || wanted === null) expect(given, `seed ${seed}`).toBe(wanted)
      else expect(given, `seed ${seed}`).toBeCloseTo(wanted, 9)
    }
    // A figure that is never anything, or always the same, says nothing of its formula.
    const values = new Set(golden.map(({ truth }) => truth[id]))
    if (id !== 'K1.estimated' && id !== 'K6.reassigned') expect(values.size, 'different values').toBeGreaterThan(1)
  })

  test('a day without anything has no shares', () => {
    const figures = kpisOf({ counts: {}, observedWorkingMs: 0, scheduledMs: 0 })
    for (const { id, is } of kpis) expect(figures[id]).toBe(is === 'count' ? 0 : null)
  })
})

describe('docs/reference/kpi.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/kpi.md'), 'utf8')

  test.each(kpis.map((kpi) => [kpi.id, kpi] as const))('has %s with its formula', (_, kpi) => {
    expect(page).toContain(`\n| ${kpi.id} | ${kpi.name} | ${formulaOf(kpi)} |\n`)
  })
})
