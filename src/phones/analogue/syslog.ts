import { type LogWord, logWords } from '../../config/config.ts'
import { normalizeMac, type Party, partyOf } from '../call-ref.ts'
import type { AnalogueLimits } from './limits.ts'

/** One thing that the adapter's log says of its telephones. */
export interface AdapterWord {
  readonly word: LogWord
  /** The number that the text has for the port; absent where it names none. */
  readonly portInLog?: number
  /** Who calls, with `localRing`. */
  readonly party?: Party
}

/** A line without what stands before its text. */
export interface LogLine {
  readonly model?: string
  readonly firmware?: string
  /** Twelve lower-case hexadecimal digits, where the line names its sender. */
  readonly mac?: string
  readonly text: string
}

/**
 * What the firmware HT802 1.0.10.6 writes, as loosely as may be, so that 1.0.0.24 (`Phone at port N is off-hook`, without the class in front) and
 * its neighbours are understood, too (reference/grandstream.md §1.5 a).
 */
export const defaultPatterns: Readonly<Record<LogWord, string>> = {
  offHook: 'port \\d{1,2} is off-?hook|\\bprocessPhoneOffHook\\b',
  onHook: 'port \\d{1,2} is on-?hook|\\bprocessPhoneOnHook\\b',
  flash: 'port \\d{1,2} flashed|\\bprocessPhoneFlash\\b',
  localRing: '\\bprocessSigLocalRing\\b',
  ringStart: '\\bstartRing\\b',
  ringStop: '\\bstopRing\\b',
  remoteConnect: '\\bSigRemoteConnect\\b|remote connect to port',
  callStarted: '\\bprocessCallStarted\\b',
  hold: '::hold\\b|\\bhold call at\\b',
  unhold: '::unhold\\b|\\bunhold call at\\b',
  remoteDisconnect: '\\bprocessSigRemoteDisconnect\\b',
  callCancelled: '\\bprocessCallCancelled\\b',
  callCompleted: '\\bprocessCallCompleted\\b',
  refer: '\\bprocessSigRefer\\b',
}

/** `<15>Nov 26 10:30:00 HT802 [000b82ddeeff] [1.0.10.6]: text`; any part in front may be missing, a host's name may be there. */
const head = /^(?:<\d{1,3}>)?(?:\d{1,2} )?/
const sender = /\b([A-Z]{2,4}\d{2,4}\w{0,8}) {1,4}\[([0-9A-Fa-f:.-]{12,17})\](?: {0,4}\[([\w.-]{1,24})\])?:? {0,4}/
const senderWithin = 120
const stamp = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /

/** Reads a datagram's head. Never throws; what has no head is all text. */
export function readLine(datagram: string, textLengthMax: number): LogLine {
  const bare = datagram
    .slice(0, textLengthMax + senderWithin)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(head, '')
    .replace(stamp, '')
    .trim()
  const found = sender.exec(bare.slice(0, senderWithin))
  if (found === null) return { text: bare.slice(0, textLengthMax) }
  const [written, model = '', address = '', firmware] = found
  const mac = normalizeMac(address)
  const text = bare.slice(found.index + written.length, found.index + written.length + textLengthMax)
  return { model, text, ...(mac === undefined ? {} : { mac }), ...(firmware === undefined ? {} : { firmware }) }
}

export interface WordParser {
  /** What a text says; `undefined` if it fits no pattern. `nowMs` only goes forward: a long text may go on in the next line. */
  parse(text: string, nowMs: number): AdapterWord | undefined
}

/** Lines in which the caller's own words stand: they are tried first, and what goes on from them is never read by itself. */
const callersWords: ReadonlySet<LogWord> = new Set<LogWord>(['localRing', 'ringStart'])

/** Reads texts, one after the other. Only the last one is remembered, and only while it may be the beginning of the next. */
export function createWordParser(patterns: Readonly<Partial<Record<LogWord, string>>>, limits: AnalogueLimits): WordParser {
  const order = [...callersWords, ...logWords.filter((word) => !callersWords.has(word))]
  const tried = order.map((word) => ({ word, pattern: new RegExp(patterns[word] ?? defaultPatterns[word], 'i') }))
  let begun: { readonly text: string; readonly atMs: number; readonly callers: boolean } | undefined

  function match(text: string): Match | undefined {
    for (const { word, pattern } of tried) {
      const found = pattern.exec(text)
      if (found !== null) return { word, text, groups: found.groups ?? {} }
    }
    return undefined
  }

  /** A text by itself, or as the rest of the one before it. */
  function matchOrJoin(text: string, nowMs: number): Match | undefined {
    const piece = begun !== undefined && nowMs - begun.atMs <= limits.pieceWithinMs ? begun : undefined
    if (piece === undefined) return match(text)
    const joined = `${piece.text}${text}`.slice(0, limits.textLengthMax)
    return piece.callers ? match(joined) : (match(text) ?? match(joined))
  }

  return {
    parse(text, nowMs) {
      const found = matchOrJoin(text, nowMs)
      const goesOn = text.length >= limits.pieceLengthMin
      begun = goesOn ? { text: found?.text ?? text, atMs: nowMs, callers: found !== undefined && callersWords.has(found.word) } : undefined
      if (found === undefined) return undefined
      const { word, groups } = found
      const port = Number(groups['port'] ?? /\bport[ :=#]{0,3}(\d{1,2})\b/i.exec(found.text)?.[1] ?? Number.NaN)
      // A caller's name may hold anything, also what looks like the number that comes after it: only a text that is complete tells who calls.
      const party = word === 'localRing' && !goesOn ? partyIn(found) : undefined
      return { word, ...(Number.isNaN(port) ? {} : { portInLog: port }), ...(party === undefined ? {} : { party }) }
    },
  }
}

interface Match {
  readonly word: LogWord
  readonly text: string
  readonly groups: Readonly<Record<string, string | undefined>>
}

/** `uri …, name …, number …`: the number, which comes last, and else what the address has for one. */
function partyIn({ text, groups }: Match): Party | undefined {
  const at = text.toLowerCase().lastIndexOf('number')
  const number = at < 0 ? undefined : /^number[ :=]{0,3}([^,\s]{1,80})/i.exec(text.slice(at))?.[1]
  const uri = /\buri[ :=]{0,3}([^,\s]{1,200})/i.exec(text)?.[1]
  return partyOf(groups['number'] ?? number) ?? partyOf(groups['uri'] ?? uri)
}

/** A text that a person may read over somebody's shoulder: without a number or a name in it, however short. */
export function maskedText(text: string): string {
  return text
    .replace(/\b(uri|number|name)\b([ :=]{0,3})[^,]{1,200}/gi, '$1$2…')
    .replace(/\b(sips?|tel):[^\s,>]{1,200}/gi, '$1:…')
    .replace(/"[^"]{0,200}"/g, '"…"')
    .replace(/\bCID\b.{1,200}/g, 'CID …')
    .replace(/\+?\d[\d ()/-]{3,}/g, '…')
}
