import { describe, expect, onTestFinished, test } from 'vitest'
import { loadAgentConfig } from '../../src/config/load.ts'
import { limits } from '../../src/desk/policy.ts'
import { brokerLine } from './broker-line.ts'
import { deskFiles, openBroker, startFrom, watch } from './desk-fixture.ts'
import { desk, substitute, substituteIsThere, watchOver } from './forwarded-desk.ts'

/** An agent, a hub with its warden, an emulated phone and a broker, all of them real and alive; what is cut is the line between agent and broker. */

const always = ['00:00-24:00']
const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }

/** A clerk on leave, whose phone the warden has freed because it did not hear the agent, and has said so to everybody who hears. */
async function freed() {
  const { broker, url } = await openBroker()
  onTestFinished(() => broker.stop())
  const line = await brokerLine(url)
  const eyes = await watch(url, desk)
  onTestFinished(() => eyes.end())
  const { configFile, directory, phone } = await deskFiles(desk, line.url)
  onTestFinished(() => phone.stop())
  await watchOver(directory, url, phone, eyes)
  const { policy } = loadAgentConfig(configFile)
  const workingHours = { timezone: 'Europe/Warsaw', week, holidays: 'none' as const, exceptions: {} }
  const agent = await startFrom(configFile, {}, { seat: { driver: 'none' }, substitutes: [substitute], policy: { ...policy, workingHours } })
  onTestFinished(() => agent.stop('the test is over'))
  const target = (): string | undefined => phone.forwarding()['no-answer']?.target
  const orders = (): number => phone.commands.filter(({ request }) => request.includes('Fwd')).length

  await expect.poll(() => eyes.messages.findLast(({ topic }) => topic === 'availability')?.payload, { timeout: 15_000 }).toBe('online')
  substituteIsThere(eyes)
  const expires = new Date(Date.now() + 50_000).toISOString()
  eyes.publish('command/absence.set', JSON.stringify({ id: 'leave', expires, kind: 'leave' }))
  await expect.poll(() => eyes.last('state'), { timeout: 15_000 }).toMatchObject({ forwarding: { lease: { state: 'held', order: 1 } } })
  expect([target(), orders()]).toEqual([substitute.number, 1])
  line.cut()
  await expect.poll(() => eyes.hub('warden'), { timeout: 20_000 }).toMatchObject({ leases: [{ desk, state: 'undone', order: 1 }] })
  expect([target(), orders()]).toEqual([undefined, 2])

  return {
    agent,
    eyes,
    /** The line is back: calls go to the substitute again, under another lease, and the warden is about nothing. */
    async forwardsAnew() {
      expect([target(), orders()]).toEqual([undefined, 2])
      line.mend()
      await expect.poll(() => eyes.last('state'), { timeout: 40_000 }).toMatchObject({ forwarding: { state: 'on', lease: { state: 'held', order: 2 } } })
      expect([target(), orders()]).toEqual([substitute.number, 3])
      await expect.poll(() => eyes.hub('warden'), { timeout: 10_000 }).toMatchObject({ leases: [] })
    },
  }
}

describe('an agent that lives is cut off from the broker while its clerk is on leave', () => {
  test('the warden frees its phone; it sees that and lets it be, and forwards anew when it has heard whose hand it was', async () => {
    const { agent, forwardsAnew } = await freed()
    // What may be an echo of the order is looked into when the echoes are over.
    await expect.poll(() => agent.desk().lease, { timeout: limits.forwardEchoMs + 20_000 }).toBeUndefined()
    await forwardsAnew()
  }, 120_000)

  test('the warden frees its phone, and the line is back before it has looked', async () => {
    const { agent, eyes, forwardsAnew } = await freed()
    // On a machine that is slow beyond ten seconds it has looked, and taken it for a person's hand.
    const hasLooked = agent.desk().lease === undefined
    await forwardsAnew()
    const ends = eyes.events().filter(({ type }) => type === 'third-ring.forwarding.off')
    expect(ends.map(({ data }) => data['reason'])).toEqual([hasLooked ? 'by-hand' : 'by-warden'])
  }, 120_000)
})
