// A desk in the guest: an emulated phone, a broker, and the agent as a process of its own, as systemd would start it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import mqtt from 'mqtt'
import { createBroker } from '../../../dist/hub/broker/broker.js'
import { createYealinkPhone } from '../../../dist/simulator/phones/index.js'

const program = fileURLToPath(new URL('../../../bin/third-ring.js', import.meta.url))
const token = 'token-for-tests-0123456789'
const password = 'secret-of-the-phone'
/** The guest is slow. Nothing is waited for longer than this. */
export const waitMs = 120_000

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until the condition holds; fails with what was waited for. */
export async function until(what, holds) {
  for (const end = Date.now() + waitMs; Date.now() < end; await sleep(20)) if (holds()) return
  throw new Error(`in vain: ${what}`)
}

/** On an emulated processor the optimising compiler costs more than it gives: starting takes half the time without it. */
const nodeOptions = ['--no-opt']

/** Runs one of our commands and gives its process, with all that it wrote. */
export function start(words, options = {}) {
  const child = spawn(process.execPath, [...nodeOptions, program, ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  child.written = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      child.written += `${line}\n`
      console.log(`  ${words[0]}: ${line}`)
    })
  }
  // 'close' comes after the last line.
  child.ended = once(child, 'close').then(([status, signal]) => ({ status, signal, written: child.written }))
  return child
}

/** A broker, and what it has of the desk. */
export async function openOffice() {
  const quiet = { info() {}, warn() {}, error() {}, debug() {} }
  const broker = createBroker({ host: '127.0.0.1', port: 0, open: true, credentials: () => undefined, log: quiet })
  const url = `mqtt://127.0.0.1:${(await broker.start()).port}`
  const client = await mqtt.connectAsync(url, { clientId: 'office' })
  await client.subscribeAsync('third-ring/v1/um-test/#', { qos: 1 })
  const heard = []
  client.on('message', (topic, payload) => heard.push({ topic: topic.split('/').slice(4).join('/'), payload: payload.toString() }))
  return {
    url,
    last(topic) {
      const found = heard.findLast((message) => message.topic === topic)
      return found === undefined || found.payload === '' ? undefined : JSON.parse(found.payload)
    },
    isOnline: () => heard.findLast(({ topic }) => topic === 'availability')?.payload === 'online',
    /** What another desk has said before is not this one's. */
    forget() {
      heard.length = 0
    },
    events: () => heard.filter(({ topic }) => topic === 'event').map(({ payload }) => JSON.parse(payload).type.replace('third-ring.', '')),
    async close() {
      await client.endAsync()
      await broker.stop()
    },
  }
}

/** A phone and a configuration file with these lines about the hardware. */
export async function makeDesk(name, hardware, brokerUrl, { flashing = true }) {
  const directory = mkdtempSync('/tmp/desk-')
  const port = await freePort()
  const options = { mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', username: 'admin', password }
  const phone = createYealinkPhone({ ...options, agentUrl: `http://127.0.0.1:${port}/yealink/${token}` })
  await phone.start()
  writeFileSync(`${directory}/token`, `${token}\n`, { mode: 0o600 })
  writeFileSync(`${directory}/password`, `${password}\n`, { mode: 0o600 })
  const lines = [
    'site: um-test',
    `desk: ${name}`,
    `phone: { vendor: yealink, mac: 00:15:65:aa:bb:cc, url: "${phone.url()}", username: admin, passwordFile: password }`,
    `listen: { host: 127.0.0.1, port: ${port}, tokenFile: token }`,
    'admin: { host: 127.0.0.1, port: 0 }',
    `policy: { ringPeriodMs: 4000, seatWarningMs: 1500, seatGraceMs: 5000, holdConfirmMs: 10000, flashing: ${flashing} }`,
    `broker: { url: "${brokerUrl}" }`,
    'store: { directory: store }',
    ...hardware,
  ]
  const config = `${directory}/desk.yaml`
  writeFileSync(config, `${lines.join('\n')}\n`)
  return { phone, config, directory }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
