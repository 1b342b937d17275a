import assert from 'node:assert/strict'
import { encodeLine, type Line, linesOf, type PlacedLine } from './lines.ts'
import type { Mark } from './mark.ts'
import { isEvent, numberOfKey } from './records.ts'

/** Where in some bytes a line lies, without its newline. */
export type Span = Pick<PlacedLine, 'offset' | 'length'>

interface FoundLine {
  readonly line: Line
  readonly span: Span
}

/** What a segment came to: where what is good in it ends, whether nothing is behind that, and in how many places it is damaged. */
export interface SegmentReading {
  readonly end: number
  readonly clean: boolean
  readonly damaged: number
}

/** The bytes of a batch, and where in them each of its lines lies. */
export function encodeBatch(lines: readonly Line[]): { readonly bytes: Buffer; readonly spans: readonly Span[] } {
  const encoded = lines.map(encodeLine)
  let offset = 0
  const spans = encoded.map((line) => {
    const span = { offset, length: line.length - 1 }
    offset += line.length
    return span
  })
  assert(lines.length > 0, 'a batch has something in it')
  return { bytes: Buffer.concat([...encoded, encodeLine({ type: 'end', count: lines.length })]), spans }
}

/**
 * Reads the batches of a segment, and hands on in order each line that counts. What comes after the last whole batch of the last segment never was, unless
 * the mark says that it was on the medium.
 */
export function readBatches(
  bytes: Buffer,
  { isLast, mark }: { readonly isLast: boolean; readonly mark: Mark | undefined },
  apply: (line: Line, span: Span) => void,
): SegmentReading {
  const applyAll = (lines: readonly FoundLine[]): void => {
    for (const { line, span } of lines) apply(line, span)
  }
  let pending: FoundLine[] = []
  let held: readonly FoundLine[] = []
  let [end, damaged, doubtful, clean] = [0, 0, 0, true]
  for (const { line, ...span } of linesOf(bytes)) {
    clean = false
    if (line === undefined) doubtful += 1
    else if (line.type !== 'end') pending.push({ line, span })
    else {
      // A batch with lines missing was damaged if another follows; its other lines are kept.
      applyAll(held)
      damaged += held.length > 0 ? 1 : 0
      const isWhole = doubtful === 0 && line.count === pending.length
      held = isWhole ? [] : pending
      if (isWhole) applyAll(pending)
      if (isWhole) [end, clean] = [span.offset + span.length + 1, true]
      ;[pending, doubtful] = [[], 0]
    }
  }
  // The last of all may have been cut off, and then never was, unless the mark knows better.
  const rest = [...held, ...pending]
  const isCutOff = isLast && !rest.some(({ line }) => isCovered(line, mark))
  if (isCutOff) return { end, clean, damaged }
  applyAll(rest)
  return { end: bytes.length, clean, damaged: clean ? damaged : damaged + 1 }
}

/** Reads a tidied segment, of which each line stands for itself. */
export function readTidied(bytes: Buffer, apply: (line: Line, span: Span) => void): SegmentReading {
  let damaged = 0
  for (const { line, ...span } of linesOf(bytes)) {
    if (line === undefined) damaged += 1
    else apply(line, span)
  }
  return { end: bytes.length, clean: true, damaged }
}

/** Whether a line is of a batch that was on the medium when the mark was made. */
function isCovered(line: Line, mark: Mark | undefined): boolean {
  if (line.type !== 'put' || mark === undefined) return false
  const number = numberOfKey(line.key) ?? Number.POSITIVE_INFINITY
  return isEvent(line.key) ? number <= mark.position : line.key.startsWith('fact!') && number <= mark.fact
}
