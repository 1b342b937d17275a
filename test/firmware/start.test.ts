import { describe, expect, test } from 'vitest'
import { programs } from './programs.ts'
import { bits, createStartedBridge, createWiredBridge, type WiredBridge } from './wired-bridge.ts'

const greetings = (bridge: WiredBridge) => bridge.heard.filter((line) => line.type === 'H')

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test('at its start it greets with its protocol, its version and the cause, and then tells how things are', () => {
    const bridge = createWiredBridge({ hex })
    bridge.advanceTo(10)
    expect(bridge.heard).toMatchObject([{ type: 'H', protocol: 1, version: 10_000, cause: 1 }])
    bridge.advanceTo(150)
    expect(bridge.heard).toMatchObject([{ type: 'H' }, { type: 'S', sequence: 0, bits: 0, rings: 0, flashes: 0 }])
  })

  test('hook and seat are told only once they are known: nobody seems to have got up because the bridge has started', () => {
    const bridge = createWiredBridge({ hex })
    bridge.set('seat', true)
    bridge.set('hook', true)
    bridge.say('Q')
    bridge.advanceTo(3000)
    expect(bridge.statuses().length).toBeGreaterThan(2)
    expect(new Set(bridge.statuses().map(({ bits: now }) => now))).toEqual(new Set([bits.offHook + bits.occupied]))
  })

  test('a contact that is never steady keeps the bridge from telling for 1.5 s at most', () => {
    const bridge = createWiredBridge({ hex })
    const bounce = (): void => {
      bridge.set('seat', Math.round(bridge.now() / 30) % 2 === 0)
      bridge.at(bridge.now() + 30, bounce)
    }
    bridge.at(0, bounce)
    bridge.advanceTo(1490)
    expect(bridge.statuses()).toEqual([])
    bridge.advanceTo(1510)
    expect(bridge.statuses()).toHaveLength(1)
  })

  test('the reset line starts it anew: uptime, numbers and flashes begin again, the lamp is dark', () => {
    const bridge = createStartedBridge({ hex })
    bridge.say('L', 4, 0, 0)
    bridge.pass(3000)
    bridge.reset()
    const from = bridge.now()
    bridge.pass(200)
    expect(bridge.since(from)).toMatchObject([
      { type: 'H', cause: 2 },
      { type: 'S', sequence: 0, bits: 0 },
    ])
    expect(bridge.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
  })

  test.each([
    { interrupts: true, afterMs: 1024, resets: 0 },
    { interrupts: false, afterMs: 2048, resets: 1 },
  ])('a program that hangs begins anew, says so, and its lamp goes dark: %o', ({ interrupts, afterMs, resets }) => {
    const bridge = createStartedBridge({ hex })
    bridge.set('seat', true)
    bridge.say('L', 4, 0, 0)
    bridge.pass(1000)
    const from = bridge.now()
    bridge.hang(interrupts)
    bridge.pass(afterMs - 20)
    expect(greetings(bridge)).toHaveLength(1)
    bridge.pass(200)
    // The hardware's reset runs the boot loader, which not every board survives: only where there is no other way.
    expect(bridge.watchdogResets()).toBe(resets)
    expect(bridge.lamp().left).toBe(0)
    expect(bridge.since(from).filter(({ type }) => type !== 'S')).toMatchObject([{ type: 'H', cause: 8 }])
    expect(bridge.status()).toMatchObject({ sequence: 0, bits: bits.occupied, rings: 0, flashes: 0 })
    bridge.pass(20_000)
    expect([bridge.watchdogResets(), greetings(bridge).length]).toEqual([resets, 2])
    bridge.reset()
    bridge.pass(100)
    expect(greetings(bridge).at(-1)).toMatchObject({ cause: 2 })
  })

  test('in a long quiet time the watchdog has nothing to do', () => {
    const bridge = createStartedBridge({ hex })
    bridge.pass(30_000)
    expect([bridge.watchdogResets(), greetings(bridge).length, bridge.badLines()]).toEqual([0, 1, 0])
  })

  test('with timers step by step, the same story is told in the same words', () => {
    const [quick, exact] = [false, true].map((exactTimers) => {
      const bridge = createWiredBridge({ hex, exactTimers })
      bridge.at(400, () => bridge.set('seat', true))
      bridge.at(1000, () => bridge.ring({ cadence: [1000, 2000], bursts: 2 }))
      bridge.at(2500, () => bridge.say('L', 5, 0, 2500))
      bridge.at(5500, () => bridge.set('hook', true))
      bridge.at(6500, () => bridge.set('hook', false))
      bridge.at(6700, () => bridge.set('hook', true))
      bridge.at(7000, () => bridge.sayRaw('$P,1,1*0000\n'))
      bridge.at(8000, () => bridge.hang())
      bridge.advanceTo(9500)
      // A millisecond begins one count of 4 µs earlier here than there.
      return bridge.heard.map((line) => ({ ...line, atMs: 0, uptimeMs: 0 }))
    })
    expect(exact?.length).toBeGreaterThan(15)
    expect(exact).toEqual(quick)
  })
})
