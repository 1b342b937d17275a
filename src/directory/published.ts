import { createHash } from 'node:crypto'
import { limits } from '../desk/policy.ts'
import type { Directory, DirectoryDesk } from '../mqtt/hub-messages.ts'
import { schemaVersion } from '../mqtt/wire-form.ts'
import type { OfficeDirectory } from './directory.ts'

/** What desks must know of a directory: the chains with the numbers that reach them. What people have set at the phones is the check's, and stays here. */
export function publishedDesks({ desks }: OfficeDirectory): Directory['desks'] {
  return Object.fromEntries(
    Object.entries(desks).map(([name, { number, staffed, substitutes }]): [string, DirectoryDesk] => [
      name,
      {
        number,
        ...(staffed ? { staffed: true as const } : {}),
        substitutes: substitutes.flatMap(({ desk, week }) => {
          const listed = desks[desk]
          if (listed === undefined) return []
          return [{ desk, number: listed.number, absenteesMax: listed.absenteesMax ?? limits.absenteesMax, ...(week === undefined ? {} : { week }) }]
        }),
      },
    ]),
  )
}

/** The document of `hub/directory`. */
export function directoryDocument(desks: Directory['desks'], version: number, at: string): Directory {
  return { v: schemaVersion, at, schema: 'third-ring.directory/1', version, digest: digestOf(desks), desks }
}

/** How large the document becomes, with the longest version that there will be. */
export function publishedSize(directory: OfficeDirectory): number {
  return Buffer.byteLength(JSON.stringify(directoryDocument(publishedDesks(directory), Number.MAX_SAFE_INTEGER, new Date(0).toISOString())))
}

/** SHA-256 of the desks as canonical JSON, in hexadecimal: whoever reads a document that was cut, mixed or changed by hand finds another one. */
export function digestOf(desks: Directory['desks']): string {
  return createHash('sha256').update(canonicalJson(desks)).digest('hex')
}

/** JSON with the keys of each object in order of their code units and no space (after RFC 8785, which for text and whole numbers says the same). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`
}
