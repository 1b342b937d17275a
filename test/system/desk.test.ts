import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { freePort, token, type Watch, watch } from '../agent/desk-fixture.ts'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const started: ChildProcess[] = []
const start = (command: string, ...parameters: readonly string[]): ChildProcess => {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] })
  started.push(child)
  return child
}
let desk: (Watch & { end(): Promise<void> }) | undefined

afterAll(async () => {
  await desk?.end()
  for (const child of started) child.kill('SIGKILL')
})

/** The phone's process, spoken to line by line. */
function createTeller(child: ChildProcess): { tell(verb: string, ...rest: readonly unknown[]): Promise<unknown>; first: Promise<{ url: string }> } {
  const lines: Interface = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const waiting: ((line: string) => void)[] = []
  lines.on('line', (line) => waiting.shift()?.(line))
  const next = (): Promise<string> => new Promise((resolve) => waiting.push(resolve))
  const first = next().then((line) => JSON.parse(line) as { url: string })
  return {
    first,
    async tell(verb, ...rest) {
      child.stdin?.write(`${JSON.stringify([verb, ...rest])}\n`)
      return (JSON.parse(await next()) as { result: unknown }).result
    },
  }
}

describe('a configuration file five minutes old, a phone in another process, a real mosquitto', () => {
  test('a call is rung, answered, held when the clerk leaves, and reported', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'third-ring-system-'))
    const [brokerPort, agentPort, adminPort] = [await freePort(), await freePort(), await freePort()]
    writeFileSync(join(directory, 'mosquitto.conf'), `listener ${brokerPort} 127.0.0.1\nallow_anonymous true\npersistence false\n`)
    start('/usr/sbin/mosquitto', '-c', join(directory, 'mosquitto.conf'))
    const url = `mqtt://127.0.0.1:${brokerPort}`
    desk = await watch(url, 'usc-12')

    const options = { mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', username: 'admin', password: 'secret', authentication: 'digest' }
    const phone = createTeller(
      start(process.execPath, here('phone.js'), JSON.stringify({ ...options, agentUrl: `http://127.0.0.1:${agentPort}/yealink/${token}` })),
    )
    writeFileSync(join(directory, 'phone.token'), token, { mode: 0o600 })
    writeFileSync(join(directory, 'phone.password'), 'secret', { mode: 0o600 })
    const lines = [
      'site: um-test',
      'desk: usc-12',
      `phone: { vendor: yealink, mac: 00:15:65:aa:bb:cc, url: "${(await phone.first).url}", username: admin, passwordFile: phone.password }`,
      `listen: { host: 127.0.0.1, port: ${agentPort}, tokenFile: phone.token }`,
      `admin: { port: ${adminPort} }`,
      'seat: { driver: mqtt, topic: sensors/seat, path: /presence, occupied: true }',
      'lamp: { driver: mqtt, topic: lamps/usc-12 }',
      'policy: { seatWarningMs: 500, seatGraceMs: 1000 }',
      `broker: { url: "${url}" }`,
      'store: { directory: store }',
    ]
    writeFileSync(join(directory, 'desk.yaml'), lines.join('\n'))
    const agent = start(process.execPath, here('../../bin/third-ring.js'), 'agent', '--config', join(directory, 'desk.yaml'))
    const types = (): string[] => desk?.events().map(({ type }) => type.replace('third-ring.', '')) ?? []
    await expect.poll(() => desk?.last('state')?.['phone']).toMatchObject({ reachable: true })

    desk?.publish('/sensors/seat', '{"presence":true}')
    const call = await phone.tell('ring', { number: '857654321', name: 'Żaneta Łoś' })
    await expect.poll(() => types().filter((type) => type === 'call.ring').length).toBe(3)
    expect(desk?.last('state')).toMatchObject({ lamp: 'ring-warning', calls: [{ ring: 3 }] })
    await phone.tell('answer', call)
    await expect.poll(types).toContain('call.answered')
    expect(desk?.events().find(({ type }) => type === 'third-ring.call.answered')?.data).toMatchObject({ rings: 3, inRule: true })
    desk?.publish('/sensors/seat', '{"presence":false}')
    await expect.poll(types).toContain('hold.forced')
    expect(await phone.tell('calls')).toMatchObject([{ state: 'held' }])
    await phone.tell('remoteHangsUp', call)
    await expect.poll(types).toContain('callback.opened')
    expect(desk?.messages.map(({ payload }) => payload).join()).not.toMatch(/857654321|Łoś/)

    agent.kill('SIGTERM')
    await expect.poll(() => desk?.messages.findLast(({ topic }) => topic === 'availability')?.payload).toBe('offline')
  })
})
