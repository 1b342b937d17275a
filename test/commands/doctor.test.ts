import { createSocket } from 'node:dgram'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import { runCommandLine } from '../../src/commands/arguments.ts'
import { doctor } from '../../src/commands/doctor.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { checkLine } from '../../src/doctor/check.ts'
import { examine } from '../../src/doctor/examine.ts'
import { checkSubstitutes, substitutesOf } from '../../src/doctor/forwarding.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { createAnaloguePhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, freePort, freeUdpPort, openBroker, startFrom, token } from '../agent/desk-fixture.ts'
import { createBoard } from '../bridge/board.ts'

/** Runs the command; `onOutput` is told of every piece of output as it comes. */
async function run(words: readonly string[], onOutput: (out: string) => void = () => {}) {
  const said = { code: -1, out: '', err: '' }
  const streams = {
    out(text: string) {
      said.out += text
      onOutput(said.out)
    },
    err(text: string) {
      said.err += text
    },
    terminal: false,
    colour: false,
  }
  said.code = await runCommandLine({ name: 'third-ring', summary: '', version: '0', commands: [doctor] }, ['doctor', ...words], streams)
  return said
}

const lineOf = (out: string, name: string): string => out.split('\n').find((line) => line.includes(`: ${name}: `)) ?? ''

/** The files of a desk with an analogue telephone. */
async function analogueDesk(brokerUrl: string, phoneKeys = '', more: readonly string[] = []): Promise<{ file: string; syslogPort: number; adminPort: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-doctor-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [port, adminPort, syslogPort] = [await freePort(), await freePort(), await freeUdpPort()]
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'community'), 'read-only-community\n', { mode: 0o600 })
  const file = join(directory, 'desk.yaml')
  const lines = [
    'site: um-test',
    'desk: usc-16',
    `phone: { vendor: analogue, mac: 000b82ddeeff${phoneKeys} }`,
    `listen: { host: 127.0.0.1, port: ${port}, tokenFile: token, allow: [127.0.0.1], syslogPort: ${syslogPort} }`,
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
    `broker: { url: "${brokerUrl}" }`,
    'store: { directory: store }',
    ...more,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { file, syslogPort, adminPort }
}

describe('doctor', () => {
  let broker: Broker
  let url: string
  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    url = opened.url
  })
  afterAll(() => broker.stop())

  test('a desk in order: the phone answers, and nothing is changed on it', async () => {
    const { configFile, phone } = await deskFiles('usc-12', url)
    onTestFinished(() => phone.stop())
    const { code, out } = await run(['--config', configFile])
    expect(lineOf(out, 'agent')).toMatch(/^ok: agent: does not run/)
    expect(lineOf(out, 'secrets')).toMatch(/^ok/)
    expect(lineOf(out, 'phone')).toMatch(/^ok: phone: .*firmware .*do-not-disturb off/)
    expect(lineOf(out, 'listener')).toMatch(/^ok: listener: 127\.0\.0\.1:\d+ is free; who may post: 127\.0\.0\.1/)
    expect(lineOf(out, 'bridge')).toBe('not fitted: bridge: none is configured')
    expect(lineOf(out, 'lamp')).toMatch(/^not fitted/)
    expect(lineOf(out, 'seat')).toMatch(/^look: seat: sensors\/usc-12\/seat has said nothing/)
    expect(lineOf(out, 'broker')).toMatch(/^ok: broker: .* takes this desk as usc-12/)
    expect(lineOf(out, 'disk')).toMatch(/^ok: disk: .* MB free/)
    expect(lineOf(out, 'substitutes')).toMatch(/^look: substitutes: none in this file/)
    // A container without a time daemon has to be believed.
    expect(code).toBe(out.includes('fault: clock') ? 1 : 0)
    expect(phone.commands.map(({ request }) => request).filter((request) => /key=/.test(request))).toEqual([])
    expect(out).not.toMatch(new RegExp(`${token}|secret-of-the-phone`))
  }, 30_000)

  test('a secret that everybody may read works, and is to be looked after', async () => {
    const { configFile, phone, directory } = await deskFiles('usc-12', url)
    onTestFinished(() => phone.stop())
    chmodSync(join(directory, 'token'), 0o644)
    const { code, out } = await run(['--config', configFile])
    expect(lineOf(out, 'secrets')).toMatch(/^look: secrets: listen\.tokenFile: .*can be read by every user/)
    expect(code).toBe(out.includes('fault: clock') ? 1 : 0)
  }, 30_000)

  test('everything that is wrong, each with what to do; and as JSON', async () => {
    const { configFile, phone, directory } = await deskFiles('usc-12', 'mqtt://127.0.0.1:1')
    await phone.stop()
    rmSync(join(directory, 'token'))
    const taken = createServer()
    onTestFinished(() => void taken.close())
    await new Promise<void>((resolve) => taken.listen(loadAgentConfig(configFile).listen.port, '127.0.0.1', resolve))
    const { code, out } = await run(['--config', configFile, '--json'])
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: { state: string; name: string; sentence: string }[] }
    const faults = Object.fromEntries(checks.filter(({ state }) => state === 'fault').map(({ name, sentence }) => [name, sentence]))
    expect([code, ok]).toEqual([1, false])
    expect(faults).toMatchObject({
      secrets: expect.stringContaining('listen.tokenFile'),
      phone: expect.stringContaining('the phone refused the connection'),
      listener: expect.stringContaining('is in use by another program'),
      broker: expect.stringContaining('no broker is listening there'),
      seat: expect.stringContaining('cannot be reached'),
    })
  }, 30_000)

  test('wrong usage and a wrong file are exit code 2', async () => {
    expect((await run([])).code).toBe(2)
    expect((await run(['--config', '/nowhere/desk.yaml'])).code).toBe(2)
    const { configFile, phone } = await deskFiles('usc-12', url)
    onTestFinished(() => phone.stop())
    expect(await run(['--config', configFile, '--seconds', '5'])).toMatchObject({ code: 2, err: expect.stringContaining('goes with --calibrate') })
    expect(await run(['--config', configFile, '--calibrate'])).toMatchObject({ code: 2, err: expect.stringContaining('is for phone.vendor analogue') })
    const { file } = await analogueDesk(url)
    expect(await run(['--config', file, '--calibrate', '--seconds', '0'])).toMatchObject({ code: 2, err: expect.stringContaining('--seconds') })
  })

  test('an agent that runs is asked and goes on as before', async () => {
    const { configFile, phone } = await deskFiles('usc-12', url)
    appendFileSync(configFile, 'substitutes: [{ desk: usc-14, number: "6014" }]\n')
    const agent = await startFrom(configFile)
    onTestFinished(async () => {
      await agent.stop('the test ends')
      await phone.stop()
    })
    phone.liftHandset()
    await phone.settled()
    await expect.poll(async () => lineOf((await run(['--config', configFile])).out, 'phone')).toMatch(/^ok: phone: reachable/)
    const { out } = await run(['--config', configFile])
    expect(lineOf(out, 'agent')).toMatch(/^ok: agent: runs/)
    expect(lineOf(out, 'listener')).toMatch(/^ok: listener: 1 events taken/)
    expect(lineOf(out, 'substitutes')).toMatch(/^look: substitutes: 1 by this file, and none of them takes calls now/)
    expect(lineOf(out, 'warden')).toMatch(/^not fitted: warden: none answers/)
    await expect.poll(async () => lineOf((await run(['--config', configFile])).out, 'broker')).toMatch(/^ok: broker: connected/)
  }, 30_000)

  test('an adapter is asked by SNMP where it can be, and its log by --calibrate', async () => {
    const plain = await analogueDesk(url)
    const { out } = await run(['--config', plain.file])
    expect(lineOf(out, 'phone')).toMatch(/^look: phone: an adapter without SNMP/)
    expect(lineOf(out, 'syslog')).toMatch(/^ok: syslog: 127\.0\.0\.1:\d+ \(UDP\) is free/)
    const phone = createAnaloguePhone({
      mac: '000b82ddeeff',
      model: 'HT802',
      firmware: '1.0.10.6',
      server: { address: '127.0.0.1', port: plain.syslogPort },
      snmp: { community: 'read-only-community' },
    })
    await phone.start()
    onTestFinished(() => phone.stop())
    const asked = await analogueDesk(url, `, snmp: { address: 127.0.0.1, port: ${phone.snmpPort()}, communityFile: community }`)
    expect(lineOf((await run(['--config', asked.file])).out, 'phone')).toMatch(/^ok: phone: analogue answers/)
  }, 30_000)

  test('a bridge that was reset by the opening is not believed before it has had the time to know', async () => {
    const { file } = await analogueDesk(url, '', ['bridge: { path: /dev/ttyUSB0 }', 'seat: { driver: bridge }'])
    const clock = createClock(undefined, 0)
    const board = createBoard(clock, { bootMs: 50 })
    onTestFinished(() => board.stop())
    const open: typeof board.open = (path, listeners) => {
      clock.wakeAt(clock.now() + 600, () => board.see({ offHook: true, occupied: true }))
      return board.open(path, listeners)
    }
    const sentences = (await examine(loadAgentConfig(file), open)).map(({ sentence }) => sentence)
    expect(sentences).toContainEqual(expect.stringContaining('the handset is up'))
    expect(sentences).toContainEqual(expect.stringContaining('the contact says occupied'))
  })

  test('a bridge is opened, believed when it speaks, and let go dark', async () => {
    const { file } = await analogueDesk(url, '', ['bridge: { path: /dev/ttyUSB0 }', 'seat: { driver: bridge }'])
    const board = createBoard(createClock(undefined, 0), { bootMs: 50 })
    onTestFinished(() => board.stop())
    const sentences = (await examine(loadAgentConfig(file), board.open)).map(({ state, name, sentence }) => `${state}: ${name}: ${sentence}`)
    expect(sentences).toContainEqual(expect.stringMatching(/^ok: bridge: \/dev\/ttyUSB0 answers, firmware 1\.2\.3; the handset is down, it does not ring/))
    expect(sentences).toContainEqual(expect.stringMatching(/^ok: seat: the contact says empty/))
    const { out } = await run(['--config', file])
    expect(lineOf(out, 'bridge')).toMatch(/^fault: bridge: /)
  }, 30_000)
})

test('lines of the header that cannot be had are faults, with what the agent would say', async () => {
  const hardware = ['seat: { driver: gpio, line: 27, occupied: high, chip: no-such-chip }', 'lamp: { driver: gpio, line: 17, chip: no-such-chip }']
  const { file } = await analogueDesk('mqtt://127.0.0.1:1', '', hardware)
  const { code, out } = await run(['--config', file])
  expect(code).toBe(1)
  expect(lineOf(out, 'seat')).toMatch(/^fault: seat: .{20,}/)
  expect(lineOf(out, 'lamp')).toMatch(/^fault: lamp: .{20,}/)
}, 30_000)

describe('whom the calls of a desk may go to, and who would undo it', () => {
  const forwarding = { substitutes: 2, takeCalls: 1, from: 'directory', directory: { version: 4, ageMs: 5, stale: false }, warden: true }
  const config = async () => {
    const { configFile, phone } = await deskFiles('usc-12', 'mqtt://127.0.0.1:1')
    await phone.stop()
    return loadAgentConfig(configFile)
  }
  test.each([
    ['in order', forwarding, ['ok: substitutes: 1 of 2 by the directory, version 4 take calls now', 'ok: warden: the hub’s warden answers for this desk']],
    ['a list of its own', { ...forwarding, from: 'file' }, ['ok: substitutes: 1 of 2 by this file take calls now', expect.anything()]],
    ['nobody is there', { ...forwarding, takeCalls: 0 }, [expect.stringMatching(/^look: substitutes: 2 by .* none of them takes calls/), expect.anything()]],
    [
      'an old directory',
      { ...forwarding, directory: { version: 4, stale: true } },
      [expect.stringMatching(/^fault: substitutes: .* a day/), expect.anything()],
    ],
    ['no list', { substitutes: 0 }, [expect.stringMatching(/^not fitted: substitutes: none/)]],
    ['no warden', { ...forwarding, warden: false }, [expect.anything(), expect.stringMatching(/^not fitted: warden: .* stays forwarded/)]],
  ])('%s', async (_, forwarding, lines) => {
    expect(substitutesOf({ forwarding }, await config()).map(checkLine)).toEqual(lines)
  })
  test('a desk that is to forward at once and has no warden has a fault; one that cannot be told has nothing to look at', async () => {
    const desk = await config()
    const always = { ...desk, policy: { ...desk.policy, forwardKind: 'always' as const } }
    expect(substitutesOf({ forwarding: { ...forwarding, warden: null } }, always)[1]?.state).toBe('fault')
    const untold = { ...desk, forwarding: { ...desk.forwarding, by: 'none' as const } }
    for (const found of [substitutesOf({ forwarding }, untold), checkSubstitutes(untold)]) expect(found.map(({ state }) => state)).toEqual(['not fitted'])
  })
})

describe('doctor --calibrate', () => {
  test('prints each line as it comes, without numbers and names, and at the end what is missing and what to write', async () => {
    const { file, syslogPort } = await analogueDesk('mqtt://127.0.0.1:1')
    const phone = createAnaloguePhone({
      mac: '000b82ddeeff',
      model: 'HT802',
      firmware: '1.0.43.11',
      wording: 'friendly',
      server: { address: '127.0.0.1', port: syslogPort },
    })
    await phone.start()
    onTestFinished(() => phone.stop())
    let begun = false
    const { code, out } = await run(['--config', file, '--calibrate', '--seconds', '3'], (text) => {
      if (begun || !text.includes('Listening at')) return
      begun = true
      setImmediate(() => {
        const id = phone.ring({ number: '0857221122', name: 'Maria Nowak' })
        phone.answer(id)
        phone.write(15, 'Nuvoton::processEvent, Phone at port 1 is off-hook')
      })
    })
    expect(code).toBe(0)
    expect(out).toContain('1. lift the handset')
    expect(out).toMatch(/^localRing {8}ATACtrl::processSigLocalRing on port 0, uri …/m)
    expect(out).toMatch(/^- +FXS 0: handset lifted$/m)
    expect(out).toMatch(/^offHook .*port 1 in the log: not this telephone’s$/m)
    expect(out).toMatch(/^Never matched: offHook, onHook, /m)
    expect(out).toContain("    # offHook: 'words of that line, port (?<port>\\d)'")
    expect(out).not.toMatch(/857221122|Maria|Nowak/)
  }, 30_000)

  test('says where to look when nothing comes, counts who may not, and gives the result as JSON', async () => {
    const { file, syslogPort } = await analogueDesk('mqtt://127.0.0.1:1')
    const { code, out } = await run(['--config', file, '--calibrate', '--seconds', '1'])
    expect(code).toBe(0)
    expect(out).toContain('Nothing came. At the adapter: P207')
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    const json = run(['--config', file, '--calibrate', '--seconds', '2', '--json'])
    const timer = setInterval(() => socket.send('<15>HT802 [000b82000000] [1]: Phone at port 0 is off-hook', syslogPort, '127.0.0.1'), 100)
    const said = await json
    clearInterval(timer)
    const found = JSON.parse(said.out) as { otherMac: number }
    expect(found.otherMac).toBeGreaterThan(0)
  }, 30_000)

  test('does not listen beside an agent that runs', async () => {
    const { broker, url } = await openBroker()
    const { file } = await analogueDesk(url)
    mkdirSync(loadAgentConfig(file).store.directory, { recursive: true })
    const agent = await startFrom(file)
    onTestFinished(async () => {
      await agent.stop('the test ends')
      await broker.stop()
    })
    const { code, err } = await run(['--config', file, '--calibrate', '--seconds', '1'])
    expect([code, err]).toEqual([1, expect.stringContaining('Stop it first')])
    expect(lineOf((await run(['--config', file])).out, 'syslog')).toMatch(/^look: syslog: no line has been understood yet/)
  }, 30_000)
})
