import { describe, expect, test } from 'vitest'
import { createBench, stateOf, talk } from './bench.ts'

const keys = (requests: readonly { readonly request: string }[]): string[] => requests.map(({ request }) => request.replace('GET /servlet?key=', ''))

describe('firmware that says yes to an id and knows only the key', () => {
  test('costs one call its hold, and the next is held by the key', async () => {
    const bench = await createBench('yealink', { firmware: '66.81.0.25' })
    await bench.driver.read()
    bench.phone.faults = { ignoreHoldById: true }
    const first = await talk(bench)
    expect([await bench.driver.hold(first.ref, 1), await bench.driver.hold(first.ref, 2)]).toEqual(['sent', 'sent'])
    expect(stateOf(bench, first.id)).toBe('connected')
    bench.phone.remoteHangsUp(first.id)
    const second = await talk(bench, '601234567')
    expect(await bench.driver.hold(second.ref, 1)).toBe('sent')
    await bench.settle()
    expect(stateOf(bench, second.id)).toBe('held')
    expect(await bench.driver.hold(second.ref, 2)).toBe('already-held')
    expect(keys(bench.commands())).toEqual([`HOLD:${first.id}`, `HOLD:${first.id}`, 'F_HOLD'])
  })

  test('is not condemned for one lost word: a form that has worked here is kept', async () => {
    const bench = await createBench('yealink')
    await bench.driver.read()
    const first = await talk(bench)
    await bench.driver.hold(first.ref, 1)
    await bench.settle()
    bench.phone.remoteHangsUp(first.id)
    const second = await talk(bench, '601234567')
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    await bench.driver.hold(second.ref, 1)
    await bench.driver.hold(second.ref, 2)
    bench.phone.faults = {}
    bench.phone.remoteHangsUp(second.id)
    const third = await talk(bench, '509876543')
    await bench.driver.hold(third.ref, 1)
    expect(keys(bench.commands()).at(-1)).toBe(`HOLD:${third.id}`)
  })
})

describe('the key', () => {
  test('is not pressed for one call while another talks', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1' })
    await bench.driver.read()
    const first = await talk(bench)
    // The word that the first call was put on hold for the second is lost: for us both talk.
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    const second = await talk(bench, '601234567')
    expect(await bench.driver.hold(first.ref, 1)).toBe('unsafe')
    expect(await bench.driver.hold(second.ref, 1)).toBe('unsafe')
    expect(bench.commands()).toEqual([])
    expect([stateOf(bench, first.id), stateOf(bench, second.id)]).toEqual(['held', 'connected'])
  })

  test('is pressed at the second attempt if the first never reached the phone', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1' })
    await bench.driver.read()
    const { id, ref } = await talk(bench)
    const url = new URL(bench.phone.url())
    await bench.phone.stop()
    expect(await bench.driver.hold(ref, 1)).toBe('unreachable')
    await bench.phone.start(Number(url.port))
    expect(await bench.driver.hold(ref, 2)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
  })

  test('is not pressed again if the phone may have heard and did not answer', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1', timeoutMs: 100 })
    await bench.driver.read()
    const { ref } = await talk(bench)
    bench.phone.faults = { silent: true }
    expect(await bench.driver.hold(ref, 1)).toBe('unreachable')
    bench.phone.faults = {}
    expect(await bench.driver.hold(ref, 2)).toBe('unsafe')
    expect(bench.commands()).toEqual([])
  })

  test('is withdrawn when the clerk presses it while ours waits for its turn', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1', limits: { keyGapMs: 400 } })
    await bench.driver.read()
    const first = await talk(bench)
    await bench.driver.hold(first.ref, 1)
    await bench.settle()
    bench.phone.remoteHangsUp(first.id)
    const second = await talk(bench, '601234567')
    const outcome = bench.driver.hold(second.ref, 1)
    bench.phone.hold(second.id)
    await bench.settle()
    expect(await outcome).toBe('already-held')
    expect(stateOf(bench, second.id)).toBe('held')
    expect(keys(bench.commands())).toEqual(['F_HOLD'])
  })
})

test('an id with something behind it presses no second key', async () => {
  const bench = await createBench('yealink')
  const { id } = await talk(bench)
  await bench.driver.hold({ phoneId: `${id};Reboot` }, 1)
  expect(keys(bench.commands()).join()).not.toContain('Reboot')
})

describe('the way in', () => {
  test('Digest by SHA-256', async () => {
    const bench = await createBench('yealink', { authentication: 'digest-sha-256' })
    expect(await bench.driver.read()).toMatchObject({ reachable: true, firmware: '108.86.0.20' })
    expect(bench.of('phone.refused')).toEqual([])
  })

  test('a wrong password never comes near the phone’s lock', async () => {
    const bench = await createBench('yealink', { password: 'wrong', lockAfterWrong: 2 })
    await bench.driver.start()
    const { ref } = await talk(bench)
    for (const attempt of [1, 2, 1, 2] as const) await bench.driver.hold(ref, attempt)
    await bench.driver.read()
    expect(bench.phone.commands).toHaveLength(1)
    expect(bench.phone.commands[0]?.status).toBe(401)
  })
})

test('whatever share of its words is lost, no command of ours takes a call off hold', async () => {
  for (const firmware of ['28.72.0.1', '108.86.0.20']) {
    const bench = await createBench('yealink', { firmware, limits: { keyGapMs: 0 } })
    await bench.driver.read()
    bench.phone.faults = { loseShare: 0.5 }
    for (let round = 0; round < 12; round += 1) {
      const id = bench.phone.ring({ number: '857221122' })
      bench.phone.answer(id)
      await bench.settle()
      for (const attempt of [1, 2, 1, 2] as const) {
        const before = stateOf(bench, id)
        await bench.driver.hold({ phoneId: id, remote: '857221122' }, attempt)
        await bench.settle()
        expect(before === 'held' ? stateOf(bench, id) : 'held').toBe('held')
      }
      bench.phone.remoteHangsUp(id)
      bench.phone.putDownHandset()
      await bench.settle()
    }
  }
})
