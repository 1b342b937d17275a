import { describe, expect, test } from 'vitest'
import { starCodeOf } from '../../src/phones/grandstream/forwarding.ts'
import { type Bench, type BenchOptions, createBench, stateOf, talk } from './bench.ts'
import { noTimeFor, order } from './forwarding.ts'

const dialled = (bench: Bench): string[] => bench.phone.commands.flatMap(({ request }) => /phonenumber=([^& ]+)/.exec(request)?.[1] ?? [])

describe('by star codes', () => {
  test('the codes are those of the phone', () => {
    expect(starCodeOf(order(true, 'always'))).toBe('*726014')
    expect(starCodeOf(order(false, 'always'))).toBe('*73')
    expect(starCodeOf(order(true))).toBe('*926014')
    expect(starCodeOf(order(false))).toBe('*93')
  })

  test('each kind is set and ended by its own', async () => {
    const bench = await createBench('grandstream')
    for (const kind of ['always', 'no-answer'] as const) for (const on of [true, false]) await bench.driver.forwarder?.forward(order(on, kind))
    expect(dialled(bench)).toEqual(['*726014', '*73', '*926014', '*93'])
  })

  test.each<[string, (bench: Bench) => void]>([
    ['rings', ({ phone }) => void phone.ring({ number: '857221122' })],
    ['is dialled on', ({ phone }) => void phone.dial('6014')],
    ['talks', ({ phone }) => phone.answer(phone.ring({ number: '857221122' }))],
    [
      'holds',
      ({ phone }) => {
        const id = phone.ring({ number: '857221122' })
        phone.answer(id)
        phone.hold(id)
      },
    ],
  ])('a phone that %s is not told', async (_what, doing) => {
    const bench = await createBench('grandstream')
    doing(bench)
    for (const on of [true, false]) expect(await bench.driver.forwarder?.forward(order(on))).toBe('busy')
    expect(bench.commands()).toEqual([])
  })

  test('a phone that calls its exchange to say the code has not become a desk where somebody dials', async () => {
    const bench = await createBench('grandstream', { callsToSayCodes: true, limits: { lookAfterEventMs: 5, pollEveryMs: 10 } })
    for (const on of [true, false]) {
      expect(await bench.driver.forwarder?.forward(order(on))).toBe('sent')
      await bench.settle()
    }
    await bench.driver.read()
    expect(
      bench.facts.filter(({ type }) => /^call\.|phone\.(hook|audio|lines)/.test(type)).filter((fact) => fact.type !== 'phone.lines' || fact.lines.length > 0),
    ).toEqual([])
    expect(bench.of('phone.forwarding').map(({ on }) => on)).toEqual([true, false])
  })

  test('a person who dials a little later is heard', async () => {
    const bench = await createBench('grandstream', { callsToSayCodes: true })
    await bench.driver.forwarder?.forward(order(true))
    await bench.settle()
    bench.phone.dial('112')
    await bench.settle()
    expect(bench.said()).toEqual(['call.originated 112'])
    bench.skip(7000)
    bench.phone.putDownHandset()
    await bench.settle()
    expect(bench.of('phone.hook')).toMatchObject([{ hook: 'on' }])
  })

  test('where we are logged in anyway, the settings are read as well, and are proof', async () => {
    const bench = await createBench('grandstream', { login: 'challenge', settings: 'update' })
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('confirmed')
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('confirmed')
    bench.phone.setForwarding('no-answer', '6099')
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('foreign')
    expect(bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6099' } })
  })

  test('settings that show no target prove nothing: the phone may keep its own elsewhere', async () => {
    const bench = await createBench('grandstream', { login: 'challenge', settings: 'update' })
    bench.phone.faults = { lie: true }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('sent')
    expect(dialled(bench)).toEqual([])
    expect(bench.commands()).toHaveLength(2)
  })

  test('settings that cannot be read for now are not hidden: no code is dialled over what a person has set', async () => {
    const bench = await createBench('grandstream', { login: 'challenge', settings: 'update' })
    await bench.driver.forwarder?.look()
    bench.phone.setForwarding('no-answer', '6099')
    for (const unlucky of [1, 2, 3]) {
      bench.phone.faults = noTimeFor(unlucky)
      await bench.driver.forwarder?.forward(order(true))
      expect(bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6099' } })
    }
    expect(dialled(bench)).toEqual([])
  })

  test('a passcode is not traded for a login only to look', async () => {
    const bench = await createBench('grandstream', { settings: 'update' })
    await bench.driver.forwarder?.forward(order(true))
    expect(bench.phone.commands.filter(({ request }) => /access|dologin|config_get/.test(request))).toEqual([])
  })
})

describe('by settings', () => {
  const options: BenchOptions = { forwardBy: 'configuration', login: 'challenge', settings: 'update' }

  test.each(['update', 'values', 'values-with-names'] as const)('in the form %s', async (settings) => {
    const bench = await createBench('grandstream', { ...options, settings, targetIsInForce: true })
    bench.phone.faults = { lose: () => true }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
    expect(bench.phone.forwarding()).toEqual({ 'no-answer': { target: '6014', ringMs: 15_000 } })
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('confirmed')
    expect(bench.phone.forwarding()).toEqual({})
  })

  test('a target that is only stored is never held to be in force', async () => {
    const bench = await createBench('grandstream', options)
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
    expect(await bench.driver.forwarder?.look()).toBe('hidden')
    expect(bench.of('phone.forwarding').filter(({ on }) => on)).toEqual([])
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('confirmed')
  })

  test('what the phone has said once is known of its model and firmware from then on', async () => {
    const bench = await createBench('grandstream', { ...options, targetIsInForce: true })
    await bench.driver.forwarder?.forward(order(true))
    await bench.settle()
    await bench.driver.forwarder?.forward(order(false))
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('confirmed')
    expect(await bench.driver.forwarder?.look()).toBe(true)
  })

  test('a person’s word is not taken for the answer to an order that was never given', async () => {
    const bench = await createBench('grandstream', { ...options, targetIsInForce: true })
    bench.phone.setForwarding('always', '6099')
    await bench.settle()
    bench.phone.setForwarding('always', undefined)
    bench.phone.faults = { lose: () => true }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
  })

  test('a value that is passed over with “success” is found out', async () => {
    const bench = await createBench('grandstream', options)
    bench.phone.faults = { ignoresValues: true }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('contradicted')
  })

  test.each<[string, BenchOptions]>([
    ['no settings pages', { login: 'challenge', forwardBy: 'configuration' }],
    ['no login, only a passcode', { forwardBy: 'configuration', settings: 'update' }],
  ])('a phone with %s cannot be told so, and is held all the same', async (_what, given) => {
    const bench = await createBench('grandstream', given)
    await bench.driver.read()
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('unsupported')
    expect(bench.of('phone.refused')).toEqual([])
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
  })

  test('also while there are calls: settings disturb none', async () => {
    const bench = await createBench('grandstream', { ...options, targetIsInForce: true })
    const { id } = await talk(bench)
    await bench.driver.forwarder?.forward(order(true))
    expect(bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6014' } })
    expect(stateOf(bench, id)).toBe('connected')
  })

  test('a session that has run out is opened again', async () => {
    const bench = await createBench('grandstream', options)
    await bench.driver.read()
    for (const expire of ['status', 'body'] as const) {
      bench.phone.faults = { expire }
      expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
      bench.phone.faults = { expire }
      expect(await bench.driver.forwarder?.forward(order(false))).toBe('confirmed')
    }
    expect(bench.of('phone.refused')).toEqual([])
  })
})
