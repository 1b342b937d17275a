import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { releaseDesk } from '../../../src/agent/release/release.ts'
import type { Released } from '../../../src/agent/release/released.ts'
import type { AgentConfig } from '../../../src/config/config.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { lampMessage } from '../../../src/lamps/mqtt.ts'
import { smallest, temporaryDirectory } from '../../config/temporary.ts'
import { listen, startBroker } from '../../mqtt/fixture.ts'

const directory = temporaryDirectory()
const program = fileURLToPath(new URL('../../../bin/third-ring.js', import.meta.url))
const topic = 'office/usc-12/lamp'

/** None of the desk's secrets is there: a lamp must not stay lit for that. */
function desk(name: string, broker: string, lamp: string): { config: AgentConfig; file: string } {
  const file = directory.write(`${name}.yaml`, `${smallest.replace('mqtts://broker.example:8883', broker)}lamp: ${lamp}\n`)
  return { config: loadAgentConfig(file, {}), file }
}

/** What a release came to for the lamp; the phone of these desks is not forwarded. */
async function lampOf(config: AgentConfig, withinMs?: number): Promise<Released> {
  const [lamp, forwarding] = await releaseDesk(config, withinMs)
  expect(forwarding).toEqual({ ok: true, sentence: 'usc-12: no forwarding of ours is written down; the phone is left as it is.' })
  return lamp ?? { ok: false, sentence: '' }
}

const mqttLamp = `{ driver: mqtt, topic: ${topic} }`

describe('a lamp on the broker', () => {
  test('is told to be dark, once, beside the agent’s own connection and without a will', async () => {
    const clients: string[] = []
    const broker = await startBroker()
    broker.aedes.on('client', ({ id }: { id: string }) => clients.push(id))
    const { config } = desk('mqtt', broker.url, mqttLamp)
    expect(await lampOf(config)).toEqual({ ok: true, sentence: 'usc-12: the lamp (mqtt) is dark.' })
    expect(broker.heard.filter((message) => !message.topic.startsWith('$'))).toEqual([{ topic, payload: lampMessage('dark', true), retain: false }])
    expect(new Set(clients)).toEqual(new Set(['usc-12.release']))
  })

  test('may still be lit where no broker is: that is said with the reason', async () => {
    const { config } = desk('refused', 'mqtt://127.0.0.1:1', mqttLamp)
    const { ok, sentence } = await lampOf(config)
    expect(ok).toBe(false)
    expect(sentence).toBe(
      'usc-12: the lamp (mqtt) could not be put out, and may still be lit: The connection was refused: no broker is listening there. See broker.url.',
    )
  })

  test('is not waited for without end', async () => {
    // It takes the connection and says nothing.
    const server = createServer((socket) => void socket.on('error', () => {}))
    const { port } = await listen(server)
    onTestFinished(() => void server.close())
    const { config } = desk('silent', `mqtt://127.0.0.1:${port}`, mqttLamp)
    const { ok, sentence } = await lampOf(config, 200)
    expect([ok, sentence]).toEqual([false, expect.stringContaining('nothing answered within 0.2 s')])
  })

  test('needs the broker’s password, and says so if it is missing', async () => {
    const { config } = desk('password', 'mqtt://127.0.0.1:1, passwordFile: none.password', mqttLamp)
    const { ok, sentence } = await lampOf(config)
    expect(ok).toBe(false)
    expect(sentence).toMatch(
      /^usc-12: the lamp \(mqtt\) could not be put out, and may still be lit: broker\.passwordFile: [^\n]*none\.password does not exist[^\n]*$/,
    )
    expect(sentence.split('broker.passwordFile')).toHaveLength(2)
  })
})

describe('a lamp on the bridge', () => {
  test('goes dark by itself where the bridge is not there: said, with its path', async () => {
    const { config } = desk('bridge', 'mqtt://127.0.0.1:1', '{ driver: bridge }\nbridge: { path: /dev/third-ring-no-such-bridge }')
    const { ok, sentence } = await lampOf(config)
    expect([ok, sentence]).toEqual([true, expect.stringMatching(/^usc-12: The bridge at \/dev\/third-ring-no-such-bridge is not there; its own dead-man/)])
  })
})

describe('a lamp on a line of this machine', () => {
  test('may still be lit where there is no such chip: said, with what to do, and no success', async () => {
    const { config } = desk('gpio', 'mqtt://127.0.0.1:1', '{ driver: gpio, line: 5, chip: no-such-chip }')
    const { ok, sentence } = await lampOf(config)
    expect([ok, sentence]).toEqual([false, expect.stringMatching(/^usc-12: the lamp \(gpio\) could not be put out, and may still be lit: .{20,}/)])
  })
})

test('a desk without a lamp has nothing to do, which is well done', async () => {
  const { config } = desk('none', 'mqtt://127.0.0.1:1', '{ driver: none }')
  expect(await lampOf(config)).toEqual({ ok: true, sentence: 'usc-12: there is no lamp; nothing to do.' })
})

test('a bridge that is not there puts its lamp out by itself, which is said and well done', async () => {
  const { config } = desk('bridge', 'mqtt://127.0.0.1:1', '{ driver: bridge }\nbridge: { path: /dev/serial/by-id/usb-nobody }')
  expect(await lampOf(config)).toEqual({
    ok: true,
    sentence:
      'usc-12: The bridge at /dev/serial/by-id/usb-nobody is not there; its own dead-man puts the lamp out within five seconds of the last word it heard.',
  })
})

describe('third-ring release', () => {
  const run = (...words: string[]) => spawnSync(process.execPath, [program, 'release', ...words], { encoding: 'utf8', timeout: 60_000 })

  test('ends with 0 and a line for each', () => {
    const { status, stdout, stderr } = run('--config', desk('cli-none', 'mqtt://127.0.0.1:1', '{ driver: none }').file)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe('usc-12: there is no lamp; nothing to do.\nusc-12: no forwarding of ours is written down; the phone is left as it is.\n')
  })

  test('ends with 1 and the reason', () => {
    const { status, stdout, stderr } = run('--config', desk('cli-refused', 'mqtt://127.0.0.1:1', mqttLamp).file)
    expect([status, stdout]).toEqual([1, 'usc-12: no forwarding of ours is written down; the phone is left as it is.\n'])
    expect(stderr.split('\n')).toEqual([expect.stringContaining('may still be lit'), ''])
  })

  test('ends with 1 in good time where the broker takes the connection and says nothing', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}))
    const { port } = await listen(server)
    onTestFinished(() => void server.close())
    const { file } = desk('cli-silent', `mqtt://127.0.0.1:${port}`, mqttLamp)
    // The child is given more than the ten seconds that are promised: were it to hang, the status would be null.
    expect(run('--config', file).status).toBe(1)
  })

  test('ends with 2 where the configuration cannot be read', () => {
    expect(run('--config', '/nowhere.yaml').status).toBe(2)
  })
})
