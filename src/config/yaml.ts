import { parseDocument, type ScalarTag, type YAMLError } from 'yaml'
import { type Fault, wholeFile } from './fault.ts'

/** Anchors may spare some typing; more of them than this are an attack on the memory of whoever reads the file. */
const aliasesMax = 32

/** No file of ours needs ten. */
const nestingMax = 100

/**
 * A plain scalar is a number only if the number, written out, is the same text. YAML would read the extension `0014` as 14 and the MAC addresses
 * `001565112233` and `00156e112233` as other numbers; here they stay what was written.
 */
const exactNumber: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^-?[0-9]+(\.[0-9]+)?$/,
  resolve: (text) => (String(Number(text)) === text ? Number(text) : text),
}

/** The value of a YAML text (1.2, without merge keys and custom tags), or what is wrong with it and where. */
export function readYaml(text: string): { readonly value: unknown } | { readonly faults: readonly Fault[] } {
  if (isNestedTooDeeply(text)) return { faults: [{ path: wholeFile, sentence: 'is nested too deeply' }] }
  try {
    const document = parseDocument(text, { schema: 'failsafe', customTags: (tags) => [...tags, 'null', 'bool', exactNumber] })
    const slips = [...document.errors, ...document.warnings]
    if (slips.length > 0)
      return { faults: firstOfEachLine(slips).map(({ message, linePos }) => ({ path: placeOf(linePos?.[0]), sentence: sentenceOf(message) })) }
    return { value: document.toJS({ maxAliasCount: aliasesMax }) }
  } catch (error) {
    // The parser reports what is wrong with a text; it throws only where aliases or nesting go beyond every bound.
    const sentence = error instanceof RangeError ? 'is nested too deeply' : 'has an alias without an anchor, or too many aliases'
    return { faults: [{ path: wholeFile, sentence }] }
  }
}

/**
 * By its brackets, and by what stands before the first word of a line. Counted before anything is parsed: where the parser comes to the end of the stack within
 * a regular expression, the engine ends the whole process, and with it a hub that only looked at a changed file.
 */
function isNestedTooDeeply(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
    if (depth > nestingMax) return true
  }
  return text.split('\n').some((line) => (/^(?:[ \t]|[-?:](?=[ \t]))*/.exec(line)?.[0].length ?? 0) > 2 * nestingMax)
}

/** One slip makes the parser stumble over the rest of its line. */
function firstOfEachLine(slips: readonly YAMLError[]): readonly YAMLError[] {
  const lineOf = (slip: YAMLError) => slip.linePos?.[0].line
  return slips.filter((slip, place) => slips.findIndex((other) => lineOf(other) === lineOf(slip)) === place)
}

function placeOf(position: { readonly line: number; readonly col: number } | undefined): string {
  return position === undefined ? wholeFile : `line ${position.line}, column ${position.col}`
}

/** The parser's message without its picture of the place, as a sentence that continues `path: `. */
function sentenceOf(message: string): string {
  const [first = ''] = message.split('\n', 1)
  const sentence = first.replace(/ at line \d+, column \d+:?$/, '').replace(/:$/, '')
  if (sentence === 'Maximum call stack size exceeded') return 'is nested too deeply'
  return sentence === 'Map keys must be unique' ? 'the same key is written twice' : `is not YAML: ${sentence}`
}
