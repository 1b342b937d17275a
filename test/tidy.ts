import { posix } from 'node:path'

/** One thing in the tree that is not as the house wants it. */
export interface Untidy {
  readonly file: string
  readonly line: number
  readonly sentence: string
}

const lineMax = 160
const functionMax = 70

/**
 * Every directory of src, what is in it, and which others it may know. The core knows nothing but itself; phones, lamps and seats know the ports of the
 * agent and never one another.
 */
export const directories: Readonly<Record<string, { readonly holds: string; readonly knows: readonly string[] }>> = {
  '.': { holds: 'the program: the command line, the log, the errors, the version; and small things for all', knows: ['commands', 'config', 'desk'] },
  agent: { holds: 'the loop of one desk, its journal, and the ports of all that is around it', knows: ['.', 'desk', 'mqtt'] },
  'agent/admin': {
    holds: 'how an agent stands, as a person and Prometheus may ask it',
    knows: ['.', 'agent', 'agent/broker', 'agent/devices', 'config', 'desk', 'gpio', 'http', 'mqtt', 'mqtt/link', 'seats', 'store'],
  },
  'agent/broker': {
    holds: 'what a desk tells its broker, and what it is told to do there',
    knows: ['.', 'agent', 'agent/devices', 'bridge', 'config', 'desk', 'mqtt', 'mqtt/connection', 'mqtt/home-assistant', 'mqtt/link'],
  },
  'agent/composition': {
    holds: 'all that one desk consists of, put together and started',
    knows: [
      '.',
      'agent',
      'agent/admin',
      'agent/broker',
      'agent/devices',
      'agent/office',
      'bridge',
      'config',
      'desk',
      'gpio',
      'phones',
      'seats',
      'sip',
      'store',
    ],
  },
  'agent/devices': {
    holds: 'the telephone, its exchange and what stands around it, each as this desk has it',
    knows: [
      '.',
      'agent',
      'bridge',
      'config',
      'config/section',
      'desk',
      'http',
      'lamps',
      'phones',
      'phones/analogue',
      'sip',
      'sip/codes',
      'sip/stack',
      'sip/watch',
      'store',
    ],
  },
  'agent/office': {
    holds: 'the office around a desk: its directory, its substitutes, its warden',
    knows: ['agent', 'config', 'desk', 'directory', 'mqtt'],
  },
  'agent/release': {
    holds: "what an agent's death leaves undone: the lamp dark, the phone free",
    knows: ['.', 'agent', 'agent/broker', 'bridge', 'config', 'desk', 'gpio', 'lamps', 'mqtt/connection', 'phones', 'sip', 'sip/codes', 'store'],
  },
  bridge: { holds: 'the serial link to the microcontroller: its lines, and the state of the link', knows: ['.', 'agent', 'config', 'desk'] },
  commands: {
    holds: 'one file a command of the command line',
    knows: [
      '.',
      'agent',
      'agent/broker',
      'agent/composition',
      'agent/release',
      'bridge',
      'config',
      'config/section',
      'desk',
      'directory',
      'doctor',
      'hub',
      'hub/broker',
      'hub/warden',
      'lamps',
      'phones',
      'provisioning',
      'simulator',
      'systemd',
    ],
  },
  config: { holds: 'the configuration: its kinds of value, loading, documents made from it', knows: ['.', 'config/section', 'desk'] },
  'config/section': {
    holds: 'one file a section of the configuration: what may be written into it, and the rules between its keys and others',
    knows: ['.', 'config', 'desk'],
  },
  desk: { holds: 'the core: a desk, what is so, what it asks for', knows: ['desk/rules'] },
  'desk/rules': { holds: "the office's procedure, one file a sentence", knows: ['desk'] },
  directory: { holds: 'who takes whose calls: the file, and whether it can work', knows: ['config', 'config/section', 'desk', 'mqtt'] },
  doctor: {
    holds: 'what a person would check by hand at a desk',
    knows: ['.', 'agent', 'bridge', 'config', 'gpio', 'lamps', 'mqtt/connection', 'phones', 'phones/analogue', 'seats', 'sip', 'sip/stack', 'sip/watch'],
  },
  gpio: { holds: "the lines of this machine's header behind one small port, and its drivers", knows: ['.', 'config'] },
  http: { holds: 'the tolerant listener; it knows nothing of phones', knows: ['.'] },
  hub: {
    holds: 'the central side: what the desks say is taken in, recorded, repaired, judged and shown',
    knows: ['.', 'hub/alarms', 'hub/broker', 'hub/directory', 'hub/page', 'hub/record', 'hub/warden', 'lamps', 'mqtt', 'mqtt/connection', 'store'],
  },
  'hub/alarms': { holds: 'what is the matter in the office', knows: ['hub', 'hub/warden', 'mqtt'] },
  'hub/broker': { holds: 'the broker inside the hub: who comes in, and what they may', knows: ['.', 'http', 'hub', 'mqtt', 'mqtt/connection'] },
  'hub/warden': {
    holds: 'the second undoer of every forwarding',
    knows: ['.', 'config', 'config/section', 'desk', 'hub', 'mqtt', 'phones', 'sip', 'sip/codes'],
  },
  'hub/directory': {
    holds: 'who takes whose calls: the file kept and published, who is there to stand in, and the promises that go along',
    knows: ['.', 'directory', 'hub', 'mqtt'],
  },
  'hub/page': {
    holds: 'the office as browsers and programs are shown it over HTTP',
    knows: ['.', 'http', 'hub', 'hub/alarms', 'hub/record', 'hub/warden', 'mqtt'],
  },
  'hub/record': { holds: 'the events that came, how far each desk has counted, and what is missing', knows: ['.', 'hub', 'store'] },
  lamps: { holds: 'how each pattern looks, and the drivers that show it', knows: ['.', 'agent', 'bridge', 'config', 'desk', 'gpio'] },
  mqtt: { holds: 'the contract on the wire: topics, payloads, commands, rights; and the desk in its words', knows: ['.', 'desk'] },
  'mqtt/connection': { holds: 'one connection to a broker, and keeping one; for agents and for the hub', knows: ['.', 'agent', 'desk', 'mqtt'] },
  'mqtt/home-assistant': { holds: 'a desk as Home Assistant discovers it', knows: ['agent', 'desk', 'mqtt'] },
  'mqtt/link': { holds: "the desk's link to its broker: levels, outbox, replay, commands", knows: ['.', 'agent', 'desk', 'mqtt', 'mqtt/connection'] },
  'mqtt/published': { holds: 'the contract as documents: AsyncAPI and JSON Schemas, with examples', knows: ['desk', 'mqtt'] },
  phones: {
    holds: 'the list of phone drivers and what they share',
    knows: ['.', 'agent', 'config', 'desk', 'http', 'phones/analogue', 'phones/grandstream', 'phones/yealink'],
  },
  'phones/analogue': {
    holds: 'telephones behind an analogue adapter, and what three sources say of them',
    knows: ['.', 'agent', 'bridge', 'config', 'desk', 'http', 'phones'],
  },
  'phones/grandstream': { holds: 'Grandstream phones', knows: ['.', 'agent', 'desk', 'phones'] },
  'phones/yealink': { holds: 'Yealink phones', knows: ['agent', 'desk', 'phones'] },
  provisioning: {
    holds: "the phone's side of a desk, and the files of a whole office: agents, phones, broker",
    knows: ['.', 'config', 'directory', 'http', 'mqtt', 'phones/yealink'],
  },
  seats: { holds: 'the drivers of seat sensors', knows: ['.', 'agent', 'bridge', 'config', 'gpio'] },
  sip: { holds: 'SIP as the rest of the program asks it: the port of the stack, its dialogs, and who is there', knows: ['desk'] },
  'sip/codes': {
    holds: "the exchange told by the desk's own user: feature codes that forward and hold",
    knows: ['.', 'agent', 'config', 'desk', 'sip', 'sip/stack', 'sip/watch'],
  },
  'sip/stack': { holds: 'SIP on our own terms: a codec behind a guard, transactions, credentials, sockets', knows: ['.', 'sip'] },
  'sip/watch': { holds: 'what the exchange says of an extension, held against what the desk knows', knows: ['.', 'desk', 'phones', 'sip'] },
  simulator: {
    holds: 'an invented office, emulated phones and an emulated microcontroller',
    knows: ['.', 'agent', 'agent/composition', 'bridge', 'config', 'desk', 'hub', 'lamps', 'simulator/phones'],
  },
  'simulator/phones': { holds: 'phones that speak real HTTP', knows: [] },
  systemd: { holds: 'what a service manager is told: ready, alive, how things stand, stopping', knows: ['.', 'agent', 'desk'] },
  store: { holds: 'the journal and the numbered events on disk', knows: ['.', 'agent', 'desk'] },
}

/** What the core must not reach for, and why. Type-only words and comments are not looked at. */
const coreBans: readonly (readonly [RegExp, string])[] = [
  [/\bMath\.random\b/, 'the core has no chance in it'],
  [/\bDate\b/, 'the core has no clock: time is a number on an event'],
  [/\bIntl\b|\btoLocale\w*/, 'the core has no locale'],
  [/\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'the core has no timer: deadlines are derived'],
  [/\bperformance\b/, 'the core has no clock'],
  [/\bprocess\b|\bglobalThis\b|\bconsole\b|\bfetch\b|\brequire\b/, 'the core has no surroundings'],
  [/\basync\b|\bawait\b|\bPromise\b/, 'the core waits for nothing'],
]

/** Hosts of package registries have no place in the tree: whoever installs chooses theirs. */
const registryHost = /\b(?:registry|npm|packages|pypi|crates|proxy)\.[a-z0-9.-]+\.(?:org|com|dev|io|net|internal)\b|\bregistry\.[a-z0-9-]+\b/

/** Looks at one source file, by its path from the root. */
export function untidyIn(file: string, text: string): Untidy[] {
  const lines = text.split('\n')
  const found: Untidy[] = []
  const say = (line: number, sentence: string): void => void found.push({ file, line, sentence })
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(posix.basename(file))) say(1, 'file names are in kebab-case')
  for (const [index, line] of lines.entries()) {
    const number = index + 1
    if ([...line].length > lineMax) say(number, `a line has at most ${lineMax} characters`)
    if (/\b(TODO|FIXME|XXX|HACK)\b/.test(line)) say(number, 'what is not done is not in the tree')
    if (/\bexport default\b/.test(line)) say(number, 'exports have names')
    if (registryHost.test(line)) say(number, 'no host of a package registry in the tree')
    if (/\bnpm_config_|\/work\/|\/tmp\/bash/.test(line)) say(number, 'no path of this machine in the tree')
  }
  for (const { line, length } of longFunctions(lines)) say(line, `a function has at most ${functionMax} lines; this one has ${length}`)
  for (const [line, target] of importsOf(lines)) {
    const sentence = importFault(file, target)
    if (sentence !== undefined) say(line, sentence)
  }
  if (file.startsWith('src/desk/')) for (const [line, sentence] of banned(text)) say(line, sentence)
  if (isRule(file)) for (const sentence of ruleFaults(text)) say(1, sentence)
  return found
}

function isRule(file: string): boolean {
  return /^src\/desk\/rules\/.*\.ts$/.test(file) && !['rule.ts', 'index.ts'].includes(posix.basename(file))
}

/** A rule begins, after its imports, with a docstring, and carries its clause and its sentence. */
function ruleFaults(text: string): string[] {
  const faults: string[] = []
  if (!/export const \w+: Rule = \{\n {2}name: '[a-z-]+',\n {2}clause: '[IVX]+\.[^']+',\n {2}sentence: (['"]).+\.\1,\n/.test(text)) {
    faults.push('a rule opens with its name, its clause and its sentence')
  }
  if (!/\*\/\nexport const \w+: Rule\b/.test(text)) faults.push('a rule is explained above it')
  return faults
}

/**
 * The formatter puts a function's end under its beginning, so that lines and indents are enough to measure it. What a function holds of others is theirs:
 * a factory is as long as what it does itself.
 */
function longFunctions(lines: readonly string[]): { line: number; length: number }[] {
  const functions = lines.flatMap((line, index) => {
    if (!beginsFunction(line)) return []
    const indent = /^\s*/.exec(line)?.[0] ?? ''
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`))
    return [{ from: index, to: end }]
  })
  return functions.flatMap((outer) => {
    const inner = functions.filter(({ from, to }) => from > outer.from && to < outer.to)
    const outermost = inner.filter((one) => !inner.some(({ from, to }) => from < one.from && one.to < to))
    const length = outer.to - outer.from + 1 - outermost.reduce((sum, { from, to }) => sum + to - from + 1, 0)
    return length > functionMax ? [{ line: outer.from + 1, length }] : []
  })
}

function beginsFunction(line: string): boolean {
  if (!line.endsWith('{') || /^\s*(?:\} )?(?:if|else|for|while|switch|try|catch|return \{)\b/.test(line)) return false
  return /\bfunction\b|=> \{$/.test(line) || /^\s*(?:async |get |set |static )*[a-zA-Z]\w*(?:<[^>]*>)?\(.*\)(?:: .+)? \{$/.test(line)
}

function importsOf(lines: readonly string[]): [number, string][] {
  return lines.flatMap((line, index) =>
    [...line.matchAll(/(?:^import|^export|^\}).*\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/g)].map(([, named, bare, later]): [number, string] => [
      index + 1,
      named ?? bare ?? later ?? '',
    ]),
  )
}

/** The other directories of src that a file reaches for. */
export function reachOf(file: string, text: string): readonly string[] {
  return importsOf(text.split('\n')).flatMap(([, target]) => (target.startsWith('.') ? [targetOf(file, target)] : []))
}

function targetOf(file: string, target: string): string {
  return posix.relative('src', posix.dirname(posix.join(posix.dirname(file), target))) || '.'
}

function importFault(file: string, target: string): string | undefined {
  if (!file.startsWith('src/')) return undefined
  const from = posix.relative('src', posix.dirname(file)) || '.'
  if (!target.startsWith('.')) return file.startsWith('src/desk/') ? 'the core imports nothing from outside its folder' : undefined
  if (!target.endsWith('.ts')) return 'a relative import ends in .ts'
  const to = targetOf(file, target)
  if (from === to) return undefined
  if (!(directories[from]?.knows.includes(to) ?? false)) return `src/${from} does not know src/${to}`
  return undefined
}

/** Banned words of the core, outside comments and strings. */
function banned(text: string): [number, string][] {
  const bare = text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, (literal) => (literal.includes('${') ? literal : literal.replace(/[^\n]/g, ' ')))
  return bare.split('\n').flatMap((line, index) => coreBans.flatMap(([word, why]): [number, string][] => (word.test(line) ? [[index + 1, why]] : [])))
}

/** The places that a Markdown page links to within the tree, as paths from the root. */
export function linksOf(file: string, text: string): { line: number; path: string }[] {
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:|^#/.test(target)) return []
      return [{ line: index + 1, path: posix.join(posix.dirname(file), target.replace(/#.*$/, '')) }]
    }),
  )
}
