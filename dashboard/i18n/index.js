import { en } from './en.js'
import { pl } from './pl.js'

export const dictionaries = { pl, en }

const remembered = 'third-ring.language'

/** The language of an earlier visit, else the browser's first that we have, else Polish: the office's own. */
export function chosenLanguage() {
  const wished = [recall(), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())]
  return wished.find((code) => Object.hasOwn(dictionaries, code)) ?? 'pl'
}

/** Keeps the choice for the next visit, where the browser lets us. */
export function rememberLanguage(code) {
  try {
    localStorage.setItem(remembered, code)
  } catch {
    // Storage may be forbidden; the choice then holds for this visit.
  }
}

function recall() {
  try {
    return localStorage.getItem(remembered) ?? ''
  } catch {
    return ''
  }
}

/** How numbers, times and spans are written in one language, in the office's time zone. */
export function createFormat(dictionary, timeZone) {
  const { code, locale } = dictionary
  const time = (parts) => new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...parts })
  const [clock, hour, dayAndMinute, date] = [
    time({ second: '2-digit' }),
    time({}),
    time({ day: 'numeric', month: 'short' }),
    new Intl.DateTimeFormat(locale, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }),
  ]
  const [plural, ordinal, number] = [new Intl.PluralRules(locale), new Intl.PluralRules(locale, { type: 'ordinal' }), new Intl.NumberFormat(locale)]
  const endings = { one: 'st', two: 'nd', few: 'rd', other: 'th' }
  return {
    clock: (wall) => moment(clock, wall),
    hour: (wall) => moment(hour, wall),
    date: (wall) => moment(date, wall),
    /** The day and the minute, for what may be days ago. */
    moment: (wall) => moment(dayAndMinute, wall),
    number: (n) => noNumber(n) ?? number.format(n),
    ordinal: (n) => noNumber(n) ?? (code === 'en' ? `${n}${endings[ordinal.select(n)]}` : `${n}.`),
    count: (n, forms) => joined(noNumber(n) ?? number.format(n), forms[plural.select(n)] ?? forms.other),
    /** A desk, or a number that is no desk's: that one stays at the desk. */
    place: (target) => (target === undefined || target === 'unlisted' ? dictionary.desk.unlisted : target),
    reason: (name) => dictionary.reason[name] ?? name ?? blank,
    span,
    timer,
  }
}

/** Stands for what a desk left out: a sentence with a gap is better than none. */
const blank = '–'

/** The blank for what is no number, nothing for what is. */
function noNumber(n) {
  return Number.isFinite(n) ? undefined : blank
}

/** Milliseconds or ISO 8601, as they come from a desk; what is neither must not stop the page. */
function moment(form, wall) {
  const date = new Date(wall)
  return Number.isNaN(date.getTime()) ? blank : form.format(date)
}

/** A number stays on one line with its unit. */
const joined = (n, unit) => `${n}\u00a0${unit}`

/** `7 s`, `1 min 20 s`, `2 h 5 min`: the same in both languages. */
function span(ms) {
  if (!Number.isFinite(ms)) return blank
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return joined(seconds, 's')
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  const [large, small] = minutes < 60 ? [joined(minutes, 'min'), joined(rest, 's')] : [joined(Math.floor(minutes / 60), 'h'), joined(minutes % 60, 'min')]
  return small.startsWith('0') ? large : `${large} ${small}`
}

/** A running time: `0:07`, `12:34`, `1:02:03`. */
function timer(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (n) => String(n).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
