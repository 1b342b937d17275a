import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownAddress, sipPort } from './addresses.ts'
import { type Program, startProgram } from './program.ts'

/** A telephone that does what a file beside this one says, message by message. */
export interface Sipp extends Program {
  readonly address: string
}

export interface SippOptions {
  /** The file's name, without `.xml`. */
  readonly scenario: string
  /** Words in the file and what stands in their place. */
  readonly words?: Readonly<Record<string, string>>
  /** Whom it calls; left out, it waits to be called. */
  readonly calls?: { readonly number: string; readonly server: string }
  readonly address?: string
  /** How long it talks. */
  readonly talkMs?: number
}

export function startSipp({ scenario, words = {}, calls, address = ownAddress(), talkMs = 1000 }: SippOptions): Sipp {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-sipp-'))
  let text = readFileSync(join(import.meta.dirname, 'sipp', `${scenario}.xml`), 'utf8')
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(word, value)
  writeFileSync(join(directory, 'scenario.xml'), text)
  const whom = calls === undefined ? [] : ['-s', calls.number, `${calls.server}:${sipPort}`, '-m', '1', '-d', String(talkMs)]
  const own = ['-i', address, '-p', String(sipPort), '-mi', address]
  const parameters = ['-sf', join(directory, 'scenario.xml'), ...own, '-nostdin', ...whom]
  return { ...startProgram('/usr/bin/sipp', parameters, join(directory, 'log')), address }
}
