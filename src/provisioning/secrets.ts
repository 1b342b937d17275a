import { readFileSync } from 'node:fs'
import type { OfficeConfig } from '../config/office.ts'
import { ConfigurationError } from '../errors.ts'
import type { Role } from '../mqtt/rights.ts'
import type { DeskPlan } from './desks.ts'
import type { Folder } from './folder.ts'

const passwordBytes = 24
const tokenBytes = 16
const saltKeyBytes = 32

/** What a run is asked to renew: names of desks and users. */
export interface Renewal {
  /** A new password and a new certificate; the old ones are good for a while. */
  readonly rotate: ReadonlySet<string>
  /** A new token for the URLs of these desks' phones; the old one is taken for a while. */
  readonly rotateToken: ReadonlySet<string>
  /** The end of that while. With `rotate` in the same run: new ones at once, and the old ones are worth nothing. */
  readonly retire: ReadonlySet<string>
}

type Random = (length: number) => Buffer

/** Where a user's secrets lie. */
export function placeOf(role: Role, name: string): string {
  if (name === 'hub') return 'hub/hub-broker'
  return role === 'desk' ? `desks/${name}/broker` : `users/${name}/broker`
}

/** The user's password, kept or made, and the one before it while both are good: the first and the second line of one file. */
export function passwordOf(
  folder: Folder,
  role: Role,
  name: string,
  renewal: Renewal,
  random: Random,
): { readonly password: string; readonly previousPassword?: string } {
  const path = `${placeOf(role, name)}.password`
  const [password, previousPassword] = twoLines(folder, path, renewal.rotate.has(name), renewal.retire.has(name), () =>
    random(passwordBytes).toString('base64url'),
  )
  return previousPassword === undefined ? { password } : { password, previousPassword }
}

/** The token that the phone is told; while its file has a second one, the agent takes that, too. */
export function tokenOf(folder: Folder, desk: string, { rotateToken, retire }: Renewal, random: Random): string {
  const [token] = twoLines(folder, `desks/${desk}/phone.token`, rotateToken.has(desk), retire.has(desk), () => random(tokenBytes).toString('hex'))
  return token
}

/** A secret that is kept or made, and the one before it while both are good: the first and the second line of one file. */
function twoLines(folder: Folder, path: string, renew: boolean, retire: boolean, make: () => string): readonly [string, string?] {
  const [current, before] = (folder.read(path) ?? '').split(/\r?\n/).filter((line) => line !== '')
  const isNew = current === undefined || renew
  const secret = isNew ? make() : current
  const previous = retire ? undefined : isNew ? current : before
  folder.write({ path, text: [secret, ...(previous === undefined ? [] : [previous]), ''].join('\n'), secret: true })
  return previous === undefined ? [secret] : [secret, previous]
}

export function saltKeyOf(folder: Folder, random: Random): Buffer {
  return Buffer.from(
    kept(folder, 'authority/salt.key', () => random(saltKeyBytes).toString('hex')),
    'hex',
  )
}

function kept(folder: Folder, path: string, make: () => string): string {
  const [before = ''] = (folder.read(path) ?? '').split('\n')
  const value = before === '' ? make() : before
  folder.write({ path, text: `${value}\n`, secret: true })
  return value
}

/** Copies the password of the phones to each desk that commands its phone. Returns the desks that have none yet. */
export function phonePasswords(folder: Folder, desks: readonly DeskPlan[], office: OfficeConfig): readonly string[] {
  const read = new Map<string, string>()
  return desks.flatMap(({ desk, department, written }) => {
    if (written.phone.vendor === 'analogue') return []
    const path = `desks/${desk}/phone.password`
    const source = (department === undefined ? undefined : office.departments[department]?.phonePasswordFile) ?? office.phone.passwordFile
    if (source === undefined) return folder.read(path) === undefined ? [desk] : []
    const password = read.get(source) ?? firstLine(source)
    read.set(source, password)
    folder.write({ path, text: `${password}\n`, secret: true })
    return []
  })
}

/** Throws `SECRET_UNREADABLE`. */
export function firstLine(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new ConfigurationError(
      'SECRET_UNREADABLE',
      `office.yaml: the password of the phones, ${file}, cannot be read (${code}); write it into that file as one line`,
    )
  }
  const [line = '', ...rest] = text.replace(/\r?\n$/, '').split(/\r?\n/)
  if (line === '' || rest.length > 0) throw new ConfigurationError('SECRET_UNREADABLE', `office.yaml: the password of the phones, ${file}, must be one line`)
  return line
}
