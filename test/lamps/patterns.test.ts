import { describe, expect, test } from 'vitest'
import { type LampPattern, lampPatterns } from '../../src/desk/effect.ts'
import { type LampLight, type LampRow, lampAt, lampLevels, lampTable, nextEdge, steadyTable } from '../../src/lamps/patterns.ts'

const positions = ['left', 'middle', 'right'] as const
const minuteMs = 60_000
/** A moment at which no period begins. */
const wall = Date.UTC(2026, 10, 23, 8) + 1234
const flashing = { flashing: true }
const still = { flashing: false }
const lit = lampPatterns.filter((pattern) => pattern !== 'dark')

describe.each(lampPatterns)('%s', (pattern) => {
  const minute = sampled(pattern)

  test('no light comes on more than twice in any second, alone or with the others', () => {
    for (const position of positions) expect(mostInOneSecond(onsets(minute, [position]))).toBeLessThanOrEqual(2)
    expect(mostInOneSecond(onsets(minute, positions))).toBeLessThanOrEqual(2)
  })

  test('every light stays on and stays off for at least 250 ms', () => {
    for (const position of positions) for (const runMs of wholeRuns(minute, position)) expect(runMs).toBeGreaterThanOrEqual(250)
  })

  test('it has its level within the cap, and no red', () => {
    for (const table of [lampTable, steadyTable]) {
      for (const position of positions) {
        const rhythm = table[pattern][position]
        if (rhythm === null) continue
        expect(rhythm.level).toBeGreaterThan(0)
        expect(rhythm.level).toBeLessThanOrEqual(lampLevels.bright)
        expect(['white', 'amber', 'blue']).toContain(rhythm.colour)
      }
    }
  })

  test('a driver that sleeps from edge to edge shows what the sampling shows', () => {
    let at: number = wall
    const byEdges: LampRow<LampLight>[] = []
    while (byEdges.length < 12_000) {
      const until = nextEdge(pattern, at, flashing) ?? wall + 12_000
      const light = lampAt(pattern, at, flashing)
      for (; at < until; at++) byEdges.push(light)
    }
    expect(byEdges.slice(0, 12_000)).toEqual(minute.slice(0, 12_000))
  })

  test('without flashing it never changes with time', () => {
    expect(nextEdge(pattern, wall, still)).toBeUndefined()
    const first = lampAt(pattern, wall, still)
    for (let ms = 1; ms < minuteMs; ms++) if (!same(lampAt(pattern, wall + ms, still), first)) expect.fail(`it changes after ${ms} ms`)
  })
})

test('each two patterns differ in rhythm, position or brightness, not in colour only', () => {
  for (const table of [lampTable, steadyTable]) {
    const looks = lampPatterns.map((pattern) => JSON.stringify(positions.map((position) => ({ ...table[pattern][position], colour: undefined }))))
    expect(new Set(looks).size).toBe(lampPatterns.length)
  }
})

test('where light may flash, each two differ in rhythm or position alone', () => {
  const rhythms = lampPatterns.map((pattern) =>
    JSON.stringify(positions.map((position) => lampTable[pattern][position]?.on.concat([[0, lampTable[pattern][position]?.periodMs ?? 0]]))),
  )
  expect(new Set(rhythms).size).toBe(lampPatterns.length)
})

test('two desks are in phase, whenever each of them was told', () => {
  expect(lampAt('ring-warning', 10_000, flashing)).toEqual(lampAt('ring-warning', 10_000 + 3000, flashing))
  expect(lampAt('ring-warning', 10_499, flashing).left).not.toBeNull()
  expect(lampAt('ring-warning', 10_500, flashing).left).toBeNull()
  const edges = lit.flatMap((pattern) => nextEdge(pattern, wall, flashing) ?? [])
  expect(edges.length).toBeGreaterThan(8)
  for (const pattern of lit) {
    const edge = nextEdge(pattern, wall, flashing)
    if (edge !== undefined) expect(nextEdge(pattern, edge - 1, flashing)).toBe(edge)
  }
})

test('dark is dark, and nothing else is', () => {
  for (const profile of [flashing, still]) {
    for (let ms = 0; ms < 5000; ms++) expect(same(lampAt('dark', wall + ms, profile), { left: null, middle: null, right: null })).toBe(true)
  }
  for (const pattern of lit) expect(sampled(pattern).some((row) => positions.some((position) => row[position] !== null))).toBe(true)
})

test('the phase goes on before 1970, where a clock that was never set may stand', () => {
  expect(lampAt('ring-warning', -400, flashing)).toEqual(lampAt('ring-warning', 600, flashing))
  expect(nextEdge('ring-warning', -400, flashing)).toBe(0)
})

function sampled(pattern: LampPattern): LampRow<LampLight>[] {
  return Array.from({ length: minuteMs }, (_, ms) => lampAt(pattern, wall + ms, flashing))
}

/** The moments at which at least one of these lights comes on. */
function onsets(rows: readonly LampRow<LampLight>[], of: readonly (typeof positions)[number][]): number[] {
  return rows.flatMap((row, ms) => (ms > 0 && of.some((position) => row[position] !== null && rows[ms - 1]?.[position] === null) ? [ms] : []))
}

function mostInOneSecond(moments: readonly number[]): number {
  return Math.max(0, ...moments.map((from) => moments.filter((moment) => moment >= from && moment < from + 1000).length))
}

/** The lengths of all stretches, lit or dark, that lie wholly within the rows. */
function wholeRuns(rows: readonly LampRow<LampLight>[], position: (typeof positions)[number]): number[] {
  const changes = rows.flatMap((row, ms) => (ms > 0 && (row[position] === null) !== (rows[ms - 1]?.[position] === null) ? [ms] : []))
  return changes.slice(1).map((change, index) => change - (changes[index] ?? 0))
}

function same(a: LampRow<LampLight>, b: LampRow<LampLight>): boolean {
  return positions.every((position) => a[position]?.level === b[position]?.level && a[position]?.colour === b[position]?.colour)
}
