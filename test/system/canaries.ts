/** A secret or a person's trace that must be nowhere, and the spellings in which it would still be there. */
export interface Canary {
  readonly name: string
  readonly text: string
}

/** Plain, percent-encoded in full or where a URL needs it, hexadecimal, base64 at each of its three offsets, as a JSON string, and as UTF-16. */
export function spellingsOf({ text }: Canary): readonly string[] {
  const bytes = Buffer.from(text)
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // What neighbours of the text would have changed is left out.
    const core = encoded.slice(offset === 0 ? 0 : offset + 1, encoded.length - 2)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const spaced = /^\d+$/.test(text) ? [text.replace(/(\d{3})(?=\d)/g, '$1 '), text.replace(/(\d{3})(?=\d)/g, '$1-')] : []
  return [text, encodeURIComponent(text), percent, percent.toUpperCase(), bytes.toString('hex'), JSON.stringify(text).slice(1, -1), ...base64, ...spaced]
}

/** Which canaries are in a text, and how they are spelled there. Letter case does not hide them. */
export function found(canaries: readonly Canary[], where: string, text: string): readonly string[] {
  const lower = text.toLowerCase()
  return canaries.flatMap((canary) =>
    [...new Set(spellingsOf(canary).map((spelling) => spelling.toLowerCase()))]
      .filter((spelling) => lower.includes(spelling))
      .map((spelling) => `${canary.name} in ${where}, as ${spelling}: …${around(text, lower.indexOf(spelling))}…`),
  )
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 60), at + 80).replace(/\s+/g, ' ')
}
