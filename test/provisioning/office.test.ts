import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadAgentConfig, loadHubConfig, loadOfficeConfig } from '../../src/config/load.ts'
import type { OfficeBrokerConfig } from '../../src/config/office.ts'
import { validateOffice } from '../../src/config/validate.ts'
import { loadDirectory } from '../../src/directory/load.ts'
import { readUsersFile } from '../../src/hub/broker/users-file.ts'
import { loadWardenPhones, secretFaults } from '../../src/hub/warden/phones-file.ts'
import { type OfficeRequest, provisionOffice } from '../../src/provisioning/provision-office.ts'

const desks = readFileSync(new URL('../../examples/office/desks.csv', import.meta.url), 'utf8')
const golden = new URL('golden/office/', import.meta.url)
const log = { info: () => {}, warn: () => {} }

/** Bytes that look like chance and are the same in each run. */
function counted(): (length: number) => Buffer {
  let count = 0
  return (length) => {
    count += 1
    return createHash('sha512').update(`${count}`).digest().subarray(0, length)
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'third-ring-office-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function officeOf(kind: OfficeBrokerConfig['kind'], more: object = {}) {
  const broker = { kind, host: 'broker.um.example', ...(kind === 'embedded' ? { port: 1883 } : {}) }
  const users = { admins: ['anna'], viewers: ['wall'], homeAssistants: ['home'] }
  const read = validateOffice({ site: 'um-bialystok', broker, users, homeAssistant: {}, ...more })
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.written
}

interface Change extends Partial<Omit<OfficeRequest, 'rotate' | 'rotateToken' | 'retire'>> {
  readonly rotate?: readonly string[]
  readonly rotateToken?: readonly string[]
  readonly retire?: readonly string[]
}

function run(out: string, { rotate = [], rotateToken = [], retire = [], ...change }: Change = {}, random = counted()) {
  const request = {
    list: desks,
    office: officeOf('embedded'),
    out,
    rotate: new Set(rotate),
    rotateToken: new Set(rotateToken),
    retire: new Set(retire),
    ...change,
  }
  return provisionOffice(request, { now: () => 0, randomBytes: random, openssl: '/nowhere/openssl' })
}

function filesBelow(path: string): Readonly<Record<string, string>> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(path, name)).isFile())
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}

const faultsOf = (list: string, more: object = {}): Promise<readonly string[]> =>
  run(folder(), { list, office: officeOf('embedded', more) }).then(
    () => [],
    (error: { faults: readonly string[] }) => error.faults,
  )

describe('the files of a small office', () => {
  test('are these, to the letter', async () => {
    const out = folder()
    await run(out)
    const written = filesBelow(out)
    // To write them anew after a change that is meant: GOLDEN=1 npx vitest run test/provisioning
    if (process.env['GOLDEN'] !== undefined) {
      rmSync(golden, { recursive: true, force: true })
      for (const [name, text] of Object.entries(written)) {
        mkdirSync(new URL(`${name}/..`, golden), { recursive: true })
        writeFileSync(new URL(name, golden), text)
      }
    }
    expect(written).toEqual(filesBelow(golden.pathname))
  })

  test('are configurations that agent and hub take, and users that the embedded broker takes', async () => {
    const out = folder()
    await run(out)
    for (const desk of ['usc-12', 'usc-14', 'usc-15', 'info-1']) expect(loadAgentConfig(join(out, `desks/${desk}/agent.yaml`), {}).desk).toBe(desk)
    expect(loadHubConfig(join(out, 'hub/hub.yaml'), {}).site).toBe('um-bialystok')
    const enter = readUsersFile(join(out, 'hub/users'), { site: 'um-bialystok' }, log)
    for (const [name, place] of [
      ['usc-12', 'desks/usc-12'],
      ['anna', 'users/anna'],
      ['home', 'users/home'],
    ] as const) {
      const password = readFileSync(join(out, place, 'broker.password'), 'utf8').trim()
      expect((await enter(name, Buffer.from(password)))?.name).toBe(name)
      expect(await enter(name, Buffer.from(`${password}x`))).toBeUndefined()
    }
  })

  test('hold secrets for their owner’s eyes only, each another one', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const files = filesBelow(out)
    const secrets = Object.keys(files).filter((name) => /(\.(password|token|key|cfg|xml)|users)$/.test(name))
    expect(secrets.length).toBeGreaterThan(15)
    for (const name of secrets) expect([name, statSync(join(out, name)).mode & 0o777]).toEqual([name, 0o600])
    const ones = Object.entries(files)
      .filter(([name]) => /\.(password|token)$/.test(name))
      .map(([, text]) => text)
    expect(new Set(ones).size).toBe(ones.length)
    const others = Object.entries(files).filter(([name]) => !/\.(password|token|key|cfg|xml)$/.test(name))
    for (const [name, text] of others) for (const secret of ones) expect([name, text.includes(secret.trim())]).toEqual([name, false])
  })
})

describe('a second run', () => {
  test('writes nothing', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const before = filesBelow(out)
    expect((await run(out, {}, randomBytes)).written).toBe(0)
    expect(filesBelow(out)).toEqual(before)
  })

  test('with one desk more changes no file of another', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const before = filesBelow(out)
    await run(out, { list: `${desks}usc-16,,T46U,00:15:65:aa:bb:16,10.20.30.16,6016,10.20.31.16\n` }, randomBytes)
    const after = filesBelow(out)
    expect(Object.keys(before).filter((name) => after[name] !== before[name])).toEqual(['hub/users'])
    const users = (files: Readonly<Record<string, string>>) => files['hub/users']?.trim().split('\n') ?? []
    expect(
      users(after)
        .filter((line) => !users(before).includes(line))
        .map((line) => line.split(':')[0]),
    ).toEqual(['usc-16'])
  })

  test('tells of a desk that is no longer in the list, and takes it from the users', async () => {
    const out = folder()
    await run(out)
    const { warnings } = await run(out, { list: desks.replace(/^usc-12.*\n/m, '') })
    expect(warnings.join('\n')).toContain('desks/usc-12 is no longer in the list')
    expect(filesBelow(out)['hub/users']).not.toContain('usc-12')
  })
})

describe('a rotation', () => {
  test('leaves two passwords until it is ended, and touches nobody else', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const before = filesBelow(out)
    const lines = (name: string) => readFileSync(join(out, name), 'utf8').trim().split('\n')
    const [first] = lines('desks/usc-12/broker.password')
    await run(out, { rotate: ['usc-12'] }, randomBytes)
    const [second, ...old] = lines('desks/usc-12/broker.password')
    expect([second === first, old]).toEqual([false, [first]])
    const changed = Object.entries(filesBelow(out)).filter(([name, text]) => text !== before[name])
    expect(changed.map(([name]) => name)).toEqual(['desks/usc-12/broker.password', 'hub/users'])
    const enter = () => readUsersFile(join(out, 'hub/users'), { site: 'um' }, log)
    for (const password of [first, second]) expect((await enter()('usc-12', Buffer.from(password ?? '')))?.name).toBe('usc-12')
    expect((await run(out, {}, randomBytes)).written).toBe(0)
    await run(out, { retire: ['usc-12'] }, randomBytes)
    expect(lines('desks/usc-12/broker.password')).toEqual([second])
    expect(await enter()('usc-12', Buffer.from(first ?? ''))).toBeUndefined()
  })

  test('of a token changes the phone’s file, and the agent has both', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const [first] = readFileSync(join(out, 'desks/usc-12/phone.token'), 'utf8').trim().split('\n')
    await run(out, { rotateToken: ['usc-12'] }, randomBytes)
    const [second = '', old] = readFileSync(join(out, 'desks/usc-12/phone.token'), 'utf8').trim().split('\n')
    const phone = readFileSync(join(out, 'phones/third-ring-usc-12.cfg'), 'utf8')
    expect([old, phone.includes(second), phone.includes(first ?? '?')]).toEqual([first, true, false])
  })

  test('of both in one run leaves no overlap', async () => {
    const out = folder()
    await run(out, {}, randomBytes)
    const before = readFileSync(join(out, 'desks/usc-12/broker.password'), 'utf8')
    await run(out, { rotate: ['usc-12'], retire: ['usc-12'] }, randomBytes)
    const after = readFileSync(join(out, 'desks/usc-12/broker.password'), 'utf8')
    expect([after === before, after.trim().split('\n').length]).toEqual([false, 1])
  })

  test('of nobody is told', async () => {
    await expect(run(folder(), { rotate: ['usc-99'] })).rejects.toMatchObject({ code: 'USAGE', faults: [expect.stringContaining('usc-99 is neither')] })
  })
})

describe('substitutes', () => {
  const head = 'desk_id;phone_model;phone_mac;phone_address;ext;agent_address;substitutes;staffed;absentees_max;forwards'
  const row = (place: number, ext: string, ...more: string[]) =>
    [`usc-${place}`, 'T46U', `00:15:65:aa:bb:${place}`, `10.20.30.${place}`, ext, `10.20.31.${place}`, ...more].join(';')
  const written = async (...rows: string[]) => {
    const out = folder()
    const { warnings } = await run(out, { list: [head, ...rows].join('\n') })
    return { out, warnings, files: filesBelow(out) }
  }

  test('become one directory for the hub, which can be checked, where somebody is always there', async () => {
    const { out, files, warnings } = await written(
      row(12, '6012', '"usc-14;usc-15"'),
      row(14, '6014', 'usc-15', '', '', '"busy:usc-15 no-answer:usc-15"'),
      row(15, '6015', '', 'yes', '4'),
      row(16, '6016'),
    )
    expect(files['hub/hub.yaml']).toContain('\ndirectory: directory.yaml\n')
    const { desks } = loadDirectory(join(out, 'hub', 'directory.yaml'))
    expect(desks).toEqual({
      'usc-12': { number: '6012', substitutes: [{ desk: 'usc-14' }, { desk: 'usc-15' }], staffed: false, forwards: [] },
      'usc-14': {
        number: '6014',
        substitutes: [{ desk: 'usc-15' }],
        staffed: false,
        forwards: [
          { kind: 'busy', to: 'usc-15' },
          { kind: 'no-answer', to: 'usc-15' },
        ],
      },
      'usc-15': { number: '6015', substitutes: [], staffed: true, absenteesMax: 4, forwards: [] },
    })
    expect(files['desks/usc-12/agent.yaml']).not.toContain('substitutes')
    expect(warnings.join('\n')).not.toContain('directory')
  })

  test('stay with each desk where nobody is always there, and that is told', async () => {
    const { files, warnings } = await written(row(12, '6012', 'usc-14'), row(14, '6014', 'usc-12'))
    expect(files['hub/directory.yaml']).toBeUndefined()
    expect(files['hub/hub.yaml']).not.toContain('directory')
    expect(files['desks/usc-12/agent.yaml']).toMatch(/substitutes:\n {2}- desk: usc-14\n {4}number: "6014"/)
    expect(warnings).toContainEqual(expect.stringMatching(/^line 2, column 7 \(substitutes\): no desk of the list is staffed, so no directory is written/))
  })

  test.each<[string, readonly string[], string]>([
    [
      'a circle',
      [row(12, '6012', 'usc-14'), row(14, '6014', '"usc-12 usc-15"'), row(15, '6015', '', 'yes')],
      'line 2, column 7 (substitutes): leads round in a circle, usc-12 → usc-14 → usc-12; take one of these out',
    ],
    [
      'nobody at the end',
      [row(12, '6012', 'usc-14'), row(14, '6014'), row(15, '6015', '', 'yes')],
      'line 3, column 7 (substitutes): has nobody who takes its calls, and is not staffed; name its substitutes, or have it staffed if somebody is always there',
    ],
    [
      'no number',
      [row(12, '6012', 'usc-15'), row(15, '', '', 'yes')],
      'line 2, column 7 (substitutes): names usc-15, which has no number; write it into the column ext of that desk',
    ],
    [
      'no number of its own',
      [row(12, '', 'usc-15'), row(15, '6015', '', 'yes')],
      'line 2, column 5 (ext): is empty; the desk takes calls or gives them away by its number',
    ],
    ['a word', [row(15, '6015', '', 'often')], 'line 2, column 8 (staffed): must be yes, no or empty, not "often"'],
    ['too many', [row(15, '6015', '', 'yes', '99')], 'line 2, column 9 (absentees_max): must be at most 50, not 99'],
    ['a kind', [row(15, '6015', '', 'yes', '', 'never:usc-15')], 'line 2, column 10 (forwards): must be busy, no-answer or always, not "never"'],
  ])('%s is told at its cell', async (_, rows, fault) => {
    expect(await faultsOf([head, ...rows].join('\n'))).toContain(fault)
  })
})

describe('a list with faults', () => {
  const head = 'desk_id;phone_model;phone_mac;phone_address;ext;agent_address;seat_sensor;lamp;mobility;substitutes;cadence;language'
  const good = 'usc-12;T46U;00:15:65:aa:bb:01;10.20.30.12;6012;10.20.31.12'

  test('names all of them at once, by line and column, and writes nothing', async () => {
    const out = folder()
    const list = [
      head,
      good,
      'Usc 13;T46U;1,5651E+11;any;60 13;0.0.0.0;gpio:x;blue;sitting;usc-99;1-4;de',
      'usc-12;T9000;00:15:65:aa:bb:01;10.20.30.12;6012;10.20.31.12',
      'anna;HT802;000b82ddee04;;6001;10.20.31.1;bridge;;;usc-12',
      '',
    ].join('\r\n')
    const refused = run(out, { list })
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    const faults = await faultsOf(list)
    expect(faults.map((fault) => fault.replace(/:.*/s, ''))).toEqual([
      'line 3, column 3 (phone_mac)',
      'line 3, column 6 (agent_address)',
      'line 3, column 4 (phone_address)',
      'line 3, column 12 (language)',
      'line 3, column 7 (seat_sensor)',
      'line 3, column 8 (lamp)',
      'line 3, column 11 (cadence)',
      'line 3, column 10 (substitutes)',
      'line 3, column 1 (desk_id)',
      'line 3, column 9 (mobility)',
      'line 4, column 2 (phone_model)',
      'line 4, column 1 (desk_id)',
      'line 4, column 3 (phone_mac)',
      'line 4, column 4 (phone_address)',
      'line 4, column 6 (agent_address)',
      'line 4, column 5 (ext)',
      'line 5, column 1 (desk_id)',
    ])
    expect(readdirSync(out)).toEqual([])
  })

  test.each(['any', '0.0.0.0', '10.20.30.0/24', '*', '10.20.30.41,10.20.30.42', 'agent.example', '::'])(
    'an agent at %s is refused: the phone would obey others',
    async (address) => {
      const [fault = ''] = await faultsOf([head, good.replace('10.20.31.12', `"${address}"`)].join('\n'))
      expect(fault).toMatch(/^line 2, column 6 \(agent_address\): must be/)
    },
  )

  test.each<[string, string, RegExp]>([
    ['no columns', '', /^line 1, column 1: the list is empty/],
    ['no desks', head, /^line 2: there is no desk/],
    ['a column that nobody knows', `${head};phone_modell\n${good}`, /^line 1, column 13 \(phone_modell\): is not a column here; did you mean phone_model\?/],
    ['a column twice', `${head};Desk-ID\n${good}`, /^line 1, column 13 \(Desk-ID\): is there twice/],
    ['no column of models', 'desk_id;agent_address\nusc-1;10.0.0.1', /^line 1: the column phone_model is missing; add it/],
    ['too many cells', `${head}\n${good};;;;;;;x`, /^line 2, column 13: the first line has only 12 columns/],
    ['an open quotation mark', `${head}\n${good};"none\nusc-13;T46U`, /^line 2, column 7: a quotation mark is opened/],
    ['text behind a quotation mark', `${head}\n"usc"-12;T46U`, /^line 2, column 1: text follows a closing quotation mark/],
    ['a MAC address that Excel has cut', `${head}\n${good.replace('00:15:65:aa:bb:01', '1565112233')}`, /^line 2, column 3 \(phone_mac\): has become a number/],
    ['no address', `${head}\n${good.replace('10.20.31.12', '')}`, /^line 2, column 6 \(agent_address\): is empty; write/],
    [
      'a substitute without a number',
      `${head}\n${good};;;;usc-13\nusc-13;T46U;;10.20.30.13;;10.20.31.13`,
      /^line 2, column 10 \(substitutes\): names usc-13, which has no number/,
    ],
    ['itself as a substitute', `${head}\n${good};;;;usc-12`, /^line 2, column 10 \(substitutes\): must not name the desk itself/],
    ['the hub’s name', `${head}\n${good.replace('usc-12', 'hub')}`, /^line 2, column 1 \(desk_id\): is also the name of the broker or of one/],
    [
      'the broker’s name, which --rotate would not tell apart',
      `${head}\n${good.replace('usc-12', 'broker')}`,
      /^line 2, column 1 \(desk_id\): is also the name/,
    ],
    ['the broker’s host name, which is in its certificate', `${head}\n${good.replace('usc-12', 'localhost')}`, /^line 2, column 1 \(desk_id\): is also/],
    [
      'a lamp at another desk’s commands',
      `${head}\n${good};none;mqtt:third-ring/v1/um-test/usc-13/command/replay`,
      /^line 2, column 8 \(lamp\): must not be a topic below/,
    ],
    ['a seat from another desk’s state', `${head}\n${good};mqtt:third-ring/v1/um-test/usc-13/state`, /^line 2, column 7 \(seat_sensor\): must not be a topic/],
  ])('%s', async (_, list, fault) => {
    expect((await faultsOf(list))[0]).toMatch(fault)
  })

  test('what the office says for all is told of the office', async () => {
    expect(await faultsOf([head, good].join('\n'), { agent: { policy: { ringPeriodMs: 'x' } } })).toEqual([
      expect.stringMatching(/^office\.yaml: agent\.policy\.ringPeriodMs: must be a whole number/),
    ])
  })
})

describe('what should be looked at', () => {
  test('is told of models that lack something, phones without a MAC, and passwords that nobody gave', async () => {
    const rows = [
      't-1,SIP-T48S,00:15:65:aa:bb:01,10.0.0.1,10.0.1.1',
      't-2,HT812,00:0b:82:aa:bb:01,10.0.0.2,10.0.1.2',
      't-3,Yealink SIP-T21P E2,,10.0.0.3,10.0.1.3',
    ]
    const { warnings } = await run(folder(), { list: ['desk_id,model,mac,phone_ip,agent_ip', ...rows].join('\n') })
    expect(warnings).toEqual([
      expect.stringMatching(/^line 2, column 2 \(phone_model\): SIP-T48S has a touch screen/),
      expect.stringMatching(/^line 3, column 2 \(phone_model\): HT812 is an analogue adapter/),
      expect.stringMatching(/^line 4, column 3 \(phone_mac\): is empty/),
      expect.stringMatching(/^2 desks \(t-1, t-3\) have no phone\.password/),
    ])
  })
})

test('the example is an office, whose phones have the passwords of their departments', async () => {
  const example = loadOfficeConfig(new URL('../../examples/office/office.yaml', import.meta.url).pathname, {})
  expect(example).toMatchObject({ site: 'um-bialystok', broker: { kind: 'mosquitto', port: 8883 }, homeAssistant: { prefix: 'homeassistant' } })
  const out = folder()
  const [usc, all] = ['usc', 'all'].map((name) => join(out, `${name}.password`)) as [string, string]
  writeFileSync(usc, 'of usc\n')
  writeFileSync(all, 'of all\n')
  const more = { departments: { usc: { phonePasswordFile: usc } }, phone: { passwordFile: all } }
  const list =
    'desk_id,model,phone_address,agent_address,department\na-1,T46U,10.0.0.1,10.0.1.1,usc\na-2,GRP2612,10.0.0.2,10.0.1.2,\na-3,HT802,10.0.0.3,10.0.1.3,usc'
  await run(join(out, 'office'), { list, office: officeOf('embedded', more) })
  const password = (desk: string) => filesBelow(join(out, 'office'))[`desks/${desk}/phone.password`]
  expect(['a-1', 'a-2', 'a-3'].map(password)).toEqual(['of usc\n', 'of all\n', undefined])
})

test('without openssl a broker with certificates is told of, with the next step', async () => {
  await expect(run(folder(), { office: officeOf('mosquitto') })).rejects.toMatchObject({
    code: 'PROGRAM_MISSING',
    message: expect.stringContaining('apt install openssl'),
  })
})

describe('an office with a warden', () => {
  const provisioned = async (phone: object) => {
    const out = folder()
    const [all, own] = ['all', 'own'].map((name) => join(out, `${name}.password`)) as [string, string]
    writeFileSync(all, 'of all\n')
    writeFileSync(own, 'of the warden\n')
    const office = officeOf('embedded', { phone: { warden: '10.20.30.5', passwordFile: all, ...phone }, agent: { numbers: { countryCode: '48' } } })
    const { warnings } = await run(join(out, 'office'), { office })
    return { out: join(out, 'office'), own, warnings, files: filesBelow(join(out, 'office')) }
  }

  test('has a file of its phones beside the hub, which the hub names and takes, with every phone that takes commands', async () => {
    const { out, files, warnings } = await provisioned({})
    const { warden } = loadHubConfig(join(out, 'hub/hub.yaml'))
    expect(warden?.phonesFile).toBe(join(out, 'hub/warden-phones.yaml'))
    const { phones, numbers } = loadWardenPhones(warden?.phonesFile ?? '', {})
    expect(Object.keys(phones)).toEqual(['usc-12', 'usc-14', 'usc-15'])
    expect(phones['usc-12']).toMatchObject({ vendor: 'yealink', url: 'http://10.20.30.12', username: 'admin', mac: '001565aabb01' })
    expect(phones['usc-15']).toMatchObject({ vendor: 'grandstream' })
    expect(numbers.countryCode).toBe('48')
    expect(secretFaults({ phones, numbers })).toEqual([])
    expect(files['hub/phones/usc-12.password']).toBe('of all\n')
    expect(statSync(join(out, 'hub/phones/usc-12.password')).mode & 0o777).toBe(0o600)
    expect(files['hub/warden-phones.yaml']).not.toContain('of all')
    expect(warnings.filter((each) => /warden/.test(each))).toEqual([])
  })

  test('has phones that take commands from the warden, too, and from nobody else', async () => {
    const { files } = await provisioned({})
    expect(files['phones/third-ring-usc-12.cfg']).toContain('features.action_uri_limit_ip = 10.20.31.12,10.20.30.5\n')
    expect(files['phones/cfg000b82aabb03.xml']).toMatch(/10\.20\.31\.15,10\.20\.30\.5/)
  })

  test('may give the warden a user and a password of its own', async () => {
    const { own } = await provisioned({})
    const { files } = await provisioned({ wardenUsername: 'user', wardenPasswordFile: own })
    expect(files['hub/phones/usc-14.password']).toBe('of the warden\n')
    expect(files['desks/usc-14/phone.password']).toBe('of all\n')
    expect(files['hub/warden-phones.yaml']).toContain('username: user')
  })

  test('is told of a desk that only the exchange could free; without a warden there is no such file', async () => {
    const list = 'desk_id,model,phone_address,agent_address\na-1,T46U,10.0.0.1,10.0.1.1'
    const sip = { server: 'pbx.um.example', user: '6012', forwardOn: '*72', forwardOff: '*73' }
    const office = officeOf('embedded', { phone: { warden: '10.20.30.5' }, agent: { forwarding: { by: 'exchange' }, sip } })
    const { warnings } = await run(folder(), { list, office })
    expect(warnings).toContainEqual(expect.stringMatching(/^a-1 is forwarded by the exchange/))
    const without = folder()
    await run(without, { list })
    expect(Object.keys(filesBelow(without)).filter((name) => /warden|hub\/phones/.test(name))).toEqual([])
  })
})
