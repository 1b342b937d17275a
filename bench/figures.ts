/** The value below which the given share of the samples lies; the samples need no order. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5)
}

/** A table as it stands in docs/reference/performance.md, ready to be pasted there. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([`\n${title}\n`, line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'))
}

export function ratio(ours: number, floor: number): string {
  const times = ours / floor
  return `${times < 10 ? times.toFixed(1) : Math.round(times).toLocaleString('en')} ×`
}
