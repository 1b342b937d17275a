import { withFiles } from '../../config/complete.ts'
import type { Fault } from '../../config/fault.ts'
import { faultLines } from '../../config/fault.ts'
import type { Surroundings } from '../../config/files.ts'
import { orFaults, readConfig } from '../../config/load.ts'
import { readRotating } from '../../config/secrets.ts'
import { type Validated, validate } from '../../config/validate.ts'
import { polishNumbering } from '../../desk/number.ts'
import { ConfigurationError } from '../../errors.ts'
import { fileMark } from '../../file-mark.ts'
import { forwardWayOf, isWayOf } from '../../phones/forward-way.ts'
import type { HubLog } from '../log.ts'
import { type WardenPhone, type WardenPhones, wardenPhonesSchema } from './phones-schema.ts'

/** The largest file that is read: 500 phones, each with all its keys. */
const phonesBytesMax = 1_048_576

/** The warden's phones, checked, with absolute files. Throws a `ConfigurationError` with all faults at once. */
export function loadWardenPhones(file: string, surroundings: Surroundings = process.env): WardenPhones {
  return withFiles(orFaults(file, validateWardenPhones(readConfig(file, phonesBytesMax))), file, surroundings)
}

/** Whether a file is meant as the warden's: by the one key that neither an agent's, a hub's nor a directory has. Throws `CONFIG_UNREADABLE`. */
export function looksLikeWardenPhones(file: string): boolean {
  const value = readConfig(file, phonesBytesMax)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'phones') && !Object.hasOwn(value, 'site')
}

export function validateWardenPhones(value: unknown): Validated<WardenPhones> {
  const validated = validate<WardenPhones>(wardenPhonesSchema, [], value)
  if ('faults' in validated) return validated
  const faults = Object.entries(validated.written.phones).flatMap(([desk, phone]) => phoneFaults(phone).map(below(`phones.${desk}`)))
  return faults.length === 0 ? validated : { faults }
}

/** By which way the warden tells this phone. */
export function wayOf({ vendor, forwarding, sip }: WardenPhone): ReturnType<typeof forwardWayOf> {
  const given = { forwarding, ...(sip === undefined ? {} : { sip }) }
  // Only the vendor is looked at.
  return forwardWayOf({ ...given, phone: { vendor } } as Parameters<typeof forwardWayOf>[0])
}

function phoneFaults(phone: WardenPhone): readonly Fault[] {
  const {
    vendor,
    forwarding: { by },
    sip,
    url,
    passwordFile,
  } = phone
  if (by !== undefined && !isWayOf(vendor, by)) return [{ path: 'forwarding.by', sentence: `is nothing that a phone of vendor ${vendor} can do` }]
  const way = wayOf(phone)
  if (way === 'none') return [{ path: 'forwarding.by', sentence: 'leaves no way to free this phone: take it out of the file, or name a way' }]
  if (way === 'exchange') {
    if (sip === undefined) return [{ path: 'sip', sentence: 'is missing: the exchange is told by the feature codes that are named there' }]
    const ends = sip.forwardOff ?? sip.forwardNoAnswerOff
    return ends === undefined ? [{ path: 'sip.forwardOff', sentence: 'is missing: without the code that ends forwarding nothing can be undone' }] : []
  }
  return [
    ...(url === undefined ? [{ path: 'url', sentence: 'is missing: the address of the phone’s web interface, such as http://10.20.30.40' }] : []),
    ...(passwordFile === undefined ? [{ path: 'passwordFile', sentence: 'is missing: the file with the password of the web interface' }] : []),
  ]
}

function below(desk: string): (fault: Fault) => Fault {
  return ({ path, sentence }) => ({ path: `${desk}.${path}`, sentence })
}

/** What of the secrets that the file names cannot be used: the phones are in the file all the same, and cannot be freed. Nothing of a secret is in it. */
export function secretFaults({ phones }: WardenPhones): readonly Fault[] {
  return Object.entries(phones).flatMap(([desk, { passwordFile, sip }]) => [
    ...faultOf(`phones.${desk}.passwordFile`, passwordFile, 'phonePassword'),
    ...faultOf(`phones.${desk}.sip.passwordFile`, sip?.passwordFile, 'sipPassword'),
  ])
}

function faultOf(path: string, file: string | undefined, name: 'phonePassword' | 'sipPassword'): readonly Fault[] {
  const reading = file === undefined ? { values: [] } : readRotating(file, name)
  return 'fault' in reading ? [{ path, sentence: reading.fault }] : []
}

/** The file as it is now, read again when it or a password that it names has changed. */
export interface PhonesFile {
  current(): WardenPhones
  /** What is wrong with the file as it is now; an older one holds. */
  faults(): readonly string[]
  /** Looks whether something has changed. True where other phones, or other passwords, hold from now on. */
  look(): boolean
}

/** Never throws: a hub whose warden has a bad file goes on without one, and says so. */
export function createPhonesFile(file: string, log: HubLog): PhonesFile {
  let current: WardenPhones = { phones: {}, numbers: polishNumbering }
  let faults: readonly string[] = []
  let seen = ''

  function load(): void {
    try {
      current = loadWardenPhones(file)
      faults = []
      for (const line of faultLines(secretFaults(current)))
        log.warn({ file, fault: line }, 'a password of the warden cannot be used; that phone cannot be freed')
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      faults = error.faults
      log.warn({ file, faults }, 'the file of the warden’s phones is refused, and the one before holds; third-ring check says the same')
    }
  }

  return {
    current: () => current,
    faults: () => faults,
    look() {
      const mark = [file, ...secretFilesOf(current)].map(fileMark).join('\n')
      if (mark === seen) return false
      load()
      // The passwords that the new file names are what is looked at from now on.
      seen = [file, ...secretFilesOf(current)].map(fileMark).join('\n')
      return true
    },
  }
}

function secretFilesOf({ phones }: WardenPhones): readonly string[] {
  return [...new Set(Object.values(phones).flatMap(({ passwordFile, sip }) => [passwordFile, sip?.passwordFile].flatMap((each) => each ?? [])))]
}
