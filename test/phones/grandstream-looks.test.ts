import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { createMemory } from '../../src/phones/driver.ts'
import { createGrandstream } from '../../src/phones/grandstream/driver.ts'
import { untilSteady } from '../until-steady.ts'
import { createBench, talk } from './bench.ts'

const looks = (bench: { phone: { commands: readonly { request: string }[] } }): number =>
  bench.phone.commands.filter(({ request }) => request.includes('get_line_status')).length

describe('how often the lines are looked at', () => {
  test('again and again while there is a call, and no more when there is none', async () => {
    const bench = await createBench('grandstream', { limits: { lookAfterEventMs: 10, pollEveryMs: 25 } })
    const { id } = await talk(bench)
    await expect.poll(() => looks(bench)).toBeGreaterThan(4)
    bench.phone.remoteHangsUp(id)
    await expect.poll(() => bench.of('phone.lines').at(-1)?.lines).toEqual([])
    await untilSteady(() => looks(bench))
  })

  test('a reading that says nothing new is not said again, and said again after any word about a call', async () => {
    const bench = await createBench('grandstream', { limits: { lookAfterEventMs: 10, pollEveryMs: 15 } })
    const { id } = await talk(bench)
    // On a slow machine looks may have come while it still rang, or before the word that it is answered; three later that is over.
    const early = looks(bench)
    await expect.poll(() => looks(bench)).toBeGreaterThan(early + 3)
    expect(bench.of('phone.lines').at(-1)?.lines).toMatchObject([{ state: 'connected' }])
    const [said, looked] = [bench.of('phone.lines').length, looks(bench)]
    await expect.poll(() => looks(bench)).toBeGreaterThan(looked + 5)
    expect(bench.of('phone.lines')).toHaveLength(said)
    // The phone says that it is held; its lines go on to say that it is not, so the desk must hear of them again.
    bench.driver.receive({ path: ['grandstream', 'token', 'holdCall'], params: new Map([['r', '857221122']]), remoteAddress: '127.0.0.1' })
    await expect.poll(() => bench.of('phone.lines')).toHaveLength(said + 1)
    expect(bench.of('phone.lines').at(-1)?.lines).toEqual([{ state: 'connected', ref: { remote: '857221122' } }])
    bench.phone.remoteHangsUp(id)
  })

  test('and with an end, should a phone never stop saying that it talks', async () => {
    const bench = await createBench('grandstream', { limits: { lookAfterEventMs: 5, pollEveryMs: 5, pollsMax: 3, readEveryMs: 60_000 } })
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    await talk(bench)
    await expect.poll(() => looks(bench)).toBeGreaterThanOrEqual(3)
    await untilSteady(() => looks(bench))
  })
})

/** A phone whose every answer is written here. */
async function scripted(
  answer: (request: IncomingMessage, body: string) => { readonly status?: number; readonly body: unknown } | undefined,
  options: { memory?: ReturnType<typeof createMemory>; passwords?: readonly string[] } = {},
): Promise<{ readonly driver: ReturnType<typeof createGrandstream>; readonly facts: readonly Fact[]; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const facts: Fact[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      asked.push(`${(request.url ?? '').split('?')[0]?.replace('/cgi-bin/', '')}`)
      const said = answer(request, body)
      if (said === undefined) return void request.socket.destroy()
      response.writeHead(said.status ?? 200).end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const driver = createGrandstream({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username: 'user',
    password: 'pass word&=',
    token: 'token',
    emit: (fact) => void facts.push(fact),
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    now: () => performance.now(),
    limits: { heldLookEveryMs: 10, heldWithinMs: 50, lookAfterEventMs: 10_000 },
    ...(options.memory === undefined ? {} : { memory: options.memory }),
    ...(options.passwords === undefined ? {} : { passwords: () => options.passwords ?? [] }),
  })
  onTestFinished(async () => {
    await driver.stop()
    server.closeAllConnections()
    server.close()
  })
  return { driver, facts, asked }
}

const success = (body: unknown): { body: unknown } => ({ body: { response: 'success', body } })
const talking = { line: 1, state: 'connected', remotenumber: '857221122' }

describe('a reading that an event overtook', () => {
  test('is not believed: the lines are read once more', async () => {
    const answers = ['ringing', 'connected']
    const { driver, facts, asked } = await scripted(() => {
      // While the phone answers, its own event says that the call has been answered meanwhile.
      if (answers.length === 2) driver.receive({ path: ['grandstream', 'token', 'establishedCall'], params: new Map([['r', '857221122']]), remoteAddress: '' })
      return success([{ ...talking, state: answers.shift() ?? 'connected' }])
    })
    await driver.read()
    expect(asked).toHaveLength(2)
    expect(facts.filter(({ type }) => type === 'phone.lines')).toEqual([{ type: 'phone.lines', lines: [{ state: 'connected', ref: { remote: '857221122' } }] }])
  })
})

describe('what a phone answers to holdcall', () => {
  test.each([
    ['success, and holds', success(true), 'onhold', 'sent'],
    ['success, and does not hold', success(true), 'connected', 'sent'],
    ['error, and holds all the same', { body: { response: 'error', body: false } }, 'onhold', 'sent'],
    ['nothing, and has held', undefined, 'onhold', 'sent'],
    ['nothing, and has not held', undefined, 'connected', 'unreachable'],
    ['with a page', { status: 404, body: '<html>' }, 'connected', 'unsupported'],
  ] as const)('%s', async (_name, answer, after, outcome) => {
    let sent = 0
    const { driver } = await scripted((request) => {
      if (!request.url?.includes('phone_operation')) return success([{ ...talking, state: sent === 0 ? 'connected' : after }])
      sent += 1
      return answer
    })
    expect(await driver.hold({ remote: '857221122' }, 1)).toBe(outcome)
    expect(sent).toBe(1)
  })

  test('nothing is sent to a phone that has no lines to show', async () => {
    const { driver, asked } = await scripted(() => ({ status: 404, body: 'not here' }))
    expect(await driver.hold({ remote: '857221122' }, 1)).toBe('unsupported')
    expect(await driver.read()).toMatchObject({ reachable: true, fault: expect.stringContaining('CTI') })
    expect(asked.filter((name) => name.includes('operation'))).toEqual([])
  })
})

describe('the way in', () => {
  test('a 401 to the passcode is the question for a login, as a WP826 asks it; the firmware is learnt by the way', async () => {
    let entered = false
    const bodies: string[] = []
    const { driver, facts, asked } = await scripted((request, body) => {
      bodies.push(body)
      if (request.url === '/cgi-bin/access') return success('nonce')
      if (request.url === '/cgi-bin/dologin') {
        entered = true
        return success({ sid: 'abc', ver: '1.0.3.35' })
      }
      return entered ? success([]) : { status: 401, body: '<html>' }
    })
    expect(await driver.read()).toEqual({ reachable: true, firmware: '1.0.3.35' })
    expect(asked).toEqual(['api-get_line_status', 'access', 'dologin', 'api-get_line_status'])
    expect(facts).toContainEqual({ type: 'phone.described', firmware: '1.0.3.35' })
    expect(bodies.join(' ')).not.toContain('pass%20word')
    await driver.stop()
    expect(asked.at(-1)).toBe('dologout')
  })

  test('what was found out is remembered: a wrong passcode is then one request, not two', async () => {
    const memory = createMemory()
    let password = 'right'
    const first = await scripted(() => (password === 'right' ? success([]) : success('unauthorized')), { memory })
    await first.driver.read()
    password = 'wrong'
    expect(await first.driver.read()).toMatchObject({ fault: expect.stringContaining('wrong password') })
    expect(first.asked).toEqual(['api-get_line_status', 'api-get_line_status'])
    expect(first.facts.filter(({ type }) => type === 'phone.refused')).toHaveLength(1)
    await first.driver.read()
    expect(first.asked).toHaveLength(2)
  })

  test('two who find the door shut at the same time try the password once', async () => {
    const { driver, asked, facts } = await scripted((request) => {
      if (request.url === '/cgi-bin/access') return success('nonce')
      return request.url === '/cgi-bin/dologin' ? { body: { response: 'error', body: 'wrong4' } } : success('unauthorized')
    })
    expect(await Promise.all([driver.hold({}, 1), driver.read(), driver.hold({}, 2)])).toMatchObject(['refused', { reachable: true }, 'refused'])
    expect(asked).toEqual(['api-get_line_status', 'access', 'dologin'])
    expect(facts.filter(({ type }) => type === 'phone.refused')).toMatchObject([{ reason: expect.stringContaining('wrong4') }])
  })

  test.each([
    ['wrong4', 2],
    ['locked', 1],
  ])('that answers %s, where the office has written down two passwords: %i logins', async (word, logins) => {
    const answer = (request: IncomingMessage) => {
      if (request.url === '/cgi-bin/access') return success('nonce')
      return request.url === '/cgi-bin/dologin' ? { body: { response: 'error', body: word } } : success('unauthorized')
    }
    const { driver, asked, facts } = await scripted(answer, { passwords: ['new', 'old'] })
    await driver.read()
    expect(asked.filter((name) => name === 'dologin')).toHaveLength(logins)
    expect(facts.filter(({ type }) => type === 'phone.refused')).toMatchObject([{ reason: expect.stringContaining(word) }])
  })

  test('a password of odd letters arrives as it is', async () => {
    const queries: (string | null)[] = []
    const { driver } = await scripted((request) => {
      queries.push(new URL(request.url ?? '', 'http://phone').searchParams.get('passcode'))
      return success([])
    })
    await driver.read()
    expect(queries).toEqual(['pass word&='])
  })

  test('a phone that turns down what it has just let in is left alone', async () => {
    const { driver, asked, facts } = await scripted((request) => {
      if (request.url === '/cgi-bin/access') return { status: 404, body: '' }
      return request.url === '/cgi-bin/dologin' ? success({ sid: 'abc' }) : success('unauthorized')
    })
    expect(await driver.hold({}, 1)).toBe('refused')
    expect(asked).toEqual(['api-get_line_status', 'access', 'dologin', 'api-get_line_status'])
    expect(facts.filter(({ type }) => type === 'phone.refused')).toMatchObject([{ reason: expect.stringContaining('pop-up') }])
    await driver.hold({}, 1)
    expect(asked).toHaveLength(4)
  })
})
