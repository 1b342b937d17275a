import { describe, expect, test } from 'vitest'
import { type Desk, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Fact } from '../../src/desk/event.ts'
import { limits, type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { mondayNine, policy as office } from '../desk/script.ts'
import { type Bench, type BenchOptions, createBench, type Vendor } from './bench.ts'

const policy: Policy = { ...office, substitutes: [{ desk: 'usc-14', number: '6014' }] }

/** A desk of the core's, its real driver and an emulated phone, each acting on the other as in an agent. */
interface Loop {
  readonly bench: Bench
  desk(): Desk
  readonly notices: string[]
  /** The commands about forwarding that the phone was given, in its own words. */
  commands(): string[]
  tell(...facts: readonly Fact[]): void
  /** This much time goes by at once. */
  pass(ms: number): void
  /** No order, no look and no event of the phone is on its way. */
  rest(): Promise<void>
}

async function openLoop(vendor: Vendor, options: BenchOptions = {}): Promise<Loop> {
  const notices: string[] = []
  const under = new Set<Promise<unknown>>()
  let desk = emptyDesk(0)
  const bench: Bench = await createBench(vendor, { ...options, numbering: policy.numbers, onFact: (fact) => tell(fact) })
  const start = bench.now()

  function tell(...facts: readonly Fact[]): void {
    for (const fact of facts) {
      const taken = take(desk, { ...fact, at: Math.max(desk.at, bench.now() - start) }, policy)
      desk = taken.desk
      for (const effect of taken.effects) act(effect)
    }
  }

  function act(effect: Stamped): void {
    const { forwarder } = bench.driver
    if (effect.type === 'notice') notices.push(effect.name)
    const { type } = effect
    const done =
      type === 'phone.forward'
        ? forwarder?.forward(effect).then((outcome) => tell({ type: 'forward.answered', order: effect.order, outcome }))
        : type === 'phone.look'
          ? forwarder?.look().then((seen) => tell({ type: 'forward.looked', ok: seen === true, ...(seen === 'hidden' ? { hidden: true as const } : {}) }))
          : undefined
    if (done === undefined) return
    under.add(done)
    void done.finally(() => under.delete(done))
  }

  return {
    bench,
    desk: () => desk,
    notices,
    commands: () =>
      bench.commands().map(({ request }) => (/key=([^ ]+)|phonenumber=([^& ]+)/.exec(request) ?? []).slice(1).find((word) => word !== undefined) ?? request),
    tell,
    pass(ms) {
      bench.skip(ms)
      tell({ type: 'tick' })
    },
    async rest() {
      do {
        await Promise.all(under)
        await bench.settle()
      } while (under.size > 0)
    },
  }
}

/** The clerk is away for long, and the phone has been told. */
async function away(vendor: Vendor, options: BenchOptions = {}, faults: Bench['phone']['faults'] = {}): Promise<Loop> {
  const loop = await openLoop(vendor, options)
  loop.bench.phone.faults = faults
  loop.tell(
    { type: 'agent.started', version: 'test' },
    { type: 'clock.set', wall: mondayNine, synced: true },
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.registered', registered: true },
    { type: 'phone.capable', hold: true, forward: loop.bench.driver.capabilities.forward },
    { type: 'substitute.seen', desk: 'usc-14', takesCalls: true },
    { type: 'seat.seen', occupied: true },
    { type: 'seat.seen', occupied: false },
  )
  loop.pass(policyDefaults.absenceMs)
  await loop.rest()
  return loop
}

const set: Readonly<Record<Vendor, string>> = { yealink: 'NoAnswFwdOn=6014=18', grandstream: '*926014' }
const undone: Readonly<Record<Vendor, string>> = { yealink: 'NoAnswFwdOff', grandstream: '*93' }
const words: Readonly<Record<Vendor, { readonly on: string; readonly off: string }>> = {
  yealink: { on: 'no_answer_fwd_on', off: 'no_answer_fwd_off' },
  grandstream: { on: 'openForward', off: 'closedForward' },
}

/** The phone says so once more, whatever is so. */
function say({ bench }: Loop, vendor: Vendor, event: string): void {
  bench.driver.receive({ path: [vendor, 'token', event], params: new Map(), remoteAddress: '127.0.0.1' })
}

describe.each<Vendor>(['yealink', 'grandstream'])('a %s, its driver and a desk', (vendor) => {
  test('forward on a longer absence, keep it, and take it back when the clerk returns: one command each', async () => {
    const loop = await away(vendor)
    expect(loop.commands()).toEqual([set[vendor]])
    expect(loop.desk().lease?.state).toBe('held')
    for (let time = 0; time < 12; time += 1) {
      loop.pass(policy.leaseRenewMs)
      await loop.rest()
    }
    // An hour, twice as long as a lease.
    expect(loop.commands()).toEqual([set[vendor]])
    expect(loop.desk().lease?.state).toBe('held')
    loop.tell({ type: 'seat.seen', occupied: true })
    await loop.rest()
    expect(loop.commands()).toEqual([set[vendor], undone[vendor]])
    expect(loop.bench.phone.forwarding()).toEqual({})
    expect(loop.desk().lease).toBeUndefined()
    expect(loop.notices.filter((name) => name.startsWith('forwarding.'))).toEqual(['forwarding.on', 'forwarding.off'])
  })

  if (vendor === 'yealink')
    test('a number that the phone writes otherwise stays ours, over every reading', async () => {
      const loop = await away(vendor, {}, { writesTarget: (number) => `+4885869${number}` })
      for (let time = 0; time < 3; time += 1) {
        loop.pass(policy.leaseRenewMs)
        await loop.rest()
        await loop.bench.driver.read()
      }
      expect(loop.desk().lease?.state).toBe('held')
      loop.tell({ type: 'seat.seen', occupied: true })
      await loop.rest()
      expect(loop.bench.phone.forwarding()).toEqual({})
    })

  test('a hundred echoes of the command, on and off in turn, bring no further command', async () => {
    const loop = await away(vendor, {})
    loop.bench.phone.faults = { double: true, delayMs: 20, reorder: true }
    for (let echo = 0; echo < 100; echo += 1) {
      say(loop, vendor, echo % 2 === 0 ? words[vendor].off : words[vendor].on)
      if (echo % 10 === 0) loop.pass(500)
      await loop.rest()
    }
    expect(loop.commands()).toEqual([set[vendor]])
    loop.pass(limits.forwardEchoMs)
    await loop.rest()
    expect(loop.commands()).toEqual([set[vendor]])
    expect(loop.bench.phone.forwarding()).toMatchObject({ 'no-answer': { target: '6014' } })
  })

  if (vendor === 'grandstream')
    test('late echoes of the order before make no dance of on and off, where nothing can be read', async () => {
      const loop = await away(vendor)
      for (let time = 0; time < 120; time += 1) {
        say(loop, vendor, words[vendor].off)
        await loop.rest()
        loop.pass(30_000)
        await loop.rest()
      }
      const commands = loop.commands()
      // Each is undone to be safe, and after so many the desk leaves it for this absence.
      expect(commands.filter((command) => command === set[vendor])).toHaveLength(limits.forwardTriesMax)
      expect(commands.at(-1)).toBe(undone[vendor])
      expect(loop.bench.phone.forwarding()).toEqual({})
    })

  test('a word in doubt is looked into after the echoes, never answered with a command', async () => {
    const loop = await away(vendor)
    const looks = loop.bench.phone.commands.length
    say(loop, vendor, words[vendor].off)
    await loop.rest()
    expect(loop.bench.phone.commands).toHaveLength(looks)
    say(loop, vendor, words[vendor].on)
    await loop.rest()
    loop.pass(limits.forwardEchoMs)
    await loop.rest()
    if (vendor === 'yealink') expect(loop.bench.phone.commands.length).toBeGreaterThan(looks)
    expect(loop.commands()).toEqual([set[vendor]])
    expect(loop.desk().lease?.state).toBe('held')
  })

  test('what a person changes later is theirs: no command, also not when the clerk is back', async () => {
    const loop = await away(vendor)
    loop.pass(limits.forwardEchoMs + 1)
    await loop.rest()
    loop.bench.phone.setForwarding('no-answer', undefined)
    await loop.rest()
    loop.pass(20 * 60_000)
    await loop.rest()
    loop.tell({ type: 'seat.seen', occupied: true })
    await loop.rest()
    expect(loop.commands()).toEqual([set[vendor]])
  })

  test('a phone that says yes and does nothing, with all its words lost: unconfirmed, tried so often, and free', async () => {
    const loop = await openLoop(vendor)
    loop.bench.phone.faults = { lie: true, lose: () => true }
    loop.tell(
      { type: 'clock.set', wall: mondayNine, synced: true },
      { type: 'phone.reachable', reachable: true },
      { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
      { type: 'substitute.seen', desk: 'usc-14', takesCalls: true },
      { type: 'seat.seen', occupied: false },
    )
    for (let time = 0; time < 60; time += 1) {
      loop.pass(60_000)
      await loop.rest()
    }
    expect(loop.commands().filter((command) => command === set[vendor]).length).toBeLessThanOrEqual(limits.forwardTriesMax)
    expect(loop.notices).toContain('forwarding.unconfirmed')
    expect(loop.notices).not.toContain('forwarding.on')
    expect(loop.bench.phone.forwarding()).toEqual({})
  })
})
