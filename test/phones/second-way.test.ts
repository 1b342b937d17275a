import { describe, expect, test } from 'vitest'
import { createBench, stateOf, talk } from './bench.ts'

type Pressed = 'done' | 'refused' | 'unclear' | 'unsent'

/** A bench whose second way is written down, and answers so. */
async function withSecondWay(answer: Pressed, options: Parameters<typeof createBench>[1] = {}) {
  const keys: string[] = []
  const bench = await createBench('yealink', {
    ...options,
    async pressKey(key) {
      keys.push(key)
      return answer
    },
  })
  return { bench, keys }
}

describe('the hold key of a Yealink by a second way', () => {
  test('is not used while the phone takes the command over HTTP', async () => {
    const { bench, keys } = await withSecondWay('done')
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(keys).toEqual([])
    expect(stateOf(bench, id)).toBe('held')
  })
  test('is used where the phone turns us down, with the same key', async () => {
    const { bench, keys } = await withSecondWay('done', { password: 'wrong' })
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('sent')
    expect(keys).toEqual([`HOLD:${id}`])
  })
  test('a key that toggles is pressed once: what may have worked is not repeated by either way', async () => {
    const { bench, keys } = await withSecondWay('unclear', { password: 'wrong' })
    bench.phone.faults = { lose: () => true }
    await talk(bench)
    expect(await bench.driver.hold({}, 1)).toBe('unreachable')
    expect(await bench.driver.hold({}, 2)).toBe('unsafe')
    expect(keys).toEqual(['F_HOLD'])
  })
  test('a key that went over HTTP and was not answered is not pressed again by NOTIFY', async () => {
    const { bench, keys } = await withSecondWay('done', { timeoutMs: 100 })
    bench.phone.faults = { lose: () => true }
    await talk(bench)
    bench.phone.faults = { lose: () => true, silent: true }
    expect(await bench.driver.hold({}, 1)).toBe('unreachable')
    bench.phone.faults = { lose: () => true, deaf: true }
    expect(await bench.driver.hold({}, 2)).toBe('unsafe')
    expect(keys).toEqual([])
  })
  test('that is turned down, too, leaves the first answer; and did nothing', async () => {
    const { bench, keys } = await withSecondWay('refused', { password: 'wrong' })
    const { id, ref } = await talk(bench)
    expect(await bench.driver.hold(ref, 1)).toBe('refused')
    expect(stateOf(bench, id)).toBe('connected')
    expect(keys).toHaveLength(1)
  })
  test('is not used for a request that may have got through', async () => {
    const { bench, keys } = await withSecondWay('done', { timeoutMs: 100 })
    const { ref } = await talk(bench)
    bench.phone.faults = { silent: true }
    expect(await bench.driver.hold(ref, 1)).toBe('unreachable')
    expect(keys).toEqual([])
  })
  test('is not used for a call that the phone says is held already', async () => {
    const { bench, keys } = await withSecondWay('done', { password: 'wrong' })
    const { id, ref } = await talk(bench)
    bench.phone.hold(id)
    await bench.settle()
    expect(await bench.driver.hold(ref, 1)).toBe('already-held')
    expect(keys).toEqual([])
  })
})
