import { closeSync, openSync, readSync } from 'node:fs'
import { ConfigurationError } from '../errors.ts'
import { completeAgent, completeHub, completeOffice } from './complete.ts'
import type { AgentConfig, HubConfig } from './config.ts'
import { type Fault, faultLines, wholeFile } from './fault.ts'
import type { Surroundings } from './files.ts'
import type { OfficeConfig } from './office.ts'
import { type Validated, validateAgent, validateHub, validateOffice } from './validate.ts'
import { readYaml } from './yaml.ts'

/** A configuration of one desk is a few hundred bytes; a file beyond this is not one. */
const configBytesMax = 262_144

/**
 * The configuration of one desk, checked, complete and frozen. Throws a `ConfigurationError` with all faults at once; secrets are not read here
 * (`secrets.ts`).
 */
export function loadAgentConfig(file: string, surroundings: Surroundings = process.env): AgentConfig {
  return completeAgent(orFaults(file, validateAgent(readConfig(file))), file, surroundings)
}

/** The configuration of a hub, in the same way. */
export function loadHubConfig(file: string, surroundings: Surroundings = process.env): HubConfig {
  return completeHub(orFaults(file, validateHub(readConfig(file))), file, surroundings)
}

/** What `provision` must know of an office, in the same way. */
export function loadOfficeConfig(file: string, surroundings: Surroundings = process.env): OfficeConfig {
  return completeOffice(orFaults(file, validateOffice(readConfig(file))), file, surroundings)
}

export type LoadedConfig = { readonly kind: 'agent'; readonly config: AgentConfig } | { readonly kind: 'hub'; readonly config: HubConfig }

/** Either of the two, told apart by the keys that only a desk has, unless the caller knows that it is a hub's. */
export function loadConfig(file: string, asHub: boolean, surroundings: Surroundings = process.env): LoadedConfig {
  const value = readConfig(file)
  const isDesk = typeof value === 'object' && value !== null && deskKeys.some((key) => Object.hasOwn(value, key))
  if (asHub || !isDesk) return { kind: 'hub', config: completeHub(orFaults(file, validateHub(value)), file, surroundings) }
  return { kind: 'agent', config: completeAgent(orFaults(file, validateAgent(value)), file, surroundings) }
}

const deskKeys = ['desk', 'phone', 'listen'] as const

/** The file's value, before anything in it is judged. Throws `CONFIG_UNREADABLE`. */
export function readConfig(file: string, bytesMax: number = configBytesMax): unknown {
  const document = readYaml(readText(file, bytesMax))
  if ('faults' in document) throw unreadable(file, document.faults)
  if (document.value === null) throw unreadable(file, [{ path: wholeFile, sentence: 'is empty; the folder examples/ has files to begin with' }])
  return document.value
}

/** Throws `CONFIG_INVALID` with every fault. */
export function orFaults<Written>(file: string, validated: Validated<Written>): Written {
  if ('written' in validated) return validated.written
  const { faults } = validated
  throw new ConfigurationError('CONFIG_INVALID', `${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`, faultLines(faults))
}

function unreadable(file: string, faults: readonly Fault[]): ConfigurationError {
  return new ConfigurationError('CONFIG_UNREADABLE', `${file} cannot be read as a configuration:`, faultLines(faults))
}

function readText(file: string, bytesMax: number): string {
  const bytes = readBytes(file, bytesMax)
  if (bytes.length > bytesMax) throw unreadable(file, [{ path: wholeFile, sentence: `is larger than ${bytesMax} bytes; is it the right file?` }])
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable(file, [{ path: wholeFile, sentence: 'is not UTF-8 text; save it again in that encoding' }])
  }
}

/** At most one byte more than is allowed, so that a device or a huge file costs nothing. */
function readBytes(file: string, bytesMax: number): Buffer {
  const buffer = Buffer.alloc(bytesMax + 1)
  try {
    const handle = openSync(file, 'r')
    try {
      let length = 0
      for (let read = -1; read !== 0 && length < buffer.length; length += read) read = readSync(handle, buffer, length, buffer.length - length, null)
      return buffer.subarray(0, length)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw unreadable(file, [{ path: file, sentence: reasonOf((error as NodeJS.ErrnoException).code) }])
  }
}

function reasonOf(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'does not exist; copy one of the files in examples/ and change it'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user; change its owner or its mode'
    case 'EISDIR':
      return 'is a directory; name the file in it'
    default:
      return `cannot be read (${code ?? 'unknown error'})`
  }
}
