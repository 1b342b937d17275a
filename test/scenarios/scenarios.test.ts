import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { policy } from '../desk/script.ts'
import { parseScenario, runScenario } from './scenario.ts'
import type { ScenarioError } from './sentences.ts'

const here = new URL('.', import.meta.url)
const pages = readdirSync(here).filter((name) => name.endsWith('.scenario'))
/** The zone of a page is that of its first day; a page never mixes them, the core's calendar does that. */
const offsetOf = (text: string): number => (/2026-(0[4-9]|10)-/.test(text) ? 120 : 60)

describe('pages that a clerk can read', () => {
  test('there are enough of them', () => {
    expect(pages.length).toBeGreaterThanOrEqual(15)
  })

  test.each(pages)('%s', (page) => {
    const text = readFileSync(new URL(page, here), 'utf8')
    const failure = runScenario(parseScenario(text), policy, offsetOf(text))
    expect(failure, `${page}:${failure?.line}`).toBeUndefined()
  })
})

describe('a page that is wrong says so, with its line', () => {
  const run = (...lines: string[]): unknown => runScenario(parseScenario(['2026-11-23', ...lines].join('\n')), policy, 60)
  const fault = (...lines: string[]): string => {
    try {
      run(...lines)
      return 'nothing'
    } catch (error) {
      return (error as ScenarioError).message
    }
  }
  const rings = '09:00:00 a caller (85 765 43 21) rings'

  test.each([
    [[rings, 'expect: call.answered'], 3],
    [[rings, '09:00:12 the clerk answers', 'expect: call.answered, not in the rule'], 4],
    [[rings, '09:00:12 the clerk answers', 'expect: call.answered, rings 4'], 4],
    [[rings, 'the lamp shows: nothing'], 3],
    [[rings, '09:00:09.999 the lamp shows: third ring'], 3],
    [['never: call.ring', rings].reverse(), 3],
    [[rings, '09:00:11 expect: call.ring, ring 3'], 3],
    [[rings, '09:00:11 expect: hold the call'], 3],
  ] as const)('%j fails at line %i', (lines, line) => {
    expect(run(...lines)).toMatchObject({ line })
  })

  test.each([
    [['09:00:00 the clerk sneezes'], 'line 2: "the clerk sneezes" is no sentence that a scenario knows'],
    [[rings, 'the lamp shows: purple'], 'line 3: no lamp shows "purple"'],
    [[rings, 'expect: nonsense'], 'line 3: "nonsense" is nothing that a desk says'],
    [[rings, 'expect: call.ring, loudly indeed so'], 'line 3: "loudly indeed so" is no field and value'],
    [[rings, '08:59:59 the clerk answers'], 'line 3: time only goes forward'],
    [['the clerk answers'], 'line 2: the first line needs a time'],
    [['policy: colour blue', rings], 'line 0: the policy has no "colour"'],
    [['2026-13-45', rings], 'line 2: 2026-13-45 is no day of the calendar'],
  ])('%j is not understood: %s', (lines, message) => {
    expect(fault(...lines)).toBe(message)
  })

  test('a time without a day, and an empty page', () => {
    expect(() => parseScenario(rings)).toThrow('a time needs a day')
    expect(runScenario(parseScenario('# nothing\n'), policy, 60)).toEqual({ line: 0, sentence: 'the page is empty' })
  })
})
