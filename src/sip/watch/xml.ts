/** An element of a small document. Only what a name says is kept: prefixes are resolved, text is joined. */
export interface Element {
  /** Without its prefix. */
  readonly name: string
  /** The namespace that its prefix, or the default, stands for; absent where none was declared. */
  readonly namespace: string | undefined
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly Element[]
  readonly text: string
}

/** What a document may have at most; beyond that it is none that an exchange sends. */
export const xmlLimits = { lengthMax: 65_536, elementsMax: 1024, depthMax: 12, attributesMax: 24 } as const

interface Open {
  readonly tag: string
  readonly element: Element & { readonly children: Element[]; text: string }
  readonly scope: ReadonlyMap<string, string>
}

// Each is anchored where the reader stands, and none can give back what it took: no text makes them slow.
const nameForm = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const blank = /[ \t\r\n]*/y
const attributeForm = /[ \t\r\n]+([A-Za-z_][\w.:-]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * The root of a document, or nothing where it is not well-formed, too large, or more than plain elements: a DOCTYPE, an entity of its own and CDATA are
 * refused, because nobody who tells of calls needs them. No library: they do more than is wanted here (XXE, expansion without end).
 */
export function readXml(text: string): Element | undefined {
  return text.length > xmlLimits.lengthMax ? undefined : createReader(text).read()
}

function createReader(text: string): { read(): Element | undefined } {
  const open: Open[] = []
  let root: Element | undefined
  let elements = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0

  function match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = at
    const found = form.exec(text)
    if (found === null) return undefined
    at = form.lastIndex
    return found
  }

  /** Past a comment or a processing instruction; false for a DOCTYPE, CDATA or anything else of that kind. */
  function skipMarkup(): boolean {
    const [begin, end] = text.startsWith('<!--', at) ? ['<!--', '-->'] : ['<?', '?>']
    if (!text.startsWith(begin, at)) return false
    const over = text.indexOf(end, at + begin.length)
    if (over < 0) return false
    at = over + end.length
    return true
  }

  function readText(): boolean {
    const next = text.indexOf('<', at)
    const piece = unescaped(text.slice(at, next < 0 ? text.length : next))
    at = next < 0 ? text.length : next
    const around = open.at(-1)
    if (piece === undefined || (around === undefined && piece.trim() !== '')) return false
    if (around !== undefined) around.element.text += piece
    return true
  }

  function readClosing(): boolean {
    at += 2
    const tag = match(nameForm)?.[0]
    match(blank)
    const last = open.pop()
    if (text[at] !== '>' || last === undefined || last.tag !== tag) return false
    at += 1
    return true
  }

  function readOpening(): boolean {
    at += 1
    const tag = match(nameForm)?.[0]
    elements += 1
    if (tag === undefined || elements > xmlLimits.elementsMax || open.length >= xmlLimits.depthMax) return false
    const attributes = readAttributes()
    match(blank)
    const empty = text.startsWith('/>', at)
    if (attributes === undefined || (!empty && text[at] !== '>')) return false
    at += empty ? 2 : 1
    const scope = scopeOf(open.at(-1)?.scope ?? new Map(), attributes)
    const [prefix, name] = tag.includes(':') ? [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)] : ['', tag]
    const element = { name, namespace: scope.get(prefix), attributes, children: [], text: '' }
    const around = open.at(-1)
    if (around === undefined && root !== undefined) return false
    if (around === undefined) root = element
    else around.element.children.push(element)
    if (!empty) open.push({ tag, element, scope })
    return true
  }

  function readAttributes(): ReadonlyMap<string, string> | undefined {
    const attributes = new Map<string, string>()
    for (let found = match(attributeForm); found !== undefined; found = match(attributeForm)) {
      const [, name = '', double, single] = found
      const value = unescaped(double ?? single ?? '')
      if (value === undefined || attributes.has(name) || attributes.size >= xmlLimits.attributesMax) return undefined
      attributes.set(name, value)
    }
    return attributes
  }

  function readNext(): boolean {
    if (text[at] !== '<') return readText()
    if (text[at + 1] === '!' || text[at + 1] === '?') return skipMarkup()
    return text[at + 1] === '/' ? readClosing() : readOpening()
  }

  return {
    read() {
      while (at < text.length) if (!readNext()) return undefined
      return open.length === 0 ? root : undefined
    },
  }
}

function scopeOf(outer: ReadonlyMap<string, string>, attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const declared = [...attributes].flatMap(([name, value]): [string, string][] => {
    if (name === 'xmlns') return [['', value]]
    return name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), value]] : []
  })
  return declared.length === 0 ? outer : new Map([...outer, ...declared])
}

/** With the five entities of XML and numbered characters; nothing for any other, and for control characters. */
function unescaped(text: string): string | undefined {
  let ok = true
  const plain = text.replace(/&([^;&]{0,10})(;?)/g, (_, name: string, end: string) => {
    const character = end === '' ? undefined : Object.hasOwn(entities, name) ? entities[name] : numbered(name)
    if (character === undefined) ok = false
    return character ?? ''
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  return ok && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(plain) ? plain : undefined
}

function numbered(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? []
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16)
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined
}
