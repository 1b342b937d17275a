import { polishNumbering } from '../../src/desk/number.ts'
import { forwardKinds, type ListedDesk, type ListedForward, type OfficeDirectory } from '../../src/directory/directory.ts'

/** A number from 0 to 1 each time, always the same ones after the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const numbering = { ...polishNumbering, extensions: [{ pattern: '6xxx', prefix: '+4885869' }] }

/** One telephone in all spellings that are usual in the office. */
function spelled(place: number, random: () => number): string {
  const extension = String(6000 + place)
  const outside = `85869${extension}`
  return [extension, `+48${outside}`, `0${outside}`, outside, `0048${outside}`][Math.floor(random() * 5)] ?? extension
}

/**
 * An invented office. Most of it is sound: chains lead mostly to desks further on, the last of them staffed; and here and there something is wrong, so that
 * about as many directories can work as cannot.
 */
export function randomDirectory(seed: number): OfficeDirectory {
  const random = randomOf(seed)
  const count = 1 + Math.floor(random() * 9)
  // Some offices are careful, some are not.
  const slips = random() < 0.5 ? 0 : random() * 0.15
  const slip = () => random() < slips
  const name = (place: number) => `d${place}`
  const anybody = () => Math.floor(random() * count)
  const later = (place: number) => place + 1 + Math.floor(random() * (count - place - 1))
  const next = (place: number) => (place === count - 1 || slip() ? anybody() : later(place))

  function substitutes(place: number): ListedDesk['substitutes'] {
    const chain: { desk: string }[] = []
    const wanted = place === count - 1 ? 0 : 1 + Math.floor(random() * 3)
    for (let each = 0; each < wanted; each += 1) {
      const desk = slip() ? 'nobody' : name(next(place))
      if (!chain.some((other) => other.desk === desk) || slip()) chain.push({ desk })
    }
    return slip() ? [] : chain
  }

  function forwards(place: number): readonly ListedForward[] {
    if (place === count - 1 && !slip()) return []
    return forwardKinds.flatMap((kind) => {
      if (random() > (kind === 'always' ? 0.1 : 0.25)) return []
      const target = next(place)
      const outside = slip() ? '112' : slip() ? '900100200' : '0048600100200'
      const to = random() < 0.15 ? outside : random() < 0.5 ? spelled(target, random) : name(target)
      return [{ kind: slip() ? 'busy' : kind, to }]
    })
  }

  const desks = Object.fromEntries(
    Array.from({ length: count }, (_, place): [string, ListedDesk] => {
      const number = slip() ? (random() < 0.2 ? '112' : spelled(anybody(), random)) : spelled(place, random)
      return [name(place), { number, substitutes: substitutes(place), staffed: place === count - 1 ? !slip() : random() < 0.15, forwards: forwards(place) }]
    }),
  )
  return { desks, external: ['+48 600100200'.replace(' ', '')], numbers: numbering }
}
