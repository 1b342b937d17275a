import { expect, test } from 'vitest'
import { type Metric, metricsText } from '../src/metrics-text.ts'

const open: Metric = { name: 'third_ring_desk_callbacks_open', help: 'People who are owed a call.', type: 'gauge', value: 2, labels: { desk: 'usc-12' } }
const uptime: Metric = { name: 'third_ring_uptime_seconds', help: 'Since the start.', type: 'gauge', unit: 'seconds', value: 1.5 }

test('samples of one name stand together under one head, in whichever order they come', () => {
  expect(metricsText([open, uptime, { ...open, value: 0, labels: { desk: 'usc-14' } }])).toBe(
    [
      '# HELP third_ring_desk_callbacks_open People who are owed a call.',
      '# TYPE third_ring_desk_callbacks_open gauge',
      'third_ring_desk_callbacks_open{desk="usc-12"} 2',
      'third_ring_desk_callbacks_open{desk="usc-14"} 0',
      '# HELP third_ring_uptime_seconds Since the start.',
      '# TYPE third_ring_uptime_seconds gauge',
      '# UNIT third_ring_uptime_seconds seconds',
      'third_ring_uptime_seconds 1.5',
      '',
    ].join('\n'),
  )
})

test('a label can say anything without breaking out of its line', () => {
  expect(metricsText([{ ...open, labels: { desk: 'a"} 1\nthird_ring_up 1\\' } }]).split('\n')[2]).toBe(
    'third_ring_desk_callbacks_open{desk="a\\"} 1\\nthird_ring_up 1\\\\"} 2',
  )
})
