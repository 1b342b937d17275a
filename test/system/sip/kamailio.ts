import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownAddress } from './addresses.ts'
import { answers } from './options-ping.ts'
import { startProgram } from './program.ts'
import { until } from './until.ts'

/** A real Kamailio of one's own: an exchange that is a proxy, and shows every call as a dialog of its own. Do not dial faster than every 600 ms: it loses states. */
export interface Kamailio {
  readonly address: string
  readonly domain: string
  remove(): Promise<void>
}

const triplets: Partial<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }
const tables = ['version', 'pua', 'presentity', 'active_watchers', 'watchers']

export interface KamailioSettings {
  /** The digest that it asks for; telephones know `MD5`. */
  readonly digest?: 'MD5' | 'SHA-256'
}

export async function startKamailio({ digest = 'MD5' }: KamailioSettings = {}): Promise<Kamailio> {
  const address = ownAddress()
  const domain = 'office.test'
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-kamailio-'))
  mkdirSync(join(directory, 'dbtext'))
  for (const name of tables) cpSync(join('/usr/share/kamailio/dbtext/kamailio', name), join(directory, 'dbtext', name))
  const words = { DIGEST: digest, DOMAIN: domain, ADDRESS: address, DIRECTORY: directory, MODULES: `/usr/lib/${triplets[process.arch]}/kamailio/modules/` }
  let text = readFileSync(join(import.meta.dirname, 'kamailio/kamailio.cfg'), 'utf8')
  for (const [word, value] of Object.entries(words)) text = text.replace(new RegExp(`\\b${word}\\b`, 'g'), value)
  writeFileSync(join(directory, 'kamailio.cfg'), text)
  const own = ['-m', '32', '-M', '4', '-P', join(directory, 'pid'), '-Y', directory, '-w', directory]
  const program = startProgram('/usr/sbin/kamailio', ['-f', join(directory, 'kamailio.cfg'), '-DD', '-E', ...own], join(directory, 'log'))
  const ready = () => {
    if (!program.running()) throw new Error(`Kamailio has ended by itself. ${program.said().slice(-1000)}`)
    return answers(address)
  }
  await until('Kamailio answers', ready, () => program.said().slice(-1000))
  return {
    address,
    domain,
    async remove() {
      await program.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
