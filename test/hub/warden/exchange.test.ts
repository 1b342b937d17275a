import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createHand } from '../../../src/hub/warden/hand.ts'
import { validateWardenPhones } from '../../../src/hub/warden/phones-file.ts'
import type { KnownLease } from '../../../src/hub/warden/ward.ts'
import { openExchange } from '../../sip/udp-exchange.ts'

/** The warden's hand at a desk that the exchange forwards: a telephone behind an adapter, say. */
async function atExchange() {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-hand-'))
  const passwordFile = join(directory, 'sip.password')
  writeFileSync(passwordFile, 'pw101\n', { mode: 0o600 })
  const hint = '*96101'
  const exchange = await openExchange('127.0.77.30', { hint })
  const codes = { forwardOn: '*72', forwardOff: '*73', forwardHint: hint }
  const sip = { server: '127.0.77.30', port: exchange.port, localHost: '127.0.77.31', user: '101', passwordFile, ...codes }
  const validated = validateWardenPhones({ phones: { 'usc-17': { vendor: 'analogue', forwarding: { by: 'exchange' }, sip } } })
  if ('faults' in validated) throw new Error(JSON.stringify(validated.faults))
  const { phones, numbers } = validated.written
  const phone = phones['usc-17']
  if (phone === undefined) throw new Error('no such phone')
  const hand = createHand(phone, { numbers, log: { info() {}, warn() {} } })
  onTestFinished(async () => {
    await hand.stop()
    await exchange.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { exchange, hand }
}

const lease: KnownLease = { state: 'held', kind: 'always', target: 'usc-14', until: null }

test('the warden undoes by the same codes, and has it read back', async () => {
  const { exchange, hand } = await atExchange()
  exchange.setForwarded('6014')
  expect(await hand.look()).toMatchObject([{ kind: 'always', on: true }])
  expect(await hand.undo(lease, '6014')).toBe('confirmed')
  expect(exchange.forwardedTo()).toBeUndefined()
  expect(await hand.undo(lease, '6014')).toBe('found-free')
}, 30_000)

test('without the number it touches nothing: the exchange does not say whereto', async () => {
  const { exchange, hand } = await atExchange()
  exchange.setForwarded('6199')
  expect(await hand.undo(lease, undefined)).toBe('no-number')
  expect(exchange.forwardedTo()).toBe('6199')
}, 30_000)
