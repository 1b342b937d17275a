/**
 * From the moment at which an empty seat has been empty for the limit, until the phone is told to forward and has been read back: `npm run bench -- forward`. A
 * real agent in a process of its own, an emulated phone over HTTP. The floor is the same requests, one after the other, by bare node:http.
 */
import { request } from 'node:http'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { createGrandstreamPhone, createYealinkPhone, type EmulatedPhone } from '../src/simulator/phones/index.ts'
import { printTable, quantile, ratio } from './figures.ts'
import { createStage, freePort, type Stage, startAgentProcess, token } from './stage.ts'

const rounds = Number(process.env['FORWARD_ROUNDS'] ?? 30)
/** The limit of the desks that are measured; what it is does not matter, since it is taken off. */
const absenceMs = 1000
const patienceMs = 120_000
/** A clerk who is back, before they leave again. */
const seatedMs = 1500
const substitute = { desk: 'substitute', number: '6012' }
const always = ['00:00-24:00']
const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }

interface Measured {
  readonly name: string
  readonly agent: number[]
  readonly floor: number[]
  readonly requests: number[]
}

async function measure(stage: Stage, vendor: 'yealink' | 'grandstream', name: string): Promise<Measured> {
  const port = await freePort()
  const mac = vendor === 'yealink' ? '001565000012' : '000b82000003'
  const options = { mac, agentUrl: `http://127.0.0.1:${port}/${vendor}/${token}`, username: 'admin', password: 'bench' }
  const phone =
    vendor === 'yealink'
      ? createYealinkPhone({ ...options, model: 'SIP-T46U', firmware: '108.86.0.20' })
      : createGrandstreamPhone({ ...options, model: 'GRP2614', firmware: '1.0.9.103' })
  await phone.start()
  const client = await connectAsync(stage.brokerUrl, { clientId: `seat-${name}` })
  const sensor = `bench/${name}/seat`
  const sit = (presence: boolean): void => void client.publish(sensor, JSON.stringify({ presence }))
  const beThere = (): void => {
    const presence = { v: 1, at: new Date().toISOString(), takesCalls: true, substituting: null }
    client.publish(`third-ring/v1/bench/${substitute.desk}/presence`, JSON.stringify(presence), { retain: true })
  }
  const heart = setInterval(beThere, 30_000)
  beThere()
  const agent = await startAgentProcess(stage, name, {
    port,
    hardware: {
      phone: { vendor, mac, url: phone.url(), username: 'admin', passwordFile: join(stage.directory, `${name}.password`) },
      seat: { driver: 'mqtt', topic: sensor, path: '/presence', occupied: true },
      policy: { absenceMs, workingHours: { timezone: 'Europe/Warsaw', holidays: 'none', week } },
      substitutes: [substitute],
    },
  })
  const said = (type: string) =>
    stage.arrival(({ topic, payload }) => topic === `third-ring/v1/bench/${name}/event` && JSON.parse(payload).type === `third-ring.${type}`, patienceMs)
  const measured: Measured = { name, agent: [], floor: [], requests: [] }
  for (let round = 0; round <= rounds; round += 1) {
    sit(true)
    await new Promise((resolve) => setTimeout(resolve, seatedMs))
    const on = said('forwarding.on')
    const before = phone.commands.length
    const leftMs = performance.now()
    sit(false)
    const { atMs } = await on
    const requests = phone.commands.slice(before).map((each) => each.request)
    const floorMs = await replay(phone, requests)
    const off = said('forwarding.off')
    sit(true)
    await off
    // The first finds everything cold.
    if (round === 0) continue
    measured.agent.push(atMs - leftMs - absenceMs)
    measured.floor.push(floorMs)
    measured.requests.push(requests.length)
  }
  clearInterval(heart)
  await agent.stop()
  await client.endAsync(true)
  await phone.stop()
  return measured
}

/** The same requests, each after the answer to the one before; the phone does nothing new for them, since it is as they want it. */
async function replay(phone: EmulatedPhone, requests: readonly string[]): Promise<number> {
  const { hostname, port } = new URL(phone.url())
  const headers = { authorization: `Basic ${Buffer.from('admin:bench').toString('base64')}` }
  const startedMs = performance.now()
  for (const each of requests) {
    const [method, path] = each.split(' ')
    await new Promise<void>((resolve, reject) => {
      request({ host: hostname, port, method, path, headers, agent: false }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end()
    })
  }
  return performance.now() - startedMs
}

const stage = await createStage()
const all: Measured[] = []
for (const [vendor, name] of [
  ['yealink', 'yealink'],
  ['grandstream', 'star-codes'],
] as const) {
  all.push(await measure(stage, vendor, name))
}
await stage.stop()

const ms = (samples: readonly number[], share: number): string => `${quantile(samples, share).toFixed(0)} ms`
printTable(
  `forward: seat empty past the limit → forwarding.on at the subscriber, ${rounds} absences each`,
  ['', 'p50', 'p99', 'requests', 'the same requests alone, p50', 'p99', 'p50 ratio', 'p99 ratio'],
  all.map(({ name, agent, floor, requests }) => [
    name,
    ms(agent, 0.5),
    ms(agent, 0.99),
    String(quantile(requests, 0.5)),
    ms(floor, 0.5),
    ms(floor, 0.99),
    ratio(quantile(agent, 0.5), quantile(floor, 0.5)),
    ratio(quantile(agent, 0.99), quantile(floor, 0.99)),
  ]),
)
