/** One cell, and where its row begins in the file. */
export interface CsvRow {
  /** From 1, as an editor counts. */
  readonly line: number
  readonly cells: readonly string[]
}

export type Csv =
  | { readonly header: CsvRow; readonly rows: readonly CsvRow[]; readonly separator: string }
  | { readonly line: number; readonly column: number; readonly sentence: string }

/**
 * The bytes of a list as text. A Polish Excel writes UTF-8 with a byte order mark, UTF-16 (“Unicode text”) or Windows-1250, whichever of its CSV formats is
 * chosen; what is no UTF-8 and has no mark is the last.
 */
export function decodeList(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1250').decode(bytes)
  }
}

/**
 * RFC 4180, and what spreadsheets make of it: any ending of a line, empty lines, `sep=;` in front, and as separator whichever of semicolon, comma and tab
 * the first line has most of (Excel takes the list separator of the country: in Poland a semicolon).
 */
export function parseCsv(text: string): Csv {
  const announced = /^sep=([;,\t])\r?\n?/i.exec(text)
  const body = text.slice(announced?.[0].length ?? 0)
  const separator = announced?.[1] ?? likeliestSeparator(body)
  const read = readRows(body, separator, announced === null ? 1 : 2)
  if ('sentence' in read) return read
  const [header, ...rows] = read.rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  return header === undefined ? { line: 1, column: 1, sentence: 'the list is empty; its first line names the columns' } : { header, rows, separator }
}

function likeliestSeparator(text: string): string {
  const [first = ''] = text.split(/\r?\n|\r/, 1)
  const counted = [';', ',', '\t'].map((separator) => ({ separator, count: first.split(separator).length }))
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).separator
}

function readRows(
  text: string,
  separator: string,
  firstLine: number,
): { readonly rows: readonly CsvRow[] } | { readonly line: number; readonly column: number; readonly sentence: string } {
  const rows: CsvRow[] = []
  let [at, line, cells] = [0, firstLine, [] as string[]]
  let rowLine = line
  const bare = new RegExp(`[^${separator}\\r\\n]*`, 'y')
  while (at < text.length) {
    const quoted = /[ ]*"((?:[^"]|"")*)("?)[ ]*/y
    quoted.lastIndex = at
    const found = quoted.exec(text)
    if (found !== null) {
      const [whole, content = '', end] = found
      const where = { line, column: cells.length + 1 }
      if (end === '') return { ...where, sentence: 'a quotation mark is opened and never closed; a quotation mark within quotes is written twice' }
      line += content.split(/\r\n|\n|\r/).length - 1
      at += whole.length
      if (at < text.length && ![separator, '\r', '\n'].includes(text[at] ?? '')) {
        return { ...where, sentence: 'text follows a closing quotation mark; a quotation mark within quotes is written twice' }
      }
      cells.push(content.replaceAll('""', '"').trim())
    } else {
      bare.lastIndex = at
      const [content = ''] = bare.exec(text) ?? []
      at += content.length
      cells.push(content.trim())
    }
    if (text[at] === separator) {
      at += 1
      // A separator at the very end of the text has an empty cell behind it.
      if (at === text.length) cells.push('')
      continue
    }
    at += text.startsWith('\r\n', at) ? 2 : 1
    rows.push({ line: rowLine, cells })
    line += 1
    rowLine = line
    cells = []
  }
  if (cells.length > 0) rows.push({ line: rowLine, cells })
  return { rows }
}
