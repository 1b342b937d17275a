import { isIP } from 'node:net'
import type { WrittenAgent } from '../config/config.ts'
import type { OfficeConfig } from '../config/office.ts'
import { validateAgent } from '../config/validate.ts'
import type { OfficeFile } from './broker-office.ts'
import { type Column, type DeskRow, readTable } from './columns.ts'
import { provisioningLimits } from './limits.ts'
import { modelOf, type PhoneModel } from './models.ts'
import { hasDirectory, listedDirectory, namesIn } from './office-directory.ts'
import { isOneMachine } from './phone-desk.ts'
import { cadenceOf, lampOf, type Read, seatOf, type Wiring } from './wiring.ts'

/** One desk of the list, ready to be written. */
export interface DeskPlan {
  readonly desk: string
  readonly department?: string
  readonly firmware?: string
  /** Topics beside the contract's: its lamp and its sensor on the same broker. */
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** What is noted in the file and read by nobody. */
  readonly notes: readonly string[]
  /** The agent's configuration as it is written, and as the agent will read it. */
  readonly agent: Readonly<Record<string, unknown>>
  readonly written: WrittenAgent
}

export interface DeskList {
  readonly desks: readonly DeskPlan[]
  /** Who takes whose calls, for the hub. */
  readonly directory?: OfficeFile
  /** What should be looked at although the files are good. */
  readonly warnings: readonly string[]
}

export type ReadDesks = DeskList | { readonly faults: readonly string[] }

/** The list of desks with the office's keys, or all its faults at once, each with its line, its column and what to write instead. */
export function readDesks(text: string, office: OfficeConfig): ReadDesks {
  const table = readTable(text)
  if ('faults' in table) return table
  const { rows } = table
  if (rows.length === 0) return { faults: ['line 2: there is no desk in the list; write one a line'] }
  if (rows.length > provisioningLimits.desksMax) {
    return {
      faults: [`line ${rows[provisioningLimits.desksMax]?.line}: one list has at most ${provisioningLimits.desksMax} desks; make a list for each office`],
    }
  }
  const numbers = new Map(rows.map((row) => [row.cell('desk_id'), row.cell('ext')]))
  const others = takenNames(office)
  const isListed = hasDirectory(rows)
  const read = rows.map((row) => readDesk(row, office, isListed, numbers, others))
  const ofRows = [...read.flatMap((each) => each.faults), ...repeated(rows)]
  // What is wrong with a row is told first: names and numbers must be right before anybody asks where they lead.
  const directory = ofRows.length > 0 ? { faults: [], warnings: [] } : listedDirectory(rows, office)
  const faults = [...ofRows, ...directory.faults]
  if (faults.length > 0) return { faults: [...new Set(faults)].sort(byLine) }
  const { file } = directory
  return {
    desks: read.flatMap(({ plan }) => plan ?? []),
    ...(file === undefined ? {} : { directory: file }),
    warnings: [...read.flatMap(({ warnings }) => warnings), ...directory.warnings],
  }
}

interface ReadDesk {
  readonly plan?: DeskPlan
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/** `broker` is the broker's own name in --rotate, and a certificate is taken back by the name in it: nobody else has one of the broker's. */
function takenNames({ users, broker }: OfficeConfig): readonly string[] {
  return ['hub', 'broker', 'localhost', broker.host, ...broker.names, ...users.admins, ...users.viewers, ...users.homeAssistants]
}

function readDesk(row: DeskRow, office: OfficeConfig, isListed: boolean, numbers: ReadonlyMap<string, string>, others: readonly string[]): ReadDesk {
  const faults: string[] = []
  const fault = (column: Column, sentence: string) => void faults.push(row.fault(column, sentence))
  const desk = row.cell('desk_id')
  const model = modelOf(row.cell('phone_model'))
  if (model === undefined) fault('phone_model', unknownModel(row.cell('phone_model')))
  if (others.includes(desk)) fault('desk_id', `is also the name of the broker or of one of its users (${desk}); give the desk another one`)
  for (const column of ['phone_mac', 'agent_mac'] as const) {
    // Twelve digits with an e among them are an address, even if a spreadsheet would take them for a number.
    if (/^\d([.,]\d+)?E\+\d+$/i.test(row.cell(column)) || /^\d{8,11}$/.test(row.cell(column))) {
      fault(column, 'has become a number in the spreadsheet: format the column as text and type the address again, with colons')
    }
  }
  for (const column of ['agent_address', 'phone_address'] as const) {
    const address = row.cell(column)
    const isNeeded = column === 'agent_address' || (model !== undefined && model.vendor !== 'analogue')
    if (address === '' ? isNeeded : !isOneMachine(address)) {
      fault(column, address === '' ? 'is empty; write the address of the machine' : `must be the address of one machine such as 10.20.30.40, not "${address}"`)
    }
  }
  if (!['', 'pl', 'en'].includes(row.cell('language'))) fault('language', `must be pl or en, not "${row.cell('language')}"`)
  const wired = (column: Column, read: Read): Wiring => {
    if (!('sentence' in read)) return read
    fault(column, read.sentence)
    return { keys: {} }
  }
  const seat = wired('seat_sensor', seatOf(row.cell('seat_sensor')))
  const lamp = wired('lamp', lampOf(row.cell('lamp')))
  const cadence = wired('cadence', cadenceOf(row.cell('cadence')))
  if (!['', 'yes', 'no'].includes(row.cell('staffed'))) fault('staffed', `must be yes, no or empty, not "${row.cell('staffed')}"`)
  const substitutes = namesIn(row.cell('substitutes'))
  for (const name of substitutes) {
    const number = numbers.get(name)
    if (number === undefined) fault('substitutes', `names ${name}, which is no desk of this list; mend the name, or add that desk`)
    else if (number === '') fault('substitutes', `names ${name}, which has no number; write it into the column ext of that desk`)
  }
  if (model === undefined) return { faults, warnings: [] }
  const agent = agentKeys(row, office, model, { seat: seat.keys, lamp: lamp.keys, cadence: cadence.keys }, isListed ? [] : substitutes, numbers)
  const validated = validateAgent(agent)
  if ('faults' in validated) {
    // A cell whose fault has been told is not told of again.
    const cellOf = (each: string) => each.replace(/: .*/s, '')
    const told = new Set(faults.map(cellOf))
    const found = validated.faults.map(({ path, sentence }) => placed(row, office, path, sentence))
    return { faults: [...faults, ...found.filter((each) => !told.has(cellOf(each)))], warnings: [] }
  }
  const plan: DeskPlan = {
    desk,
    agent,
    written: validated.written,
    publish: lamp.publish === undefined ? [] : [lamp.publish],
    subscribe: seat.subscribe === undefined ? [] : [seat.subscribe],
    notes: (['room', 'agent_mac', 'language'] as const).flatMap((column) => (row.cell(column) === '' ? [] : [`${column}: ${row.cell(column)}`])),
    ...(row.cell('department') === '' ? {} : { department: row.cell('department') }),
    ...(row.cell('phone_firmware') === '' ? {} : { firmware: row.cell('phone_firmware') }),
  }
  return { plan, faults, warnings: warningsOf(row, model) }
}

function unknownModel(written: string): string {
  if (written === '') return 'is empty; write the model, as it stands on the sticker below the phone'
  return `is a model that is not in the table of capabilities ("${written}"): write it as on the sticker (T46U, GRP2612, HT812), or set this desk up by hand`
}

function warningsOf(row: DeskRow, model: PhoneModel): readonly string[] {
  return [
    ...(model.lacks === undefined ? [] : [row.fault('phone_model', `${row.cell('phone_model')} ${model.lacks}`)]),
    ...(row.cell('phone_mac') === '' ? [row.fault('phone_mac', 'is empty: events of another phone at this address would be believed')] : []),
  ]
}

type Keys = Readonly<Record<string, unknown>>

/** The agent's file. What the office says for all comes first, what the list says of the desk holds. */
function agentKeys(
  row: DeskRow,
  office: OfficeConfig,
  { vendor }: PhoneModel,
  wiring: { readonly seat: Keys; readonly lamp: Keys; readonly cadence: Keys },
  substitutes: readonly string[],
  numbers: ReadonlyMap<string, string>,
): Keys {
  const { broker, phone, homeAssistant, agent } = office
  const given = (key: string, column: Column) => (row.cell(column) === '' ? {} : { [key]: row.cell(column) })
  const address = row.cell('phone_address')
  const common = { ...given('mac', 'phone_mac'), model: row.cell('phone_model') }
  const port = row.cell('adapter_port')
  const policy = { ...(isKeys(agent['policy']) ? agent['policy'] : {}), ...wiring.cadence, ...given('mobility', 'mobility') }
  const needsBridge = [wiring.seat, wiring.lamp].some((each) => each['driver'] === 'bridge')
  return {
    site: office.site,
    desk: row.cell('desk_id'),
    ...given('department', 'department'),
    phone:
      vendor === 'analogue'
        ? { vendor, ...common, ...(port === '' ? {} : { port: /^\d+$/.test(port) ? Number(port) : port }) }
        : {
            vendor,
            url: `http://${isIP(address) === 6 ? `[${address}]` : address === '' ? '0.0.0.1' : address}`,
            username: phone.username,
            passwordFile: 'phone.password',
            ...common,
            ...(phone.warden === undefined ? {} : { warden: phone.warden }),
          },
    listen: { host: row.cell('agent_address'), tokenFile: 'phone.token', ...(vendor === 'analogue' ? { allow: address === '' ? [] : [address] } : {}) },
    seat: wiring.seat,
    lamp: wiring.lamp,
    ...(needsBridge ? { bridge: { path: '/dev/third-ring-bridge' } } : {}),
    ...(substitutes.length === 0 ? {} : { substitutes: substitutes.map((name) => ({ desk: name, number: numbers.get(name) ?? '' })) }),
    ...agent,
    ...(Object.keys(policy).length === 0 ? {} : { policy }),
    broker: { url: brokerUrl(broker), ...loginOf(broker), ...(broker.kind === 'rabbitmq' ? { profile: 'events' } : {}) },
    ...(homeAssistant === undefined ? {} : { homeAssistant: { discovery: true, prefix: homeAssistant.prefix } }),
  }
}

function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where a desk finds the broker. */
export function brokerUrl({ kind, host, port, certificatePort, login }: OfficeConfig['broker']): string {
  const name = isIP(host) === 6 ? `[${host}]` : host
  if (kind === 'embedded') return `mqtt://${name}:${port}`
  return `mqtts://${name}:${login === 'certificate' ? certificatePort : port}`
}

function loginOf({ kind, login }: OfficeConfig['broker']): Keys {
  if (kind === 'embedded') return { passwordFile: 'broker.password' }
  if (login === 'certificate') return { certFile: 'broker.crt', keyFile: 'broker.key', caFile: 'office-ca.pem' }
  return { passwordFile: 'broker.password', caFile: 'office-ca.pem' }
}

/** Which column a key of the agent's file comes from; the longest beginning decides. */
const origins: readonly (readonly [string, Column])[] = [
  ['desk', 'desk_id'],
  ['department', 'department'],
  ['phone.url', 'phone_address'],
  ['phone.mac', 'phone_mac'],
  ['phone.port', 'adapter_port'],
  ['phone', 'phone_model'],
  ['listen.allow', 'phone_address'],
  ['listen.host', 'agent_address'],
  ['seat', 'seat_sensor'],
  ['lamp', 'lamp'],
  ['substitutes', 'substitutes'],
  ['policy.mobility', 'mobility'],
  ['policy.ringBurstMs', 'cadence'],
  ['policy.ringPeriodMs', 'cadence'],
]

function placed(row: DeskRow, office: OfficeConfig, path: string, sentence: string): string {
  const isOf = (key: string) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)
  const column = origins.find(([key]) => isOf(key))?.[1]
  const [top = ''] = path.split(/[.[]/)
  if (column === undefined || (Object.hasOwn(office.agent, top) && row.cell(column) === '')) return `office.yaml: agent.${path}: ${sentence}`
  return row.fault(column, sentence)
}

/** What only one row may have. Two phones of one adapter share its address and its MAC. */
function repeated(rows: readonly DeskRow[]): readonly string[] {
  const keys: readonly (readonly [Column, (row: DeskRow) => string])[] = [
    ['desk_id', (row) => row.cell('desk_id')],
    [
      'phone_mac',
      (row) =>
        withPort(
          row,
          row
            .cell('phone_mac')
            .replaceAll(/[^0-9a-f]/gi, '')
            .toLowerCase(),
        ),
    ],
    ['phone_address', (row) => withPort(row, row.cell('phone_address'))],
    ['agent_address', (row) => row.cell('agent_address')],
    ['ext', (row) => row.cell('ext')],
  ]
  return keys.flatMap(([column, keyOf]) => {
    const first = new Map<string, number>()
    return rows.flatMap((row) => {
      const key = keyOf(row)
      const line = first.get(key)
      if (key !== '' && line === undefined) first.set(key, row.line)
      if (key === '' || line === undefined) return []
      return [row.fault(column, `is "${row.cell(column)}", as on line ${line} already; each desk has its own`)]
    })
  })
}

function withPort(row: DeskRow, key: string): string {
  return key === '' || modelOf(row.cell('phone_model'))?.vendor !== 'analogue' ? key : `${key} port ${row.cell('adapter_port') || '1'}`
}

function byLine(one: string, other: string): number {
  const lineOf = (fault: string) => Number(/^line (\d+)/.exec(fault)?.[1] ?? 0)
  return lineOf(one) - lineOf(other)
}
