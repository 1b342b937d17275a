import { describe, expect, it } from 'vitest'
import { limits } from '../../src/desk/policy.ts'
import { createKeyPress } from '../../src/sip/action-uri-notify.ts'
import { createCodeDialler } from '../../src/sip/codes/code-dialler.ts'
import { createPing } from '../../src/sip/options-ping.ts'
import { createBothPasswords, withBothPasswords } from '../../src/sip/stack/both-passwords.ts'
import { sipUseLimits } from '../../src/sip/use-limits.ts'
import { withExchange } from './desk-of-virtual-time.ts'
import { value } from './stand-in.ts'

describe('asking whether anybody is there', () => {
  it.each([200, 401, 404, 486, 503])('%i is an answer', async (status) => {
    const { known, exchange, clock } = await withExchange()
    exchange.refuse(() => [status, 'Whatever'])
    const ping = createPing(known)
    expect(ping.isAlive()).toBeUndefined()
    ping.start()
    await clock.pass(10)
    expect(ping.isAlive()).toBe(true)
    ping.stop()
  })
  it('never gives the password, wrong or right, to whoever asks for it', async () => {
    const { known, exchange, clock } = await withExchange()
    exchange.refuse(() => [401, 'Unauthorized', 'WWW-Authenticate: Digest realm="pbx", nonce="n"'])
    const ping = createPing(known)
    ping.start()
    await clock.pass(60_000)
    ping.stop()
    const asked = exchange.heard('OPTIONS')
    expect(asked.length).toBeGreaterThan(1)
    expect(asked.filter(({ heard }) => exchange.hasCredentials(heard))).toEqual([])
    expect(new Set(asked.map(({ heard }) => value(heard, 'cseq'))).size).toBe(asked.length)
    expect(ping.isAlive()).toBe(true)
  })
  it('is done often enough to keep the way through a NAT open', async () => {
    const { known, exchange, clock } = await withExchange()
    const ping = createPing(known)
    ping.start()
    await clock.pass(600_000)
    const at = exchange.heard('OPTIONS').map((each) => each.at)
    for (const [index, each] of at.slice(1).entries()) expect(each - (at[index] ?? 0)).toBeLessThan(30_000)
    expect(at.length).toBeLessThan(30)
    ping.stop()
    await clock.pass(60_000)
    expect(clock.pending()).toBe(0)
  })
  it('says once that nobody answers any more, and again after an answer', async () => {
    const { known, exchange, clock } = await withExchange()
    let deaf = 0
    const ping = createPing({
      ...known,
      onDeaf() {
        deaf += 1
      },
    })
    ping.start()
    await clock.pass(1000)
    exchange.deaf(true)
    await clock.pass(600_000)
    expect([deaf, ping.isAlive()]).toEqual([1, false])
    exchange.deaf(false)
    await clock.pass(60_000)
    expect(ping.isAlive()).toBe(true)
    exchange.deaf(true)
    await clock.pass(600_000)
    expect(deaf).toBe(2)
    ping.stop()
  })
})

describe('a key pressed by NOTIFY', () => {
  it('is what Yealink’s guides print', async () => {
    const { stack, random, exchange, within } = await withExchange()
    const press = createKeyPress(stack, random, { user: '101', host: '192.0.2.1' })
    expect(await within(100, press('HOLD:23'))).toBe('done')
    const [notify] = exchange.heard('NOTIFY')
    expect(notify?.heard.body).toBe('key=HOLD:23')
    expect([value(notify?.heard ?? none(), 'event'), value(notify?.heard ?? none(), 'content-type')]).toEqual(['ACTION-URI', 'message/sipfrag'])
  })
  it.each([
    [403, 'refused'],
    [489, 'refused'],
    [500, 'unclear'],
  ] as const)('%i: %s', async (status, outcome) => {
    const { stack, random, exchange, within } = await withExchange()
    exchange.refuse(() => [status, 'No'])
    expect(await within(100, createKeyPress(stack, random, { user: '101', host: '192.0.2.1' })('F_HOLD'))).toBe(outcome)
  })
  it('without an answer it may have been pressed; without a way it was not', async () => {
    const { stack, random, exchange, within, link } = await withExchange()
    const press = createKeyPress(stack, random, { user: '101', host: '192.0.2.1' })
    exchange.deaf(true)
    expect(await within(40_000, press('F_HOLD'))).toBe('unclear')
    link.refuse('no way')
    expect(await within(100, press('F_HOLD'))).toBe('unsent')
  })
})

describe('a password that is being changed', () => {
  const question = { method: 'OPTIONS', uri: 'sip:pbx.test', from: '<sip:101@pbx.test>;tag=a', to: '<sip:pbx.test>', callId: 'question', cseq: 1 }
  it('the new one first, the one before where that is still good, and the file’s order again when it has changed', async () => {
    const { stack, exchange, within } = await withExchange()
    let file: readonly string[] = ['new', 'old']
    let taken = 'old'
    const passwords = createBothPasswords(() => file)
    exchange.refuse(() => (passwords.current() === taken ? undefined : [401, 'Unauthorized']))
    const both = withBothPasswords(stack, passwords)
    await within(100, both.request(question))
    expect(passwords.current()).toBe('old')
    expect(exchange.heard('OPTIONS')).toHaveLength(2)
    await within(100, both.request(question))
    expect(exchange.heard('OPTIONS')).toHaveLength(3)
    taken = 'newest'
    file = ['newest', 'new']
    await within(100, both.request(question))
    expect(exchange.heard('OPTIONS')).toHaveLength(4)
    expect(passwords.current()).toBe('newest')
  })
  it('a call that was given up is not placed with the other one, however late it is turned down', async () => {
    const { stack, exchange, known, clock } = await withExchange()
    exchange.refuse((heard) => (heard.method === 'INVITE' ? [100, 'Trying'] : undefined))
    const dialler = createCodeDialler({
      ...known,
      stack: withBothPasswords(
        stack,
        createBothPasswords(() => ['new', 'old']),
      ),
    })
    const dialling = dialler.dial('*72202')
    await clock.pass(sipUseLimits.codeAnswerMs + 10)
    expect(await dialling).toMatchObject({ kind: 'silent' })
    const [invite] = exchange.heard('INVITE')
    exchange.refuse(undefined)
    exchange.answer(invite?.heard ?? none(), 403, 'Forbidden')
    await clock.pass(60_000)
    expect(exchange.heard('INVITE')).toHaveLength(1)
    expect(exchange.forwardedTo()).toBeUndefined()
  })
  it('one password that is turned down is not tried again at once', async () => {
    const { stack, exchange, within } = await withExchange()
    exchange.refuse(() => [401, 'Unauthorized'])
    const only = createBothPasswords(() => ['only'])
    await within(100, withBothPasswords(stack, only).request(question))
    expect(exchange.heard('OPTIONS')).toHaveLength(1)
  })
})

it('the limits of an order leave room for all of its steps', () => {
  expect(2 * sipUseLimits.hintMs + sipUseLimits.codeAnswerMs + sipUseLimits.codeHangUpMs).toBeLessThan(limits.forwardAnswerMs)
})

function none(): never {
  throw new Error('there is none')
}
