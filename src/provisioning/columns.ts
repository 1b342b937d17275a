import { nearestName } from '../config/nearest.ts'
import { type CsvRow, parseCsv } from './csv.ts'

/** The columns of the list of desks (procedure §4.1), in any order. `docs/guides/office.md` says them again; a test keeps the two equal. */
export const columns = {
  desk_id: 'the desk: 1 to 32 lower-case letters, digits and hyphens, never a person’s name',
  phone_model: 'the model of the phone, or of the adapter that an analogue one is on',
  phone_mac: 'the MAC address of the phone, or of the adapter',
  phone_address: 'the address of the phone, or of the adapter',
  phone_firmware: 'its firmware, such as 66.81.0.25: old Yealink firmware spells two events otherwise',
  adapter_port: 'the port of the adapter that the phone is on, from 1',
  ext: 'the number that reaches the desk, as the other phones dial it',
  agent_address: 'the address of the machine beside the phone',
  agent_mac: 'its MAC address, for the reservation in the DHCP server; noted in the file',
  seat_sensor: '`none`, `bridge`, `gpio:17`, `gpio:17:low` or `mqtt:TOPIC`',
  lamp: '`none`, `bridge`, `gpio:17`, `gpio:22/23/24` (left, middle, right) or `mqtt:TOPIC`',
  mobility: '`fixed`, `headset` or `standing`: only calls of fixed desks are put on hold',
  department: 'the department, for reports and for the password of its phones',
  substitutes: 'who takes the calls on a longer absence, in this order: desks, with spaces or commas between',
  staffed: '`yes`: somebody is always there, as at a reception, and chains of substitutes may end here',
  absentees_max: 'how many absent desks it takes calls for at once; 2 if empty',
  forwards: 'what people have set at the phone or the exchange and leave so: `busy:`, `no-answer:` or `always:` and a desk, with spaces between',
  cadence: 'seconds of ring and of silence, such as `1/4`',
  room: 'the room; noted in the file',
  language: '`pl` or `en`: what its clerk reads; noted in the file',
} as const
export type Column = keyof typeof columns
const required: readonly Column[] = ['desk_id', 'phone_model', 'agent_address']

/** Names that people write in place of ours. */
const synonyms: Readonly<Record<string, Column>> = {
  desk: 'desk_id',
  mac: 'phone_mac',
  model: 'phone_model',
  phone_ip: 'phone_address',
  agent_ip: 'agent_address',
  extension: 'ext',
  seat: 'seat_sensor',
}

/** A fault of the list: `line 12, column 3 (phone_mac): sentence`. */
function cellFault(line: number, place: number, name: string, sentence: string): string {
  return `line ${line}, column ${place} (${name}): ${sentence}`
}

/** One row, its cells by the names of the columns. */
export interface DeskRow {
  readonly line: number
  /** Empty where the column or the cell is. */
  cell(column: Column): string
  fault(column: Column, sentence: string): string
}

export type DeskTable = { readonly rows: readonly DeskRow[] } | { readonly faults: readonly string[] }

/** The list with its columns found, or what is wrong with its shape. */
export function readTable(text: string): DeskTable {
  const csv = parseCsv(text)
  if ('sentence' in csv) return { faults: [`line ${csv.line}, column ${csv.column}: ${csv.sentence}`] }
  const { header, rows } = csv
  const places = new Map<Column, number>()
  const faults: string[] = []
  for (const [index, written] of header.cells.entries()) {
    const name = written.toLowerCase().replaceAll(/[\s-]+/g, '_')
    const column = Object.hasOwn(columns, name) ? (name as Column) : Object.hasOwn(synonyms, name) ? synonyms[name] : undefined
    if (column === undefined) faults.push(cellFault(header.line, index + 1, written, unknownColumn(written, name)))
    else if (places.has(column)) faults.push(cellFault(header.line, index + 1, written, 'is there twice; leave one of the two out'))
    else places.set(column, index)
  }
  for (const column of required) {
    if (!places.has(column)) faults.push(`line ${header.line}: the column ${column} is missing; add it: ${columns[column]}`)
  }
  for (const { line, cells } of rows) {
    const extra = cells.slice(header.cells.length).findIndex((cell) => cell !== '')
    if (extra >= 0) {
      const place = header.cells.length + extra + 1
      faults.push(`line ${line}, column ${place}: the first line has only ${header.cells.length} columns; put text with separators in quotation marks`)
    }
  }
  return faults.length > 0 ? { faults } : { rows: rows.map((row) => deskRow(row, places)) }
}

function unknownColumn(written: string, name: string): string {
  if (written === '') return 'has no name; name it, or take the column out'
  const near = nearestName(name, Object.keys(columns))
  return near === undefined ? `is not a column here; the columns are ${Object.keys(columns).join(', ')}` : `is not a column here; did you mean ${near}?`
}

function deskRow({ line, cells }: CsvRow, places: ReadonlyMap<Column, number>): DeskRow {
  return {
    line,
    cell(column) {
      const place = places.get(column)
      return place === undefined ? '' : (cells[place] ?? '')
    },
    fault(column, sentence) {
      const place = places.get(column)
      return place === undefined ? `line ${line} (there is no column ${column}): ${sentence}` : cellFault(line, place + 1, column, sentence)
    },
  }
}
