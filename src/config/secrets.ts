import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { ConfigurationError } from '../errors.ts'
import type { AgentConfig, HubConfig } from './config.ts'
import { type Fault, faultLines } from './fault.ts'
import { credentialsPrefix } from './files.ts'

/** A secret is one line; a file beyond this is not one. */
const secretBytesMax = 4096
/** Contract §3 puts the token into each URL of the phone, which may be 511 characters long in all (Yealink administrator's guide). */
const tokenPattern = /^[A-Za-z0-9_-]{16,128}$/
const keyLengthMin = 32

/** Every secret of a desk, as it is at the start. Never logged, never in a message. */
export interface AgentSecrets {
  readonly token: string
  readonly phonePassword?: string
  readonly snmpCommunity?: string
  readonly brokerPassword?: string
  readonly sipPassword?: string
  readonly callerReferenceKey?: string
  /** The one before of those that can be changed while the agent runs: the second line of their files. */
  readonly older?: { readonly [Name in RotatingName]?: string }
}
export interface HubSecrets {
  readonly brokerPassword?: string
  readonly older?: { readonly brokerPassword?: string }
}

/** The secrets that both sides need not change at one moment: their files may hold two, the new one first. */
export type RotatingName = 'token' | 'phonePassword' | 'brokerPassword' | 'sipPassword'

/** The secrets, and what a person should mend although the program can run. */
export interface ReadSecrets<Secrets> {
  readonly secrets: Secrets
  /** `path: sentence` lines. */
  readonly warnings: readonly string[]
}

/** Throws `SECRET_UNREADABLE` with all faults at once. */
export function readAgentSecrets(config: AgentConfig): ReadSecrets<AgentSecrets> {
  return readAll<AgentSecrets>(agentSecretFiles(config))
}

/** The broker's password alone, for what needs no other secret: one that is missing must not stop it. Throws `SECRET_UNREADABLE`. */
export function readBrokerPassword(config: AgentConfig): Pick<AgentSecrets, 'brokerPassword' | 'older'> {
  return readOnly(config, 'brokerPassword')
}

/** The same for the phone's. */
export function readPhonePassword(config: AgentConfig): Pick<AgentSecrets, 'phonePassword' | 'older'> {
  return readOnly(config, 'phonePassword')
}

/** The exchange's password alone, for the same reason. Throws `SECRET_UNREADABLE`. */
export function readSipPassword(config: AgentConfig): Pick<AgentSecrets, 'sipPassword' | 'older'> {
  return readOnly(config, 'sipPassword')
}

function readOnly<Name extends keyof AgentSecrets>(config: AgentConfig, wanted: Name): Pick<AgentSecrets, Name | 'older'> {
  return readAll<Pick<AgentSecrets, Name | 'older'>>(agentSecretFiles(config).filter(({ name }) => name === wanted)).secrets
}

/** One of the secrets that may change, as its file has it now: the new one, and the one before if it is still there; or why it cannot be used. */
export function readRotating(file: string, name: RotatingName): { readonly values: readonly string[] } | { readonly fault: string } {
  const { value, older, fault } = readSecret({ path: '', name, file, kind: name === 'token' ? 'token' : 'password', rotates: true })
  if (value === undefined) return { fault: fault?.sentence ?? `${file} cannot be read` }
  return { values: older === undefined ? [value] : [value, older] }
}

/** Throws `SECRET_UNREADABLE`. */
export function readHubSecrets(config: HubConfig): ReadSecrets<HubSecrets> {
  return readAll<HubSecrets>(hubSecretFiles(config))
}

/** What `check` says of the files that a configuration names: nothing of it makes the configuration itself wrong. */
export function inspectFiles(config: AgentConfig | HubConfig): { readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] } {
  const readings = [...('phone' in config ? agentSecretFiles(config) : hubSecretFiles(config)).map(readSecret), ...publicFiles(config).map(lookFor)]
  return { faults: readings.flatMap(({ fault }) => fault ?? []), warnings: readings.flatMap(({ warning }) => warning ?? []) }
}

/** Files that others read: the MQTT client, the embedded broker. Here they only have to be there. */
function publicFiles({ broker }: AgentConfig | HubConfig): readonly { readonly path: string; readonly file: string | undefined }[] {
  if ('embedded' in broker && broker.embedded !== undefined) return [{ path: 'broker.embedded.usersFile', file: broker.embedded.usersFile }]
  const { caFile, certFile, keyFile }: Partial<AgentConfig['broker']> = broker
  return [
    { path: 'broker.caFile', file: caFile },
    { path: 'broker.certFile', file: certFile },
    { path: 'broker.keyFile', file: keyFile },
  ]
}

function lookFor({ path, file }: { readonly path: string; readonly file: string | undefined }): Reading {
  if (file === undefined) return {}
  try {
    accessSync(file, constants.R_OK)
    return {}
  } catch (error) {
    return { fault: { path, sentence: reasonOf(file, (error as NodeJS.ErrnoException).code, 'put it there, or name the file that is meant') } }
  }
}

type SecretKind = 'password' | 'token' | 'key'
interface SecretFile {
  readonly path: string
  readonly name: keyof AgentSecrets
  readonly file: string | undefined
  readonly kind: SecretKind
  /** May hold a second line. */
  readonly rotates?: true
}

function agentSecretFiles({ phone, listen, broker, sip, privacy }: AgentConfig): readonly SecretFile[] {
  return [
    { path: 'phone.passwordFile', name: 'phonePassword', file: phone.vendor === 'analogue' ? undefined : phone.passwordFile, kind: 'password', rotates: true },
    { path: 'phone.snmp.communityFile', name: 'snmpCommunity', file: phone.vendor === 'analogue' ? phone.snmp?.communityFile : undefined, kind: 'password' },
    { path: 'listen.tokenFile', name: 'token', file: listen.tokenFile, kind: 'token', rotates: true },
    { path: 'broker.passwordFile', name: 'brokerPassword', file: broker.passwordFile, kind: 'password', rotates: true },
    { path: 'sip.passwordFile', name: 'sipPassword', file: sip?.passwordFile, kind: 'password', rotates: true },
    { path: 'privacy.keyFile', name: 'callerReferenceKey', file: privacy.callerReference === 'hmac' ? privacy.keyFile : undefined, kind: 'key' },
  ]
}

function hubSecretFiles({ broker }: HubConfig): readonly SecretFile[] {
  const file = broker.embedded === undefined ? broker.passwordFile : undefined
  return [{ path: 'broker.passwordFile', name: 'brokerPassword', file, kind: 'password', rotates: true }]
}

function readAll<Secrets>(files: readonly SecretFile[]): ReadSecrets<Secrets> {
  const readings = files.map((each) => ({ name: each.name, ...readSecret(each) }))
  const faults = readings.flatMap(({ fault }) => fault ?? [])
  if (faults.length > 0) throw new ConfigurationError('SECRET_UNREADABLE', 'A secret cannot be used:', faultLines(faults))
  const secrets = Object.fromEntries(readings.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))
  const older = readings.flatMap(({ name, older: before }) => (before === undefined ? [] : [[name, before]]))
  const all = older.length === 0 ? secrets : { ...secrets, older: Object.fromEntries(older) }
  return { secrets: all as Secrets, warnings: faultLines(readings.flatMap(({ warning }) => warning ?? [])) }
}

interface Reading {
  readonly value?: string
  readonly older?: string
  readonly fault?: Fault
  readonly warning?: Fault
}

function readSecret({ path, file, kind, rotates }: SecretFile): Reading {
  if (file === undefined) return {}
  const content = readContent(file)
  if ('sentence' in content) return { fault: { path, sentence: content.sentence } }
  const [value = '', older, ...more] = rotates === true ? content.value.split(/\r?\n/) : [content.value]
  const sentence =
    more.length > 0 ? 'has more than two lines' : (faultOfSecret(value, kind, rotates) ?? (older === undefined ? undefined : faultOfOlder(older, kind)))
  if (sentence !== undefined) return { fault: { path, sentence: `${file} ${sentence}` } }
  const read = { value, ...(older === undefined ? {} : { older }) }
  if (content.open) return { ...read, warning: { path, sentence: `${file} can be read by every user of this machine; run: chmod o= '${file}'` } }
  return older === undefined ? read : { ...read, warning: { path, sentence: `${file} has two lines: take the second out when the change is over` } }
}

function faultOfOlder(older: string, kind: SecretKind): string | undefined {
  const fault = faultOfSecret(older, kind)
  return fault === undefined ? undefined : `(second line, the secret before) ${fault}`
}

function readContent(file: string): { readonly value: string; readonly open: boolean } | { readonly sentence: string } {
  try {
    const handle = openSync(file, 'r')
    try {
      const status = fstatSync(handle)
      if (!status.isFile()) return { sentence: `${file} is not a file` }
      const buffer = Buffer.alloc(secretBytesMax + 1)
      const length = readSync(handle, buffer, 0, buffer.length, 0)
      if (length > secretBytesMax) return { sentence: `${file} is larger than ${secretBytesMax} bytes; is it the right file?` }
      // Editors end the line, and some put a byte order mark in front: neither is part of the secret.
      const value = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length)).replace(/\r?\n$/, '')
      return { value, open: process.platform !== 'win32' && (status.mode & 0o007) !== 0 }
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    const nextStep = `write the secret into it as one line, then: chmod 600 '${file}'`
    return { sentence: reasonOf(file, (error as NodeJS.ErrnoException).code, nextStep) }
  }
}

function reasonOf(file: string, code: string | undefined, nextStep: string): string {
  if (file.startsWith(credentialsPrefix))
    return `names the credential ${file.slice(credentialsPrefix.length)}, which only a systemd unit with LoadCredential= has`
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `${file} does not exist; ${nextStep}`
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be read by this user; change its owner or its group`
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return `${file} is not UTF-8 text`
    default:
      return `${file} cannot be read (${code ?? 'unknown error'})`
  }
}

/** Why the secret cannot be right, without a letter of it. */
function faultOfSecret(value: string, kind: SecretKind, rotates?: true): string | undefined {
  if (value === '') return 'is empty; write the secret into it as one line'
  if (/\p{Cc}/u.test(value)) return rotates === true ? 'has control characters' : 'has more than one line, or control characters; it must hold the secret alone'
  if (kind === 'token' && !tokenPattern.test(value)) return 'must hold 16 to 128 letters, digits, - or _; a good one is printed by: openssl rand -hex 16'
  if (kind === 'key' && value.length < keyLengthMin) return `must hold at least ${keyLengthMin} characters; a good key is printed by: openssl rand -hex 32`
  return undefined
}
