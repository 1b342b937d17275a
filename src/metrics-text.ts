/** One figure for Prometheus, with what it means. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  /** A base unit, with which the name ends (before `_total`): `seconds`, `bytes`. */
  readonly unit?: string
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Of the text format that every Prometheus reads; `# UNIT` is OpenMetrics' and a comment to older ones. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus' text exposition format 0.0.4. All samples of one name stand together under its HELP and TYPE, as the format asks, whatever the order in
 * which they are given.
 */
export function metricsText(metrics: readonly Metric[]): string {
  const families = new Map<string, string[]>()
  for (const { name, help, type, unit, value, labels } of metrics) {
    const head = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`])]
    const lines = families.get(name) ?? head
    families.set(name, lines)
    const marks = Object.entries(labels ?? {}).map(([key, text]) => `${key}="${escaped(text).replaceAll('"', '\\"')}"`)
    lines.push(`${name}${marks.length === 0 ? '' : `{${marks.join(',')}}`} ${value}`)
  }
  return `${[...families.values()].flat().join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
