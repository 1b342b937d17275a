import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createHand, type Hand } from '../../../src/hub/warden/hand.ts'
import { validateWardenPhones } from '../../../src/hub/warden/phones-file.ts'
import type { KnownLease } from '../../../src/hub/warden/ward.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../../src/simulator/phones/index.ts'

const password = 'password-of-the-warden'
const number = '6014'
const lease: KnownLease = { state: 'held', kind: 'no-answer', target: 'usc-14', until: null }

/** The warden's hand at a phone that takes commands. */
async function atPhone(numbers: object = {}): Promise<{ readonly phone: EmulatedPhone; readonly hand: Hand }> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-hand-'))
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  const [mac, agentUrl] = ['001565aabbcc', 'http://127.0.0.1:9/yealink/token']
  const phone = createYealinkPhone({ mac, model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl, username: 'warden', password })
  await phone.start()
  const validated = validateWardenPhones({ numbers, phones: { 'usc-12': { vendor: 'yealink', url: phone.url(), username: 'warden', passwordFile } } })
  if ('faults' in validated) throw new Error(JSON.stringify(validated.faults))
  const [entry] = Object.values(validated.written.phones)
  if (entry === undefined) throw new Error('no such phone')
  const hand = createHand(entry, { numbers: validated.written.numbers, log: { info() {}, warn() {} } })
  onTestFinished(async () => {
    await hand.stop()
    await phone.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  return { phone, hand }
}

test('what is ours is undone in whichever spelling of the office the phone shows its number', async () => {
  const { phone, hand } = await atPhone({ extensions: [{ pattern: '6xxx', prefix: '+4885869' }] })
  phone.setForwarding('no-answer', `+4885869${number}`)
  expect(await hand.undo(lease, number)).toBe('confirmed')
  expect(phone.forwarding()).toEqual({})
})

test.each<[KnownLease['state'], string, string]>([
  ['held', 'confirmed', 'off'],
  ['releasing', 'confirmed', 'off'],
  ['asked', 'no-number', number],
  ['unknown', 'no-number', number],
])('where nobody knows the number, a lease that was %s comes to %s', async (state, outcome, left) => {
  const { phone, hand } = await atPhone()
  phone.setForwarding('no-answer', number)
  expect(await hand.undo({ ...lease, state }, undefined)).toBe(outcome)
  expect(phone.forwarding()['no-answer']?.target ?? 'off').toBe(left)
})

test('a phone that cannot be reached is said to be so, also where nobody knows the number', async () => {
  const { phone, hand } = await atPhone()
  await phone.stop()
  expect(await hand.undo(lease, undefined)).toBe('unreachable')
  expect(await hand.look()).toBeUndefined()
})

test('a phone that turns the warden down is asked once, and told nothing', async () => {
  const { phone, hand } = await atPhone()
  phone.faults = { refuse: 403 }
  expect([await hand.undo(lease, undefined), await hand.undo(lease, number)]).toEqual(['refused', 'refused'])
  expect(phone.commands).toHaveLength(1)
})

test('a phone that is free is left as it is', async () => {
  const { phone, hand } = await atPhone()
  expect(await hand.undo(lease, number)).toBe('found-free')
  expect(phone.commands.filter(({ request }) => request.includes('key='))).toEqual([])
})
