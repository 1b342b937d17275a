import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../../src/agent/clock.ts'
import { createDeskPhone } from '../../../src/agent/devices/phone.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { readAgentSecrets } from '../../../src/config/secrets.ts'
import { createLog } from '../../../src/log.ts'
import type { PostingPhone } from '../../../src/phones/driver.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../../src/simulator/phones/index.ts'
import { temporaryDirectory } from '../../config/temporary.ts'
import { open } from '../../store/fixture.ts'

const directory = temporaryDirectory()
const password = 'secret-of-the-phone'
const [token, formerToken] = ['token-for-tests-0123456789', 'former-token-0123456789']
const log = createLog({ level: 'silent', terminal: false })

/** The driver of a desk as its file makes it, beside an emulated phone. */
async function driverOf(lines = ''): Promise<{ readonly phone: EmulatedPhone; readonly driver: PostingPhone }> {
  const agentUrl = 'http://127.0.0.1:9/yealink/token'
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl, username: 'admin', password })
  await phone.start()
  directory.write('phone.password', `a-new-one\n${password}\n`)
  directory.write('phone.token', `${token}\n${formerToken}\n`)
  const file = directory.write(
    'agent.yaml',
    `site: um-test
desk: usc-12
phone: { vendor: yealink, url: "${phone.url()}", passwordFile: phone.password }
listen: { host: 127.0.0.1, tokenFile: phone.token }
broker: { url: mqtt://127.0.0.1:1 }
${lines}`,
  )
  const config = loadAgentConfig(file, {})
  const store = await open(join(directory.path, 'store'))
  const driver = createDeskPhone(config, readAgentSecrets(config).secrets, {
    ...{ emit() {}, log, store, clock: createClock(undefined, 0), bridge: undefined, onRefused() {}, sip: undefined },
  })
  onTestFinished(async () => {
    await driver.stop()
    await phone.stop()
  })
  return { phone, driver }
}

const order = { on: true, kind: 'no-answer', target: '6014', ringMs: 15_000 } as const

test('a phone that writes a number as the office may is told to forward to it', async () => {
  const { phone, driver } = await driverOf('numbers: { extensions: [{ pattern: 6xxx, prefix: "+4885869" }] }\n')
  phone.faults = { writesTarget: (target) => `+4885869${target}` }
  expect(await driver.forwarder?.forward(order)).toBe('confirmed')
  expect(phone.forwarding()['no-answer']?.target).toBe('+48858696014')
})

test('a phone that the office does not want forwarded cannot be', async () => {
  const { driver } = await driverOf('forwarding: { by: none }\n')
  expect([driver.forwarder, driver.capabilities.forward]).toEqual([undefined, []])
})

test('a phone that has not been given the new token yet is believed by the former one', async () => {
  const { driver } = await driverOf()
  const posted = (given: string) => driver.receive({ path: ['yealink', given, 'off_hook'], params: new Map(), remoteAddress: '127.0.0.1' })
  expect([posted(token), posted(formerToken), posted('another-token-0123456789')]).toEqual([200, 200, 403])
})
