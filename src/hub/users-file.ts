import { scrypt, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { ConfigurationError } from '../errors.ts'
import { adminUser, deskUser, homeAssistantTopics } from './acl.ts'
import type { Credentials } from './broker.ts'

const derive = promisify(scrypt) as (password: Buffer, salt: Buffer, length: number) => Promise<Buffer>
const hashBytes = 32

interface Entry {
  readonly role: 'desk' | 'admin'
  readonly salt: Buffer
  readonly hash: Buffer
}

/**
 * The users of the embedded broker, one a line: `name:desk:salt:hash` or `name:admin:salt:hash`, salt and scrypt hash (32 bytes) in hexadecimal. A desk
 * may then do what contract §4 allows a desk, an administrator reads all and writes commands. Throws `SECRET_UNREADABLE` with the line that is wrong.
 */
export function readUsersFile(file: string, site: string): Credentials {
  const users = parse(file, readText(file))
  return async (name, password) => {
    const entry = users.get(name)
    if (entry === undefined) return undefined
    const given = await derive(password, entry.salt, hashBytes)
    if (!timingSafeEqual(given, entry.hash)) return undefined
    return entry.role === 'admin' ? adminUser(name) : deskUser(site, name, homeAssistantTopics(name))
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigurationError('SECRET_UNREADABLE', `broker.embedded.usersFile: ${file} cannot be read; make it, one line a user: name:desk:salt:hash`)
  }
}

function parse(file: string, text: string): ReadonlyMap<string, Entry> {
  const users = new Map<string, Entry>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, role, salt, hash] = /^([a-z0-9][a-z0-9-]{0,31}):(desk|admin):([0-9a-f]{16,}):([0-9a-f]{64})$/.exec(line.trim()) ?? []
    if (name === undefined || salt === undefined || hash === undefined) {
      throw new ConfigurationError('SECRET_UNREADABLE', `broker.embedded.usersFile: line ${index + 1} of ${file} is not name:desk|admin:salt:hash`)
    }
    users.set(name, { role: role === 'admin' ? 'admin' : 'desk', salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex') })
  }
  return users
}
