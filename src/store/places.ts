/** Where an event lies on the medium: the bytes of its line. */
export interface Place {
  readonly segment: number
  readonly offset: number
  readonly length: number
}

/** The places of all events, by position. Two numbers an event: an outage of months must not show in the memory. */
export interface Places {
  set(position: number, place: Place): void
  remove(position: number): void
  get(position: number): Place | undefined
  /** The positions from the one to the other that have an event, in order, at most `limit`. */
  between(from: number, to: number, limit: number): readonly number[]
  /** The positions of one segment, in order. */
  of(segment: number): readonly number[]
  /** How many events lie in a segment. */
  count(segment: number): number
}

/** An offset and a length in one number: lengths are below two million. */
const lengthBits = 2 ** 21
/** Positions that are gone at the beginning are given back in pieces of this. */
const pieceMin = 4096

export function createPlaces(): Places {
  /** The position of the first entry; entries without an event are -1. */
  let base = 0
  let segments: number[] = []
  let spans: number[] = []
  const counts = new Map<number, number>()

  function count(segment: number, by: number): void {
    const now = (counts.get(segment) ?? 0) + by
    if (now === 0) counts.delete(segment)
    else counts.set(segment, now)
  }

  function clear(index: number): void {
    const segment = segments[index]
    if (segment === undefined || segment === -1) return
    count(segment, -1)
    segments[index] = -1
  }

  /** Gives room to a position before the first or after the last. */
  function reach(position: number): void {
    if (segments.length === 0) base = position
    if (position < base) {
      const missing = new Array<number>(base - position).fill(-1)
      segments = [...missing, ...segments]
      spans = [...missing, ...spans]
      base = position
    }
    while (base + segments.length <= position) {
      segments.push(-1)
      spans.push(-1)
    }
  }

  function dropGone(): void {
    let gone = 0
    while (gone < segments.length && segments[gone] === -1) gone += 1
    segments = segments.slice(gone)
    spans = spans.slice(gone)
    base += gone
  }

  function select(from: number, to: number, limit: number, wanted: (segment: number) => boolean): readonly number[] {
    const found: number[] = []
    const last = Math.min(to - base, segments.length - 1)
    for (let index = Math.max(0, from - base); index <= last && found.length < limit; index += 1) {
      if (wanted(segments[index] ?? -1)) found.push(base + index)
    }
    return found
  }

  return {
    set(position, { segment, offset, length }) {
      reach(position)
      clear(position - base)
      segments[position - base] = segment
      spans[position - base] = offset * lengthBits + length
      count(segment, 1)
    },
    remove(position) {
      clear(position - base)
      if ((position - base) % pieceMin === pieceMin - 1) dropGone()
    },
    get(position) {
      const [segment, span] = [segments[position - base], spans[position - base]]
      if (segment === undefined || segment === -1 || span === undefined) return undefined
      return { segment, offset: Math.floor(span / lengthBits), length: span % lengthBits }
    },
    between: (from, to, limit) => select(from, to, limit, (segment) => segment !== -1),
    of: (wanted) => select(base, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, (segment) => segment === wanted),
    count: (segment) => counts.get(segment) ?? 0,
  }
}
