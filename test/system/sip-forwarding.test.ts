import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import { stackClock } from '../../src/agent/devices/sip.ts'
import type { Fact } from '../../src/desk/event.ts'
import { createExchangeForwarder, type ExchangeForwarder, type ForwardCodes } from '../../src/sip/codes/exchange-forwarder.ts'
import { unforeseeable } from '../../src/sip/random.ts'
import { ownAddress, sipPort } from './sip/addresses.ts'
import { type Asterisk, startAsterisk } from './sip/asterisk.ts'
import { passwordOf } from './sip/asterisk-config.ts'
import { type Phone, startPhone } from './sip/baresip.ts'
import { stackHere } from './sip/stack-here.ts'
import { until } from './sip/until.ts'

/** Forwarding by the codes of a real exchange, and what callers notice of it. */

let asterisk: Asterisk
let desk: Phone
let caller: Phone
let substitute: Phone

beforeAll(async () => {
  asterisk = await startAsterisk({ extensions: ['101', '201', '202', '203'].map((number) => ({ number })) })
  const server = asterisk.address
  desk = await startPhone({ number: '101', server })
  caller = await startPhone({ number: '201', server })
  substitute = await startPhone({ number: '202', server })
})
afterAll(async () => {
  for (const phone of [desk, caller, substitute]) await phone?.stop()
  await asterisk?.remove()
})

interface Told {
  readonly forwarder: ExchangeForwarder
  readonly told: readonly Fact[]
}

/** FreePBX's codes for every call, and its hint. */
const always = { forwardOn: '*72', forwardOff: '*73', forwardHint: '*96101' }

function forwarderWith(changes: Partial<ForwardCodes>, passwords: readonly string[], given: Parameters<typeof createExchangeForwarder>[2]['stack']): Told {
  const told: Fact[] = []
  const codes = { localHost: ownAddress(), ...changes }
  const forwarder = createExchangeForwarder({ server: asterisk.address, port: sipPort, transport: 'udp', user: '101', ...codes }, () => passwords, {
    emit: (fact) => void told.push(fact),
    clock: stackClock(createClock(undefined, 0)),
    random: unforeseeable,
    log: { debug() {}, warn() {} },
    ...(given === undefined ? {} : { stack: given }),
  })
  forwarder.start()
  onTestFinished(() => forwarder.stop())
  return { forwarder, told }
}

/** As an agent has it, on a stack that it keeps. */
const agents = async (changes: Partial<ForwardCodes> = always) =>
  forwarderWith(changes, [passwordOf('101')], (await stackHere(asterisk.address, '101', { othersAnswer: true })).stack)
/** As `release` and the warden have it, for the time of an order. */
const releases = (passwords: readonly string[] = [passwordOf('101')]) => forwarderWith(always, passwords, undefined)

const order = (on: boolean, kind: 'always' | 'no-answer' = 'always') => ({ on, kind, target: '202', ringMs: 15_000 })

/** Whose telephone rings when the desk's number is dialled. */
async function rings(): Promise<string | undefined> {
  const before = [desk, substitute].map((phone) => phone.calls().length)
  await caller.dial('101')
  const rung = await until('somebody’s telephone rings', () => [desk, substitute].find((phone, place) => phone.calls().length > (before[place] ?? 0)))
  await caller.hangUp()
  await rung.newest('closed')
  await asterisk.quiet()
  return rung.number
}

describe('forwarding by code', () => {
  test('moves calls to the substitute when it is confirmed, and back; the agent’s own is not told as somebody else’s', async () => {
    const { forwarder } = await agents()
    expect(await rings()).toBe('101')
    expect(await forwarder.forward(order(true))).toBe('confirmed')
    expect(await rings()).toBe('202')
    expect(await forwarder.forward(order(false))).toBe('confirmed')
    expect(await rings()).toBe('101')
  })

  test('that a person has set at the telephone is seen, and is neither replaced nor touched', async () => {
    const { forwarder, told } = await agents()
    await until('the hint is read', () => forwarder.health()['hint'] === 'off')
    await desk.dial('*72203')
    await until('it is seen', () => told.some((fact) => fact.type === 'phone.forwarding' && fact.on))
    await asterisk.quiet()
    expect(await forwarder.forward(order(true))).toBe('foreign')
    expect(await asterisk.stored('CF/101')).toBe('203')
    await desk.dial('*73')
    await until('its end is seen', () => told.some((fact) => fact.type === 'phone.forwarding' && !fact.on))
    await asterisk.quiet()
  })

  test('that the agent has left behind is undone without the agent', async () => {
    const { forwarder } = await agents()
    expect(await forwarder.forward(order(true))).toBe('confirmed')
    // Its password is being changed: the exchange still has the one before.
    const hand = releases(['of-tomorrow', passwordOf('101')])
    expect(await hand.forwarder.look()).toBe(true)
    expect(hand.told).toEqual([{ type: 'phone.forwarding', kind: 'always', on: true, read: true }])
    expect(await hand.forwarder.forward(order(false))).toBe('confirmed')
    expect(await asterisk.stored('CF/101')).toBeUndefined()
    expect(await releases().forwarder.forward(order(false))).toBe('confirmed')
  })

  test('of calls that ring in vain rings the desk first', async () => {
    const codes = { forwardNoAnswerOn: '*52', forwardNoAnswerOff: '*53', forwardHint: '*97101' }
    const { forwarder } = await agents(codes)
    expect(await forwarder.forward(order(true, 'no-answer'))).toBe('confirmed')
    await caller.dial('101')
    await desk.newest('ringing')
    await substitute.newest('ringing')
    expect((await desk.newest('closed')).state).toBe('closed')
    await caller.hangUp()
    expect(await forwarder.forward(order(false, 'no-answer'))).toBe('confirmed')
    expect(await asterisk.stored('CFU/101')).toBeUndefined()
  })

  test('that an exchange answers and does not do is not claimed', async () => {
    const { forwarder } = await agents({ ...always, forwardOn: '*00' })
    expect(await forwarder.forward(order(true))).toBe('contradicted')
    expect(await rings()).toBe('101')
  })

  test('with a wrong password is refused, and of an exchange that is gone nothing is claimed', async () => {
    const outcome = await releases(['wrong']).forwarder.forward(order(true))
    expect(outcome).toBe('refused')
    await asterisk.kill()
    expect(await releases().forwarder.forward(order(true))).toBe('unreachable')
    await asterisk.start()
  })
})
