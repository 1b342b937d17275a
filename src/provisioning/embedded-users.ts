import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { type BrokerOffice, type OfficeUser, saltOf } from './broker-office.ts'

type Derive = (password: string, salt: Buffer, length: number, options: { readonly N: number }) => Promise<Buffer>
const derive = promisify(scrypt) as Derive
/** Passwords made of 24 random bytes cannot be guessed at any speed; a sixteenth of the usual cost lets a whole office log in at once. */
const cost = 1024
const saltBytes = 16
const hashBytes = 32

/**
 * The users file of the embedded broker (`hub/broker/users-file.ts`). A user that is in rotation has a line for each of the two passwords. Lines of `before`
 * whose salt is the one that would be chosen are the same password's, and are kept as they are.
 */
export async function embeddedUsersText(office: BrokerOffice, before: string): Promise<string> {
  const known = new Map(before.split('\n').map((line) => [line.split(':', 3).join(':'), line]))
  const lines = office.users.flatMap((user) =>
    [user.password, ...(user.previousPassword === undefined ? [] : [user.previousPassword])].map((password) => ({ user, password })),
  )
  const written = lines.map(async ({ user, password }) => {
    // The hub has a way of its own to its embedded broker.
    if (user.name === 'hub') return []
    const head = lineHead(office, user, password)
    return [known.get(head.text) ?? `${head.text}:${(await derive(password, head.salt, hashBytes, { N: cost })).toString('hex')}:${cost}`]
  })
  return `${(await Promise.all(written)).flat().join('\n')}\n`
}

function lineHead(office: BrokerOffice, { name, role }: OfficeUser, password: string): { readonly text: string; readonly salt: Buffer } {
  const salt = saltOf(office, 'embedded', name, password, saltBytes)
  return { text: `${name}:${role}:${salt.toString('hex')}`, salt }
}
