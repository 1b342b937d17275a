import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sipPort } from './addresses.ts'

/** A telephone that Asterisk knows. */
export interface Extension {
  readonly number: string
  /** Where it is always found, for a telephone that does not register. */
  readonly contact?: string
  /** The digests that it is asked for, such as `SHA-256,MD5`. Left out: MD5, Asterisk's preset, and all that baresip 1.0.0 knows. */
  readonly digests?: string
  /** Whether who watches from here is told of a second call that rings during the first. Asterisk's own preset is no. */
  readonly earlyInUse?: boolean
}

export interface AsteriskSettings {
  readonly extensions: readonly Extension[]
}

/** The password of every telephone of these tests. */
export const passwordOf = (number: string): string => `pw${number}`

/** Files that Asterisk misses loudly, and that have nothing to say. */
const empty = ['acl', 'ccss', 'cel', 'features', 'indications', 'pjproject', 'udptl']

/** The configuration of an exchange, by the names of its files. The dialplan and the list of modules are beside this file, as they are. */
export function asteriskConfig(address: string, settings: AsteriskSettings): Readonly<Record<string, string>> {
  const asIs = (name: string) => readFileSync(join(import.meta.dirname, 'asterisk', name), 'utf8')
  return {
    ...Object.fromEntries(empty.map((name) => [`${name}.conf`, ''])),
    'cdr.conf': '[general]\nenable=no\n',
    'manager.conf': '[general]\nenabled=no\n',
    'musiconhold.conf': '[general]\n[default]\nmode=files\ndirectory=moh\n',
    'logger.conf': '[general]\n[logfiles]\nconsole => error,warning,notice\n',
    'rtp.conf': '[general]\nrtpstart=30000\nrtpend=30400\n',
    'modules.conf': asIs('modules.conf'),
    'extensions.conf': asIs('extensions.conf'),
    'hints.conf': settings.extensions.map(({ number }) => `exten => ${number},hint,PJSIP/${number}\n`).join(''),
    'pjsip.conf': pjsip(address, settings),
  }
}

function pjsip(address: string, { extensions }: AsteriskSettings): string {
  const transports = ['udp', 'tcp'].map((protocol) => section(protocol, ['type=transport', `protocol=${protocol}`, `bind=${address}:${sipPort}`]))
  const global = ['type=global', 'user_agent=Asterisk']
  const phones = extensions.flatMap(({ number, contact, digests, earlyInUse = false }) => [
    section(number, [
      ...['type=endpoint', 'context=office', 'subscribe_context=office', 'disallow=all', 'allow=ulaw,alaw', 'direct_media=no', 'allow_subscribe=yes'],
      // As FreePBX presets it: answers go where the question came from.
      ...['rewrite_contact=yes', 'force_rport=yes', 'rtp_symmetric=yes', `notify_early_inuse_ringing=${earlyInUse ? 'yes' : 'no'}`],
      ...[`aors=${number}`, `callerid="Desk ${number}" <${number}>`, ...(contact === undefined ? [`auth=${number}`] : [])],
    ]),
    section(number, [
      ...['type=auth', `auth_type=${digests === undefined ? 'userpass' : 'digest'}`, `username=${number}`, `password=${passwordOf(number)}`],
      ...(digests === undefined ? [] : [`supported_algorithms_uas=${digests}`]),
    ]),
    section(number, ['type=aor', ...(contact === undefined ? ['max_contacts=1', 'minimum_expiration=10', 'remove_existing=yes'] : [`contact=${contact}`])]),
  ])
  return [section('global', global), ...transports, ...phones].join('')
}

const section = (name: string, lines: readonly string[]): string => `[${name}]\n${lines.join('\n')}\n`
