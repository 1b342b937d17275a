import { scrypt, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../errors.ts'
import { fileMark } from '../../file-mark.ts'
import { type OfficeRights, type Role, roles } from '../../mqtt/rights.ts'
import { nameForm } from '../../name-form.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'
import { type BrokerUser, brokerUser } from './acl.ts'
import type { Credentials } from './broker.ts'

type Derive = (password: Buffer, salt: Buffer, length: number, options: { readonly N: number }) => Promise<Buffer>
const derive: Derive = (password, salt, length, options) =>
  new Promise((resolve, reject) => scrypt(password, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error))))

const hashBytes = 32
/** scrypt's cost where a line does not say another: 2^14, as Node has it. */
const usualCost = 16_384

interface Entry {
  readonly role: Role
  readonly salt: Buffer
  readonly hash: Buffer
  readonly cost: number
}
type Users = ReadonlyMap<string, readonly Entry[]>

/**
 * The users of the embedded broker, one a line: `name:role:salt:hash`, the role `desk`, `admin`, `viewer` or `home-assistant`, salt and scrypt hash (32 bytes)
 * in hexadecimal, perhaps `:cost` behind it (scrypt's N; random passwords need less than words). Several lines of one name are several passwords, all of
 * them good: so one is changed without a moment in which none fits. What each role may do is said in `mqtt/rights.ts`.
 *
 * A file that changes is in force within a second, also for whoever is connected: a user whose password is no longer there is let go at what they do next. A
 * new file that is wrong is told of, and the old one holds. Throws `SECRET_UNREADABLE` with the line that is wrong, at the start only.
 */
export function readUsersFile(file: string, office: OfficeRights, log: Pick<HubLog, 'info' | 'warn'>, now: () => number = Date.now): Credentials {
  let users = parse(file, readText(file))
  let seen = fileMark(file)
  let lookedAt = now()

  function current(): Users {
    const elapsed = now() - lookedAt
    if (elapsed >= 0 && elapsed < hubLimits.usersFileLookMs) return users
    lookedAt = now()
    const stamp = fileMark(file)
    if (stamp === seen) return users
    seen = stamp
    try {
      users = parse(file, readText(file))
      log.info({ users: users.size }, 'the users file was read again')
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      log.warn({ fault: error.message }, 'the users file was changed and is wrong; the old one holds')
    }
    return users
  }

  const isThere = (name: string, entry: Entry) =>
    current()
      .get(name)
      ?.some((each) => isSame(each, entry)) === true

  return async (name, password) => {
    const entries = current().get(name) ?? []
    // One after the other: whoever guesses shall not have two guesses computed for the price of one.
    for (const entry of entries) {
      if (!timingSafeEqual(await derive(password, entry.salt, hashBytes, { N: entry.cost }), entry.hash)) continue
      const user: BrokerUser = { ...brokerUser(entry.role, name, office), isCurrent: () => isThere(name, entry) }
      return user
    }
    return undefined
  }
}

function isSame(one: Entry, other: Entry): boolean {
  return one.role === other.role && one.cost === other.cost && one.salt.equals(other.salt) && one.hash.equals(other.hash)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigurationError(
      'SECRET_UNREADABLE',
      `broker.embedded.usersFile: ${file} cannot be read; make it with third-ring provision --desks, or by hand, one line a user: name:desk:salt:hash`,
    )
  }
}

function parse(file: string, text: string): Users {
  const users = new Map<string, Entry[]>()
  const form = new RegExp(`^(${nameForm}):(${roles.join('|')}):((?:[0-9a-f]{2}){8,64}):([0-9a-f]{64})(?::(1024|2048|4096|8192|16384))?$`)
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, role, salt, hash, cost] = form.exec(line.trim()) ?? []
    if (name === undefined || salt === undefined || hash === undefined) {
      const wanted = `name:${roles.join('|')}:salt:hash; write the file again with third-ring provision --desks`
      throw new ConfigurationError('SECRET_UNREADABLE', `broker.embedded.usersFile: line ${index + 1} of ${file} is not ${wanted}`)
    }
    const entry = { role: role as Role, salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex'), cost: cost === undefined ? usualCost : Number(cost) }
    const before = users.get(name) ?? []
    if (before.length >= hubLimits.passwordsMax) {
      throw new ConfigurationError(
        'SECRET_UNREADABLE',
        `broker.embedded.usersFile: line ${index + 1} of ${file} is one password too many for ${name}; leave the oldest out`,
      )
    }
    users.set(name, [...before, entry])
  }
  return users
}
