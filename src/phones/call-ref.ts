import type { CallRef } from '../desk/event.ts'

export type Params = ReadonlyMap<string, string>

/** Longer texts are not ids or names of models, and not a party's address either. */
export const textLengthMax = 64
const addressLengthMax = 1024

/** A parameter that the phone filled. A placeholder that is still a placeholder, or nothing at all, says nothing. */
export function filled(value: string | undefined, lengthMax: number = textLengthMax): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const text = value?.replace(/[\u0000-\u001f\u007f]/g, '').trim()
  return text === undefined || text === '' || text.startsWith('$') ? undefined : text.slice(0, lengthMax)
}

/** What phones and exchanges write for a caller who keeps the number back; `anonymous.invalid` is RFC 3323's host. */
const withheldWords =
  /^(anonymous|anonymous\.invalid|anonim|anonimowy|brak numeru|nieznany|no number|private|prywatny|restricted|unavailable|unknown|withheld|zastrzeżony)$/i

/** Who is at the other end, in the phone's words. */
export type Party = { readonly remote: string } | { readonly withheld: true }

/**
 * Reads a number out of what phones write for one: `"Jan" <sip:0858696001@pbx:5060;user=phone>` is `0858696001`. Separators are taken out; a name is
 * nobody's number, and neither is a SIP user of letters.
 */
export function partyOf(text: string | undefined): Party | undefined {
  const written = filled(text, addressLengthMax)
  if (written === undefined) return undefined
  const address = (/<([^>]*)>?/.exec(written)?.[1] ?? written).trim().replace(/^(sips?|tel):/i, '')
  const [user = '', host = ''] = address.split('@')
  const name = user.split(/[;:?]/, 1)[0]?.replace(/^["'\s]+|["'\s]+$/g, '') ?? ''
  if (withheldWords.test(name) || /^anonymous\.invalid\b/i.test(host)) return { withheld: true }
  const number = name.replace(/[\s().\-/]/g, '')
  return /^\+?[\d*#]{1,40}$/.test(number) ? { remote: number } : undefined
}

/**
 * The call that an event is about: `c` is the phone's id, `r` the other party, `d` the number that was dialled, `n` what the display shows
 * (contract §3). A phone that leaves the other party empty on purpose has one that does not want to be known; where an id names the call already,
 * emptiness says nothing but that this event does not fill the field.
 */
export function toCallRef(params: Params, begins: 'in' | 'out' | undefined): CallRef {
  const phoneId = filled(params.get('c'))
  const party =
    partyOf(params.get('r')) ?? (begins === 'in' ? undefined : partyOf(params.get('d'))) ?? (begins === 'out' ? undefined : partyOf(params.get('n')))
  const leftEmpty = params.get('r')?.trim() === '' && begins !== 'out' && (begins === 'in' || phoneId === undefined)
  return { ...(phoneId === undefined ? {} : { phoneId }), ...(party ?? (leftEmpty ? { withheld: true } : {})) }
}

/** Any usual spelling of a MAC address as twelve lower-case hexadecimal digits; `undefined` if it is none. */
export function normalizeMac(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[^0-9a-z]/g, '')
  return /^[0-9a-f]{12}$/.test(digits) ? digits : undefined
}

const comparedDigits = 9
const comparedDigitsMin = 3

/**
 * Whether two spellings can be one number: `0858696001`, `+48858696001` and `6001` can. The last nine digits are the subscriber's; a shorter number
 * is the end of the longer one. For finding a call again among the few of one phone; whose a forwarding is must be certain (`isSameTarget`).
 */
export function isSameNumber(one: string, other: string): boolean {
  if (one === other) return true
  const [left, right] = [one.replace(/\D/g, ''), other.replace(/\D/g, '')]
  const length = Math.min(comparedDigits, left.length, right.length)
  return length >= comparedDigitsMin && left.slice(-length) === right.slice(-length)
}
