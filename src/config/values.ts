import { isIP } from 'node:net'
import * as v from 'valibot'
import type { Weekday } from '../desk/calendar.ts'
import { namePattern } from '../name-form.ts'

/**
 * The kinds of value a configuration is made of. Each is a schema with a bound on its size, a description that goes into the published JSON
 * Schema and the reference page, and its own sentence for a wrong value. A sentence continues `path: `.
 */
export type TextSchema = v.GenericSchema<string, string>
export type NumberSchema = v.GenericSchema<number, number>

/** Entries of a list that a person writes by hand. */
export const listMax = 64
const textLengthMax = 64
const fileLengthMax = 1024
const hostLengthMax = 253
const topicLengthMax = 256

/** In JSON Schema, a key that is text may also be written as a bare whole number: the loader reads it as its digits (`yaml.ts`). */
function orDigits() {
  return v.metadata<string, { readonly type: readonly string[] }>({ type: ['string', 'integer'] })
}

/** Text of one form, which may consist of digits only. */
export function formed(description: string, form: RegExp, sentence: string): TextSchema {
  return v.pipe(v.string(), v.description(description), v.regex(form, sentence), orDigits())
}

const nameSentence = 'must be 1 to 32 lower-case letters, digits and hyphens, and must not begin with a hyphen'

/** A name that goes into topics, client ids and file names (contract §2). */
export function id(description: string, check?: { readonly holds: (name: string) => boolean; readonly sentence: string }): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.regex(namePattern, nameSentence),
    v.check(check?.holds ?? (() => true), check?.sentence ?? ''),
    orDigits(),
  )
}

/** The name of a desk as a key of a map; nothing is said of it but its form. A key is text in JSON Schema, too, however it is written. */
export const deskKey: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(namePattern, nameSentence),
  v.check((name) => name !== 'hub', 'must not be "hub": that name is the hub’s own'),
)

export function text(description: string, lengthMax: number = textLengthMax): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.nonEmpty('must not be empty'),
    v.maxLength(lengthMax),
    v.check((value) => !/\p{Cc}/u.test(value), 'must not contain control characters'),
    orDigits(),
  )
}

export function whole(description: string, min: number, max: number): NumberSchema {
  return v.pipe(v.number(), v.description(description), v.integer(), v.minValue(min), v.maxValue(max))
}

/** A port to listen on. 0 is any free one, which serves tests and trials. */
export function port(description: string): NumberSchema {
  return whole(description, 0, 65_535)
}

/** One address, never a pattern: an allow-list that can match more than was meant is none. */
export function address(description: string): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.check(
      (value) => isIP(value) !== 0 && !/^(0\.0\.0\.0|[0:]+)$/.test(value),
      'must be the IP address of one machine, such as 10.20.30.40; names, ranges, wildcards and "any" are refused',
    ),
  )
}

/** A host name or an IP address. */
export function host(description: string): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.maxLength(hostLengthMax),
    v.regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an IP address, without http:// and without a port'),
  )
}

/** A file; `complete.ts` makes every key whose name ends in `File` absolute. */
export function file(description: string): TextSchema {
  return v.pipe(v.string(), v.description(description), v.nonEmpty('must name a file'), v.maxLength(fileLengthMax))
}

/** A number as it is dialled: digits, `*`, `#`, and a leading `+`. Spaces would reach the phone's web interface, so they are refused. */
export function dialled(description: string): TextSchema {
  return formed(description, /^\+?[0-9*#]{1,32}$/, 'must be a number as it is dialled: digits, * and #, perhaps a + in front, no spaces')
}

/** One topic: no wildcard, and not one of the broker's own. */
export function topic(description: string): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.nonEmpty('must name a topic'),
    v.maxLength(topicLengthMax),
    v.regex(/^[^$#+\0][^#+\0]*$/, 'must be one topic: no + or #, and no $ in front'),
  )
}

/** A URL of one of the given schemes. A password in it would end in logs and backups, so user names have keys of their own. */
export function url(description: string, schemes: readonly string[]): TextSchema {
  const written = schemes.map((scheme) => `${scheme}://`).join(' or ')
  return v.pipe(
    v.string(),
    v.description(description),
    v.maxLength(fileLengthMax),
    v.regex(new RegExp(`^(${schemes.join('|')})://[^/]`), `must be a URL that begins with ${written}`),
    v.check((value) => URL.canParse(value), `is not a URL such as ${schemes[0]}://10.20.30.40`),
    v.check(
      (value) => !URL.canParse(value) || (new URL(value).username === '' && new URL(value).password === ''),
      'must not contain a user name or a password; give them as username and passwordFile',
    ),
    // WHATWG URLs read 10.20.30 as 10.20.0.30: a slip of the pen must not become another machine.
    v.check(
      (value) => !URL.canParse(value) || (new URL(value).hostname !== '' && namesItsHost(value)),
      'must name a host, or an IP address with all four parts',
    ),
    v.check((value) => !URL.canParse(value) || (new URL(value).search === '' && new URL(value).hash === ''), 'must not contain ? or #'),
  )
}

function namesItsHost(value: string): boolean {
  return value.toLowerCase().includes(new URL(value).hostname)
}

/** A MAC address in any usual spelling (`00:15:65:AA:BB:CC`, `00-15-…`, `0015.65aa.bbcc`, bare) as twelve lower-case hexadecimal digits. */
export function mac(description: string): TextSchema {
  return v.pipe(
    v.string(),
    v.description(description),
    v.regex(
      /^(([0-9A-Fa-f]{2}[:. -]?){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}[.:-][0-9A-Fa-f]{4}[.:-][0-9A-Fa-f]{4})$/,
      'must be a MAC address: twelve hexadecimal digits, such as 001565aabbcc or 00:15:65:AA:BB:CC',
    ),
    orDigits(),
    v.transform((value) => value.replace(/[^0-9A-Fa-f]/g, '').toLowerCase()),
  )
}

/** Hours of some days of the week; a day that is left out has none. */
export function someHours(description: string): v.GenericSchema<object, Partial<Record<Weekday, readonly string[]>>> {
  const day = v.exactOptional(spans('The hours of that day; a day that is left out has none.'))
  return v.pipe(v.strictObject({ mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day }), v.description(description))
}

const spansMax = 6
const spanSentence = 'must be a span of the day such as "07:30-15:30", its end after its beginning and at most 24:00'

/** One day's hours, in order and apart. Hours over midnight are written on both days. */
export function spans(description: string): v.GenericSchema<string[], string[]> {
  const span = v.pipe(
    v.string(),
    v.regex(/^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/, spanSentence),
    // Both halves have two digits for the hour, so that text compares as time does.
    v.check((value) => value.slice(0, 5) < value.slice(6), spanSentence),
  )
  return v.pipe(
    v.array(span),
    v.description(description),
    v.maxLength(spansMax),
    v.check(
      (day) => day.every((each, place) => place === 0 || (day[place - 1] ?? '').slice(6) <= each.slice(0, 5)),
      'spans of a day must be in order and must not overlap',
    ),
  )
}

/** For rules between keys: whether one of the values is there more than once. */
export function isTwice(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length
}
