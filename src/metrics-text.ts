import assert from 'node:assert/strict'

/** Prometheus' base units (`seconds`, `bytes`, `celsius`, …); a figure without one is a count or a yes (1) or no (0). */
export type MetricUnit = string

/** One figure for Prometheus, with what it means. */
export interface Metric {
  /** In base units, which end the name: `third_ring_uptime_seconds`; a counter's name ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  /** `null` where it is not known: then there is no such series, which is not the same as 0. */
  readonly value: number | null
  /** A base unit, with which the name ends (before `_total`). */
  readonly unit?: MetricUnit
  readonly labels?: Readonly<Record<string, string>>
}

export function gauge(name: string, help: string, value: number | boolean | null, labels?: Metric['labels']): Metric {
  return metric('gauge', name, help, value === null ? null : Number(value), labels)
}

export function counter(name: string, help: string, value: number | null, labels?: Metric['labels']): Metric {
  return metric('counter', name, help, value, labels)
}

const units: readonly MetricUnit[] = ['seconds', 'bytes', 'celsius']

function metric(type: Metric['type'], name: string, help: string, value: number | null, labels: Metric['labels']): Metric {
  const unit = units.find((one) => name.endsWith(type === 'counter' ? `_${one}_total` : `_${one}`))
  return { name, help, type, value, ...(unit === undefined ? {} : { unit }), ...(labels === undefined ? {} : { labels }) }
}

export interface MetricsAnswer {
  readonly contentType: string
  readonly body: string
}

/**
 * The answer to a scrape: OpenMetrics 1.0 for who asks for it, as Prometheus itself does, else the older text format 0.0.4. They differ in three
 * things: OpenMetrics names a counter's family without its `_total`, has units, and says where it ends.
 */
export function metricsAnswer(metrics: readonly Metric[], accept: string = ''): MetricsAnswer {
  const open = accept.includes('application/openmetrics-text')
  const families = new Map<string, Metric[]>()
  for (const one of metrics) {
    assert(/^[a-z][a-z0-9_]*$/.test(one.name) && one.name.endsWith('_total') === (one.type === 'counter'), `${one.name} is no name of a ${one.type}`)
    if (one.value !== null) families.set(one.name, [...(families.get(one.name) ?? []), one])
  }
  const lines = [...families.values()].flatMap((family) => linesOf(family, open))
  const end = open ? '# EOF\n' : ''
  const contentType = open ? 'application/openmetrics-text; version=1.0.0; charset=utf-8' : 'text/plain; version=0.0.4; charset=utf-8'
  return { contentType, body: `${lines.map((line) => `${line}\n`).join('')}${end}` }
}

/** All series of one name follow each other under one head, as both formats want it. */
function linesOf(family: readonly Metric[], open: boolean): readonly string[] {
  const [first] = family
  if (first === undefined) return []
  const name = open && first.type === 'counter' ? first.name.replace(/_total$/, '') : first.name
  const head = [
    `# HELP ${name} ${escaped(first.help, open)}`,
    `# TYPE ${name} ${first.type}`,
    ...(first.unit === undefined ? [] : [`# UNIT ${name} ${first.unit}`]),
  ]
  return [...head, ...family.map(({ name, labels, value }) => `${name}${labelText(labels)} ${value}`)]
}

function labelText(labels: Metric['labels'] = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value, true)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string, quotes: boolean): string {
  const plain = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
  return quotes ? plain.replace(/"/g, '\\"') : plain
}
