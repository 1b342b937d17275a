/** How an office writes telephone numbers, so that one caller is one caller however the phone spells them. */
export interface Numbering {
  /** Country code without the plus: `48`. */
  readonly countryCode: string
  /** Digits of a national number without its trunk prefix: 9 in Poland. */
  readonly nationalDigits: number
  /** Dialled before a national number: `0`. */
  readonly trunkPrefix: string
  /** Dialled before an international number: `00`. */
  readonly internationalPrefix: string
  /** Short internal numbers that are also reached from outside: `6xxx` is `+4885869` followed by those four digits. */
  readonly extensions: readonly { readonly pattern: string; readonly prefix: string }[]
  /** Numbers shown by many callers (the city's infoline, a switchboard): never a callback's target. In any spelling. */
  readonly shared: readonly string[]
}

/** Poland's numbering, with no internal numbers. */
export const polishNumbering: Numbering = {
  countryCode: '48',
  nationalDigits: 9,
  trunkPrefix: '0',
  internationalPrefix: '00',
  extensions: [],
  shared: [],
}

/** What phones and exchanges show in place of a number that the caller keeps back. */
const withheldWords = new Set(['anonymous', 'anonim', 'withheld', 'private', 'restricted', 'unavailable', 'unknown', 'zastrzezony', 'zastrzeżony'])

/** No number on earth is longer (ITU-T E.164 §6.2.1 allows 15 digits); feature codes and SIP users may be. */
const digitsMax = 32

/** The part of a phone's words that names the other party: `"Jan" <sip:101@pbx;user=phone>` is `101`. */
function userPart(text: string): string {
  const address = /<([^>]*)>/.exec(text)?.[1] ?? text
  const withoutScheme = address.trim().replace(/^(sips?|tel):/i, '')
  return (withoutScheme.split(/[@;]/, 1)[0] ?? '').trim()
}

/**
 * One spelling for each number: `+48858696001` for `0858696001`, `+48 85 869 60 01`, `0048…`, `858696001` and, by an extension's rule, `6001`.
 * A short number that no rule knows stays as it is. `undefined` where the caller kept the number back or the phone said nothing.
 */
export function normalizeNumber(text: string | undefined, numbering: Numbering): string | undefined {
  if (text === undefined) return undefined
  const user = userPart(text)
  if (user === '' || user.startsWith('$') || withheldWords.has(user.toLowerCase())) return undefined
  const digits = user.replace(/[^\d*#]/g, '')
  if (digits === '' || digits.length > digitsMax) return undefined
  if (user.startsWith('+')) return `+${digits}`
  if (/[*#]/.test(digits)) return digits
  return extensionNumber(digits, numbering) ?? outsideNumber(digits, numbering)
}

/** A number as it is dialled: without separators. */
export function asDialled(target: string): string {
  return target.replace(/[ ().\-/]/g, '')
}

/**
 * Whether two spellings of a number that calls are sent to are one number: a prefix of the numbering, separators and an address around it make no difference,
 * any other digit does. What cannot be read as a number is no number's equal.
 */
export function isSameTarget(one: string, other: string, numbering: Numbering): boolean {
  const number = normalizeNumber(one, numbering)
  return number !== undefined && number === normalizeNumber(other, numbering) && [one, other].every(isPureNumber)
}

/** `vm6014` is somebody's letter box, and no number: its digits alone would be those of the desk. */
function isPureNumber(text: string): boolean {
  return /^[\d+*#\s().\-/]+$/.test(userPart(text))
}

function extensionNumber(digits: string, numbering: Numbering): string | undefined {
  for (const { pattern, prefix } of numbering.extensions) {
    if (pattern.length !== digits.length) continue
    if ([...pattern].every((wanted, place) => wanted === 'x' || wanted === digits[place])) return `${prefix}${digits}`
  }
  return undefined
}

function outsideNumber(digits: string, numbering: Numbering): string {
  const { countryCode, nationalDigits, trunkPrefix, internationalPrefix } = numbering
  if (digits.length === nationalDigits) return `+${countryCode}${digits}`
  if (digits.startsWith(internationalPrefix) && digits.length > internationalPrefix.length + nationalDigits) {
    return `+${digits.slice(internationalPrefix.length)}`
  }
  if (digits.length === trunkPrefix.length + nationalDigits && digits.startsWith(trunkPrefix)) {
    return `+${countryCode}${digits.slice(trunkPrefix.length)}`
  }
  if (digits.length === countryCode.length + nationalDigits && digits.startsWith(countryCode)) return `+${digits}`
  return digits
}

/** Whether the number stands for many people, so that calling it reaches nobody in particular. */
export function isShared(number: string, numbering: Numbering): boolean {
  return numbering.shared.some((shared) => normalizeNumber(shared, numbering) === number)
}

/**
 * Feature codes in front of a number, as GSM and PBXs write them: `#31#` and `*67` keep one's own number back, `*31#` shows it. A code without a sign at its
 * end has two digits, else `*6112` could be anything. A digit for an outside line may come first.
 */
const featureCodes = /^(?:[09]?(?:[*#]{1,2}(?:\d{1,3}[*#]{1,2}|\d{2}))+)?/
/** The usual digits for an outside line, besides what the office's numbering says. */
const outsideLine = ['', '0', '9']

/**
 * Whether the number is one of the emergency numbers. As dialled by the clerk, also behind the prefix for an outside line or abroad, and behind feature
 * codes: it ends with an emergency number and has nothing but such prefixes before it. Of who calls in, no such thing is presumed.
 */
export function isEmergency(text: string | undefined, emergencyNumbers: readonly string[], numbering: Numbering, dialledHere = true): boolean {
  if (text === undefined) return false
  const { countryCode, trunkPrefix, internationalPrefix } = numbering
  const dialled = userPart(text)
    .replace(/[^\d*#]/g, '')
    .replace(/#+$/, '')
  const national = [trunkPrefix, countryCode, `${internationalPrefix}${countryCode}`]
  const prefixes = dialledHere ? [...national, ...outsideLine, internationalPrefix] : ['', ...national]
  const isExtension = extensionNumber(dialled, numbering) !== undefined
  return emergencyNumbers.some((number) => {
    if (dialled === number) return true
    if (isExtension || !dialled.endsWith(number)) return false
    const before = dialled.slice(0, dialled.length - number.length)
    return prefixes.includes(dialledHere ? before.replace(featureCodes, '') : before)
  })
}
