import { describe, expect, test } from 'vitest'
import { forwardWayOf } from '../../src/phones/forward-way.ts'
import { keyOf } from '../../src/phones/yealink/forwarding.ts'
import { createBench } from './bench.ts'
import { noTimeFor, order } from './forwarding.ts'

describe('the key', () => {
  const command = { on: true, kind: 'no-answer', target: '6014', ringMs: 15_000 } as const

  test('is spelled as in the guides', () => {
    expect(keyOf(command)).toBe('NoAnswFwdOn=6014=18')
    expect(keyOf({ ...command, on: false })).toBe('NoAnswFwdOff')
    expect(keyOf({ ...command, kind: 'always' })).toBe('AlwaysFwdOn=6014')
    expect(keyOf({ ...command, kind: 'always', on: false })).toBe('AlwaysFwdOff')
  })

  test.each([
    [0, 6],
    [6000, 6],
    [6001, 12],
    [15_000, 18],
    [18_000, 18],
    [119_000, 120],
    [3_600_000, 120],
  ])('counts %i ms as %i s: whole rings, and never fewer than asked', (ringMs, seconds) => {
    expect(keyOf({ ...command, ringMs })).toBe(`NoAnswFwdOn=6014=${seconds}`)
  })

  test('leaves nothing in a number that ends it', () => {
    expect(keyOf({ ...command, kind: 'always', target: '+48*21#' })).toBe('AlwaysFwdOn=%2B48*21%23')
  })
})

describe('a phone whose settings', () => {
  test('leave the forwarding out has only its own word: sent, and undone without a reading', async () => {
    const bench = await createBench('yealink', { showsForwarding: 'none' })
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('sent')
    expect(bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6014' } })
    expect(await bench.driver.forwarder?.look()).toBe('hidden')
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('sent')
    expect(bench.phone.forwarding()).toEqual({})
    await bench.settle()
    expect(bench.of('phone.forwarding')).toEqual([
      { type: 'phone.forwarding', kind: 'no-answer', on: true },
      { type: 'phone.forwarding', kind: 'no-answer', on: false },
    ])
  })

  test('show it to one spelling of the question only are asked in the other once, and in that one from then on', async () => {
    const bench = await createBench('yealink', { showsForwarding: 'brackets' })
    expect(await bench.driver.forwarder?.look()).toBe(true)
    expect(await bench.driver.read()).toMatchObject({ forwarding: [{ on: false }, { on: false }, { on: false }] })
    expect(bench.phone.commands.map(({ request }) => request.includes('['))).toEqual([false, true, true])
  })

  test('could not be asked in the other spelling are not given up: nothing is set over what a person has set there', async () => {
    const bench = await createBench('yealink', { showsForwarding: 'brackets' })
    bench.phone.setForwarding('no-answer', '6099')
    bench.phone.faults = noTimeFor(2)
    expect(await bench.driver.forwarder?.look()).toBe(false)
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('foreign')
    expect(bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6099' } })
  })

  test('cannot be read for now are not hidden', async () => {
    const bench = await createBench('yealink')
    bench.phone.faults = { refuse: 503 }
    expect(await bench.driver.forwarder?.look()).toBe(false)
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('unreachable')
    expect(bench.commands()).toEqual([])
  })

  test('never show it cost one question more in all', async () => {
    const bench = await createBench('yealink', { showsForwarding: 'none' })
    for (let time = 0; time < 3; time += 1) await bench.driver.read()
    expect(bench.phone.commands).toHaveLength(4)
  })

  test('are kept for each account (fwd_mode 1) does nothing, and that is found out', async () => {
    const bench = await createBench('yealink', { forwardMode: 1 })
    expect(await bench.driver.forwarder?.forward(order(true, 'always'))).toBe('contradicted')
  })

  test('are shown as they were a moment ago is waited for', async () => {
    const bench = await createBench('yealink', { limits: { forwardReadBackMs: 1000, forwardLateMs: 3000 } })
    bench.phone.faults = { forwardStaleMs: 200 }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('confirmed')
    expect(await bench.driver.forwarder?.forward(order(false))).toBe('confirmed')
    bench.phone.faults = { forwardStaleMs: 5000 }
    expect(await bench.driver.forwarder?.forward(order(true))).toBe('contradicted')
    // It shows none, but it was told a moment ago: so it is told to end it, whatever it shows.
    await bench.driver.forwarder?.forward(order(false))
    expect(bench.phone.forwarding()).toEqual({})
  })
})

test('firmware that knows no such key says so', async () => {
  const bench = await createBench('yealink')
  bench.phone.faults = { unknownForwardKeys: true }
  expect(await bench.driver.forwarder?.forward(order(true))).toBe('unsupported')
})

test('a reading that an order has overtaken says nothing of the forwarding', async () => {
  const bench = await createBench('yealink')
  const [outcome] = await Promise.all([bench.driver.forwarder?.forward(order(true)), bench.driver.read()])
  expect(outcome).toBe('confirmed')
  expect(bench.of('phone.forwarding').filter(({ read }) => read === true)).toEqual([])
  await bench.driver.read()
  expect(bench.of('phone.forwarding').filter(({ read, on }) => read === true && on)).toMatchObject([{ kind: 'no-answer', target: '6014' }])
})

test.each([
  ['keeps its forwarding over a restart', {}, true],
  ['has lost it by a restart', { forgetsForwarding: true }, false],
])('a phone that %s is known by a look', async (_name, faults, on) => {
  const bench = await createBench('yealink')
  await bench.driver.forwarder?.forward(order(true))
  bench.phone.faults = faults
  bench.phone.reboot()
  await bench.settle()
  expect(await bench.driver.forwarder?.look()).toBe(true)
  expect(bench.of('phone.forwarding').findLast(({ kind, read }) => kind === 'no-answer' && read === true)?.on).toBe(on)
})

describe('the way that a desk is forwarded by', () => {
  const sip = { forwardOn: '*72' } as never
  const way = (vendor: 'yealink' | 'grandstream' | 'analogue', forwarding = {}, more = {}) => forwardWayOf({ phone: { vendor } as never, forwarding, ...more })

  test('is what the phone does best, unless the office says otherwise', () => {
    expect(['yealink', 'grandstream', 'analogue'].map((vendor) => way(vendor as 'yealink'))).toEqual(['phone', 'star-codes', 'none'])
    expect(way('analogue', {}, { sip })).toBe('exchange')
    expect(way('yealink', {}, { sip })).toBe('phone')
    expect(way('grandstream', { by: 'configuration' })).toBe('configuration')
    expect(way('yealink', { by: 'exchange' }, { sip })).toBe('exchange')
    expect(way('yealink', { by: 'none' })).toBe('none')
    expect(way('yealink', { by: 'star-codes' })).toBe('none')
  })

  test('none: the phone cannot be told, and says so', async () => {
    const bench = await createBench('yealink', { forwardBy: 'none' })
    expect(bench.driver.capabilities.forward).toEqual([])
    expect(bench.driver.forwarder).toBeUndefined()
  })
})
