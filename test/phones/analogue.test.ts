import { createSocket } from 'node:dgram'
import { describe, expect, onTestFinished, test } from 'vitest'
import { analogueLimits } from '../../src/phones/analogue/limits.ts'
import { readHook } from '../../src/phones/analogue/snmp.ts'
import { startAdapterSnmp } from '../../src/simulator/phones/adapter-snmp.ts'
import type { EmulatedAdapter } from '../../src/simulator/phones/index.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { community, createAnalogueBench } from './analogue-bench.ts'

const maria = '857221122'
const jan = '601234567'
const delivered = `call.delivered ${maria}`
const answered = [delivered, `call.established ${maria}`]

interface Story {
  readonly name: string
  readonly play: (phone: EmulatedAdapter) => void
  readonly log: readonly string[]
}

/** As the adapter's log alone tells it. */
const stories: readonly Story[] = [
  {
    name: 'answered, and the caller hangs up',
    play(phone) {
      const id = phone.ring({ number: maria, name: 'Maria Żółć & Co, number 112' })
      phone.answer(id)
      phone.remoteHangsUp(id)
      phone.putDownHandset()
    },
    log: [...answered, `call.cleared ${maria} remote-bye`],
  },
  {
    name: 'answered, and the clerk hangs up',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id)
      phone.hangUp(id)
    },
    log: [...answered, `call.cleared ${maria} unknown`, `call.cleared ${maria} local-bye`],
  },
  { name: 'the caller gives up', play: (phone) => phone.callerGivesUp(phone.ring({ number: maria })), log: [delivered, `call.cleared ${maria} missed`] },
  {
    name: 'a caller who keeps the number back',
    play: (phone) => phone.callerGivesUp(phone.ring({})),
    log: ['call.delivered withheld', 'call.cleared withheld missed'],
  },
  {
    name: 'the clerk holds and takes back',
    play(phone) {
      const id = phone.ring({ number: maria })
      phone.answer(id)
      phone.hold(id)
      phone.resume(id)
    },
    log: [...answered, `call.held ${maria}`, `call.retrieved ${maria}`],
  },
  {
    name: 'the clerk dials, is answered, and hangs up',
    play(phone) {
      const id = phone.dial(jan)
      phone.remoteAnswers(id)
      phone.hangUp(id)
    },
    log: ['call.originated -', 'call.established -', 'call.cleared - unknown', 'call.cleared - local-bye'],
  },
  {
    name: 'a second caller gives up',
    play(phone) {
      phone.answer(phone.ring({ number: maria }))
      phone.callerGivesUp(phone.ring({ number: jan }))
    },
    log: [...answered, `call.delivered ${jan}`, `call.cleared ${jan} missed`],
  },
]

describe('an adapter’s log, over UDP', () => {
  test.each(stories)('$name', async ({ play, log }) => {
    const bench = await createAnalogueBench()
    play(bench.phone)
    await expect.poll(bench.said).toEqual(log)
  })

  test.each(stories)('$name, every line twice', async ({ play, log }) => {
    const bench = await createAnalogueBench()
    bench.phone.faults = { double: true }
    play(bench.phone)
    await expect.poll(bench.said).toEqual(log)
    await bench.settle()
    expect(bench.said()).toEqual(log)
  })

  test('the older firmware’s words, and the other port of the same adapter', async () => {
    const bench = await createAnalogueBench({ wording: '1.0.0.24', phone: { port: 2 } })
    bench.phone.write(15, 'Phone at port 0 is off-hook')
    bench.phone.liftHandset()
    await expect.poll(bench.said).toEqual(['call.originated -'])
    // With two telephones on the adapter, a word without a port is nobody's.
    bench.phone.write(14, 'ATACtrl::hold, Hold call at 0x5a3c10')
    await expect.poll(() => bench.driver.health()).toMatchObject({ otherPort: 1, portless: 1, words: 1 })
    expect(bench.said()).toEqual(['call.originated -'])
  })

  test('other words are counted, and understood once they are configured', async () => {
    const deaf = await createAnalogueBench({ wording: 'friendly' })
    deaf.phone.liftHandset()
    await expect.poll(() => deaf.driver.health()['unmatched']).toBe(1)
    expect(deaf.said()).toEqual([])
    const bench = await createAnalogueBench({ wording: 'friendly', phone: { patterns: { offHook: 'FXS (?<port>\\d): handset lifted' } } })
    bench.phone.liftHandset()
    await expect.poll(bench.said).toEqual(['call.originated -'])
  })

  test('says what it is, once, and that it is there', async () => {
    const bench = await createAnalogueBench()
    bench.phone.liftHandset()
    bench.phone.putDownHandset()
    await expect.poll(() => bench.of('phone.hook').map(({ hook }) => hook)).toEqual(['off', 'on'])
    expect(bench.of('phone.described')).toEqual([{ type: 'phone.described', model: 'HT802', firmware: '1.0.10.6' }])
    expect(bench.of('phone.reachable')).toEqual([{ type: 'phone.reachable', reachable: true }])
    expect(await bench.driver.read()).toEqual({ reachable: true, model: 'HT802', firmware: '1.0.10.6' })
  })

  test('no number and no name is in what health says', async () => {
    const bench = await createAnalogueBench()
    bench.phone.ring({ number: maria, name: 'Maria' })
    await expect.poll(bench.said).toEqual([delivered])
    expect(JSON.stringify(bench.driver.health())).not.toMatch(/857221122|Maria/)
  })
})

describe('a telephone that takes no commands', () => {
  test('says so at the start, and to whoever asks', async () => {
    const bench = await createAnalogueBench()
    expect(bench.facts[0]).toEqual({ type: 'phone.capable', hold: false, forward: [] })
    expect(bench.driver.capabilities).toEqual({ hold: false, forward: [] })
    expect(await bench.driver.hold({ remote: maria }, 1)).toBe('unsupported')
    expect(bench.driver.receive({ path: ['analogue', 'token', 'offHook'], params: new Map(), remoteAddress: '127.0.0.1' })).toBe(404)
    expect(await bench.driver.read()).toEqual({ reachable: false, fault: 'nothing has been heard of the adapter yet: does it send its log to this machine?' })
  })
})

describe('with the bridge on the line', () => {
  const cadence = { onMs: 30, offMs: 60 }

  test('the rings are counted, the log says who calls, and it is one call', async () => {
    const bench = await createAnalogueBench({ bridge: true, cadence })
    const id = bench.phone.ring({ number: maria })
    await expect.poll(() => bench.of('call.ring').at(-1)?.ring).toBeGreaterThanOrEqual(3)
    bench.phone.answer(id)
    await bench.settle()
    bench.phone.remoteHangsUp(id)
    await expect.poll(() => bench.said().at(-1)).toBe(`call.cleared ${maria} remote-bye`)
    bench.phone.putDownHandset()
    await bench.settle()
    const rings = bench.of('call.ring').map(({ ring }) => ring)
    expect(rings).toEqual(rings.map((_, index) => index + 1))
    expect(bench.of('call.established')).toHaveLength(1)
    expect(bench.of('call.cleared')).toHaveLength(1)
    expect(bench.of('phone.hook').map(({ hook }) => hook)).toEqual(['on', 'off', 'on'])
  })

  test('the log may be lost altogether: who hung up first is then not known', async () => {
    const bench = await createAnalogueBench({ bridge: true, cadence })
    bench.phone.faults = { lose: () => true }
    const id = bench.phone.ring({ number: maria })
    await expect.poll(() => bench.of('call.ring').length).toBeGreaterThanOrEqual(2)
    bench.phone.answer(id)
    bench.phone.hangUp(id)
    expect(bench.said().filter((fact) => !fact.startsWith('call.ring'))).toEqual(['call.established -', 'call.cleared - unknown'])
  })

  test('that it is lost is said, unless somebody else still sees the adapter', async () => {
    const bench = await createAnalogueBench({ bridge: true })
    bench.counter.lose('unplugged')
    expect(bench.of('phone.reachable')).toEqual([
      { type: 'phone.reachable', reachable: true },
      { type: 'phone.reachable', reachable: false, reason: 'the bridge on the line is not heard (unplugged)' },
    ])
    expect(bench.driver.health()).toMatchObject({ bridge: 'unplugged', reachable: false })
    bench.phone.liftHandset()
    await expect.poll(() => bench.driver.health()['words']).toBeGreaterThan(0)
    bench.counter.lose('silent')
    expect(bench.of('phone.reachable')).toHaveLength(3)
  })

  test('flashes are counted for health alone', async () => {
    const bench = await createAnalogueBench({ bridge: true })
    bench.phone.faults = { lose: (text) => /hold/.test(text) }
    bench.phone.answer(bench.phone.ring({ number: maria }))
    bench.phone.hold(bench.phone.calls()[0]?.id ?? '')
    await expect.poll(() => bench.driver.health()['flashes']).toBe(2)
    expect(bench.of('call.held')).toEqual([])
  })
})

describe('SNMP', () => {
  const nowMs = 1000
  const ask = (port: number, changes: { community?: string; adapterPort?: number; timeoutMs?: number } = {}): ReturnType<typeof readHook> =>
    readHook(
      {
        address: '127.0.0.1',
        port,
        community: changes.community ?? community,
        adapterPort: changes.adapterPort ?? 1,
        limits: { ...analogueLimits, snmpTimeoutMs: changes.timeoutMs ?? 4000 },
      },
      new AbortController().signal,
    )

  async function agent(): Promise<Awaited<ReturnType<typeof startAdapterSnmp>>> {
    const snmp = await startAdapterSnmp({ community, adapterPort: 1, now: () => nowMs })
    onTestFinished(() => snmp.stop())
    return snmp
  }

  test('reads the hook of the port, and how long the adapter has run', async () => {
    const snmp = await agent()
    expect(await ask(snmp.port)).toEqual({ hook: 'on', upMs: 10_000_000 })
    snmp.setHook('Off Hook')
    snmp.setUpMs(60_000)
    expect(await ask(snmp.port)).toEqual({ hook: 'off', upMs: 60_000 })
    snmp.setHook('Not Connected')
    expect(await ask(snmp.port)).toEqual({ hook: undefined, upMs: 60_000 })
  })

  test('a port that is not there, a wrong community, and nobody at all are faults with the next step', async () => {
    const snmp = await agent()
    expect(await ask(snmp.port, { adapterPort: 2 })).toEqual({ fault: expect.stringContaining('no hook status of port 2') })
    expect(await ask(snmp.port, { community: 'wrong', timeoutMs: 100 })).toEqual({ fault: expect.stringContaining('does not answer') })
    const { port } = snmp
    await snmp.stop()
    expect(await ask(port, { timeoutMs: 100 })).toEqual({ fault: expect.stringContaining('does not answer') })
  })

  test('whatever comes back, nothing of the library gets out', { timeout: 60_000 }, async () => {
    const random = createRandom(3)
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const types = [0xa2, 0xa8, 0xa5, 0xa0, 0xa7, 0x00]
    socket.on('message', (request, from) => {
      // The request itself with another type of PDU, or with a byte changed, or cut off.
      const answer = Buffer.from(request)
      const place = answer.findIndex((byte) => byte === 0xa0 || byte === 0xa5)
      if (place > 0) answer[place] = types[Math.floor(random() * types.length)] ?? 0xa2
      if (random() < 0.5) answer[Math.floor(random() * answer.length)] = Math.floor(random() * 256)
      socket.send(random() < 0.8 ? answer : answer.subarray(0, Math.floor(random() * answer.length)), from.port, from.address)
    })
    const { port } = socket.address()
    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        readHook(
          { address: '127.0.0.1', port, community, adapterPort: 1, limits: { ...analogueLimits, snmpTimeoutMs: 50, snmpRetries: 3 } },
          new AbortController().signal,
        ),
      ),
    )
    expect(answers.every((answer) => 'fault' in answer)).toBe(true)
  })

  test('fills in the hook after a start, read twice', async () => {
    const bench = await createAnalogueBench({ snmp: true })
    await expect.poll(() => bench.of('phone.hook')).toEqual([{ type: 'phone.hook', hook: 'on' }])
    expect(bench.of('phone.reachable')).toEqual([{ type: 'phone.reachable', reachable: true }])
    expect(bench.driver.health()).toMatchObject({ hook: 'on', snmp: true })
  })

  test('one reading is not believed, nor is one that the next contradicts', async () => {
    const bench = await createAnalogueBench({ snmp: true, limits: { snmpAgainMs: 600_000 } })
    bench.phone.misstateHook('Off Hook')
    await bench.driver.read()
    await expect.poll(() => bench.driver.health()['snmp']).toBe(true)
    bench.phone.misstateHook(undefined)
    await bench.driver.read()
    expect(bench.of('phone.hook')).toEqual([])
    await bench.driver.read()
    expect(bench.of('phone.hook')).toEqual([{ type: 'phone.hook', hook: 'on' }])
  })

  test('an adapter that has started anew is noticed, and its first word is not trusted', async () => {
    const bench = await createAnalogueBench({ snmp: true })
    await expect.poll(() => bench.driver.health()['hook']).toBe('on')
    bench.phone.misstateHook('Off Hook')
    bench.phone.reboot()
    await bench.driver.read()
    expect(bench.of('phone.restarted')).toHaveLength(1)
    expect(bench.driver.health()['hook']).toBe('unknown')
    bench.phone.misstateHook(undefined)
    await bench.driver.read()
    await bench.driver.read()
    expect(bench.of('phone.hook').map(({ hook }) => hook)).toEqual(['on', 'on'])
    expect(bench.of('call.originated')).toEqual([])
  })

  test('corrects a word that was lost, once it is old, and never before', async () => {
    const bench = await createAnalogueBench({ snmp: true })
    await expect.poll(() => bench.driver.health()['hook']).toBe('on')
    const id = bench.phone.ring({ number: maria })
    bench.phone.answer(id)
    await expect.poll(bench.said).toEqual(answered)
    bench.phone.faults = { lose: () => true }
    bench.phone.hangUp(id)
    await bench.driver.read()
    await bench.driver.read()
    expect(bench.said()).toEqual(answered)
    bench.skip(analogueLimits.hookStaleMs + 1)
    await bench.driver.read()
    expect(bench.said()).toEqual([...answered, `call.cleared ${maria} unknown`])
  })

  test('a wrong community is a fault that the reading tells', async () => {
    const bench = await createAnalogueBench({ snmp: true, community: 'wrong', limits: { snmpTimeoutMs: 100 } })
    expect(await bench.driver.read()).toMatchObject({ reachable: false, fault: expect.stringContaining('does not answer') })
    expect(bench.of('phone.reachable').map(({ reachable }) => reachable)).toEqual([false])
  })
})

describe('what the exchange tells of it', () => {
  const limits = { sightLostMs: 60 }
  const reachable = (bench: { of(type: 'phone.reachable'): readonly object[] }): readonly object[] =>
    bench.of('phone.reachable').map(({ type: _, ...rest }: { type?: string }) => rest)
  const away = 'the exchange does not tell of it (the exchange does not answer)'

  test('serves where nobody else listens to the telephone, and that is said with it', async () => {
    const bench = await createAnalogueBench({ sight: true, syslog: false, limits })
    expect([reachable(bench), bench.driver.health()['exchange']]).toEqual([[], 'unknown'])
    bench.sight(true)
    expect([reachable(bench), bench.driver.health()]).toMatchObject([[{ reachable: true, by: 'exchange' }], { exchange: true, reachable: true }])
    bench.sight(false, 'the exchange does not answer')
    await expect
      .poll(() => reachable(bench))
      .toEqual([
        { reachable: true, by: 'exchange' },
        { reachable: false, by: 'exchange', reason: away },
      ])
    expect(await bench.driver.read()).toEqual({ reachable: false, fault: away })
    bench.sight(true)
    expect(reachable(bench)).toHaveLength(3)
  })

  test('is not lost where a subscription is only made anew', async () => {
    const bench = await createAnalogueBench({ sight: true, syslog: false, limits: { sightLostMs: 200 } })
    bench.sight(true)
    bench.sight(false, 'ended')
    bench.sight(true)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(reachable(bench)).toEqual([{ reachable: true, by: 'exchange' }])
  })

  test('is not there from the start: said when it has had its time, and not before', async () => {
    const bench = await createAnalogueBench({ sight: true, syslog: false, limits })
    bench.sight(false, 'the exchange does not answer')
    expect(reachable(bench)).toEqual([])
    await expect.poll(() => reachable(bench)).toEqual([{ reachable: false, by: 'exchange', reason: away }])
  })

  test('stands in for a bridge that is lost, and is not asked while the bridge sees the line', async () => {
    const bench = await createAnalogueBench({ bridge: true, sight: true, limits })
    bench.sight(false, 'ended')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(reachable(bench)).toEqual([{ reachable: true }])
    bench.sight(true)
    bench.counter.lose('unplugged')
    expect(reachable(bench)).toEqual([{ reachable: true }])
  })

  test('says nothing for an adapter that does not answer itself', async () => {
    const bench = await createAnalogueBench({ snmp: true, sight: true, community: 'wrong', limits: { ...limits, snmpTimeoutMs: 100, snmpRetries: 0 } })
    await expect.poll(() => reachable(bench)).toMatchObject([{ reachable: false }])
    bench.sight(true)
    expect(reachable(bench)).toHaveLength(1)
  })
})
