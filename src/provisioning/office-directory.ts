import { stringify } from 'yaml'
import { faultLines } from '../config/fault.ts'
import type { OfficeConfig } from '../config/office.ts'
import { directoryRemarks } from '../directory/check.ts'
import { validateDirectory } from '../directory/load.ts'
import type { OfficeFile } from './broker-office.ts'
import type { Column, DeskRow } from './columns.ts'

/** The directory that a list comes to, or what is wrong with it; neither, where the list has nobody who is always there. */
export interface ListedDirectory {
  readonly file?: OfficeFile
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Who takes whose calls, as one file for the hub. It needs somebody who is always there (`staffed`), since every chain must end with such a desk; a list
 * without one has each desk keep its own substitutes, of which nobody can say whether they lead round in a circle.
 */
export function listedDirectory(rows: readonly DeskRow[], { agent }: OfficeConfig): ListedDirectory {
  const written = taking(rows)
  if (!hasDirectory(rows)) {
    const some = rows.find((row) => row.cell('substitutes') !== '')
    const sentence = 'no desk of the list is staffed, so no directory is written: each desk keeps its own substitutes, and nobody has checked them for circles'
    return { faults: [], warnings: some === undefined ? [] : [some.fault('substitutes', sentence)] }
  }
  const faults = written.flatMap((row) => (row.cell('ext') === '' ? [row.fault('ext', 'is empty; the desk takes calls or gives them away by its number')] : []))
  if (faults.length > 0) return { faults, warnings: [] }
  const desks = Object.fromEntries(written.map((row) => [row.cell('desk_id'), deskKeys(row)]))
  const value = { desks, ...(agent['numbers'] === undefined ? {} : { numbers: agent['numbers'] }) }
  const validated = validateDirectory(structuredClone(value))
  const place = placeOf(written)
  if ('faults' in validated) return { faults: validated.faults.map(({ path, sentence }) => place(path, sentence)), warnings: [] }
  const heading = '# Who takes whose calls, written by `third-ring provision`: what is changed here by hand is lost with its next run.'
  return {
    file: { path: 'hub/directory.yaml', text: `${heading}\n\n${stringify(value, { lineWidth: 0 })}` },
    faults: [],
    warnings: faultLines(directoryRemarks(validated.written)),
  }
}

/** Whether the list is enough for a directory. */
export function hasDirectory(rows: readonly DeskRow[]): boolean {
  return rows.some((row) => row.cell('staffed') !== '' && row.cell('staffed') !== 'no')
}

/** The names in a cell, in their order. */
export function namesIn(cell: string): readonly string[] {
  return cell.split(/[\s,;/]+/).filter((name) => name !== '')
}

/** The desks that take calls of others, or give theirs away. One that does neither has no place in a directory, and needs nobody. */
function taking(rows: readonly DeskRow[]): readonly DeskRow[] {
  const named = new Set(rows.flatMap((row) => [...namesIn(row.cell('substitutes')), ...forwardsOf(row).map(({ to }) => to)]))
  return rows.filter((row) => named.has(row.cell('desk_id')) || (['substitutes', 'staffed', 'forwards'] as const).some((column) => row.cell(column) !== ''))
}

function forwardsOf(row: DeskRow): readonly { readonly kind: string; readonly to: string }[] {
  return namesIn(row.cell('forwards')).map((each) => {
    const [kind = '', ...to] = each.split(':')
    return { kind, to: to.join(':') }
  })
}

function deskKeys(row: DeskRow): object {
  const { staffed, absentees } = { staffed: row.cell('staffed'), absentees: row.cell('absentees_max') }
  const forwards = forwardsOf(row)
  return {
    number: row.cell('ext'),
    substitutes: namesIn(row.cell('substitutes')),
    ...(staffed === '' || staffed === 'no' ? {} : { staffed: staffed === 'yes' ? true : staffed }),
    ...(absentees === '' ? {} : { absenteesMax: /^\d+$/.test(absentees) ? Number(absentees) : absentees }),
    ...(forwards.length === 0 ? {} : { forwards }),
  }
}

const columnOf: Readonly<Record<string, Column>> = { number: 'ext', staffed: 'staffed', absenteesMax: 'absentees_max', forwards: 'forwards' }

/** `desks.usc-12.substitutes[0]` is the cell of that desk's substitutes. */
function placeOf(rows: readonly DeskRow[]): (path: string, sentence: string) => string {
  return (path, sentence) => {
    const [, name, key = ''] = /^desks\.([^.]+)(?:\.(\w+))?/.exec(path) ?? []
    const row = rows.find((each) => each.cell('desk_id') === name)
    return row === undefined ? `the directory of the list: ${path}: ${sentence}` : row.fault(columnOf[key] ?? 'substitutes', sentence)
  }
}
