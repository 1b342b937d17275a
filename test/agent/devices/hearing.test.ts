import { expect, test } from 'vitest'
import { hearing } from '../../../src/agent/devices/hearing.ts'
import { hasChanged } from '../../../src/agent/journal.ts'
import { emptyDesk } from '../../../src/desk/desk.ts'
import type { Fact } from '../../../src/desk/event.ts'
import type { ReceivedRequest } from '../../../src/http/listener.ts'
import { phoneFingerprint } from '../../../src/mqtt/phone-fingerprint.ts'
import { createYealink } from '../../../src/phones/yealink/driver.ts'

const token = 'token-for-tests-0123456789'
const request = (...path: string[]): ReceivedRequest => ({ path, params: new Map([['m', '001565aabbcc']]), remoteAddress: '127.0.0.1' })
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

test('each event that the phone posts is heard, after the facts that are in it; what is turned away is not', async () => {
  const facts: Fact[] = []
  const emit = (fact: Fact): void => void facts.push(fact)
  const log = { debug() {}, info() {}, warn() {} }
  const phone = createYealink({ url: 'http://127.0.0.1:1', username: 'admin', password: 'x', token, mac: '001565aabbcc', emit, log, now: () => 0 })
  const receive = hearing(phone.receive, emit)
  expect(receive(request('yealink', token, 'off_hook'))).toBe(200)
  expect(facts).toEqual([])
  await settled()
  expect(facts[0]).toEqual({ type: 'phone.hook', hook: 'off' })
  expect(facts.filter(({ type }) => type === 'phone.heard')).toHaveLength(1)
  expect(facts.at(-1)).toEqual({ type: 'phone.heard' })
  const before = facts.length
  expect(receive(request('yealink', 'another-token-0123456789', 'off_hook'))).toBe(403)
  expect(receive(request('yealink', token, 'no_such_event'))).toBe(404)
  await settled()
  expect(facts).toHaveLength(before)
  await phone.stop()
})

test('that a silence was told is written down, each word of the phone is not', () => {
  const desk = emptyDesk(0)
  expect(hasChanged(desk, { ...desk, hearing: { ...desk.hearing, said: true } })).toBe(true)
  expect(hasChanged(desk, { ...desk, hearing: { ...desk.hearing, heardAt: 5, from: 5 } })).toBe(false)
})

test('a telephone has one fingerprint, however its address is written, and another telephone another', () => {
  // base32 (RFC 4648) of SHA-256 of "001565aabbcc", worked out elsewhere.
  expect(phoneFingerprint('00:15:65:AA:BB:CC')).toBe(phoneFingerprint('001565aabbcc'))
  expect(phoneFingerprint('001565aabbcc')).toBe('I6OSBK77S2')
  expect(phoneFingerprint('001565aabbcd')).not.toBe(phoneFingerprint('001565aabbcc'))
})
