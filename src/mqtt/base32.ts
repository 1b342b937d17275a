/** RFC 4648 §6. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first characters of the base32 of a digest. */
export function base32Start(digest: Uint8Array, length: number): string {
  let [bits, held, text] = [0, 0, '']
  for (const byte of digest) {
    bits = (bits << 8) | byte
    held += 8
    while (held >= 5 && text.length < length) {
      held -= 5
      text += alphabet[(bits >> held) & 31]
    }
    bits &= (1 << held) - 1
  }
  return text
}
