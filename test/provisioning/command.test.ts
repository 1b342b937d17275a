import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCommandLine } from '../../src/commands/arguments.ts'
import { provision } from '../../src/commands/provision.ts'

const token = '0123456789abcdef0123456789abcdef'
const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')

/** A folder with one desk's configuration and secrets, and the command run beside it. */
async function provisioned({ phone, host = '10.20.30.41', words = [] }: { phone: string; host?: string; words?: readonly string[] }) {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-provision-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'phone.token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(folder, 'phone.password'), 'secret\n', { mode: 0o600 })
  writeFileSync(join(folder, 'snmp.community'), 'read<only>\n', { mode: 0o600 })
  const lines = [
    ...[
      'site: um-bialystok',
      'desk: usc-12',
      `phone: { ${phone}${phone.includes('analogue') ? '' : ', url: "http://10.20.30.40", passwordFile: phone.password'} }`,
    ],
    ...[`listen: { host: "${host}", tokenFile: phone.token, allow: [10.20.30.40] }`, 'broker: { url: "mqtt://127.0.0.1:1883" }', ''],
  ]
  writeFileSync(join(folder, 'desk.yaml'), lines.join('\n'))
  const said = { code: -1, out: '', err: '', folder }
  const streams = {
    out: (text: string) => {
      said.out += text
    },
    err: (text: string) => {
      said.err += text
    },
    terminal: false,
    colour: false,
  }
  const program = { name: 'third-ring', summary: '', version: '0', commands: [provision] }
  const given = words.map((word) => word.replace('FOLDER', folder))
  said.code = await runCommandLine(program, ['provision', '--config', join(folder, 'desk.yaml'), ...given], streams)
  return said
}

test('the phone’s side of a desk comes out of its configuration, whatever the spelling of the MAC', async () => {
  const yealink = await provisioned({ phone: 'vendor: yealink, mac: "00:15:65:AA:BB:CC"' })
  expect([yealink.code, yealink.err, yealink.out]).toEqual([0, '', golden('yealink.cfg')])
  const grandstream = await provisioned({ phone: 'vendor: grandstream, mac: 000B82AABBCC, warden: 10.20.30.5' })
  expect([grandstream.code, grandstream.err, grandstream.out]).toEqual([0, '', golden('grandstream.xml')])
})

test('the adapter’s side: its log to the agent, SNMP if it is configured, and the Polish ring', async () => {
  const snmp = 'snmp: { address: 10.20.30.40, port: 162, communityFile: snmp.community }'
  const adapter = await provisioned({ phone: `vendor: analogue, mac: "00:0b:82:dd:ee:ff", ${snmp}` })
  expect([adapter.code, adapter.err, adapter.out]).toEqual([0, '', golden('analogue.xml')])
  const bare = await provisioned({ phone: 'vendor: analogue' })
  expect(bare.out).toContain('<P207>10.20.30.41:5514</P207>')
  expect(bare.out).not.toMatch(/P2190|<mac>/)
})

test('a file is written for its owner’s eyes only, and nothing is printed: it holds the token', async () => {
  const { code, out, folder } = await provisioned({ phone: 'vendor: yealink', words: ['--out', 'FOLDER/phone.cfg', '--firmware', '28.72.0.1'] })
  expect([code, out]).toEqual([0, ''])
  expect(readFileSync(join(folder, 'phone.cfg'), 'utf8')).toBe(golden('yealink-v72.cfg'))
  expect(statSync(join(folder, 'phone.cfg')).mode & 0o777).toBe(0o600)
})

test.each(['0.0.0.0', 'any', 'agent.example'])('an agent that listens on %s is refused with the option to change', async (host) => {
  const { code, out, err } = await provisioned({ phone: 'vendor: yealink', host })
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('listen.host')
  expect(err).not.toContain(token)
})
