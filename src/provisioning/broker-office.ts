import { createHmac } from 'node:crypto'
import type { OfficeBrokerConfig } from '../config/office.ts'
import type { OfficeRights, RoleHolder } from '../mqtt/rights.ts'

/** One user with the password of the office's files, and during a rotation the one before it. */
export interface OfficeUser extends RoleHolder {
  readonly password: string
  readonly previousPassword?: string
}

/** All that the files of any broker are made from. */
export interface BrokerOffice {
  readonly broker: OfficeBrokerConfig
  readonly rights: OfficeRights
  readonly users: readonly OfficeUser[]
  /** The office's own secret, from which salts are made. */
  readonly saltKey: Buffer
}

/** A file below the folder that is written. A secret is its owner's alone. */
export interface OfficeFile {
  readonly path: string
  readonly text: string
  readonly secret?: true
  readonly executable?: true
}

/**
 * The salt of a password's hash: the same at each run, so that a run which changes nothing writes nothing, and different for each user, each password
 * and each office. Without the office's secret it says nothing of the password.
 */
export function saltOf({ saltKey }: Pick<BrokerOffice, 'saltKey'>, kind: string, user: string, password: string, bytes: number): Buffer {
  return createHmac('sha512', saltKey).update([kind, user, password].join('\0')).digest().subarray(0, bytes)
}
