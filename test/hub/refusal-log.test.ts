import { expect, test } from 'vitest'
import { createRefusalLog } from '../../src/hub/broker/refusal-log.ts'
import { hubLimits } from '../../src/hub/limits.ts'

test('a client that is refused again and again is told of at once, and then once a minute with how often it was', () => {
  const lines: object[] = []
  let now = 0
  const refused = createRefusalLog({ info: () => {}, warn: (fields) => void lines.push(fields) }, () => now)
  for (; now < hubLimits.refusalLogMs; now += 1000) refused('packet too large', 'usc-12')
  refused('packet too large', 'usc-14')
  refused('topic not allowed', 'usc-12')
  refused('packet too large', 'usc-12')
  expect(lines).toEqual([
    { user: 'usc-12', reason: 'packet too large' },
    { user: 'usc-14', reason: 'packet too large' },
    { user: 'usc-12', reason: 'topic not allowed' },
    { user: 'usc-12', reason: 'packet too large', times: hubLimits.refusalLogMs / 1000 },
  ])
})
