import type { OfficeDirectory } from '../../src/directory/directory.ts'

/**
 * The check of a directory once more, written apart and from the sentences of the procedure alone: it knows nothing of `src/directory` but the shape of the
 * file. It walks every way that a call can take, step by step, where the check works on sets; it is slow, and easy to believe.
 */
export interface BruteVerdict {
  readonly faulty: ReadonlySet<string>
  readonly reasons: ReadonlyMap<string, ReadonlySet<string>>
}

/** The spellings of `spellings.ts`: an extension, and the same number from outside in four ways. */
export function plainNumber(text: string): string {
  const digits = text.replace(/\D/g, '')
  if (digits.length === 4 && digits.startsWith('6')) return `85869${digits}`
  return digits.length > 9 ? digits.slice(-9) : digits
}

export function bruteForce({ desks, external }: OfficeDirectory): BruteVerdict {
  const reasons = new Map<string, Set<string>>()
  const say = (desk: string, reason: string): void => void reasons.set(desk, (reasons.get(desk) ?? new Set()).add(reason))
  const names = Object.keys(desks)
  const desk = (name: string) => desks[name] ?? { number: '', substitutes: [], staffed: false, forwards: [] }
  const isNumber = (to: string) => /^[+\d]\d*$/.test(to)
  const behind = (to: string) => names.filter((name) => name === to || (isNumber(to) && plainNumber(desk(name).number) === plainNumber(to)))

  for (const name of names) {
    const { number, substitutes, forwards } = desk(name)
    if (number === '112') say(name, 'emergency')
    else if (names.some((other) => other !== name && plainNumber(desk(other).number) === plainNumber(number))) say(name, 'ambiguous')
    const chain = substitutes.map((each) => each.desk)
    if (chain.includes(name)) say(name, 'self')
    if (chain.some((each) => each !== name && chain.filter((other) => other === each).length > 1)) say(name, 'twice')
    if (chain.some((each) => !names.includes(each))) say(name, 'dead')
    const seen: string[] = []
    for (const { kind, to } of forwards) {
      if (seen.includes(kind)) say(name, 'twice')
      else if (to === '112') say(name, 'emergency')
      else if (behind(to).includes(name)) say(name, 'self')
      else if (behind(to).length > 1) say(name, 'ambiguous')
      else if (behind(to).length === 0 && !external.some((number) => isNumber(to) && plainNumber(number) === plainNumber(to))) say(name, 'dead')
      seen.push(kind)
    }
  }

  /** Every next station of a call, whatever sends it there; and those that it can really come to. */
  const allNext = (name: string) =>
    [...desk(name).substitutes.map((each) => each.desk), ...desk(name).forwards.flatMap(({ to }) => behind(to))].filter(
      (next) => next !== name && names.includes(next),
    )
  const always = (name: string) => desk(name).forwards.filter(({ kind }) => kind === 'always')
  const realNext = (name: string) =>
    always(name).length > 0
      ? always(name)
          .flatMap(({ to }) => behind(to))
          .filter((next) => next !== name)
      : allNext(name)

  for (const name of names) {
    // A call that set out here and comes by again within as many steps as there are desks runs in a circle.
    let stations = new Set([name])
    for (let step = 0; step < names.length; step += 1) {
      stations = new Set([...stations].flatMap(allNext))
      if (stations.has(name)) say(name, 'circle')
    }
    const isEnd = (station: string) => desk(station).staffed && always(station).length === 0
    let reached = new Set([name])
    let comesHome = isEnd(name)
    for (let step = 0; step < names.length; step += 1) {
      reached = new Set([...reached].flatMap(realNext))
      comesHome ||= [...reached].some(isEnd)
    }
    if (desk(name).staffed && always(name).length > 0) say(name, 'never-rings')
    else if (!comesHome) say(name, 'no-end')
  }
  return { faulty: new Set(reasons.keys()), reasons }
}
