import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHand } from '../../src/hub/warden/hand.ts'
import { validateWardenPhones } from '../../src/hub/warden/phones-file.ts'
import { createForwarder } from '../../src/phones/forwarder.ts'
import type { PhoneLimits } from '../../src/phones/limits.ts'
import { createGrandstreamPhone, type EmulatedGrandstream } from '../../src/simulator/phones/index.ts'
import { silent } from './bench.ts'
import { order } from './forwarding.ts'

/** A Grandstream has one web session an account: who leaves theirs open keeps the administrator out, or is thrown out by them. */

const credentials = { username: 'admin', password: 'secret' }

async function phoneThat(login: 'challenge' | 'plain' = 'challenge'): Promise<EmulatedGrandstream> {
  const identity = { mac: '000b82aabbcc', model: 'GRP2612', firmware: '1.0.9.103', agentUrl: 'http://127.0.0.1:1/grandstream/token' }
  const phone = createGrandstreamPhone({ ...identity, ...credentials, login, settings: 'update' })
  await phone.start()
  onTestFinished(() => phone.stop())
  return phone
}

function forwarderFor(phone: EmulatedGrandstream, limits: Partial<PhoneLimits> = { goodbyeMs: 10_000 }) {
  const access = { vendor: 'grandstream', by: 'star-codes', url: phone.url(), username: 'admin', passwords: () => ['secret'] } as const
  const quick = { forwardReadBackMs: 300, forwardReadEveryMs: 40 }
  const forwarder = createForwarder(access, { emit() {}, log: silent, now: () => performance.now(), limits: { ...quick, ...limits } })
  if (forwarder === undefined) throw new Error('no way')
  onTestFinished(() => forwarder.stop())
  return forwarder
}

const asked = (phone: EmulatedGrandstream, name: string): number => phone.commands.filter(({ request }) => request.includes(name)).length

describe('a forwarder with a connection of its own', () => {
  test.each(['challenge', 'plain'] as const)('logged in by %s, gives the session back, once, and is let in again when it asks again', async (login) => {
    const phone = await phoneThat(login)
    const forwarder = forwarderFor(phone)
    expect([await forwarder.look(), phone.loggedIn()]).toEqual(['hidden', true])
    await forwarder.leave()
    await forwarder.leave()
    expect([phone.loggedIn(), asked(phone, 'dologout')]).toEqual([false, 1])
    expect([await forwarder.forward(order(true)), phone.loggedIn(), asked(phone, 'dologin')]).toEqual(['confirmed', true, 2])
    await forwarder.stop()
    expect(phone.loggedIn()).toBe(false)
  })

  test('takes leave after the reading that is under way, and not in the middle of its login', async () => {
    const phone = await phoneThat()
    const forwarder = forwarderFor(phone)
    const looking = forwarder.look()
    await expect.poll(() => asked(phone, 'cgi-bin/access'), { interval: 1 }).toBe(1)
    await forwarder.leave()
    expect([phone.loggedIn(), asked(phone, 'dologout'), await looking]).toEqual([false, 1, 'hidden'])
  })

  test('leaves the administrator alone who has logged in meanwhile', async () => {
    const phone = await phoneThat()
    const forwarder = forwarderFor(phone)
    await forwarder.look()
    phone.adminLogsIn()
    await forwarder.leave()
    expect([phone.loggedIn(), asked(phone, 'dologout')]).toEqual([true, 1])
  })

  test('does not wait long for a phone that says nothing any more', async () => {
    const phone = await phoneThat()
    const forwarder = forwarderFor(phone, { goodbyeMs: 100, timeoutMs: 20_000 })
    await forwarder.look()
    phone.faults = { silent: true }
    const startedMs = performance.now()
    await forwarder.stop()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })
})

test('the warden’s hand logs out after each errand, whether it has looked or undone, and nobody waits for that', async () => {
  const phone = await phoneThat()
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-hand-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 })
  const validated = validateWardenPhones({ phones: { 'usc-12': { vendor: 'grandstream', url: phone.url(), passwordFile } } })
  const written = 'written' in validated ? validated.written : undefined
  const entry = written?.phones['usc-12']
  if (written === undefined || entry === undefined) throw new Error(JSON.stringify(validated))
  const hand = createHand(entry, { numbers: written.numbers, log: { info() {}, warn() {} } })
  onTestFinished(() => hand.stop())
  phone.setForwarding('no-answer', '6014')
  await hand.look()
  await expect.poll(() => [phone.loggedIn(), asked(phone, 'dologout')]).toEqual([false, 1])
  expect(await hand.undo({ state: 'held', kind: 'no-answer', target: 'usc-14', until: null }, '6014')).toBe('confirmed')
  await expect.poll(() => [phone.loggedIn(), asked(phone, 'dologout')]).toEqual([false, 2])
  expect(phone.forwarding()).toEqual({})
})
