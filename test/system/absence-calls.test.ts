import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createHub } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { site, type Watch, watch } from '../agent/desk-fixture.ts'
import { startMosquitto } from './mosquitto.ts'
import { agentProcess } from './sip/agent-process.ts'
import { isWithin, startDeskAgent } from './sip/desk-agent.ts'
import { asteriskHere, phonesHere } from './sip/here.ts'
import { until } from './sip/until.ts'

/**
 * The whole way of a call to an empty desk: a sensor at the seat, an agent of its own process, a real broker, a hub with its directory, the substitute's agent, a
 * real exchange, and telephones that ring.
 */

const [empty, standIn] = ['usc-12', 'usc-13']
const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`)
/** An absence is long after a second. */
const policy = `policy: { absenceMs: 1000, workingHours: { timezone: Europe/Warsaw, holidays: none, week: { ${week.join(', ')} } } }`
/** The codes for calls that ring in vain, and where they show. */
const codes = { forwardNoAnswerOn: '*52', forwardNoAnswerOff: '*53', forwardHint: '*97101' }

async function hubAt(url: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-hub-'))
  const list = join(directory, 'directory.yaml')
  writeFileSync(list, `desks:\n  ${empty}: { number: 101, substitutes: [${standIn}] }\n  ${standIn}: { number: 202, staffed: true }\n`)
  const hub = createHub({
    site,
    directory: list,
    http: { host: '127.0.0.1', port: 0 },
    broker: { external: { url, username: 'hub', password: 'not-asked-for' } },
    lampTable,
    log: { info() {}, warn() {} },
  })
  await hub.start()
  onTestFinished(async () => {
    await hub.stop()
    rmSync(directory, { recursive: true, force: true })
  })
}

/** Of the substitute nobody knows but the exchange: whether its telephone is registered, that it rings, that it is taken up. */
async function standInAt(brokerUrl: string, server: string): Promise<Watch> {
  const substitute = await startDeskAgent({ name: standIn, brokerUrl, sip: { server, user: '202' } })
  onTestFinished(substitute.stop)
  await until('the substitute takes calls', () => substitute.wire.last('presence')?.['takesCalls'] === true)
  return substitute.wire
}

async function office() {
  const { url: brokerUrl } = await startMosquitto()
  const asterisk = await asteriskHere({ extensions: ['101', '201', '202'].map((number) => ({ number })) })
  const server = asterisk.address
  const [phone, caller, substitute] = await phonesHere(['101', '201', '202'], { server })
  await hubAt(brokerUrl)
  const other = await standInAt(brokerUrl, server)
  const agent = agentProcess({ name: empty, brokerUrl, sip: { server, user: '101', ...codes }, lines: [policy] })
  const wire = await watch(brokerUrl, empty)
  onTestFinished(() => wire.end())
  agent.start()
  await until('the agent is there', () => wire.types().includes('agent.started'), agent.said)
  const sit = (presence: boolean) => wire.publish(`/sensors/${empty}/seat`, JSON.stringify({ presence }))
  const said = () => `It said ${wire.types().join(', ')}. ${agent.said().slice(-2000)}`
  const forwarded = () => asterisk.stored('CFU/101')
  return {
    ...{ asterisk, phone, caller, substitute, agent, wire, sit },
    says: (...types: readonly string[]) => until(`the desk says ${types.join(', ')}`, () => isWithin(types, wire.types()), said),
    otherSays: (...types: readonly string[]) => until(`the substitute's desk says ${types.join(', ')}`, () => isWithin(types, other.types())),
    async leave() {
      sit(true)
      sit(false)
      await until('the exchange forwards', async () => (await forwarded()) === '202', said)
      await until('the desk says so', () => wire.types().includes('forwarding.on'), said)
    },
    ringsTheDeskAgain: async () => {
      await until('the exchange forwards no more', async () => (await forwarded()) === undefined, said)
      const before = substitute.calls().length
      await caller.dial('101')
      await phone.newest('ringing')
      await phone.accept()
      await caller.newest('established')
      expect(substitute.calls()).toHaveLength(before)
      await caller.hangUp()
    },
  }
}

test('a clerk is away: who calls the desk is answered by the substitute; the clerk is back: the desk rings again', async () => {
  const { caller, phone, substitute, leave, sit, ringsTheDeskAgain, wire, otherSays, says } = await office()
  await leave()
  expect(wire.events().find(({ type }) => type === 'third-ring.forwarding.on')?.data).toMatchObject({ target: standIn, kind: 'no-answer' })
  await caller.dial('101')
  await phone.newest('ringing')
  await substitute.newest('ringing')
  await substitute.accept()
  await caller.newest('established')
  await otherSays('call.alerting', 'call.answered')
  await caller.hangUp()
  await otherSays('call.alerting', 'call.answered', 'call.ended')
  sit(true)
  await ringsTheDeskAgain()
  await says('forwarding.off')
  expect(wire.types().filter((type) => /unconfirmed|foreign/.test(type))).toEqual([])
  // The exchange shows the codes that the agent dials as calls of the desk; they are none of the clerk's.
  expect(wire.events().filter(({ data }) => data['direction'] === 'out')).toEqual([])
})

test('the substitute’s telephone is unplugged: the exchange says so, and calls are forwarded to it no more', async () => {
  const { leave, substitute, asterisk, says } = await office()
  await leave()
  // Without a goodbye: it is missed when its registration runs out.
  await substitute.stop()
  await until('its registration is over', async () => !(await asterisk.registered()).includes('202'))
  await says('forwarding.on', 'forwarding.off')
  await until('the exchange forwards no more', async () => (await asterisk.stored('CFU/101')) === undefined)
})

test('the agent is killed while calls are forwarded: what the unit then runs takes it off the exchange, and the desk rings again', async () => {
  const { agent, leave, ringsTheDeskAgain } = await office()
  await leave()
  await agent.kill()
  expect(await agent.release()).toContain(`the forwarding to ${standIn} (no-answer) is off`)
  await ringsTheDeskAgain()
})
