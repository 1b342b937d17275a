import { describe, expect, test } from 'vitest'
import type { ForwardWay } from '../../src/config/config.ts'
import type { ForwardOutcome } from '../../src/desk/event.ts'
import type { ForwardKind } from '../../src/desk/policy.ts'
import { createForwarder } from '../../src/phones/forwarder.ts'
import { type Bench, type BenchOptions, createBench, silent, talk, type Vendor } from './bench.ts'

/** One vendor's way to forward, and what can be known by it. */
export interface ForwardingWay {
  readonly vendor: Vendor
  readonly by: ForwardWay
  /** What an order that worked is answered: `sent` where nothing can be read, or where what is read is no proof. */
  readonly set: ForwardOutcome[]
  readonly undone: ForwardOutcome
  /** Whether a reading shows what is set, so that a liar is found out and somebody else's is known as that. */
  readonly reads: boolean
  readonly bench?: BenchOptions
}

export const order = (on: boolean, kind: ForwardKind = 'no-answer', target = '6014') => ({ on, kind, target, ringMs: 15_000 })
const substitute = '6014'
const stranger = '6099'
const kinds: readonly ForwardKind[] = ['no-answer', 'always']

/** From here on, of all questions this one comes at a bad moment. */
export function noTimeFor(unlucky: number): Bench['phone']['faults'] {
  let questions = 0
  return {
    get refuse() {
      questions += 1
      return questions === unlucky ? 503 : undefined
    },
  }
}

/** What every way to forward owes (`Forwarder`), run against an emulated phone that keeps its own state, over real HTTP both ways. */
export function forwardingContract({ vendor, by, set, undone, reads, bench: options }: ForwardingWay): void {
  const open = (more: BenchOptions = {}): Promise<Bench> => createBench(vendor, { forwardBy: by, ...options, ...more })
  const tell = async (bench: Bench, ...given: Parameters<typeof order>): Promise<ForwardOutcome | undefined> => bench.driver.forwarder?.forward(order(...given))
  const target = (bench: Bench, kind: ForwardKind): string | undefined => bench.phone.forwarding()[kind]?.target

  describe(`${vendor} by ${by}: an order to forward`, () => {
    test.each(kinds)('%s is set, the phone’s own word follows, and it is undone', async (kind) => {
      const bench = await open()
      expect(bench.driver.capabilities.forward).toContain(kind)
      expect(await tell(bench, true, kind)).toBeOneOf(set)
      expect(bench.phone.forwarding()).toMatchObject({ [kind]: { target: substitute } })
      expect(await tell(bench, false, kind)).toBe(undone)
      expect(bench.phone.forwarding()).toEqual({})
      await bench.settle()
      expect(bench.of('phone.forwarding').flatMap(({ on, read }) => (read === true ? [] : [on]))).toEqual([true, false])
    })

    test('is one command, whatever the phone does with it', async () => {
      const bench = await open()
      for (const faults of [{}, { lie: true }, { forwardLateMs: 5000 }, { double: true }, { lose: () => true }]) {
        bench.phone.faults = faults
        const before = bench.commands().length
        await tell(bench, true, 'no-answer')
        expect(bench.commands().length - before).toBeLessThanOrEqual(1)
        bench.phone.faults = {}
        bench.phone.setForwarding('no-answer', undefined)
        bench.skip(1000)
      }
    })

    test('that the phone only says yes to is found out, where it can be read', async () => {
      const bench = await open()
      bench.phone.faults = { lie: true }
      expect(await tell(bench, true)).toBe(reads ? 'contradicted' : 'sent')
      bench.phone.faults = {}
      await tell(bench, true)
      bench.phone.faults = { lie: true }
      expect(await tell(bench, false)).toBe(reads ? 'contradicted' : 'sent')
    })

    test('that is obeyed late is waited for, within its limit', async () => {
      const bench = await open({ limits: { forwardReadBackMs: 2000 } })
      bench.phone.faults = { forwardLateMs: 250 }
      expect(await tell(bench, true)).toBeOneOf(set)
      await expect.poll(() => target(bench, 'no-answer')).toBe(substitute)
      expect(await tell(bench, false)).toBe(undone)
      await expect.poll(() => target(bench, 'no-answer')).toBeUndefined()
    })

    test('to undo one that has not come yet is given all the same', async () => {
      const bench = await open()
      bench.phone.faults = { forwardLateMs: 700 }
      await tell(bench, true)
      bench.phone.faults = {}
      bench.phone.faults.forwardLateMs = 400
      // By now it is off, and may be on in a moment: off once more.
      const outcome = await tell(bench, false)
      expect(outcome).not.toBe('foreign')
      expect(bench.commands()).toHaveLength(2)
      await expect.poll(() => target(bench, 'no-answer'), { timeout: 2000 }).toBeUndefined()
    })

    test('whose answer is lost, though the phone did it, is known by the reading', async () => {
      const bench = await open()
      bench.phone.faults = { loseAnswers: 'commands' }
      expect(await tell(bench, true)).toBeOneOf(reads ? set : (['unreachable'] as ForwardOutcome[]))
      expect(target(bench, 'no-answer')).toBe(substitute)
      bench.phone.faults = { loseAnswers: 'all' }
      expect(await tell(bench, false)).toBe('unreachable')
    })

    test('whose answer cannot be read, though the phone did it, is never taken for one that it does not know', async () => {
      const bench = await open()
      bench.phone.faults = { garbleAnswers: 'commands' }
      expect(await tell(bench, true)).toBeOneOf([...set, 'unreachable'])
      expect(target(bench, 'no-answer')).toBe(substitute)
    })

    test('orders are carried out in their order, one at a time', async () => {
      const bench = await open({ limits: { keyGapMs: 500 } })
      const outcomes = await Promise.all([tell(bench, true, 'no-answer'), tell(bench, true, 'always'), tell(bench, false, 'no-answer')])
      expect(outcomes.slice(0, 2).every((outcome) => outcome !== undefined && set.includes(outcome))).toBe(true)
      expect(outcomes[2]).toBe(undone)
      expect(bench.phone.forwarding()).toEqual({ always: expect.objectContaining({ target: substitute }) })
      const times = bench.commands().map(({ at }) => at)
      // They are apart where they are sent; on a busy machine the first may be under way for longer than the next.
      for (const [index, at] of times.entries()) if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThan(250)
    })

    test('a hold does not wait for an order that is being read back', async () => {
      const bench = await open({ limits: { forwardReadBackMs: 3000, forwardReadEveryMs: 1000 } })
      const { ref } = await talk(bench)
      bench.phone.faults = { forwardLateMs: 2500 }
      let forwarded = false
      const forwarding = tell(bench, true).finally(() => {
        forwarded = true
      })
      await expect.poll(() => bench.commands().length + (by === 'star-codes' ? 1 : 0)).toBeGreaterThan(0)
      expect(await bench.driver.hold(ref, 1)).toBe('sent')
      expect(forwarded).toBe(by === 'star-codes')
      await forwarding
    })

    test.each(['6014;Reboot', '6014=0', '6014&key=Reset', '', ' ', 'sip:6014@pbx', '1'.repeat(33), '60\r\n14', 'żółw'])(
      'to %j is no number: nothing is sent',
      async (number) => {
        const bench = await open()
        expect(await tell(bench, true, 'always', number)).toBe('unsupported')
        expect(bench.phone.commands).toEqual([])
      },
    )

    test('is answered in time, however long the phone takes', async () => {
      const bench = await open({ timeoutMs: 4000, limits: { forwardWithinMs: 400 } })
      bench.phone.faults = { silent: true }
      const began = performance.now()
      const outcomes = await Promise.all([tell(bench, true), tell(bench, false)])
      expect(outcomes).toEqual(['unreachable', 'unreachable'])
      // Well before the phone itself would have been given up.
      expect(performance.now() - began).toBeLessThan(3000)
    })

    test('after its time nothing is sent any more, whatever was read by then', async () => {
      const bench = await open({ limits: { forwardWithinMs: 300 } })
      await bench.driver.read()
      bench.phone.faults = { slowMs: 350 }
      const first = tell(bench, true)
      const second = tell(bench, true, 'always')
      expect(await Promise.all([first, second])).toEqual(['unreachable', 'unreachable'])
      bench.phone.faults = {}
      // It waits for its turn behind both.
      await bench.driver.forwarder?.look()
      expect(bench.commands()).toEqual([])
      expect(bench.phone.forwarding()).toEqual({})
    })
  })

  if (reads)
    describe(`${vendor} by ${by}: what is not ours`, () => {
      test('is foreign, told as it was read, and not touched, neither to set nor to undo', async () => {
        const bench = await open()
        bench.phone.setForwarding('no-answer', stranger)
        await bench.settle()
        for (const on of [true, false]) {
          const before = bench.facts.length
          expect(await tell(bench, on)).toBe('foreign')
          expect(bench.facts.slice(before)).toContainEqual({ type: 'phone.forwarding', kind: 'no-answer', on: true, target: stranger, read: true })
        }
        expect(bench.commands()).toEqual([])
        expect(target(bench, 'no-answer')).toBe(stranger)
      })

      test.each([1, 2, 3, 4])('is not written over unseen, whichever question the phone has no time for (the %i. of an order)', async (unlucky) => {
        const bench = await open()
        await bench.driver.forwarder?.look()
        bench.phone.setForwarding('no-answer', stranger)
        for (const on of [true, false]) {
          bench.phone.faults = noTimeFor(unlucky)
          await tell(bench, on)
          expect(target(bench, 'no-answer')).toBe(stranger)
        }
      })

      test('another kind of theirs stays when ours is set and undone', async () => {
        const bench = await open()
        bench.phone.setForwarding('always', stranger)
        expect(await tell(bench, true, 'no-answer')).toBeOneOf(set)
        expect(await tell(bench, false, 'no-answer')).toBe(undone)
        expect(bench.phone.forwarding()).toEqual({ always: { target: stranger } })
      })

      test('off already is confirmed, and nothing is sent', async () => {
        const bench = await open()
        expect(await tell(bench, false)).toBe('confirmed')
        bench.phone.setForwarding('always', stranger)
        expect(await tell(bench, false, 'no-answer')).toBe('confirmed')
        expect(bench.commands()).toEqual([])
      })

      test('set already as ordered is left as it is', async () => {
        const bench = await open()
        await tell(bench, true)
        expect(await tell(bench, true)).toBeOneOf(set)
        expect(bench.commands()).toHaveLength(1)
      })

      test('the same number in another spelling is ours', async () => {
        const bench = await open()
        bench.phone.faults = { writesTarget: (number) => number.replace(/^0/, '+48') }
        expect(await tell(bench, true, 'always', '085 869 60-14')).toBeOneOf(set)
        expect(target(bench, 'always')).toBe('+48858696014')
        expect(await tell(bench, false, 'always', '0858696014')).toBe(undone)
        expect(bench.phone.forwarding()).toEqual({})
      })

      test('a number that the phone writes so that nobody could know it again is taken back at once', async () => {
        const bench = await open()
        bench.phone.faults = { writesTarget: (number) => `9${number}` }
        expect(await tell(bench, true)).toBe('contradicted')
        expect(bench.phone.forwarding()).toEqual({})
      })
    })

  describe(`${vendor} by ${by}: a phone that says no`, () => {
    test.each([401, 403])('with %i is left alone until the back-off is over', async (status) => {
      const bench = await open()
      bench.phone.faults = { refuse: status }
      expect(await tell(bench, true)).toBe('refused')
      const asked = bench.phone.commands.length
      expect(await tell(bench, true)).toBe('refused')
      expect(await tell(bench, false)).toBe('refused')
      expect(await bench.driver.forwarder?.look()).toBe(false)
      expect(bench.phone.commands).toHaveLength(asked)
      expect(bench.commands()).toEqual([])
      expect(bench.of('phone.refused')).toHaveLength(1)
      bench.phone.faults = {}
      bench.skip(301_000)
      expect(await tell(bench, true)).toBeOneOf(set)
    })

    test('because the password is another one is asked once', async () => {
      const bench = await open({ password: 'wrong' })
      expect(await tell(bench, true)).toBe('refused')
      const asked = bench.phone.commands.length
      expect(await tell(bench, false)).toBe('refused')
      expect(bench.phone.commands).toHaveLength(asked)
      expect(bench.phone.forwarding()).toEqual({})
    })

    test('because it is off is an outcome', async () => {
      const bench = await open()
      bench.phone.faults = { deaf: true }
      expect(await tell(bench, true)).toBe('unreachable')
      await bench.phone.stop()
      expect(await tell(bench, false)).toBe('unreachable')
      expect(await bench.driver.forwarder?.look()).toBe(false)
    })
  })

  describe(`${vendor} by ${by}: a look`, () => {
    if (reads)
      test('says every kind that can be told, as read', async () => {
        const bench = await open()
        // After this, one that keeps targets without more has shown that they are in force.
        await tell(bench, true)
        await bench.settle()
        await tell(bench, false)
        bench.phone.setForwarding('always', stranger)
        await bench.settle()
        const before = bench.facts.length
        expect(await bench.driver.forwarder?.look()).toBe(true)
        const said = bench.facts.slice(before)
        expect(said).toContainEqual({ type: 'phone.forwarding', kind: 'always', on: true, target: stranger, read: true })
        expect(said).toContainEqual({ type: 'phone.forwarding', kind: 'no-answer', on: false, read: true })
      })

    if (!reads)
      test('of a phone that does not show it says that it is hidden', async () => {
        const bench = await open()
        expect(await bench.driver.forwarder?.look()).toBe('hidden')
        expect(bench.of('phone.forwarding')).toEqual([])
      })

    test('that reaches nobody says so', async () => {
      const bench = await open()
      bench.phone.faults = { deaf: true }
      expect(await bench.driver.forwarder?.look()).toBe(false)
      expect(bench.of('phone.forwarding')).toEqual([])
    })
  })

  test(`${vendor} by ${by}: the same is undone without a driver and without a listener`, async () => {
    const bench = await open()
    await tell(bench, true)
    const said: unknown[] = []
    const forwarder = createForwarder(
      { vendor, by, url: bench.phone.url(), username: 'admin', passwords: () => ['secret'] },
      { emit: (fact) => void said.push(fact), log: silent, now: () => performance.now(), limits: { forwardReadBackMs: 300, forwardReadEveryMs: 40 } },
    )
    expect(await forwarder?.forward(order(false))).toBe(undone)
    expect(bench.phone.forwarding()).toEqual({})
    expect(said).toEqual([])
    await forwarder?.stop()
    await forwarder?.stop()
    expect(await forwarder?.forward(order(false))).toBe('unreachable')
  })
}
