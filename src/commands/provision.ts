import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import type { AgentConfig } from '../config/config.ts'
import { loadAgentConfig, loadOfficeConfig } from '../config/load.ts'
import { readAgentSecrets } from '../config/secrets.ts'
import { ConfigurationError } from '../errors.ts'
import { analogueFile } from '../provisioning/analogue-file.ts'
import { grandstreamFile } from '../provisioning/grandstream-file.ts'
import type { PhoneDesk } from '../provisioning/phone-desk.ts'
import { provisionOffice } from '../provisioning/provision-office.ts'
import { readList } from '../provisioning/read-list.ts'
import { yealinkFile } from '../provisioning/yealink-file.ts'
import { type Command, type ExitCode, exitCodes, type Given, jsonOption, type Streams } from './arguments.ts'

/** `third-ring provision --config FILE`: the phone's side of this desk; `--desks FILE --out DIR`: a whole office. */
export const provision: Command = {
  name: 'provision',
  summary: 'write the files of a whole office (phones, agents, broker) from one list of desks, or the phone’s side of one desk',
  options: {
    desks: { type: 'string', value: 'FILE', description: 'the list of desks (CSV): a whole office' },
    office: { type: 'string', value: 'FILE', description: 'with --desks: site, broker and users (office.yaml beside the list)' },
    out: { type: 'string', value: 'PATH', description: 'with --desks: the folder to write to; with --config: the file (standard output)' },
    rotate: {
      type: 'string',
      value: 'NAMES',
      description: 'with --desks: new password and certificate for these desks, with commas between; the old ones stay good',
    },
    'rotate-token': { type: 'string', value: 'NAMES', description: 'with --desks: a new token in the URLs of these desks’ phones; the old one is taken, too' },
    retire: { type: 'string', value: 'NAMES', description: 'with --desks: from now on their old ones are worth nothing; together with --rotate: at once' },
    config: { type: 'string', value: 'FILE', description: 'one desk’s configuration (YAML): the phone’s side of that desk' },
    firmware: { type: 'string', value: 'VERSION', description: 'with --config: the phone’s firmware, such as 66.81.0.25, for names that changed' },
    json: jsonOption,
  },
  details: [
    'An office: third-ring provision --desks desks.csv --out office; docs/guides/office.md has the columns. A second run keeps every secret that is there.',
    'One desk: third-ring provision --config agent.yaml. What is written holds passwords and tokens: keep it as you keep them.',
  ].join('\n'),
  run(given, streams) {
    const faults = misuse(given)
    if (faults.length > 0) throw new ConfigurationError('USAGE', 'The two forms of this command have been mixed.', faults)
    const desks = given.text('desks')
    if (desks !== undefined) return provisionDesks(desks, given, streams)
    const config = loadAgentConfig(given.text('config') ?? '')
    const text = phoneFile(config, given.text('firmware'))
    const out = given.text('out')
    if (out === undefined) streams.out(text)
    else writeFileSync(out, text, { mode: 0o600 })
    return exitCodes.done
  },
}

const ofOffice = ['office', 'rotate', 'rotate-token', 'retire'] as const

function misuse(given: Given): readonly string[] {
  const isOffice = given.text('desks') !== undefined
  if (isOffice === (given.text('config') !== undefined)) return ['--desks, --config: give one of the two, the list of an office or the configuration of a desk']
  if (!isOffice) return ofOffice.filter((option) => given.text(option) !== undefined).map((option) => `--${option}: belongs to --desks`)
  return [
    ...(given.text('out') === undefined ? ['--out: is missing; it names the folder to write to'] : []),
    ...(given.text('firmware') === undefined ? [] : ['--firmware: belongs to --config; in a list it is the column phone_firmware']),
  ]
}

async function provisionDesks(desks: string, given: Given, streams: Streams): Promise<ExitCode> {
  const office = loadOfficeConfig(given.text('office') ?? join(dirname(desks), 'office.yaml'))
  const out = given.text('out') ?? ''
  const names = (option: string) => new Set((given.text(option) ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])))
  const request = { list: readList(desks), office, out, rotate: names('rotate'), rotateToken: names('rotate-token'), retire: names('retire') }
  const done = await provisionOffice(request, { now: Date.now, randomBytes })
  if (given.flag('json')) {
    streams.out(`${JSON.stringify(done, null, 2)}\n`)
    return exitCodes.done
  }
  streams.out(`${out}: ${done.desks} desks, ${done.users} users of the broker; ${done.written} files are new or have changed.\n`)
  for (const warning of done.warnings) streams.out(`  ${warning}\n`)
  return exitCodes.done
}

function phoneFile(config: AgentConfig, firmware: string | undefined): string {
  const { phone, listen } = config
  const { secrets } = readAgentSecrets(config)
  const mac = phone.mac === undefined ? {} : { mac: phone.mac }
  if (phone.vendor === 'analogue') {
    const snmp = phone.snmp === undefined ? {} : { snmp: { community: secrets.snmpCommunity ?? '', port: phone.snmp.port } }
    return analogueFile({ desk: config.desk, ...mac, agentAddress: listen.host, syslogPort: listen.syslogPort, ...snmp })
  }
  const host = isIP(listen.host) === 6 ? `[${listen.host}]` : listen.host
  const desk: PhoneDesk = {
    vendor: phone.vendor,
    desk: config.desk,
    agentUrl: `http://${host}:${listen.port}`,
    token: secrets.token,
    agentAddress: listen.host,
    ...mac,
    ...(phone.warden === undefined ? {} : { wardenAddress: phone.warden }),
    ...(firmware === undefined ? {} : { firmware }),
  }
  return phone.vendor === 'yealink' ? yealinkFile(desk) : grandstreamFile(desk)
}
