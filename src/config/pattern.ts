/** A person's own expression for a line of the adapter's log is short; a longer one is a slip of the pen. */
export const patternLengthMax = 200
/** A line is tried from each of its places; what repeats without end can end at each of them. */
const placesMax = 400
/** The ways in which an expression could fit one line, at most; trying them all takes a tenth of a second. */
const waysMax = 2_000_000
/** So many steps along a fixed repeat take about as long as one more way. */
const stepsPerWay = 8

/** `*`, `+`, `?`, `{3}`, `{3,}`, `{3,5}`, each perhaps with a `?` behind it that makes it lazy. */
const quantifier = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/

/**
 * Why an expression from the configuration cannot be used, or nothing. It will be tried on lines that anybody can send who can write the adapter's
 * address on a datagram, so what could take more than a moment on a line of 400 characters is turned down: a repeated group (nested repeats grow
 * exponentially), references back, looking ahead and behind, and more ways to fit than can be tried quickly. Each repeat multiplies them by how often
 * it may, each `?` and each choice in a group by two.
 */
export function patternFault(text: string): string | undefined {
  if (text.length > patternLengthMax) return `must have at most ${patternLengthMax} characters`
  let compiled: RegExp
  try {
    compiled = new RegExp(text, 'i')
  } catch (error) {
    return `is not a regular expression: ${error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error)}`
  }
  if (compiled.test('')) return 'fits an empty line, and so every line'
  return costFault(text)
}

function costFault(text: string): string | undefined {
  let ways = placesMax
  let depth = 0
  let rest = text
  let closed = false
  while (rest !== '') {
    const repeat = quantifier.exec(rest)
    if (repeat !== null) {
      const { most, choices } = repeatsOf(repeat)
      if (closed && most > 1) return 'must not repeat a group: write what is in it without the repeat'
      ways *= choices
      rest = rest.slice(repeat[0].length)
      closed = false
      continue
    }
    if (/^\\(?:[1-9]|k<)/.test(rest)) return 'must not refer back to a group'
    if (/^\(\?<?[=!]/.test(rest)) return 'must not look ahead or behind'
    // A `]` ends a class wherever it stands, also as the first: it is JavaScript's rule, not that of POSIX.
    const [atom = rest] = /^(?:\\.|\[(?:\\.|[^\]\\])*\]|\(\?(?::|<\w+>)|.)/s.exec(rest) ?? []
    if (atom.startsWith('(')) depth += 1
    if (atom === '|' && depth > 0) ways *= 2
    closed = atom === ')'
    if (closed) depth -= 1
    rest = rest.slice(atom.length)
  }
  return ways > waysMax ? 'could take too long on a long line: let fewer parts repeat, or say how often at most, as in \\d{1,2}' : undefined
}

/** How often at most, and how many lengths that can be. */
function repeatsOf([written, least, comma, most]: RegExpExecArray): { readonly most: number; readonly choices: number } {
  if (written.startsWith('?')) return { most: 1, choices: 2 }
  // One length only, but each of the ways before it walks along all of it.
  if (least !== undefined && comma === undefined) return { most: Number(least), choices: Math.max(1, Math.ceil(Number(least) / stepsPerWay)) }
  if (least === undefined || most === undefined || most === '') return { most: Number.POSITIVE_INFINITY, choices: placesMax }
  return { most: Number(most), choices: Math.max(1, Math.min(placesMax, Number(most) - Number(least) + 1)) }
}
