/** A person's own expression for a line of the adapter's log is short; a longer one is a slip of the pen. */
export const patternLengthMax = 200
/** How many parts of an expression may repeat more than `repeatsMax` times: each multiplies the time that a line can take. */
const wideRepeatsMax = 2
const repeatsMax = 16

/** `*`, `+`, `?`, `{3}`, `{3,}`, `{3,5}`, each perhaps with a `?` behind it that makes it lazy. */
const quantifier = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/

/**
 * Why an expression from the configuration cannot be used, or nothing. It will be tried on lines that anybody can send who can write the adapter's
 * address on a datagram, so what can take more than a moment on a line of 400 characters is turned down: a repeated group (nested repeats grow
 * exponentially), more than two wide repeats, references back, looking ahead and behind. With the two that are allowed, a line costs at most some ten
 * million steps.
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
  let wide = 0
  let rest = text
  let closed = false
  while (rest !== '') {
    const repeat = quantifier.exec(rest)
    if (repeat !== null) {
      const most = repeatsOf(repeat)
      if (closed && most > 1) return 'must not repeat a group: write what is in it without the repeat'
      if (most > repeatsMax) wide += 1
      if (wide > wideRepeatsMax) return `must not have more than ${wideRepeatsMax} parts that repeat without end or more than ${repeatsMax} times`
      rest = rest.slice(repeat[0].length)
      closed = false
      continue
    }
    if (/^\\(?:[1-9]|k<)/.test(rest)) return 'must not refer back to a group'
    if (/^\(\?<?[=!]/.test(rest)) return 'must not look ahead or behind'
    const [atom = rest] = /^(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?::|<\w+>)|.)/s.exec(rest) ?? []
    closed = atom === ')'
    rest = rest.slice(atom.length)
  }
  return undefined
}

function repeatsOf([written, least, comma, most]: RegExpExecArray): number {
  if (written.startsWith('?')) return 1
  if (least === undefined) return Number.POSITIVE_INFINITY
  if (comma === undefined) return Number(least)
  return most === undefined || most === '' ? Number.POSITIVE_INFINITY : Number(most)
}
