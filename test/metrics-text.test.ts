import { describe, expect, test } from 'vitest'
import { counter, gauge, metricsAnswer } from '../src/metrics-text.ts'

const metrics = [
  gauge('third_ring_uptime_seconds', 'Time since the start.', 1.5),
  counter('third_ring_requests_total', 'Requests, by what became of them: "ok", C:\\ and\nso on.', 3, { outcome: 'ok' }),
  gauge('third_ring_clock_synced', 'Whether the clock is right.', false),
  gauge('third_ring_temperature_celsius', 'Of the processor.', null),
  counter('third_ring_requests_total', 'the same', 4, { outcome: 'a "word" \\ and\na line' }),
  counter('third_ring_written_bytes_total', 'Written.', 7),
]

describe('what Prometheus is told', () => {
  test('in the text format 0.0.4', () => {
    expect(metricsAnswer(metrics)).toEqual({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: `# HELP third_ring_uptime_seconds Time since the start.
# TYPE third_ring_uptime_seconds gauge
# UNIT third_ring_uptime_seconds seconds
third_ring_uptime_seconds 1.5
# HELP third_ring_requests_total Requests, by what became of them: "ok", C:\\\\ and\\nso on.
# TYPE third_ring_requests_total counter
third_ring_requests_total{outcome="ok"} 3
third_ring_requests_total{outcome="a \\"word\\" \\\\ and\\na line"} 4
# HELP third_ring_clock_synced Whether the clock is right.
# TYPE third_ring_clock_synced gauge
third_ring_clock_synced 0
# HELP third_ring_written_bytes_total Written.
# TYPE third_ring_written_bytes_total counter
# UNIT third_ring_written_bytes_total bytes
third_ring_written_bytes_total 7
`,
    })
  })

  test('in OpenMetrics, to who asks for it: families of counters without their ending, and an end', () => {
    const { contentType, body } = metricsAnswer(metrics, 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5')
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(body).toContain('# TYPE third_ring_requests counter\nthird_ring_requests_total{outcome="ok"} 3\n')
    expect(body).toContain('# UNIT third_ring_written_bytes bytes\nthird_ring_written_bytes_total 7\n')
    expect(body).toContain('them: \\"ok\\", C:')
    expect(body.endsWith('\n# EOF\n')).toBe(true)
  })

  test('what is not known is no series at all, not even its head', () => {
    expect(metricsAnswer(metrics).body).not.toContain('celsius')
  })

  test.each([
    [counter('third_ring_requests', 'no ending', 1)],
    [gauge('third_ring_things_total', 'an ending of counters', 1)],
    [gauge('Third-Ring', 'no name', 1)],
  ])('%j is a fault of ours, at once', (metric) => {
    expect(() => metricsAnswer([metric])).toThrow()
  })
})
