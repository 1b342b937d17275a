import { parseRequestLine, type RequestLine } from './request-line.ts'

/** What the bytes so far amount to. Bytes are never kept here: the caller keeps them and asks again when there are more. */
export type Reading =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'fault'; readonly status: 400 | 431 }
  | {
      readonly kind: 'request'
      readonly line: RequestLine
      /** Bytes of the head, up to and with its blank line. */
      readonly headBytes: number
      /** Bytes of a body that follow and are to be skipped; `unknown` where only closing the connection gets back into step. */
      readonly bodyBytes: number | 'unknown'
      /** Whether the client may ask again on this connection (RFC 9112 §9.3). */
      readonly keepAlive: boolean
    }

/**
 * Looks for one complete request head at the beginning of `bytes`. Lines may end in CR LF or in LF alone; blank lines before the request are skipped
 * (RFC 9112 §2.2). `ended` says that no more will come: a client that hangs up after its request line has still said what it wanted.
 */
export function readRequestHead(bytes: Buffer, headBytesMax: number, ended: boolean): Reading {
  const start = skipLineEnds(bytes)
  if (start < bytes.length && !isLetter(bytes[start])) return { kind: 'fault', status: 400 }
  const head = splitHead(bytes.subarray(0, headBytesMax), start)
  const [first, ...headers] = head.lines
  if (!head.complete && bytes.length > headBytesMax) return { kind: 'fault', status: 431 }
  if (!head.complete && !(ended && first !== undefined)) return ended && start < bytes.length ? { kind: 'fault', status: 400 } : { kind: 'incomplete' }
  const line = first === undefined ? undefined : parseRequestLine(first)
  if (line === undefined) return { kind: 'fault', status: 400 }
  const framing = readFraming(headers, line.version)
  return { kind: 'request', line, headBytes: head.end, ...framing }
}

function skipLineEnds(bytes: Buffer): number {
  let start = 0
  while (bytes[start] === carriageReturn || bytes[start] === lineFeed) start += 1
  return start
}

/** The complete lines up to the first blank one. */
function splitHead(bytes: Buffer, start: number): { readonly lines: readonly Buffer[]; readonly end: number; readonly complete: boolean } {
  const lines: Buffer[] = []
  let from = start
  for (let end = bytes.indexOf(lineFeed, from); end !== -1; end = bytes.indexOf(lineFeed, from)) {
    const line = bytes.subarray(from, end > from && bytes[end - 1] === carriageReturn ? end - 1 : end)
    from = end + 1
    if (line.length === 0) return { lines, end: from, complete: true }
    lines.push(line)
  }
  return { lines, end: from, complete: false }
}

/** The three headers that say where the next request begins. All others are nobody's business here. */
function readFraming(headers: readonly Buffer[], version: string | undefined): { readonly bodyBytes: number | 'unknown'; readonly keepAlive: boolean } {
  let bodyBytes: number | 'unknown' = 0
  let connection = ''
  for (const header of headers) {
    const [, name, value] = /^([A-Za-z-]{1,32})[ \t]*:(.*)$/s.exec(header.toString('latin1')) ?? []
    if (name === undefined || value === undefined) continue
    if (/^transfer-encoding$/i.test(name)) bodyBytes = 'unknown'
    if (/^content-length$/i.test(name) && bodyBytes !== 'unknown')
      bodyBytes = /^[ \t]*[0-9]{1,9}[ \t]*$/.test(value) && bodyBytes === 0 ? Number(value) : 'unknown'
    if (/^connection$/i.test(name)) connection += `,${value.toLowerCase()}`
  }
  const tokens = connection.split(',').map((token) => token.trim())
  const keepAlive = version === '1.1' ? !tokens.includes('close') : version !== undefined && tokens.includes('keep-alive')
  return { bodyBytes, keepAlive: keepAlive && bodyBytes !== 'unknown' }
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a))
}

const carriageReturn = 0x0d
const lineFeed = 0x0a
