import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { refusalReasons } from '../../src/phones/refusals.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { bytes, exchange } from '../http/raw-client.ts'
import { deskFiles, openBroker, startFrom, token, type Watch, watch } from './desk-fixture.ts'

describe('strangers at the desk’s door', () => {
  let broker: Broker
  let desk: Watch & { end(): Promise<void> }
  let phone: EmulatedPhone
  let agent: RunningAgent
  const impostor = createServer((_request, response) => void response.end('OK'))
  let asked = 0

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-12')
    const files = await deskFiles('usc-12', opened.url)
    phone = files.phone
    agent = await startFrom(files.configFile)
    impostor.on('connection', () => {
      asked += 1
    })
    await new Promise<void>((resolve) => impostor.listen(Number(new URL(phone.url()).port), '127.0.0.2', resolve))
  })
  afterAll(async () => {
    await agent.stop('the test ends')
    await phone.stop()
    await desk.end()
    await broker.stop()
    await new Promise((resolve) => impostor.close(resolve))
  })

  /** A post as a phone would make it, and the status it gets. */
  async function post(event: string, { from = '127.0.0.1', secret = token, mac = '001565aabbcc' } = {}): Promise<number | undefined> {
    const query = `m=${mac}&c=77&i=${from}&r=sip:0857654321@pbx&n=Jan`
    const { answers } = await exchange(agent.listenPort(), {
      pieces: [bytes(`GET /yealink/${secret}/${event}?${query} HTTP/1.1\r\nConnection: close\r\n\r\n`)],
      from,
    })
    return answers[0]?.status
  }
  /** All that a call, a hook or a setting of the phone could have changed. */
  const standing = () => ({ ...agent.desk(), at: 0, day: 0, shell: 0 })
  const reasons = () => desk.events().flatMap(({ type, data }) => (type === 'third-ring.security.refused' ? [data['reason']] : []))

  test.each([
    ['a phone whose address has changed: the reason says what to do (case 9)', refusalReasons.movedPhone, { from: '127.0.0.2' }],
    ['another phone at the desk (case 10), or two with one token (case 11)', refusalReasons.otherPhone, { mac: '001565ddeeff' }],
    ['a wrong token', refusalReasons.wrongToken, { secret: 'guess-of-a-neighbour-99' }],
    ['an unknown address', refusalReasons.stranger, { from: '127.0.0.3', secret: 'guess-of-a-neighbour-99' }],
  ])('%s: refused, told once, and nothing changes', async (_, reason, how) => {
    await expect.poll(() => desk.last('state')?.['phone']).toMatchObject({ reachable: true })
    const before = standing()
    expect(await post('incoming_call', how)).toBe(403)
    expect(await post('call_established', how)).toBe(403)
    await expect.poll(reasons).toContain(reason)
    expect(standing()).toEqual(before)
    expect(reasons().filter((each) => each === reason)).toHaveLength(1)
  })

  test('no event carries an address, a MAC or a token, and nobody but the configured phone is ever asked anything', async () => {
    const said = desk.messages.map(({ payload }) => payload).join('\n')
    for (const secret of ['127.0.0.2', '127.0.0.3', '001565ddeeff', '001565aabbcc', token, 'guess-of-a-neighbour', '857654321'])
      expect(said).not.toContain(secret)
    expect(asked).toBe(0)
    expect(phone.commands.length).toBeGreaterThan(0)
  })
})
