import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createYealinkPhone, type EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { freePort, site } from '../agent/desk-fixture.ts'
import { bytes, exchange } from '../http/raw-client.ts'
import { type Canary, found, spellingsOf } from './canaries.ts'
import { keepAsking, type Program, startProgram, temporaryDirectory } from './fuzz/fuzzed-desk.ts'
import { startMosquitto } from './mosquitto.ts'

const secrets = {
  brokerPassword: 'Qx7broker-canary-password',
  hubPassword: 'Wy8hub-canary-password',
  phonePassword: 'Rz9phone-canary-password',
  token: 'Tk4phone-canary-token-000',
  key: 'Ky5reference-canary-key-of-the-office-0',
} as const
const number = '857654329'
const surname = 'Kanarkowska'
const secretCanaries: readonly Canary[] = Object.entries(secrets).map(([name, text]) => ({ name, text }))
const canaries: readonly Canary[] = [...secretCanaries, { name: 'number', text: number }, { name: 'surname', text: surname }]

test('the search finds a canary in every spelling it names', () => {
  for (const canary of canaries) {
    for (const spelling of spellingsOf(canary)) expect(found(canaries, 'here', `x=${spelling}&y`), `${canary.name} as ${spelling}`).not.toEqual([])
    for (const lead of ['', 'a', 'ab']) expect(found(canaries, 'here', Buffer.from(`${lead}${canary.text}zz`).toString('base64'))).not.toEqual([])
  }
  expect(found(canaries, 'here', '{"level":"info","msg":"answered","call":"c7"}')).toEqual([])
})

interface Desk {
  readonly agent: Program
  readonly phone: EmulatedPhone
  readonly directory: string
  readonly listenPort: number
  read(path: '/healthz' | '/metrics'): Promise<string>
}

/** An agent that says all it has to say, with files of secrets as the package would lay them down. */
async function startDesk(desk: string, brokerUrl: string, passwords: { readonly phone: string; readonly broker: string }): Promise<Desk> {
  const directory = temporaryDirectory()
  const [listenPort, adminPort] = [await freePort(), await freePort()]
  const options = { mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', username: 'admin' }
  const phone = createYealinkPhone({ ...options, password: secrets.phonePassword, agentUrl: `http://127.0.0.1:${listenPort}/yealink/${secrets.token}` })
  await phone.start()
  onTestFinished(() => phone.stop())
  const files = { token: secrets.token, phone: passwords.phone, broker: passwords.broker, key: secrets.key }
  for (const [name, value] of Object.entries(files)) writeFileSync(join(directory, name), `${value}\n`, { mode: 0o600 })
  const lines = [
    `site: ${site}`,
    `desk: ${desk}`,
    `phone: { vendor: yealink, mac: 001565aabbcc, url: "${phone.url()}", username: admin, passwordFile: phone }`,
    `listen: { host: 127.0.0.1, port: ${listenPort}, tokenFile: token }`,
    `admin: { port: ${adminPort} }`,
    'seat: { driver: mqtt, topic: sensors/seat, path: /presence, occupied: true }',
    'policy: { seatWarningMs: 300, seatGraceMs: 600, holdConfirmMs: 10000 }',
    'privacy: { callerReference: hmac, keyFile: key }',
    `broker: { url: "${brokerUrl}", passwordFile: broker }`,
    'store: { directory: store }',
    'log: { level: trace }',
  ]
  writeFileSync(join(directory, 'desk.yaml'), lines.join('\n'))
  const agent = startProgram('agent', '--config', join(directory, 'desk.yaml'))
  const read = async (path: string) => (await fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(60_000) })).text()
  await expect.poll(() => (agent.alive() ? read('/healthz').catch(() => undefined) : agent.output())).toContain('uptime')
  return { agent, phone, directory, listenPort, read }
}

/** Requests with the canaries where nobody expects them. */
async function malformed(port: number): Promise<void> {
  const { token, phonePassword } = secrets
  const basic = Buffer.from(`admin:${phonePassword}`).toString('base64')
  for (const text of [
    `GET /yealink/${token}x/incoming_call?r=${number}&n=${surname} HTTP/1.1\r\n\r\n`,
    `GET /YEALINK//${token}/nothing%20${number}?n=%4b%61${surname.slice(2)} HTTP/1.1\r\n\r\n`,
    `POST /yealink/${token}/hold HTTP/1.1\r\nAuthorization: Basic ${basic}\r\nContent-Length: 99999999\r\n\r\n${number}`,
    `${token} ${number} ${surname}\r\n\r\n`,
    `GET /${[...bytes(token)].map((byte) => `%${byte.toString(16)}`).join('')}/${number} HTTP/1.1\r\n\r\n`,
    `GET http://admin:${phonePassword}@127.0.0.1/yealink/${token}/hold?m=001565ddeeff&r=sip:${number}@pbx HTTP/1.1\r\n\r\n`,
    `GET /grandstream/${token}/incomingCall?r="${surname}"%20<sip:${number}@pbx> HTTP/1.1\r\n\r\n`,
    `\x00${token}${'x'.repeat(9000)}`,
  ]) {
    await exchange(port, { pieces: [bytes(text)], end: true })
    await exchange(port, { pieces: [bytes(text)], end: true, from: '127.0.0.2' })
  }
}

/** A call that is missed, one that is answered, held for an empty seat and lost, and one by hand. */
async function busyTime({ phone, listenPort }: Desk, say: (topic: string, payload: string) => Promise<unknown>, types: () => readonly string[]): Promise<void> {
  phone.callerGivesUp(phone.ring({ number: `0${number}`, name: `Żaneta ${surname}` }))
  await malformed(listenPort)
  await expect.poll(types).toContain('callback.opened')
  const call = phone.ring({ number: `+48${number}`, name: surname })
  const sit = keepAsking(() => say('sensors/seat', '{"presence":true}'), 200)
  phone.answer(call)
  await expect.poll(types).toContain('call.answered')
  await sit()
  const leave = keepAsking(() => say('sensors/seat', '{"presence":false}'), 200)
  await expect.poll(types).toContain('hold.forced')
  await leave()
  phone.remoteHangsUp(call)
  phone.hangUp(phone.dial(number))
  await expect.poll(() => types().filter((type) => type === 'call.ended').length).toBeGreaterThanOrEqual(1)
}

function filesUnder(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const surroundings = ({ process: { pid } }: Program) => ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'latin1')).join('\n')

describe('a desk and a hub in a busy and faulty time, told to log everything', () => {
  test('no password, token, key, number or name is in a log, on the broker, in health or metrics, or in what anybody may see of the process', async () => {
    const users = { 'usc-12': secrets.brokerPassword, 'usc-13': 'another-password', hub: secrets.hubPassword, admin: 'admin' }
    const acl = ['user admin', 'topic readwrite #', 'user hub', 'topic readwrite #', 'pattern readwrite third-ring/v1/+/%u/#', 'pattern read sensors/#']
    const broker = await startMosquitto({ users, acl })
    const messages: string[] = []
    const types: string[] = []
    const watch = await mqtt.connectAsync(broker.url, { clientId: 'admin', username: 'admin', password: 'admin', reconnectPeriod: 100 })
    onTestFinished(() => watch.endAsync(true))
    watch.on('message', (topic, payload) => {
      messages.push(`${topic} ${payload.toString('latin1')} ${payload.toString('utf8')}`)
      if (topic.endsWith('usc-12/event')) types.push(JSON.parse(payload.toString()).type.replace('third-ring.', ''))
    })
    await watch.subscribeAsync('#', { qos: 1 })

    const hubDirectory = temporaryDirectory()
    const hubPort = await freePort()
    writeFileSync(join(hubDirectory, 'password'), secrets.hubPassword, { mode: 0o600 })
    const hubLines = [
      `site: ${site}`,
      `http: { port: ${hubPort} }`,
      `broker: { url: "${broker.url}", username: hub, passwordFile: password }`,
      'log: { level: trace }',
    ]
    writeFileSync(join(hubDirectory, 'hub.yaml'), hubLines.join('\n'))
    const hub = startProgram('hub', '--config', join(hubDirectory, 'hub.yaml'))

    const desk = await startDesk('usc-12', broker.url, { phone: secrets.phonePassword, broker: secrets.brokerPassword })
    // Beside it three that fail: at the phone, at the broker's door, and at its TLS.
    const failing = [
      await startDesk('usc-13', broker.url, { phone: `${secrets.phonePassword}!`, broker: secrets.brokerPassword }),
      await startDesk('usc-14', broker.url.replace('mqtt:', 'mqtts:'), { phone: secrets.phonePassword, broker: secrets.brokerPassword }),
    ]
    await busyTime(
      desk,
      (topic, payload) => watch.publishAsync(topic, payload, { qos: 1 }),
      () => types,
    )
    for (const each of failing) each.phone.callerGivesUp(each.phone.ring({ number, name: surname }))
    for (const each of failing) await malformed(each.listenPort)
    await expect.poll(() => failing[0]?.agent.output()).toMatch(/turned us down|refused/)
    await broker.stop()
    await expect.poll(desk.agent.output).toMatch(/broker/)
    await broker.start()
    const desks = [desk, ...failing]
    const hubPage = async (path: string) => (await fetch(`http://127.0.0.1:${hubPort}${path}`)).text()
    const seen: (readonly [string, string])[] = [
      ['the hub’s log', hub.output()],
      ['the hub’s page', `${await hubPage('/api/office')} ${await hubPage('/healthz')} ${await hubPage('/metrics')}`],
      ['the hub’s surroundings', surroundings(hub)],
      ['the broker', messages.join('\n')],
    ]
    for (const [index, each] of desks.entries()) {
      seen.push([`health ${index}`, await each.read('/healthz')], [`metrics ${index}`, await each.read('/metrics')])
      seen.push([`surroundings ${index}`, surroundings(each.agent)])
      each.agent.process.kill('SIGTERM')
      await expect.poll(each.agent.alive).toBe(false)
      seen.push([`log ${index}`, each.agent.output()])
    }
    expect(seen.flatMap(([where, text]) => found(canaries, where, text))).toEqual([])
    // Numbers are in the store, which nobody but the agent may read; secrets are not even there.
    const stored = desks.flatMap(({ directory }) => filesUnder(join(directory, 'store')))
    expect(stored.flatMap((file) => found(secretCanaries, file, readFileSync(file, 'latin1')))).toEqual([])
    expect(desk.agent.output()).toMatch(/callback\.opened/)
    expect(messages.join('\n')).toContain('"caller"')
  }, 600_000)
})
