import { normalizeNumber } from '../desk/number.ts'
import type { OfficeDirectory } from './directory.ts'

/** Else the digits of a name would be a number: `usc-14` is no 14. */
const dialledForm = /^\+?[0-9*#]+$/

/** Whom a name or a number reaches. */
export interface AddressBook {
  /** The desks with this number, in any spelling. */
  desksAt(number: string): readonly string[]
  /** What is written behind `to`: more than one desk is one too many; none, and not outside, is nobody. */
  reach(to: string): { readonly desks: readonly string[]; readonly external: boolean }
}

export function addressBook({ desks, external, numbers }: OfficeDirectory): AddressBook {
  const at = new Map<string, string[]>()
  for (const [name, { number }] of Object.entries(desks)) {
    const key = normalizeNumber(number, numbers) ?? number
    at.set(key, [...(at.get(key) ?? []), name])
  }
  const outside = new Set(external.map((number) => normalizeNumber(number, numbers) ?? number))
  const desksAt = (number: string): readonly string[] => at.get(normalizeNumber(number, numbers) ?? number) ?? []
  return {
    desksAt,
    reach(to) {
      // A desk may have a name of digits, which may be another one's number.
      const named = Object.hasOwn(desks, to) ? [to] : []
      if (!dialledForm.test(to)) return { desks: named, external: false }
      const found = [...new Set([...named, ...desksAt(to)])]
      return { desks: found, external: found.length === 0 && outside.has(normalizeNumber(to, numbers) ?? to) }
    },
  }
}
