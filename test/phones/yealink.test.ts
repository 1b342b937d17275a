import { describe, expect, test } from 'vitest'
import { createBench, stateOf, talk } from './bench.ts'

const keys = (requests: readonly { readonly request: string }[]): string[] => requests.map(({ request }) => request.replace('GET /servlet?key=', ''))

describe('which command holds', () => {
  test('firmware that knows it is told the call by its id', async () => {
    const bench = await createBench('yealink')
    await bench.driver.read()
    const { id, ref } = await talk(bench)
    await bench.driver.hold(ref, 1)
    expect(keys(bench.commands())).toEqual([`HOLD:${id}`])
  })

  test('firmware 28.72.0.1 has the key pressed once; a second press could resume and is refused', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1' })
    await bench.driver.read()
    const { id, ref } = await talk(bench)
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(await bench.driver.hold(ref, 2)).toBe('unsafe')
    expect(keys(bench.commands())).toEqual(['F_HOLD'])
    expect(stateOf(bench, id)).toBe('held')
  })

  test('a phone that answers 404 to the id has the key pressed at the second attempt', async () => {
    const bench = await createBench('yealink')
    const { id, ref } = await talk(bench)
    bench.phone.faults = { unknownHoldById: true }
    expect(await bench.driver.hold(ref, 1)).not.toBe('sent')
    expect(stateOf(bench, id)).toBe('connected')
    expect(await bench.driver.hold(ref, 2)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
    expect(keys(bench.commands())).toEqual([`HOLD:${id}`, 'F_HOLD'])
  })

  test('a call of which the phone gave no id has the key pressed', async () => {
    const bench = await createBench('yealink')
    bench.phone.faults = { lose: () => true }
    const { id } = await talk(bench)
    expect(await bench.driver.hold({}, 1)).toBe('sent')
    expect(keys(bench.commands())).toEqual(['F_HOLD'])
    expect(stateOf(bench, id)).toBe('held')
    expect(await bench.driver.hold({}, 1)).toBe('unsafe')
    expect(stateOf(bench, id)).toBe('held')
  })

  test('an id that is more than an id presses nothing else', async () => {
    const bench = await createBench('yealink')
    await talk(bench)
    await bench.driver.hold({ phoneId: '33093;Reboot' }, 1)
    expect(keys(bench.commands()).join()).not.toMatch(/reboot/i)
  })
})

describe('what is remembered of a model and firmware', () => {
  test('an id that was obeyed is used again', async () => {
    const bench = await createBench('yealink')
    await bench.driver.read()
    for (const number of ['857221122', '601234567']) {
      const { id, ref } = await talk(bench, number)
      await bench.driver.hold(ref, 1)
      await bench.settle()
      bench.phone.remoteHangsUp(id)
      await bench.settle()
    }
    expect(keys(bench.commands())).toEqual(['HOLD:33093', 'HOLD:33094'])
  })

  test('an id that was taken twice without effect makes the next call’s hold press the key, also after a restart of the agent', async () => {
    const bench = await createBench('yealink')
    await bench.driver.read()
    const first = await talk(bench)
    bench.phone.faults = { lie: true }
    await bench.driver.hold(first.ref, 1)
    await bench.driver.hold(first.ref, 2)
    bench.phone.remoteHangsUp(first.id)
    bench.phone.faults = {}
    const second = await talk(bench, '601234567')
    expect(await bench.driver.hold(second.ref, 1)).toBe('sent')
    expect(stateOf(bench, second.id)).toBe('held')
    expect(keys(bench.commands()).at(-1)).toBe('F_HOLD')
    const later = await createBench('yealink', { memory: bench.memory })
    await later.driver.read()
    await later.driver.hold((await talk(later)).ref, 1)
    expect(keys(later.commands())).toEqual(['F_HOLD'])
  })

  test('another firmware is another phone', async () => {
    const bench = await createBench('yealink')
    await bench.driver.read()
    const { ref } = await talk(bench)
    bench.phone.faults = { lie: true }
    await bench.driver.hold(ref, 1)
    await bench.driver.hold(ref, 2)
    const updated = await createBench('yealink', { memory: bench.memory, firmware: '108.87.0.10' })
    await updated.driver.read()
    await updated.driver.hold((await talk(updated)).ref, 1)
    expect(keys(updated.commands())).toEqual(['HOLD:33093'])
  })

  test('the clerk’s hold of another call confirms nothing', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1' })
    await bench.driver.read()
    const first = await talk(bench)
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    await bench.driver.hold(first.ref, 1)
    bench.phone.faults = {}
    const second = await talk(bench, '601234567')
    bench.phone.hold(second.id)
    await bench.settle()
    expect(await bench.driver.hold(first.ref, 1)).toBe('unsafe')
    expect([stateOf(bench, first.id), stateOf(bench, second.id)]).toEqual(['held', 'held'])
  })

  test('once the phone says that the call was taken back, the key may be pressed again', async () => {
    const bench = await createBench('yealink', { firmware: '28.72.0.1' })
    await bench.driver.read()
    const { id, ref } = await talk(bench)
    bench.phone.faults = { lose: (event) => event.startsWith('hold') }
    await bench.driver.hold(ref, 1)
    bench.phone.resume(id)
    await bench.settle()
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
  })
})

describe('the way in', () => {
  test('Digest, where the phone asks for it', async () => {
    const bench = await createBench('yealink', { authentication: 'digest' })
    expect(await bench.driver.read()).toMatchObject({ reachable: true, firmware: '108.86.0.20', dnd: false })
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(stateOf(bench, id)).toBe('held')
    expect(bench.of('phone.refused')).toEqual([])
    // Basic is tried once, then never again.
    expect(bench.phone.commands.filter(({ status }) => status === 401)).toHaveLength(1)
  })

  test('a wrong password over Digest is tried once', async () => {
    const bench = await createBench('yealink', { authentication: 'digest', password: 'wrong' })
    expect(await bench.driver.read()).toMatchObject({ fault: expect.stringContaining('password') })
    await bench.driver.read()
    expect(bench.phone.commands).toHaveLength(2)
    expect(bench.of('phone.refused')).toHaveLength(1)
  })
})

test('a reading tells firmware, do-not-disturb and forwarding, and says them as facts', async () => {
  const bench = await createBench('yealink')
  bench.phone.setDnd(true)
  bench.phone.setForwarding('no-answer', '6014')
  await bench.settle()
  expect(await bench.driver.read()).toEqual({
    reachable: true,
    firmware: '108.86.0.20',
    dnd: true,
    forwarding: [
      { kind: 'always', on: false },
      { kind: 'busy', on: false },
      { kind: 'no-answer', on: true, target: '6014' },
    ],
  })
  expect(bench.of('phone.described').at(-1)).toMatchObject({ firmware: '108.86.0.20' })
  expect(bench.of('phone.forwarding').at(-1)).toMatchObject({ kind: 'no-answer', on: true, target: '6014' })
})
