import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OfficeConfig } from '../config/office.ts'
import { ConfigurationError } from '../errors.ts'
import type { RoleHolder } from '../mqtt/rights.ts'
import type { BrokerOffice, OfficeFile } from './broker-office.ts'
import { writeCertificates } from './certificates.ts'
import { deskFiles } from './desk-files.ts'
import { type DeskPlan, readDesks } from './desks.ts'
import { embeddedUsersText } from './embedded-users.ts'
import { createFolder, type Folder } from './folder.ts'
import { hubFile } from './hub-file.ts'
import { mosquittoFiles } from './mosquitto-files.ts'
import { rabbitmqFiles } from './rabbitmq-files.ts'
import { passwordOf, phonePasswords, type Renewal, saltKeyOf, tokenOf } from './secrets.ts'
import { wardenFiles } from './warden-file.ts'

export interface OfficeRequest extends Renewal {
  /** The list of desks, as text. */
  readonly list: string
  readonly office: OfficeConfig
  /** The folder to write to. */
  readonly out: string
}

export interface OfficeDeps {
  readonly now: () => number
  readonly randomBytes: (length: number) => Buffer
  readonly openssl?: string
}

export interface ProvisionedOffice {
  readonly desks: number
  readonly users: number
  /** Files that are new or have changed. */
  readonly written: number
  readonly warnings: readonly string[]
}

/**
 * Writes the files of a whole office. What is there is kept: a run with the same list writes nothing, and one more desk changes no file of another desk.
 * Nothing is written before the whole list is good.
 *
 * @throws ConfigurationError CONFIG_INVALID with every fault of the list, SECRET_UNREADABLE, PROGRAM_MISSING, OUTPUT_FAILED
 */
export async function provisionOffice(request: OfficeRequest, deps: OfficeDeps): Promise<ProvisionedOffice> {
  const { office, out } = request
  const list = readDesks(request.list, office)
  if ('faults' in list) throw new ConfigurationError('CONFIG_INVALID', `The list of desks has ${list.faults.length} faults:`, list.faults)
  const holders = [...staff(office), ...list.desks.map(holderOf)]
  checkNames(request, holders)

  const folder = createFolder(out)
  const users = holders.map((holder) => ({ ...holder, ...passwordOf(folder, holder.role, holder.name, request, deps.randomBytes) }))
  for (const plan of list.desks) for (const file of deskFiles(plan, tokenOf(folder, plan.desk, request, deps.randomBytes))) folder.write(file)
  const unset = phonePasswords(folder, list.desks, office)

  const { broker, site, homeAssistant } = office
  const rights = { site, ...(homeAssistant === undefined ? {} : { homeAssistantPrefix: homeAssistant.prefix }) }
  const brokerOffice: BrokerOffice = { broker, rights, users, saltKey: saltKeyOf(folder, deps.randomBytes) }
  const ending = broker.kind === 'embedded' ? [] : await writeCertificates({ ...deps, folder, site }, office, users, request)
  for (const file of await brokerFiles(folder, brokerOffice)) folder.write(file)
  if (list.directory !== undefined) folder.write(list.directory)
  const warden = wardenFiles(folder, list.desks, office)
  for (const file of warden.files) folder.write(file)
  folder.write({ path: 'hub/hub.yaml', text: hubFile(office, list.directory === undefined ? undefined : 'directory.yaml') })

  const warnings = [
    ...list.warnings,
    ...warden.warnings,
    ...ending,
    ...withoutTopics(broker.kind, users),
    ...withoutPassword(unset),
    ...leftOver(folder, list.desks),
  ]
  return { desks: list.desks.length, users: users.length, written: folder.written(), warnings }
}

/** Everybody but the desks. */
function staff({ users }: OfficeConfig): readonly RoleHolder[] {
  return [
    { name: 'hub', role: 'admin' },
    ...users.admins.map((name) => ({ name, role: 'admin' }) as const),
    ...users.viewers.map((name) => ({ name, role: 'viewer' }) as const),
    ...users.homeAssistants.map((name) => ({ name, role: 'home-assistant' }) as const),
  ]
}

function holderOf({ desk, publish, subscribe }: DeskPlan): RoleHolder {
  return { name: desk, role: 'desk', publish, subscribe }
}

function checkNames({ rotate, rotateToken, retire }: Renewal, holders: readonly RoleHolder[]): void {
  const known = new Set([...holders.map(({ name }) => name), 'broker'])
  const faults = [...new Set([...rotate, ...rotateToken, ...retire])].filter((name) => !known.has(name))
  if (faults.length === 0) return
  const lines = faults.map((name) => `--rotate, --rotate-token, --retire: ${name} is neither a desk of the list nor a user of office.yaml; mend the name`)
  throw new ConfigurationError('USAGE', 'There is nobody of that name.', lines)
}

async function brokerFiles(folder: Folder, office: BrokerOffice): Promise<readonly OfficeFile[]> {
  const below = (place: string, files: readonly OfficeFile[]) => files.map((file) => ({ ...file, path: `${place}/${file.path}` }))
  switch (office.broker.kind) {
    case 'mosquitto':
      return below('broker/mosquitto', mosquittoFiles(office))
    case 'rabbitmq':
      return below('broker/rabbitmq', rabbitmqFiles(office))
    case 'embedded': {
      const path = 'hub/users'
      return [{ path, text: await embeddedUsersText(office, folder.read(path) ?? ''), secret: true }]
    }
    default:
      return office.broker.kind satisfies never
  }
}

/** The users file of the embedded broker knows roles, and no topics of single desks. */
function withoutTopics(kind: OfficeConfig['broker']['kind'], users: readonly RoleHolder[]): readonly string[] {
  if (kind !== 'embedded') return []
  const desks = users.filter(({ publish = [], subscribe = [] }) => publish.length + subscribe.length > 0)
  return desks.map(({ name }) => `${name} has a lamp or a seat on the broker (mqtt:…), whose topic the embedded broker does not allow it; take mosquitto`)
}

function withoutPassword(desks: readonly string[]): readonly string[] {
  if (desks.length === 0) return []
  const some = desks.slice(0, 3).join(', ')
  return [
    `${desks.length} desks (${some}${desks.length > 3 ? ', …' : ''}) have no phone.password: name its file in office.yaml (phone.passwordFile), or write each`,
  ]
}

/** Folders of desks that are no longer in the list: the broker does not know them any more, and the folder still holds secrets. */
function leftOver({ path }: Folder, desks: readonly DeskPlan[]): readonly string[] {
  const known = new Set(desks.map(({ desk }) => desk))
  const gone = readdirSync(join(path, 'desks'))
    .filter((name) => !known.has(name))
    .sort()
  return gone.map((name) => `desks/${name} is no longer in the list: the broker will not know this desk; delete the folder when its machine is back`)
}
