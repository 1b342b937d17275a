import pino, { type DestinationStream, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LogConfig } from './config/config.ts'

export type Log = Logger

export interface LogOptions {
  readonly level: LogConfig['level'] | 'silent'
  /** Whether a person reads along: one readable line an event instead of one JSON object. */
  readonly terminal: boolean
  /** The desk whose log this is; the hub has none. */
  readonly desk?: string
  /** Colours, on a terminal; by default unless `NO_COLOR` is set (no-color.org). */
  readonly colour?: boolean
  /** Where the lines go, if not to standard output. */
  readonly destination?: DestinationStream
}

/**
 * The program's log: one line an event, JSON for journald and readable text on a terminal. Every line passes one gate before it is written, so that
 * neither a caller's number or name nor a secret leaves by it, whoever logged it and in whatever field (procedure §1.3).
 */
export function createLog({ level, terminal, desk, colour, destination }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: desk === undefined ? {} : { desk },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: maskedLine },
  }
  const output = destination ?? standardOutput()
  if (!terminal) return pino(options, output)
  const { NO_COLOR: noColour = '' } = process.env
  const colorize = colour ?? noColour === ''
  const readable = prettyFactory({ colorize, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
  return pino(options, { write: (line) => output.write(readable(line)) })
}

/** Lines that cannot be written are kept up to so many bytes; what does not fit is let go. */
const unwrittenBytesMax = 65_536

/**
 * Written at once: the last words before a crash are the ones that are wanted. A full disk behind it, or a terminal that was closed, is no reason to end: a
 * program that cannot say what it does still has a lamp to put out and a phone to free.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: unwrittenBytesMax })
  output.on('error', () => {})
  return output
}

const censored = '[redacted]'
/** Fields that may hold a secret, a number or a name, in any nesting and any letter case. */
const secretFields = new Set(
  [
    'password',
    'passcode',
    'passwd',
    'secret',
    'token',
    'authorization',
    'cookie',
    'key',
    'caller',
    'callerId',
    'number',
    'remote',
    'local',
    'display',
    'url',
    'query',
  ].map((name) => name.toLowerCase()),
)
/** Fields of our own making that are long digits by nature and never come from a caller. */
const plainFields = new Set(['time', 'level', 'mac', 'firmware', 'version', 'epoch', 'sequence', 'boot'])

/** pino hands over one line of JSON and expects one back. */
function maskedLine(line: string): string {
  return `${JSON.stringify(maskedFields(JSON.parse(line)))}\n`
}

function maskedFields(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(maskedFields)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (secretFields.has(name.toLowerCase())) return [maskText(name), censored]
      return [maskText(name), plainFields.has(name) ? each : maskedFields(each)]
    }),
  )
}

/** The token is the first part of the path after the vendor (contract §3). */
const tokenInPath = /\/(yealink|grandstream)\/[^/?\s"']+/gi
/** A user and password in a URL, and everything after its question mark: numbers, names, pass codes. */
const userInUrl = /:\/\/[^/@\s"']*@/g
const queryInUrl = /(\/[^\s"'?]*)\?[^\s"'?=]+=[^\s"']*/g
/** An Authorization header's value, wherever it was pasted. */
const authorization = /\b(basic|bearer|digest)\s+[A-Za-z0-9+/=_-]{6,}/gi
/** What looks like a number: seven or more digits, with the separators that people, phones and URLs put between them. */
const digitRun = /\+?\d(?:(?:[ \u00a0().\u2010-\u2015/-]|%20|%2b|%2d|%28|%29){0,3}\d){6,}/gi
/** What does not, although it has as many digits: dates with their times, and IP addresses. */
const dateOrAddress =
  /(?<!\d)(?:(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)|(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]))/

const maskedPlaces = new RegExp(`${dateOrAddress.source}|(${digitRun.source})`, 'gi')

/** A text without anything that looks like a telephone number, a token of ours or a login. Numbers keep their last two digits. */
export function maskText(text: string): string {
  return text
    .replace(tokenInPath, '/$1/…')
    .replace(userInUrl, '://…@')
    .replace(queryInUrl, '$1?…')
    .replace(authorization, '$1 …')
    .replace(maskedPlaces, (whole: string, number: string | undefined) => (number === undefined ? whole : `…${number.slice(-2)}`))
}
