import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { deskFiles, freePort, startFrom, watch } from '../agent/desk-fixture.ts'
import { installMosquitto, startMosquitto } from './mosquitto.ts'
import { installNodeRed } from './node-red-install.ts'

const flowText = readFileSync(join(import.meta.dirname, '../../dashboard/node-red.json'), 'utf8')
interface FlowNode {
  readonly id: string
  readonly type: string
  readonly info?: string
  readonly wires?: readonly (readonly string[])[]
}
const flow = JSON.parse(flowText) as readonly FlowNode[]

let program = ''
beforeAll(() => {
  installMosquitto()
  program = installNodeRed()
})
const directory = mkdtempSync(join(tmpdir(), 'third-ring-node-red-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A Node-RED with nothing in it, on this machine only, and the flow put into it by its own interface. */
async function startNodeRed(broker: { readonly port: number }, file: string): Promise<{ said(): string }> {
  const port = await freePort()
  const settings = {
    uiHost: '127.0.0.1',
    uiPort: port,
    flowFile: 'flows.json',
    credentialSecret: false,
    // Away long enough after a restart of the broker that the desk is back before it: there must be a gap.
    mqttReconnectTime: 12_000,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  }
  writeFileSync(join(directory, 'settings.js'), `module.exports = ${JSON.stringify(settings)}\n`)
  const env = { THIRD_RING_BROKER: '127.0.0.1', THIRD_RING_PORT: String(broker.port), THIRD_RING_USER: 'node-red', THIRD_RING_PASSWORD: 'reads-and-asks' }
  const words = ['--userDir', directory, '--settings', join(directory, 'settings.js')]
  const child: ChildProcess = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...env, THIRD_RING_FILE: file } })
  let said = ''
  const hear = (text: string): void => {
    said += text
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  const url = `http://127.0.0.1:${port}`
  await expect.poll(() => fetch(`${url}/settings`).then(({ status }) => status, String)).toBe(200)
  const headers = { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' }
  const answer = await fetch(`${url}/flows`, { method: 'POST', headers, body: flowText })
  expect(`${answer.status} ${await answer.text()}`).toMatch(/^204/)
  return { said: () => said }
}

describe('the Node-RED flow', () => {
  test('explains itself, and has no wire that leads nowhere', () => {
    const ids = new Set(flow.map(({ id }) => id))
    for (const { id, wires = [] } of flow) for (const wire of wires.flat()) expect(ids, `${id} → ${wire}`).toContain(wire)
    const comments = flow.filter(({ type }) => type === 'comment')
    expect(comments.length).toBeGreaterThanOrEqual(4)
    for (const { info } of comments) expect(info).toMatch(/^.{60,}\./s)
  })

  test('in a real Node-RED: every event once, a gap repaired, the third-ring misses told', async () => {
    const broker = await startMosquitto({ users: { 'usc-12': 'desk', 'node-red': 'reads-and-asks', watcher: 'watches' } })
    const files = await deskFiles('usc-12', broker.url)
    writeFileSync(join(files.directory, 'broker.password'), 'desk\n', { mode: 0o600 })
    const yaml = readFileSync(files.configFile, 'utf8')
    writeFileSync(files.configFile, yaml.replace(/broker: \{ (url: "[^"]+") \}/, 'broker: { $1, username: usc-12, passwordFile: broker.password }'))
    const always = '["00:00-24:00"]'
    const hours = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ${always}`).join(', ')
    writeFileSync(files.configFile, readFileSync(files.configFile, 'utf8').replace('holidays: none }', `holidays: none, week: { ${hours} } }`))
    const file = join(directory, 'events.log')
    // It hears what the desk says while it is away itself, whoever of the two is back first.
    const desk = await watch(broker.url.replace('mqtt://', 'mqtt://watcher:watches@'), 'usc-12', { clean: false })
    const nodeRed = await startNodeRed(broker, file)
    await expect.poll(nodeRed.said).toContain('Connected to broker')
    const agent = await startFrom(files.configFile)
    onTestFinished(async () => {
      await agent.stop('the test ends')
      await files.phone.stop()
      await desk.end()
    })
    const lines = (): string[][] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : []).map((line) => line.split(' '))
    const numbers = (): number[] => lines().map(([, , , sequence]) => Number(sequence))
    const last = (): number => Number(agent.desk() && desk.events().at(-1)?.sequence)

    await expect.poll(() => agent.desk().phone.reachable).toBe(true)
    const call = files.phone.ring({ number: '857654321', name: 'Żaneta Łoś' })
    await expect.poll(desk.types).toContain('call.alerting')
    files.phone.answer(call)
    await expect.poll(desk.types).toContain('call.answered')
    await expect.poll(() => lines().map(([, , , , type]) => type)).toContain('call.answered')
    expect(lines()[0]).toEqual([expect.stringMatching(/^2\d{3}-/), 'um-test', 'usc-12', '1', 'agent.started', expect.stringContaining('adopted')])

    // The broker goes and comes back. The desk is first, and says what happened before Node-RED listens again.
    await broker.stop()
    files.phone.remoteHangsUp(call)
    await expect.poll(() => agent.desk().calls.length).toBe(0)
    await broker.start()
    const seenBefore = numbers().length
    await expect.poll(() => desk.types().includes('call.ended')).toBe(true)
    await expect.poll(() => nodeRed.said().split('Connected to broker').length - 1).toBe(2)
    expect(numbers()).toHaveLength(seenBefore)
    const missed = files.phone.ring({ number: '600700800' })
    await expect.poll(() => desk.types().filter((type) => type === 'call.alerting').length).toBe(2)
    files.phone.callerGivesUp(missed)
    await expect.poll(desk.types).toContain('call.missed')

    const all = (): number[] => Array.from({ length: last() }, (_, index) => index + 1)
    // The desk may say more meanwhile: both sides are read anew each time.
    const differs = (): string => {
      const [written, wanted] = [[...numbers()].sort((one, other) => one - other).join(' '), all().join(' ')]
      return written === wanted ? '' : `${written}, not ${wanted}`
    }
    await expect.poll(differs).toBe('')
    expect(nodeRed.said()).toMatch(/usc-12: \d+ events from \d+ on are missing/)
    expect(
      lines()
        .filter(([, , , , , , late]) => late === 'late')
        .map(([, , , , type]) => type),
    ).toContain('call.ended')
    expect(nodeRed.said()).toMatch(/third-ring misses[\s\S]*usc-12: a call was missed after 1 rings/)
    expect(`${readFileSync(file, 'utf8')}${nodeRed.said()}`).not.toMatch(/857654321|600700800|Łoś/)
  })
})
