import { describe, expect, test } from 'vitest'
import { createBench, type Vendor } from './bench.ts'

const maria = '857221122'

/** What a forwarded phone does with a call (302), and what it says of it. */
describe.each<Vendor>(['yealink', 'grandstream'])('a %s that is forwarded', (vendor) => {
  test('always: does not ring, and the call goes where it was told', async () => {
    const bench = await createBench(vendor)
    bench.phone.setForwarding('always', '6014')
    const id = bench.phone.ring({ number: maria })
    await bench.settle()
    expect(bench.phone.calls()).toEqual([])
    expect(bench.phone.diversions()).toEqual([{ id, kind: 'always', target: '6014', number: maria }])
    expect(bench.said()).toEqual(vendor === 'yealink' ? [`call.cleared ${maria} diverted`] : [])
  })

  test('on no answer: rings for its time first, and not at all if somebody answers', async () => {
    const bench = await createBench(vendor)
    bench.phone.setForwarding('no-answer', '6014', 60)
    const answered = bench.phone.ring({ number: '601234567' })
    bench.phone.answer(answered)
    bench.phone.remoteHangsUp(answered)
    const seen: string[] = []
    bench.phone.onDiverted(({ target }) => seen.push(target))
    bench.phone.ring({ number: maria })
    expect(bench.phone.calls()).toMatchObject([{ state: 'alerting' }])
    await expect.poll(() => seen).toEqual(['6014'])
    await bench.settle()
    expect(bench.phone.calls()).toEqual([])
    expect(bench.said().slice(-2)).toEqual([`call.delivered ${maria}`, `call.cleared ${maria} ${vendor === 'yealink' ? 'diverted' : 'unknown'}`])
  })

  test('and no more: a call that rings in vain stays here', async () => {
    const bench = await createBench(vendor)
    bench.phone.setForwarding('no-answer', '6014', 40)
    bench.phone.ring({ number: maria })
    bench.phone.setForwarding('no-answer', undefined)
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(bench.phone.diversions()).toEqual([])
    expect(bench.phone.calls()).toMatchObject([{ state: 'alerting' }])
  })

  test('when busy: only a second call goes', async () => {
    const bench = await createBench(vendor)
    bench.phone.setForwarding('busy', '6014')
    bench.phone.ring({ number: maria })
    bench.phone.ring({ number: '601234567' })
    expect(bench.phone.diversions()).toMatchObject([{ kind: 'busy', number: '601234567' }])
    expect(bench.phone.calls()).toMatchObject([{ number: maria }])
  })
})
