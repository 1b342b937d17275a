/** One way that calls can take, from one desk to another. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Where it is written. */
  readonly path: string
}

/** The desks to which each one's calls can go, in the order in which they were written. */
export function ways(edges: readonly Edge[]): ReadonlyMap<string, readonly Edge[]> {
  const out = new Map<string, Edge[]>()
  for (const edge of edges) {
    const of = out.get(edge.from)
    if (of === undefined) out.set(edge.from, [edge])
    else of.push(edge)
  }
  return out
}

/** The shortest way round from a desk to itself, edge by edge; `undefined` where there is none. */
function circleThrough(desk: string, out: ReadonlyMap<string, readonly Edge[]>): readonly Edge[] | undefined {
  const cameBy = new Map<string, Edge>()
  const queue = [desk]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of out.get(at) ?? []) {
      if (cameBy.has(edge.to)) continue
      cameBy.set(edge.to, edge)
      if (edge.to === desk) return back(desk, cameBy)
      queue.push(edge.to)
    }
  }
  return undefined
}

function back(desk: string, cameBy: ReadonlyMap<string, Edge>): readonly Edge[] {
  const round: Edge[] = []
  let edge = cameBy.get(desk)
  while (edge !== undefined) {
    round.unshift(edge)
    edge = edge.from === desk ? undefined : cameBy.get(edge.from)
  }
  return round
}

/** Ways round, so many that every desk that is on any is on one of these. */
export function circles(desks: Iterable<string>, edges: readonly Edge[]): readonly (readonly Edge[])[] {
  const out = ways(edges)
  const covered = new Set<string>()
  const found: (readonly Edge[])[] = []
  for (const desk of desks) {
    const round = covered.has(desk) ? undefined : circleThrough(desk, out)
    if (round === undefined) continue
    for (const { from } of round) covered.add(from)
    found.push(round)
  }
  return found
}

/** The desks from which one of the ends can be reached, the ends among them. */
export function reaching(ends: Iterable<string>, edges: readonly Edge[]): ReadonlySet<string> {
  const into = ways(edges.map(({ from, to, path }) => ({ from: to, to: from, path })))
  const reached = new Set(ends)
  for (const desk of reached) for (const { to } of into.get(desk) ?? []) reached.add(to)
  return reached
}
