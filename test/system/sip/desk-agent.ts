import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningAgent } from '../../../src/agent/composition/compose.ts'
import type { SipHealth } from '../../../src/agent/devices/sip.ts'
import type { Desk } from '../../../src/desk/desk.ts'
import { site, startFrom, token, type Watch, watch } from '../../agent/desk-fixture.ts'
import { ownAddress } from './addresses.ts'
import { passwordOf } from './asterisk-config.ts'
import { until } from './until.ts'

/** The agent of a desk of which nothing is heard but by SIP: its telephone is a plain one, and its adapter says nothing. */
export interface DeskAgent {
  readonly name: string
  desk(): Desk
  /** What it has said since it was last asked from here on: the kinds of its events, without their prefix. */
  said(): readonly string[]
  /** From now on `said` begins anew. */
  anew(): void
  readonly wire: Watch
  /** Waits until it says of SIP what is wanted, on its own page of health. */
  health(what: string, wanted: (sip: SipHealth) => boolean): Promise<SipHealth>
  /** Waits until it has said all of this, in this order, whatever else it has said in between. */
  says(...types: readonly string[]): Promise<void>
  stop(): Promise<void>
}

/** It does not say it more often than that to anybody. */
const healthEveryMs = 500

export interface DeskAgentOptions {
  readonly name: string
  readonly brokerUrl: string
  /** The lines of `sip` in its configuration beside the password and the address of this machine. */
  readonly sip: Readonly<Record<string, string | number>> & { readonly server: string; readonly user: string }
  readonly password?: string
  /** Further lines of the configuration. */
  readonly lines?: readonly string[]
}

/** The configuration of such a desk, as a person would write it, in a directory of its own. */
export function writeDesk({ name, brokerUrl, sip, password = passwordOf(sip.user), lines = [] }: DeskAgentOptions): {
  readonly configFile: string
  readonly directory: string
} {
  const directory = mkdtempSync(join(tmpdir(), `third-ring-${name}-`))
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'sip-password'), `${password}\n`, { mode: 0o600 })
  const keys = Object.entries({ localHost: ownAddress(), passwordFile: 'sip-password', ...sip })
  const written = [
    `site: ${site}`,
    `desk: ${name}`,
    'phone: { vendor: analogue }',
    'listen: { host: 127.0.0.1, port: 0, tokenFile: token, allow: [] }',
    'admin: { host: 127.0.0.1, port: 0 }',
    `sip: { ${keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')} }`,
    `seat: { driver: mqtt, topic: sensors/${name}/seat, path: /presence, occupied: true }`,
    `broker: { url: "${brokerUrl}" }`,
    'store: { directory: store }',
    ...lines,
  ]
  const configFile = join(directory, 'desk.yaml')
  writeFileSync(configFile, `${written.join('\n')}\n`)
  return { configFile, directory }
}

export async function startDeskAgent(options: DeskAgentOptions): Promise<DeskAgent> {
  const { name, brokerUrl } = options
  const { configFile, directory } = writeDesk(options)
  const wire = await watch(brokerUrl, name)
  const agent: RunningAgent = await startFrom(configFile)
  let from = 0
  const said = () => wire.types().slice(from)
  return {
    name,
    wire,
    said,
    anew() {
      from = wire.types().length
    },
    desk: agent.desk,
    health(what, wanted) {
      let last: SipHealth | undefined
      const probe = async () => {
        const answer = await fetch(`http://127.0.0.1:${agent.adminPort()}/healthz`)
        last = ((await answer.json()) as { readonly sip: SipHealth }).sip
        return wanted(last) && last
      }
      return until(`${name} says ${what}`, probe, () => JSON.stringify(last), healthEveryMs)
    },
    async says(...types) {
      await until(
        `${name} says ${types.join(', ')}`,
        () => isWithin(types, said()),
        () => `It said ${said().join(', ')}; calls ${JSON.stringify(agent.desk().calls.map(({ id, state, remote }) => [id, state, remote]))}`,
      )
    },
    async stop() {
      await agent.stop('the test is over')
      await wire.end()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Whether the words are there in this order, with or without others between them. */
export function isWithin(words: readonly string[], said: readonly string[]): boolean {
  let place = 0
  for (const word of said) if (word === words[place]) place += 1
  return place === words.length
}
