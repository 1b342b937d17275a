/** Letters of a name that count: `seat_grace_ms`, `seat-grace-ms` and `seatGraceMs` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Names longer than this are no slip of the pen, and the table below would grow with the square of their length. */
const nameLengthMax = 64

/** How many letters must be put in, left out, changed, or swapped with their neighbour (optimal string alignment distance). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + change)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

/** The known name that was probably meant, or `undefined` if none is close: at most two slips, and less than half of the word. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > nameLengthMax) return undefined
  const wanted = plain(name)
  let nearest: { readonly name: string; readonly slips: number } | undefined
  for (const candidate of known) {
    const slips = distance(wanted, plain(candidate))
    const close = slips <= Math.max(2, Math.floor(wanted.length / 4)) && slips * 2 < Math.max(wanted.length, candidate.length)
    if (close && (nearest === undefined || slips < nearest.slips)) nearest = { name: candidate, slips }
  }
  return nearest?.name
}
