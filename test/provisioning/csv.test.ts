import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { columns } from '../../src/provisioning/columns.ts'
import { decodeList, parseCsv } from '../../src/provisioning/csv.ts'

const cells = (text: string) => {
  const csv = parseCsv(text)
  return 'sentence' in csv ? csv : [csv.header, ...csv.rows].map((row) => row.cells)
}
const wanted = [
  ['desk_id', 'room'],
  ['usc-12', 'pokój 7'],
]

describe('a list as spreadsheets write it', () => {
  test.each<[string, Buffer]>([
    ['UTF-8', Buffer.from('desk_id,room\nusc-12,pokój 7\n')],
    ['UTF-8 with a mark, semicolons and CRLF', Buffer.from('\ufeffdesk_id;room\r\nusc-12;pokój 7\r\n')],
    ['Windows-1250', Buffer.from('desk_id;room\r\nusc-12;pok\xf3j 7\r\n', 'latin1')],
    ['UTF-16 with tabs', Buffer.from('\ufeffdesk_id\troom\r\nusc-12\tpokój 7\r\n', 'utf16le')],
    ['a line that names the separator', Buffer.from('sep=;\r\ndesk_id;room\r\nusc-12;pokój 7\r\n')],
    ['quotation marks everywhere', Buffer.from('"desk_id","room"\n"usc-12","pokój 7"')],
    ['old line ends, spaces and empty lines', Buffer.from('desk_id , room\r\r usc-12 ,"pokój 7" \r;,\r'.replace(';', ''))],
  ])('%s', (_, bytes) => {
    expect(cells(decodeList(bytes))).toEqual(wanted)
  })

  test('Polish letters of Windows-1250 that Latin-1 has not', () => {
    expect(decodeList(Buffer.from([0xb9, 0xea, 0xb3, 0x9c, 0xbf, 0x9f]))).toBe('ąęłśżź')
  })
})

test('separators, quotation marks and line ends within quotation marks belong to the cell', () => {
  expect(cells('a;b\n"1;2";"say ""x"""\n"two\r\nlines";3')).toEqual([
    ['a', 'b'],
    ['1;2', 'say "x"'],
    ['two\r\nlines', '3'],
  ])
})

test('lines are counted as an editor counts them', () => {
  const csv = parseCsv('sep=,\na,b\n\n"x\ny",1\nz,2\n')
  expect('rows' in csv && [csv.header, ...csv.rows].map(({ line }) => line)).toEqual([2, 4, 6])
})

test('an empty cell at the very end is a cell', () => {
  expect(cells('a,b\n1,')).toEqual([
    ['a', 'b'],
    ['1', ''],
  ])
})

test('the guide’s table of columns is the code’s', () => {
  const guide = readFileSync(new URL('../../docs/guides/office.md', import.meta.url), 'utf8')
  const [, table = ''] = /\| column \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(guide) ?? []
  expect(table.trim().split('\n')).toEqual(Object.entries(columns).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`))
})
