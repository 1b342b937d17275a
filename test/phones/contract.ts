import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { createBench, stateOf, talk, type Vendor } from './bench.ts'

const maria = '857221122'
const jan = '601234567'

interface Story {
  readonly name: string
  readonly play: (phone: EmulatedPhone) => void
  /** What is said of calls; a Grandstream has fewer events and no reasons. */
  readonly facts: Readonly<Record<Vendor, readonly string[]>>
}

const heard = `call.delivered ${maria}`
const answered = [heard, `call.established ${maria}`]
const both = (...facts: readonly string[]): Story['facts'] => ({ yealink: facts, grandstream: facts })

/** The sequences of reference yealink §1.5. */
const stories: readonly Story[] = [
  {
    name: 'answered by lifting the handset, and the caller hangs up',
    play(phone) {
      const id = phone.ring({ number: maria, name: 'Maria Żółć & Co' })
      phone.answer(id)
      phone.remoteHangsUp(id)
    },
    facts: both(...answered, `call.cleared ${maria} unknown`),
  },
  {
    name: 'answered on the speaker, and the clerk hangs up',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id, 'speaker')
      phone.hangUp(id)
    },
    facts: both(...answered, `call.cleared ${maria} unknown`),
  },
  {
    name: 'the caller gives up',
    play: (phone) => phone.callerGivesUp(phone.ring({ number: maria })),
    facts: { yealink: [heard, `call.cleared ${maria} cancelled`, `call.cleared ${maria} missed`], grandstream: [heard, `call.cleared ${maria} missed`] },
  },
  {
    name: 'a caller who keeps the number back',
    play: (phone) => phone.remoteHangsUp(phone.ring({})),
    facts: both('call.delivered withheld', 'call.cleared withheld unknown'),
  },
  {
    name: 'the clerk holds and takes back',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id)
      phone.hold(id)
      phone.resume(id)
    },
    facts: both(...answered, `call.held ${maria}`, `call.retrieved ${maria}`),
  },
  {
    name: 'the clerk mutes and unmutes',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id)
      phone.mute(id, true)
      phone.mute(id, false)
    },
    facts: { yealink: [...answered, `call.muted ${maria} true`, `call.muted ${maria} false`], grandstream: answered },
  },
  {
    name: 'a second call while talking, answered',
    play(phone) {
      phone.answer(phone.ring({ number: maria }))
      phone.answer(phone.ring({ number: jan }))
    },
    facts: {
      yealink: [...answered, `call.delivered ${jan}`, `call.held ${maria}`, `call.established ${jan}`, `call.established ${jan}`],
      grandstream: [...answered, `call.delivered ${jan}`, `call.held ${maria}`, `call.established ${jan}`],
    },
  },
  {
    name: 'a blind transfer',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id)
      phone.blindTransfer(id)
    },
    facts: {
      yealink: [...answered, `call.transferred ${maria} blind started`, `call.transferred ${maria} unknown finished`, `call.cleared ${maria} unknown`],
      grandstream: [...answered, `call.transferred ${maria} blind started`, `call.cleared ${maria} unknown`],
    },
  },
  {
    name: 'an announced transfer',
    play(phone) {
      phone.answer(phone.ring({ number: maria }))
      phone.remoteAnswers(phone.dial('6014'))
      phone.attendedTransfer()
    },
    facts: {
      yealink: [
        ...[...answered, `call.held ${maria}`, 'call.originated 6014', 'call.established 6014', 'call.transferred 6014 attended started'],
        ...[`call.transferred ${maria} unknown finished`, `call.cleared ${maria} unknown`],
        ...['call.transferred 6014 unknown finished', 'call.cleared 6014 unknown'],
      ],
      grandstream: [
        ...[...answered, `call.held ${maria}`, 'call.originated 6014', 'call.established 6014', 'call.transferred 6014 attended started'],
        ...[`call.cleared ${maria} unknown`, 'call.cleared 6014 unknown'],
      ],
    },
  },
  {
    name: 'a callee who is busy',
    play: (phone) => phone.remoteBusy(phone.dial('6014')),
    facts: {
      yealink: ['call.originated 6014', 'call.cleared 6014 busy', 'call.cleared 6014 unknown'],
      grandstream: ['call.originated 6014', 'call.cleared 6014 unknown'],
    },
  },
  {
    name: 'a clerk who dials and thinks better of it',
    play: (phone) => phone.hangUp(phone.dial('6014')),
    facts: { yealink: ['call.originated 6014', 'call.cleared 6014 local-bye'], grandstream: ['call.originated 6014', 'call.cleared 6014 unknown'] },
  },
]

/**
 * What every phone driver keeps, whatever the vendor (the promises of `PhoneDriver`): run against an emulated phone that keeps its own state, over real
 * HTTP both ways. Whether a hold worked is asked of the phone, never of the driver.
 */
export function phoneContract(vendor: Vendor): void {
  describe(`${vendor}: what the phone says`, () => {
    test.each(stories)('$name', async ({ play, facts }) => {
      const bench = await createBench(vendor)
      play(bench.phone)
      await bench.settle()
      expect(bench.said()).toEqual(facts[vendor])
    })

    test('hook, do-not-disturb, forwarding and a restart arrive', async () => {
      const bench = await createBench(vendor)
      bench.phone.liftHandset()
      bench.phone.putDownHandset()
      bench.phone.setDnd(true)
      bench.phone.setForwarding('always', '6014')
      bench.phone.setForwarding('always', undefined)
      bench.phone.reboot()
      await bench.settle()
      expect(bench.of('phone.hook').map(({ hook }) => hook)).toEqual(['off', 'on'])
      expect(bench.of('phone.dnd').map(({ on }) => on)).toEqual([true])
      expect(bench.of('phone.forwarding').map(({ on }) => on)).toEqual([true, false])
      expect(bench.of('phone.restarted')).toHaveLength(1)
    })

    test('a caller’s name that looks like a query changes nothing', async () => {
      const bench = await createBench(vendor)
      bench.phone.ring({ number: maria, name: 'x&c=1&r=112&m=000000000000 HTTP/1.1' })
      await bench.settle()
      expect(bench.said()).toEqual([heard])
    })

    test('events that come twice, late and in any order are all passed on', async () => {
      const bench = await createBench(vendor)
      bench.phone.faults = { double: true, delayMs: 40, reorder: true }
      const id = bench.phone.ring({ number: maria })
      bench.phone.answer(id)
      bench.phone.hold(id)
      bench.phone.resume(id)
      bench.phone.remoteHangsUp(id)
      await bench.settle()
      const once = [...answered, `call.held ${maria}`, `call.retrieved ${maria}`, `call.cleared ${maria} unknown`]
      expect([...bench.said()].sort()).toEqual([...once, ...once].sort())
      expect(bench.said()).not.toEqual(once.flatMap((fact) => [fact, fact]))
    })

    test('another phone’s MAC is turned away', async () => {
      const bench = await createBench(vendor, { mac: '001565000000' })
      bench.phone.ring({ number: maria })
      await bench.settle()
      expect(bench.facts).toEqual([])
      expect(bench.driver.health()['otherPhone']).toBeGreaterThan(0)
    })
  })

  describe(`${vendor}: a hold`, () => {
    test('holds the call, and the phone’s own word follows', async () => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      expect(await bench.driver.hold(ref, 1)).toBe('sent')
      await bench.settle()
      expect(stateOf(bench, id)).toBe('held')
      expect(bench.of('call.held').map(({ ref: held }) => held.remote)).toEqual([maria])
    })

    test('takes the right one of two calls', async () => {
      const bench = await createBench(vendor)
      const first = await talk(bench)
      const second = await talk(bench, jan)
      expect(await bench.driver.hold(second.ref, 1)).toBe('sent')
      expect([stateOf(bench, first.id), stateOf(bench, second.id)]).toEqual(['held', 'held'])
    })

    test('leaves a second call alone that only rings', async () => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      const ringing = bench.phone.ring({ number: jan })
      await bench.driver.hold(ref, 1)
      expect([stateOf(bench, id), stateOf(bench, ringing)]).toEqual(['held', 'alerting'])
    })

    test('of a call that the clerk has held already does not take it back', async () => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      bench.phone.hold(id)
      for (const attempt of [1, 2] as const) {
        await bench.driver.hold(ref, attempt)
        expect(stateOf(bench, id)).toBe('held')
      }
    })

    test('whose confirmation is lost never ends in a call that was taken back', async () => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      bench.phone.faults = { lose: (event) => /^hold/.test(event) }
      // The clerk comes and goes, and each time the desk asks anew, because it never heard that the call is held.
      for (const attempt of [1, 2, 1, 2, 1] as const) {
        await bench.driver.hold(ref, attempt)
        expect(stateOf(bench, id)).toBe('held')
      }
      expect(bench.of('call.retrieved')).toEqual([])
    })

    test('that the phone only claims to do is reported as sent, with one command an attempt', async () => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      bench.phone.faults = { lie: true }
      for (const attempt of [1, 2] as const) {
        expect(await bench.driver.hold(ref, attempt)).toBe('sent')
        expect(bench.commands()).toHaveLength(attempt)
      }
      await bench.settle()
      expect(stateOf(bench, id)).toBe('connected')
      expect(bench.of('call.held')).toEqual([])
    })

    test('follows another by the gap at least', async () => {
      const bench = await createBench(vendor, { limits: { keyGapMs: 500 } })
      const { ref } = await talk(bench)
      bench.phone.faults = { lie: true }
      await Promise.all([bench.driver.hold(ref, 1), bench.driver.hold(ref, 2)])
      const [first, second] = bench.commands()
      // They are apart where they are sent; on a busy machine the first may be under way for longer than the second.
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(250)
    })
  })

  describe(`${vendor}: a phone that does not obey`, () => {
    test.each([401, 403])('answers %i once, and is left alone until the back-off is over', async (status) => {
      const bench = await createBench(vendor)
      const { id, ref } = await talk(bench)
      // A look at the lines, soon after the call's words, may have come already.
      const before = bench.phone.commands.length
      bench.phone.faults = { refuse: status }
      expect(await bench.driver.hold(ref, 1)).toBe('refused')
      const asked = bench.phone.commands.length
      // A Grandstream is also asked how it wants to be logged in to; no password is in that.
      expect(bench.phone.commands.slice(before).filter(({ request }) => !request.includes('/cgi-bin/access'))).toHaveLength(1)
      expect(bench.of('phone.refused')).toHaveLength(1)
      bench.skip(299_000)
      expect(await bench.driver.hold(ref, 1)).toBe('refused')
      expect(await bench.driver.read()).toMatchObject({ fault: expect.any(String) })
      expect(bench.phone.commands).toHaveLength(asked)
      expect(bench.of('phone.refused')).toHaveLength(1)
      bench.phone.faults = {}
      bench.skip(2000)
      await bench.driver.hold(ref, 1)
      expect(stateOf(bench, id)).toBe('held')
    })

    test('with another password is tried once', async () => {
      const bench = await createBench(vendor, { password: 'wrong' })
      const { id, ref } = await talk(bench)
      expect(await bench.driver.hold(ref, 1)).toBe('refused')
      expect(bench.of('phone.refused')).toHaveLength(1)
      const asked = bench.phone.commands.length
      expect(await bench.driver.hold(ref, 2)).not.toBe('sent')
      expect(await bench.driver.hold(ref, 1)).not.toBe('sent')
      expect(bench.phone.commands).toHaveLength(asked)
      expect(stateOf(bench, id)).toBe('connected')
    })

    test('because its web server is gone, or it is off, is an outcome', async () => {
      const bench = await createBench(vendor)
      const { ref } = await talk(bench)
      bench.phone.faults = { deaf: true }
      expect(await bench.driver.hold(ref, 1)).toBe('unreachable')
      await bench.phone.stop()
      expect(await bench.driver.read()).toMatchObject({ reachable: false, fault: expect.any(String) })
    })

    test('because it takes the request and never answers is an outcome, in time', async () => {
      const bench = await createBench(vendor, { timeoutMs: 100 })
      const { ref } = await talk(bench)
      const { port } = new URL(bench.phone.url())
      await bench.phone.stop()
      const sockets = new Set<Socket>()
      const mute = createServer((socket) => void sockets.add(socket.on('error', () => {})))
      await new Promise<void>((resolve) => mute.listen(Number(port), '127.0.0.1', resolve))
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy()
        mute.close()
      })
      expect(await bench.driver.hold(ref, 1)).toBe('unreachable')
    })

    test('is said to come and go by the readings', async () => {
      const bench = await createBench(vendor)
      bench.phone.faults = { deaf: true }
      await bench.driver.start()
      await expect.poll(() => bench.of('phone.reachable').map(({ reachable }) => reachable)).toEqual([false])
      bench.phone.faults = {}
      bench.phone.liftHandset()
      await expect.poll(() => bench.of('phone.reachable').map(({ reachable }) => reachable), { timeout: 3000 }).toEqual([false, true])
      await bench.driver.stop()
      await bench.driver.stop()
    })
  })
}
