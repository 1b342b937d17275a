/** What a request asks for: its path in pieces and its parameters, decoded as far as they can be. */
export interface Target {
  readonly path: readonly string[]
  /** Of a name that comes twice, the first counts: a caller's display name cannot overwrite what stands before it. */
  readonly params: ReadonlyMap<string, string>
}

export interface RequestLine {
  readonly method: string
  readonly target: Target
  /** Absent where the line names no version. */
  readonly version?: string
}

/**
 * Reads one request line as phones write it (contract §3): raw spaces, raw UTF-8, bytes of other code pages, raw `+`, `%` that is no escape and `#`
 * are all text. Nothing is cut off at `#` and nothing becomes a space. `undefined` if there is no method to be found.
 */
export function parseRequestLine(line: Buffer): RequestLine | undefined {
  const text = line.toString('latin1')
  const [, method, rest] = /^([A-Za-z]{1,16})[ \t](.*)$/s.exec(text) ?? []
  if (method === undefined || rest === undefined) return undefined
  const version = /[ \t]HTTP\/([0-9]\.[0-9])[ \t]*$/i.exec(rest)
  const target = parseTarget(version === null ? rest : rest.slice(0, version.index))
  return { method: method.toUpperCase(), target, ...(version?.[1] === undefined ? {} : { version: version[1] }) }
}

/** One character a byte (latin1), so that nothing is lost before each piece is decoded by itself. */
function parseTarget(target: string): Target {
  const local = target.trim().replace(/^https?:\/\/[^/?]*/i, '')
  const question = local.indexOf('?')
  const path = question === -1 ? local : local.slice(0, question)
  const query = question === -1 ? '' : local.slice(question + 1)
  return {
    path: path
      .split('/')
      .filter((piece) => piece !== '')
      .map(decode),
    params: parseParams(query),
  }
}

function parseParams(query: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    // Somebody who copies a URL out of an XML file into a phone's web page leaves `&amp;` in it.
    const name = decode(equals === -1 ? piece : piece.slice(0, equals)).replace(/^amp;/, '')
    if (!params.has(name)) params.set(name, equals === -1 ? '' : decode(piece.slice(equals + 1)))
  }
  return params
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const centralEuropean = new TextDecoder('windows-1250')

/** Escapes become bytes, and the bytes text: UTF-8 if they are, else the code page in which Polish names are written. Never fails. */
function decode(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  let length = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const escaped = bytes[index] === percentSign ? /^[0-9A-Fa-f]{2}/.exec(text.slice(index + 1, index + 3)) : null
    bytes[length] = escaped === null ? (bytes[index] ?? 0) : Number.parseInt(escaped[0], 16)
    if (escaped !== null) index += 2
    length += 1
  }
  const decoded = bytes.subarray(0, length)
  try {
    return utf8.decode(decoded)
  } catch {
    return centralEuropean.decode(decoded)
  }
}

const percentSign = 0x25
