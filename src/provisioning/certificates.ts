import type { OfficeConfig } from '../config/office.ts'
import { type AuthorityDeps, daysLeft, openAuthority, serves } from './authority.ts'
import type { OfficeUser } from './broker-office.ts'
import type { Folder } from './folder.ts'
import { provisioningLimits as limits } from './limits.ts'
import { placeOf, type Renewal } from './secrets.ts'

/**
 * The certificates of an office with a broker that speaks TLS: the authority's to whoever must know it, the broker's, one for each user where the broker
 * takes them, and the list of those taken back. What is there and good is kept. Returns what should be looked at.
 */
export async function writeCertificates(deps: AuthorityDeps, office: OfficeConfig, users: readonly OfficeUser[], renewal: Renewal): Promise<readonly string[]> {
  const { folder } = deps
  const { broker } = office
  const authority = await openAuthority(deps)
  const place = `broker/${broker.kind}`
  const warnings: string[] = []
  const ending = (name: string, pem: string) => {
    const days = daysLeft(pem, deps.now())
    if (days < limits.certificateWarnDays) warnings.push(`the certificate of ${name} ends in ${days} days; run with --rotate ${name} and install it`)
  }

  for (const user of users) folder.write({ path: `${folderOf(user)}/office-ca.pem`, text: authority.certificate })
  folder.write({ path: `${place}/ca.crt`, text: authority.certificate })
  const names = [...new Set([broker.host, ...broker.names, 'localhost', '127.0.0.1'])]
  const server = folder.read(`${place}/server.crt`)
  const isServed = server !== undefined && folder.read(`${place}/server.key`) !== undefined && serves(server, authority.certificate, names)
  if (!isServed || renewal.rotate.has('broker')) {
    writePair(folder, `${place}/server`, await authority.forServer(names, broker.certificateDays))
  }
  ending('broker', folder.read(`${place}/server.crt`) ?? '')
  if (broker.kind !== 'mosquitto') return warnings

  const lacking = users.filter((user) => {
    const certificate = folder.read(`${placeOf(user.role, user.name)}.crt`)
    const isGood =
      certificate !== undefined && folder.read(`${placeOf(user.role, user.name)}.key`) !== undefined && serves(certificate, authority.certificate, [])
    return !isGood || renewal.rotate.has(user.name) || daysLeft(certificate, deps.now()) < 0
  })
  await atOnce(lacking, limits.certificatesAtOnce, async ({ role, name }) =>
    writePair(folder, placeOf(role, name), await authority.forClient(name, broker.certificateDays)),
  )

  const inUse = users.map(({ role, name }) => folder.read(`${placeOf(role, name)}.crt`) ?? '')
  for (const [index, user] of users.entries()) ending(user.name, inUse[index] ?? '')
  const known = new Set([...users.map(({ name }) => name), ...names])
  const gone = authority.names().filter((name) => !known.has(name))
  authority.revoke(new Set([...gone, ...renewal.retire]), inUse)
  folder.write({ path: `${place}/crl.pem`, text: await authority.revocationList() })
  return warnings
}

function folderOf({ role, name }: OfficeUser): string {
  return placeOf(role, name).replace(/\/[^/]*$/, '')
}

function writePair(folder: Folder, place: string, { key, certificate }: { readonly key: string; readonly certificate: string }): void {
  folder.write({ path: `${place}.key`, text: key, secret: true })
  folder.write({ path: `${place}.crt`, text: certificate })
}

/** All of them, so many at the same time. */
async function atOnce<Item>(items: readonly Item[], count: number, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: count }, worker))
}
