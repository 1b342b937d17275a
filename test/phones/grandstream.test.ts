import { describe, expect, test } from 'vitest'
import { createBench, stateOf, talk } from './bench.ts'

const logins = ['passcode', 'challenge', 'plain'] as const

describe('the way in', () => {
  test.each(logins)('%s is found out by itself, and used from then on', async (login) => {
    const bench = await createBench('grandstream', { login })
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
    expect(bench.driver.health()['login']).toBe(login)
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin'))).toHaveLength(login === 'passcode' ? 0 : 1)
  })

  test.each(logins)('%s with a wrong password stops after one login', async (login) => {
    const bench = await createBench('grandstream', { login, password: 'wrong' })
    const { ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin'))).toHaveLength(1)
    expect(bench.of('phone.refused')).toHaveLength(1)
  })

  test.each(logins)('%s with the password before the new one is found with one further login, and the phone is not told of', async (login) => {
    const bench = await createBench('grandstream', { login, passwords: ['new', 'secret'] })
    const { ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin')).length).toBeLessThanOrEqual(2)
    expect(bench.of('phone.refused')).toEqual([])
  })

  test.each(logins)('%s with two wrong passwords stops after one further login', async (login) => {
    const bench = await createBench('grandstream', { login, passwords: ['new', 'older'] })
    const { ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin'))).toHaveLength(2)
    expect(bench.of('phone.refused')).toHaveLength(1)
    bench.skip(301_000)
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin'))).toHaveLength(3)
  })

  test.each(['challenge', 'plain'] as const)('a session over %s that has run out is opened again, and nobody is locked out', async (login) => {
    const bench = await createBench('grandstream', { login })
    expect(await bench.driver.read()).toMatchObject({ reachable: true })
    for (const answer of ['status', 'body'] as const) {
      bench.phone.faults = { expire: answer }
      expect(await bench.driver.read()).toEqual({ reachable: true })
    }
    expect(bench.of('phone.refused')).toEqual([])
    expect(bench.phone.commands.filter(({ request }) => request.includes('dologin'))).toHaveLength(3)
  })
})

describe('two calls are told apart by their lines', () => {
  test('the one on hold is known as held, and the connected one is not touched for its sake', async () => {
    const bench = await createBench('grandstream')
    const first = await talk(bench)
    const second = await talk(bench, '601234567')
    expect(await bench.driver.hold(first.ref, 1)).toBe('already-held')
    expect(bench.commands()).toEqual([])
    expect([stateOf(bench, first.id), stateOf(bench, second.id)]).toEqual(['held', 'connected'])
  })

  test('a caller who keeps the number back is not mistaken for the other', async () => {
    const bench = await createBench('grandstream')
    const withheld = bench.phone.ring({})
    bench.phone.answer(withheld)
    const second = await talk(bench)
    expect(await bench.driver.hold({ withheld: true }, 1)).toBe('already-held')
    expect(bench.commands()).toEqual([])
    expect([stateOf(bench, withheld), stateOf(bench, second.id)]).toEqual(['held', 'connected'])
  })

  test('a number that is on no line is not connected', async () => {
    const bench = await createBench('grandstream')
    const { id } = await talk(bench)
    expect(await bench.driver.hold({ remote: '123456789' }, 1)).toBe('not-connected')
    expect(bench.commands()).toEqual([])
    expect(stateOf(bench, id)).toBe('connected')
  })

  test('the country code makes no other number', async () => {
    const bench = await createBench('grandstream')
    const { id } = await talk(bench)
    expect(await bench.driver.hold({ remote: '+48857221122' }, 1)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
  })
})

test('a call that the clerk held unheard is said to be held only after the answer, so that it does not count as ours', async () => {
  const bench = await createBench('grandstream')
  const { id, ref } = await talk(bench)
  bench.phone.faults = { lose: (event) => event.startsWith('hold') }
  bench.phone.hold(id)
  const heldBefore = await bench.driver.hold(ref, 1).then((outcome) => ({ outcome, lines: bench.of('phone.lines').flatMap(({ lines }) => lines) }))
  expect(heldBefore).toEqual({ outcome: 'already-held', lines: [] })
  await expect.poll(() => bench.of('phone.lines').at(-1)?.lines).toEqual([{ state: 'held', ref: { remote: '857221122' } }])
})

test('nothing rings and nobody talks: nothing is sent', async () => {
  const bench = await createBench('grandstream')
  expect(await bench.driver.hold({}, 1)).toBe('not-connected')
  bench.phone.ring({ number: '857221122' })
  expect(await bench.driver.hold({ remote: '857221122' }, 1)).toBe('not-connected')
  expect(bench.commands()).toEqual([])
})

test('the lines are read after an event, so that the desk learns what the events left out', async () => {
  const bench = await createBench('grandstream')
  bench.phone.faults = { lose: (event) => event.startsWith('establishedCall') }
  await talk(bench)
  await expect.poll(() => bench.of('phone.lines').at(-1)?.lines).toEqual([{ state: 'connected', ref: { remote: '857221122' } }])
})
