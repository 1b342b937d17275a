import { writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { loadAgentConfig } from '../config/load.ts'
import { readAgentSecrets } from '../config/secrets.ts'
import { ConfigurationError } from '../errors.ts'
import { grandstreamFile } from '../provisioning/grandstream-file.ts'
import type { PhoneDesk } from '../provisioning/phone-desk.ts'
import { yealinkFile } from '../provisioning/yealink-file.ts'
import { type Command, exitCodes } from './arguments.ts'

/** `third-ring provision --config FILE`: the phone's side of this desk. */
export const provision: Command = {
  name: 'provision',
  summary: 'write the phone’s side of a desk: a Yealink include file or a Grandstream XML',
  options: {
    config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' },
    out: { type: 'string', value: 'FILE', description: 'where to write it (standard output)' },
    firmware: { type: 'string', value: 'VERSION', description: 'the phone’s firmware, such as 66.81.0.25, for names that changed' },
  },
  details: 'The file holds the desk’s token: keep it as you keep a password.',
  run(given, streams) {
    const config = loadAgentConfig(given.text('config') ?? '')
    const { phone, listen } = config
    if (phone.vendor === 'analogue') throw new ConfigurationError('CONFIG_INVALID', 'phone.vendor: an analogue adapter has no action URLs; see its guide')
    const firmware = given.text('firmware')
    const host = isIP(listen.host) === 6 ? `[${listen.host}]` : listen.host
    const desk: PhoneDesk = {
      vendor: phone.vendor,
      desk: config.desk,
      agentUrl: `http://${host}:${listen.port}`,
      token: readAgentSecrets(config).secrets.token,
      agentAddress: listen.host,
      ...(phone.mac === undefined ? {} : { mac: phone.mac }),
      ...(phone.warden === undefined ? {} : { wardenAddress: phone.warden }),
      ...(firmware === undefined ? {} : { firmware }),
    }
    const text = phone.vendor === 'yealink' ? yealinkFile(desk) : grandstreamFile(desk)
    const out = given.text('out')
    if (out === undefined) streams.out(text)
    else writeFileSync(out, text, { mode: 0o600 })
    return exitCodes.done
  },
}
