import { writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { AgentConfig } from '../config/config.ts'
import { loadAgentConfig } from '../config/load.ts'
import { readAgentSecrets } from '../config/secrets.ts'
import { analogueFile } from '../provisioning/analogue-file.ts'
import { grandstreamFile } from '../provisioning/grandstream-file.ts'
import type { PhoneDesk } from '../provisioning/phone-desk.ts'
import { yealinkFile } from '../provisioning/yealink-file.ts'
import { type Command, exitCodes } from './arguments.ts'

/** `third-ring provision --config FILE`: the phone's side of this desk. */
export const provision: Command = {
  name: 'provision',
  summary: 'write the phone’s side of a desk: a Yealink include file, or the XML of a Grandstream phone or adapter',
  options: {
    config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' },
    out: { type: 'string', value: 'FILE', description: 'where to write it (standard output)' },
    firmware: { type: 'string', value: 'VERSION', description: 'the phone’s firmware, such as 66.81.0.25, for names that changed' },
  },
  details: 'The file holds the desk’s token, or the adapter’s SNMP community: keep it as you keep a password.',
  run(given, streams) {
    const config = loadAgentConfig(given.text('config') ?? '')
    const text = phoneFile(config, given.text('firmware'))
    const out = given.text('out')
    if (out === undefined) streams.out(text)
    else writeFileSync(out, text, { mode: 0o600 })
    return exitCodes.done
  },
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
