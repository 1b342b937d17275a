import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { directories, linksOf, reachOf, untidyIn } from './tidy.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): string => readFileSync(posix.join(root, file), 'utf8')
const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(posix.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => posix.join(folder, posix.relative(posix.join(root, folder), entry.parentPath), entry.name))
    .sort()

const sources = filesUnder('src', '.ts')
const pages = ['README.md', 'CHANGELOG.md']
  .filter((file) => existsSync(posix.join(root, file)))
  .concat(filesUnder('docs', '.md'), filesUnder('test', '.md'), filesUnder('firmware-bridge', '.md'), filesUnder('systemd', '.md'))

describe('the tree is tidy', () => {
  test('every file of src', () => {
    expect(sources.flatMap((file) => untidyIn(file, read(file))).map(({ file, line, sentence }) => `${file}:${line} ${sentence}`)).toEqual([])
  })

  test('every directory of src is known, and none that is not there', () => {
    const found = new Set(sources.map((file) => posix.relative('src', posix.dirname(file)) || '.'))
    expect([...found].sort()).toEqual(Object.keys(directories).sort())
    for (const { holds } of Object.values(directories)) expect(holds).toMatch(/^\S.{10,}/)
  })

  test('no directory is said to know another that it has no use for', () => {
    const reached = new Set(sources.flatMap((file) => reachOf(file, read(file)).map((to) => `${posix.relative('src', posix.dirname(file)) || '.'} ${to}`)))
    const said = Object.entries(directories).flatMap(([from, { knows }]) => knows.map((to) => `${from} ${to}`))
    expect(said.filter((edge) => !reached.has(edge))).toEqual([])
  })

  test('every rule is on the office’s card', () => {
    const card = read('src/desk/rules/index.ts')
    for (const file of filesUnder('src/desk/rules', '.ts').filter((one) => !/(rule|index)\.ts$/.test(one)))
      expect(card).toContain(`'./${posix.basename(file)}'`)
  })

  test('every link of the documents leads somewhere', () => {
    const broken = pages.flatMap((page) =>
      linksOf(page, read(page))
        .filter(({ path }) => !existsSync(posix.join(root, path)))
        .map(({ line, path }) => `${page}:${line} ${path}`),
    )
    expect(broken).toEqual([])
  })

  test('no page names the host of a package registry', () => {
    const named = pages.filter((page) => /\bregistry\.[a-z0-9-]+\.[a-z]+/.test(read(page)))
    expect(named).toEqual([])
  })
})

describe('what it looks for, it finds', () => {
  const rule = [
    '/** Why. */',
    'export const longHold: Rule = {',
    "  name: 'long-hold',",
    "  clause: 'III.16',",
    "  sentence: 'Do not let them wait.',",
    '}',
    '',
  ].join('\n')
  const long = ['export function long(): void {', ...Array.from({ length: 69 }, (_, index) => `  f(${index})`), '}', ''].join('\n')

  test.each<[string, string, string, string | undefined]>([
    ['a good file', 'src/agent/good-file.ts', "import { take } from '../desk/desk.ts'\n", undefined],
    ['a name', 'src/agent/BadName.ts', '', 'file names are in kebab-case'],
    ['an underlined name', 'src/agent/bad_name.ts', '', 'file names are in kebab-case'],
    ['a long line', 'src/agent/a.ts', 'x'.repeat(161), 'a line has at most 160 characters'],
    ['a line just short enough, of letters that take two bytes', 'src/agent/a.ts', 'ż'.repeat(160), undefined],
    ['work left undone', 'src/agent/a.ts', '// TODO: more', 'what is not done is not in the tree'],
    ['a default export', 'src/agent/a.ts', 'export default 3', 'exports have names'],
    ['a registry', 'src/agent/a.ts', "const host = 'registry.example.org'", 'no host of a package registry in the tree'],
    ['a long function', 'src/agent/a.ts', long, 'a function has at most 70 lines; this one has 71'],
    [
      'a factory that holds long functions of its own',
      'src/agent/a.ts',
      `export function create(): void {\n${long.replace(/^/gm, '  ').replace('  f(0)\n', '')}}\n`,
      undefined,
    ],
    ['a function just short enough', 'src/agent/a.ts', long.replace('  f(0)\n', ''), undefined],
    ['a long method', 'src/agent/a.ts', long.replace('export function long', 'long'), 'a function has at most 70 lines; this one has 71'],
    [
      'a long arrow function',
      'src/agent/a.ts',
      long.replace('export function long(): void', 'const long = (): void =>'),
      'a function has at most 70 lines; this one has 71',
    ],
    ['an import without its ending', 'src/agent/a.ts', "import { a } from './b'", 'a relative import ends in .ts'],
    ['a driver that knows another', 'src/lamps/a.ts', "import { a } from '../seats/b.ts'", 'src/lamps does not know src/seats'],
    ['a driver that reaches for another later', 'src/lamps/a.ts', "const { a } = await import('../seats/b.ts')", 'src/lamps does not know src/seats'],
    ['a directory that nobody knows', 'src/other/a.ts', "import { a } from '../desk/desk.ts'", 'src/other does not know src/desk'],
    ['the core reaching out', 'src/desk/a.ts', "import type { Port } from '../agent/ports.ts'", 'src/desk does not know src/agent'],
    ['the core and a package', 'src/desk/a.ts', "import { readFile } from 'node:fs'", 'the core imports nothing from outside its folder'],
    ['the core and an import over many lines', 'src/desk/a.ts', "import {\n  a,\n} from 'valibot'", 'the core imports nothing from outside its folder'],
    ['chance in the core', 'src/desk/a.ts', 'const a = Math.random()', 'the core has no chance in it'],
    ['a clock in the core', 'src/desk/a.ts', 'const a = new Date()', 'the core has no clock: time is a number on an event'],
    ['a timer in the core', 'src/desk/a.ts', 'setTimeout(a, 5)', 'the core has no timer: deadlines are derived'],
    ['a wait in the core', 'src/desk/a.ts', 'const a = async () => 5', 'the core waits for nothing'],
    ['the process in the core', 'src/desk/a.ts', 'const a = process.env', 'the core has no surroundings'],
    ['a locale in the core', 'src/desk/a.ts', 'a.toLocaleString()', 'the core has no locale'],
    ['the words in a comment or a string of the core', 'src/desk/a.ts', "// a Date\n/* setTimeout */\nconst a = 'process'", undefined],
    ['chance elsewhere', 'src/mqtt/a.ts', 'const a = Math.random()', undefined],
    ['a rule', 'src/desk/rules/a.ts', rule, undefined],
    ['a rule without its sentence', 'src/desk/rules/a.ts', rule.replace(/ {2}sentence.*\n/, ''), 'a rule opens with its name, its clause and its sentence'],
    ['a rule without an explanation', 'src/desk/rules/a.ts', rule.replace('/** Why. */\n', ''), 'a rule is explained above it'],
  ])('%s', (_, file, text, sentence) => {
    expect(untidyIn(file, text).map((one) => one.sentence)).toEqual(sentence === undefined ? [] : [sentence])
  })

  test('links', () => {
    const text = 'See [a](b.md), [c](../d.md#e), [f](https://example.org) and [g](#h).\n![i](j.png)'
    expect(linksOf('docs/x/y.md', text)).toEqual([
      { line: 1, path: 'docs/x/b.md' },
      { line: 1, path: 'docs/d.md' },
      { line: 2, path: 'docs/x/j.png' },
    ])
  })
})
