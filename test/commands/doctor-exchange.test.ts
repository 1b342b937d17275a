import { describe, expect, onTestFinished, test } from 'vitest'
import type { AgentConfig } from '../../src/config/config.ts'
import { checkLine } from '../../src/doctor/check.ts'
import { checkExchange } from '../../src/doctor/exchange.ts'
import { asterisk } from '../sip/documents.ts'
import type { ExchangeOptions } from '../sip/exchange.ts'
import { value } from '../sip/stand-in.ts'
import { openExchange } from '../sip/udp-exchange.ts'

async function examined(address: string, options: ExchangeOptions = {}, prepare: (exchange: Awaited<ReturnType<typeof openExchange>>) => void = () => {}) {
  const exchange = await openExchange(address, options)
  onTestFinished(exchange.close)
  exchange.show('101', asterisk({ state: 'terminated' }))
  prepare(exchange)
  const sip = { server: address, port: exchange.port, transport: 'udp', user: '101', holdSemantics: 'ignore', actionUriNotify: false, localPort: 0 }
  const hint = options.hint === undefined ? {} : { forwardHint: options.hint }
  const checks = await checkExchange({ sip: { ...sip, ...hint } } as unknown as AgentConfig, { sipPassword: 'pw' })
  return { lines: checks.map(checkLine), exchange }
}

describe('doctor asks the exchange', () => {
  test('that tells of calls and of forwarding; no code is dialled, and it is taken leave of', async () => {
    const { lines, exchange } = await examined('127.0.77.30', { hint: '*96101' })
    expect(lines).toEqual([
      `ok: exchange: 127.0.77.30:${exchange.port} answers and tells of the calls of 101`,
      'ok: forward hint: *96101 says whether the desk is forwarded',
    ])
    expect(exchange.heard('INVITE')).toEqual([])
    expect(exchange.subscribers()).toEqual([])
  })
  test('that does not take the password', async () => {
    const { lines } = await examined('127.0.77.31', {}, (exchange) =>
      exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [403, 'Forbidden'] : undefined)),
    )
    expect(lines[0]).toMatch(/^fault: exchange: .* answers, but not about 101: the exchange does not allow it \(403 Forbidden\)$/)
    expect(lines[1]).toMatch(/^not fitted: forward hint/)
  })
  test('that has no such hint', async () => {
    const { lines } = await examined('127.0.77.32', { hint: '*96101' }, (exchange) =>
      exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' && value(heard, 'to').includes('*96') ? [404, 'Not Found'] : undefined)),
    )
    expect(lines).toEqual([
      expect.stringMatching(/^ok: exchange/),
      'fault: forward hint: *96101: the exchange knows nobody of that name, or has no hint for them',
    ])
  })
  test('that is not there', async () => {
    const { lines } = await examined('127.0.77.33', {}, (exchange) => exchange.deaf(true))
    expect(lines).toEqual([expect.stringMatching(/^fault: exchange: .* does not answer: is the address right, and does it take SIP over udp\?$/)])
  })
})
