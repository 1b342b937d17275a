import { readFileSync, statSync } from 'node:fs'
import { ConfigurationError } from '../errors.ts'
import { decodeList } from './csv.ts'
import { provisioningLimits as limits } from './limits.ts'

/** The list of desks as text, in whatever encoding the spreadsheet chose. @throws ConfigurationError CONFIG_UNREADABLE */
export function readList(file: string): string {
  const fault = (sentence: string) => new ConfigurationError('CONFIG_UNREADABLE', `${file} cannot be read as a list of desks:`, [`${file}: ${sentence}`])
  try {
    if (statSync(file).size > limits.csvBytesMax) throw fault(`is larger than ${limits.csvBytesMax} bytes; is it the right file?`)
    const bytes = readFileSync(file)
    // A workbook is a ZIP archive.
    if (bytes.subarray(0, 2).toString('latin1') === 'PK') throw fault('is a workbook; save it as CSV UTF-8 in the spreadsheet')
    return decodeList(bytes)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw fault(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}); name the list with --desks`)
  }
}
