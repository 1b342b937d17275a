import { randomBytes } from 'node:crypto'

/** A number from 0 to just below 1 that nobody can foresee, of 48 bits: for branches, tags and client nonces. */
export function unforeseeable(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48
}

const letters = '0123456789abcdefghijklmnopqrstuv'

/** A word of so many letters, five bits each. */
export function randomWord(random: () => number, length: number): string {
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? '0').join('')
}
