import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BridgeFault, BridgeStatus } from '../../src/bridge/bridge.ts'
import { encodeBridgeLine } from '../../src/bridge/frame.ts'
import { bridgeLimits } from '../../src/bridge/limits.ts'
import { createBridge } from '../../src/bridge/link.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import type { SerialListeners } from '../../src/bridge/serial.ts'
import { type BridgeThresholds, bridgeThresholds } from '../../src/config/bridge-thresholds.ts'
import { type Board, createBoard } from './board.ts'
import { createVirtualTime } from './virtual-time.ts'

interface Options {
  readonly thresholds?: BridgeThresholds
  readonly steady?: boolean
  readonly resetsOnOpen?: boolean
  readonly bootMs?: number
  readonly devices?: readonly string[]
}

function bridgeAt({ thresholds, steady = false, devices = [], ...options }: Options = {}) {
  const time = createVirtualTime()
  const board = createBoard(time.clock, options)
  const said: string[] = []
  const log = {
    info: (_: object, message: string) => void said.push(message),
    warn: (_: object, message: string) => void said.push(message),
  }
  const config = { path: '/dev/serial/by-id/usb-nano', ...(thresholds === undefined ? {} : { thresholds }) }
  const bridge = createBridge(config, { clock: time.clock, open: board.open, log, steady, devices: () => devices })
  const statuses: (BridgeStatus & { restarted: boolean })[] = []
  const news: string[] = []
  bridge.onStatus((status, restarted) => void statuses.push({ ...status, restarted }))
  bridge.onLost((fault: BridgeFault) => void news.push(`lost ${fault}`))
  bridge.onBack((firmware) => void news.push(`back ${firmware}`))
  return { time, board, bridge, statuses, news, said, log }
}

const typesOf = (board: Board): string => board.heard.map(({ type }) => type).join('')

describe('greeting', () => {
  test('a board that resets when its port is opened greets by itself, and is not asked', async () => {
    const { time, board, bridge, statuses, news } = bridgeAt()
    await bridge.start()
    await time.pass(1499)
    expect(news).toEqual([])
    await time.pass(1)
    expect(news).toEqual(['back 1.2.3'])
    expect(typesOf(board)).toBe('P')
    await time.pass(3000)
    expect(statuses).toHaveLength(4)
    expect(bridge.health()).toMatchObject({ connected: true, firmware: '1.2.3', resetCause: 2, connections: 1, badFrames: 0, lostFrames: 0, restarts: 0 })
    expect(bridge.health()).not.toHaveProperty('fault')
  })

  test('a board that runs already is asked as soon as it is heard', async () => {
    const { time, board, bridge, news } = bridgeAt({ resetsOnOpen: false })
    await bridge.start()
    await time.pass(1000)
    expect(news).toEqual(['back 1.2.3'])
    expect(typesOf(board)).toBe('QP')
    expect(bridge.health()).toMatchObject({ restarts: 0 })
  })

  test('a board that says nothing is asked after four seconds, each second, and given up after three more', async () => {
    const { time, board, bridge, news } = bridgeAt({ bootMs: 100 })
    board.faults.silent = true
    await bridge.start()
    await time.pass(bridgeLimits.helloWaitMs - 1)
    expect(typesOf(board)).toBe('')
    await time.pass(1)
    expect(typesOf(board)).toBe('Q')
    await time.pass(bridgeLimits.silentMs - 1)
    expect(typesOf(board)).toBe('QQQ')
    expect(news).toEqual([])
    await time.pass(1)
    expect(news).toEqual(['lost silent'])
    expect(board.isOpen()).toBe(false)
  })

  test('what another protocol says is not believed, it is said once, and it is asked again', async () => {
    const { time, board, bridge, statuses, news, said } = bridgeAt()
    board.faults.protocol = 2
    await bridge.start()
    await time.pass(60_000)
    expect(news).toEqual(['lost wrong-firmware'])
    expect(statuses).toEqual([])
    expect(typesOf(board)).toBe('')
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('speaks protocol 2, this agent speaks 1: flash the firmware')
    expect(board.opens()).toBeGreaterThan(3)
    expect(bridge.health()).toMatchObject({ connected: false, fault: 'wrong-firmware' })
    board.faults.protocol = 1
    await time.pass(61_000)
    expect(news).toEqual(['lost wrong-firmware', 'back 1.2.3'])
    expect(statuses.length).toBeGreaterThan(0)
  })
})

describe('a device that is not there', () => {
  test('does not keep the agent from starting; it is said once, with what is there, and tried less and less', async () => {
    const { time, board, bridge, news, said } = bridgeAt({ devices: ['/dev/serial/by-id/usb-modem'] })
    board.unplug()
    await bridge.start()
    await time.pass(0)
    expect(news).toEqual(['lost absent'])
    expect(said).toEqual([expect.stringMatching(/no bridge at \/dev\/serial\/by-id\/usb-nano.+usb-modem/)])
    await time.pass(600_000)
    expect(said).toHaveLength(1)
    expect(news).toHaveLength(1)
    board.plug()
    await time.pass(bridgeLimits.backOffLastMs + 1500)
    expect(news).toEqual(['lost absent', 'back 1.2.3'])
  })

  test('is tried after 1 s, then each time half as long again, up to a minute', async () => {
    const { time, bridge } = bridgeAt()
    const tried: number[] = []
    const lonely = createBridge(
      { path: '/dev/none' },
      {
        clock: time.clock,
        async open() {
          tried.push(time.clock.now())
          throw new Error('Error: No such file or directory, cannot open /dev/none')
        },
        log: { info() {}, warn() {} },
        steady: false,
        devices: () => [],
      },
    )
    await lonely.start()
    await time.pass(600_000)
    const gaps = tried.slice(1).map((at, index) => at - (tried[index] ?? 0))
    expect(gaps.slice(0, 4)).toEqual([1000, 1500, 2250, 3375])
    expect(Math.max(...gaps)).toBe(60_000)
    await lonely.stop()
    await bridge.stop()
    const before = tried.length
    await time.pass(600_000)
    expect(tried).toHaveLength(before)
  })

  test.each([
    ['Error Resource temporarily unavailable Cannot lock port', /is used by another program/],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', /must be in the group dialout/],
    ['Error: Is a directory, cannot open /dev', /cannot be opened: Error: Is a directory/],
  ])('%s', async (reason, sentence) => {
    const { time, board, bridge, news, said } = bridgeAt()
    board.faults.cannotOpen = reason
    await bridge.start()
    await time.pass(10_000)
    expect(news).toEqual(['lost absent'])
    expect(said).toEqual([expect.stringMatching(sentence)])
  })

  test('a second kind of trouble is said as well', async () => {
    const { time, board, bridge, news, said } = bridgeAt()
    board.faults.cannotOpen = 'Error: Permission denied, cannot open'
    await bridge.start()
    await time.pass(5000)
    board.faults.cannotOpen = 'Error Resource temporarily unavailable Cannot lock port'
    await time.pass(60_000)
    expect(said).toHaveLength(2)
    expect(news).toEqual(['lost absent'])
  })
})

describe('a connection that breaks', () => {
  test('unplugged in the middle of a line, and plugged in again: half a line is not glued to the next', async () => {
    const { time, board, bridge, news, statuses, said } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    board.say('$S,21,99')
    board.unplug()
    await time.pass(10)
    expect(news).toEqual(['back 1.2.3', 'lost unplugged'])
    await time.pass(3000)
    // That it is not there either is nothing new.
    expect(bridge.health()).toMatchObject({ connected: false, fault: 'unplugged', firmware: '1.2.3' })
    expect(said.slice(1)).toEqual([expect.stringContaining('its cable was pulled')])
    board.plug()
    await time.pass(5000)
    expect(news).toEqual(['back 1.2.3', 'lost unplugged', 'back 1.2.3'])
    expect(bridge.health()).toMatchObject({ connected: true, badFrames: 0, lostFrames: 0, connections: 2, restarts: 1 })
    expect(statuses.filter(({ restarted }) => restarted)).toHaveLength(1)
  })

  test('three seconds without a good line: lost, closed and opened anew', async () => {
    const { time, board, bridge, news } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    const opens = board.opens()
    board.faults.silent = true
    // The last answer came half a second ago.
    await time.pass(bridgeLimits.silentMs - 501)
    expect(news).toEqual(['back 1.2.3'])
    await time.pass(1)
    expect(news).toEqual(['back 1.2.3', 'lost silent'])
    expect(board.isOpen()).toBe(false)
    await time.pass(bridgeLimits.backOffFirstMs)
    expect(board.opens()).toBe(opens + 1)
    board.faults.silent = false
    await time.pass(10_000)
    expect(news.at(-1)).toBe('back 1.2.3')
  })

  test('bytes that cannot be read are not the same as none', async () => {
    const { time, board, bridge, news, said } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    board.faults.garble = (text) => text.replace(/\d/g, '\u00ff')
    await time.pass(4000)
    expect(news).toEqual(['back 1.2.3', 'lost garbage'])
    expect(said.at(-1)).toContain('another speed than 115200 baud')
    expect(bridge.health().badFrames).toBeGreaterThan(2)
  })

  test('a line that was garbled long ago does not make a silence garbage', async () => {
    const { time, board, bridge, news } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    board.say('$S,1,2,3,4,5*0000\r\n')
    await time.pass(1000)
    board.faults.silent = true
    await time.pass(4000)
    expect(news).toEqual(['back 1.2.3', 'lost silent'])
    expect(bridge.health().badFrames).toBe(1)
  })

  test('a command that waits for its answer ends with its connection, and is not counted as unanswered', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    board.faults.answersToLose = 1
    bridge.show('ring-first')
    board.unplug()
    await time.pass(20_000)
    expect(bridge.health()).toMatchObject({ unanswered: 0, fault: 'unplugged' })
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(1)
  })

  test('the same trouble is said again after the bridge was back', async () => {
    const { time, board, bridge, said } = bridgeAt()
    await bridge.start()
    for (let turn = 0; turn < 2; turn += 1) {
      await time.pass(20_000)
      board.unplug()
      board.plug()
    }
    await time.pass(20_000)
    expect(said.filter((sentence) => sentence.includes('its cable was pulled'))).toHaveLength(2)
  })

  test('one that is found each time and lost at once is tried less and less', async () => {
    const { time, board, bridge, news } = bridgeAt({ bootMs: 100 })
    bridge.onBack(() => void time.clock.wakeAt(time.clock.now() + 500, () => Object.assign(board.faults, { silent: true })))
    bridge.onLost(() => Object.assign(board.faults, { silent: false }))
    await bridge.start()
    await time.pass(600_000)
    expect(news.length).toBeGreaterThan(20)
    expect(board.opens()).toBeLessThan(25)
  })

  test('what an earlier connection still has to say is not about the present one', async () => {
    const time = createVirtualTime()
    const board = createBoard(time.clock, { bootMs: 100 })
    const given: SerialListeners[] = []
    const news: string[] = []
    const bridge = createBridge(
      { path: '/dev/ttyUSB0' },
      {
        clock: time.clock,
        open(path, listeners) {
          given.push(listeners)
          return board.open(path, listeners)
        },
        log: { info() {}, warn() {} },
        steady: false,
        devices: () => [],
      },
    )
    bridge.onLost((fault) => void news.push(fault))
    await bridge.start()
    await time.pass(5000)
    board.unplug()
    board.plug()
    await time.pass(5000)
    expect(given).toHaveLength(2)
    given[0]?.onClose('late')
    given[0]?.onData(Buffer.from('nonsense\r\n'))
    await time.pass(5000)
    expect(news).toEqual(['unplugged'])
    expect(bridge.health()).toMatchObject({ connected: true, badFrames: 0 })
  })

  test('another device that chatters is garbage from the start', async () => {
    const { time, board, bridge, news } = bridgeAt()
    board.faults.garble = () => 'AT+CGMI OK\r\n'
    await bridge.start()
    await time.pass(8000)
    expect(news).toEqual(['lost garbage'])
  })

  test('one that had lasted is tried again soon, however often it breaks', async () => {
    const { time, board, bridge } = bridgeAt({ bootMs: 100 })
    await bridge.start()
    for (let turn = 0; turn < 12; turn += 1) {
      await time.pass(bridgeLimits.backOffLastMs + 200)
      if (turn < 3) {
        const opens = board.opens()
        board.unplug()
        board.plug()
        await time.pass(bridgeLimits.backOffFirstMs)
        expect(board.opens()).toBe(opens + 1)
      }
    }
  })

  test('one that speaks and does not hear is never taken for connected', async () => {
    const { time, board, bridge, news, statuses } = bridgeAt()
    board.faults.deaf = true
    await bridge.start()
    await time.pass(600_000)
    expect(news).toEqual(['lost silent'])
    expect(statuses).toEqual([])
    expect(board.opens()).toBeGreaterThan(5)
    board.faults.deaf = false
    await time.pass(70_000)
    expect(news).toEqual(['lost silent', 'back 1.2.3'])
  })
})

describe('the lamp', () => {
  test('shows what was wanted before the greeting, once it has greeted', async () => {
    const { time, board, bridge } = bridgeAt({ steady: true })
    bridge.show('ring-first')
    await bridge.start()
    bridge.show('ring-second')
    await time.pass(1500)
    expect(board.lamp()).toBe('ring-second')
    expect(board.steady()).toBe(true)
    expect(typesOf(board)).toBe('LP')
  })

  test('each change goes out at once, the same again does not', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(2000)
    for (const pattern of bridgePatterns) {
      bridge.show(pattern)
      bridge.show(pattern)
      expect(board.lamp()).toBe(pattern)
    }
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(bridgePatterns.length)
  })

  test('its phase is the wall clock’s, also when the command is said again', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    board.faults.answersToLose = 1
    bridge.show('ring-warning')
    await time.pass(300)
    const phases = board.heard.flatMap((line) => (line.type === 'L' ? [line.phaseMs] : []))
    expect(phases).toEqual([2100, 2350])
    await time.pass(60_000)
    const pings = board.heard.flatMap((line) => (line.type === 'P' ? [line.phaseMs] : []))
    expect(pings.slice(0, 2)).toEqual([1500, 2500])
    expect(Math.max(...pings)).toBeLessThan(60_000)
    expect(pings.length).toBe(61)
  })

  test('a lost answer is asked for again, with the same number; a doubled one does no harm', async () => {
    const { time, board, bridge, news } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    board.faults.answersToLose = 2
    bridge.show('ring-first')
    await time.pass(2000)
    const said = board.heard.flatMap((line) => (line.type === 'L' ? [line.sequence] : []))
    expect(said).toHaveLength(3)
    expect(new Set(said).size).toBe(1)
    expect(bridge.health()).toMatchObject({ connected: true, unanswered: 0 })
    board.faults.answersTwice = true
    bridge.show('ring-second')
    await time.pass(2000)
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(4)
    expect(news).toEqual(['back 1.2.3'])
  })

  test('three times without an answer: counted, lost, and said again after the next greeting', async () => {
    const { time, board, bridge, news } = bridgeAt()
    await bridge.start()
    await time.pass(20_100)
    board.faults.deaf = true
    bridge.show('ring-first')
    await time.pass(3 * bridgeLimits.answerMs - 1)
    expect(news).toEqual(['back 1.2.3'])
    await time.pass(1)
    expect(news).toEqual(['back 1.2.3', 'lost silent'])
    expect(bridge.health()).toMatchObject({ unanswered: 1 })
    board.faults.deaf = false
    await time.pass(5000)
    expect(board.lamp()).toBe('ring-first')
  })

  test('a newer pattern has its own three tries, at its own times', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    // One of them is a ping's.
    board.faults.answersToLose = 4
    bridge.show('ring-first')
    await time.pass(200)
    bridge.show('ring-second')
    await time.pass(2000)
    expect(board.heard.flatMap((line) => (line.type === 'L' ? [line.phaseMs] : []))).toEqual([2100, 2300, 2550, 2800])
    expect(bridge.health()).toMatchObject({ unanswered: 0, connected: true })
  })

  test('that some line arrived garbled is no answer to the command that waits', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    board.faults.answersToLose = 1
    bridge.show('ring-first')
    const [said] = board.heard.slice(-1)
    // The count of bad lines happens to be the command's number.
    board.say(encodeBridgeLine({ type: 'N', code: 1, info: said?.sequence ?? 0 }))
    await time.pass(250)
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(2)
    expect(bridge.health()).toMatchObject({ refused: 1 })
  })

  test('a pattern that is not answered yet gives way to the newer one, and never comes back', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    board.faults.answersToLose = 1
    bridge.show('ring-first')
    await time.pass(100)
    bridge.show('dark')
    await time.pass(5000)
    const shown = board.heard.flatMap((line) => (line.type === 'L' ? [bridgePatterns[line.pattern]] : []))
    expect(shown).toEqual(['ring-first', 'dark'])
  })

  test('what changed while the bridge was away is not told afterwards, only what is so now', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(20_000)
    board.unplug()
    for (const pattern of ['ring-first', 'ring-second', 'ring-warning', 'callbacks'] as const) bridge.show(pattern)
    board.plug()
    await time.pass(10_000)
    expect(board.heard.flatMap((line) => (line.type === 'L' ? [bridgePatterns[line.pattern]] : []))).toEqual(['callbacks'])
  })

  test('a lamp that went dark because we were silent is lit again', async () => {
    const { time, board, bridge } = bridgeAt()
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(20_000)
    const count = board.heard.filter(({ type }) => type === 'L').length
    board.say(encodeBridgeLine({ type: 'S', sequence: 100, uptimeMs: 4_000_000, bits: 16, rings: 0, flashes: 0 }))
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(count + 1)
  })

  test('a pattern that an older firmware refuses is counted and said, and the link stays', async () => {
    const { time, board, bridge, news, said } = bridgeAt()
    await bridge.start()
    await time.pass(2100)
    board.faults.refuses = 3
    bridge.show('ask-consent')
    await time.pass(900)
    expect(said.at(-1)).toContain('does not know the lamp\'s pattern "ask-consent"')
    expect(board.heard.filter(({ type }) => type === 'L')).toHaveLength(1)
    expect(bridge.health()).toMatchObject({ refused: 1, connected: true })
    expect(news).toEqual(['back 1.2.3'])
  })
})

describe('thresholds', () => {
  const thresholds: BridgeThresholds = { ringHzMin: 18, onHookMs: 500, seatMs: 200 }

  test('are told after each greeting, one at a time, only those that were configured', async () => {
    const { time, board, bridge } = bridgeAt({ thresholds })
    await bridge.start()
    await time.pass(2000)
    expect([...board.thresholds]).toEqual([
      [0, 18],
      [5, 500],
      [8, 200],
    ])
    board.reboot()
    expect(board.thresholds.size).toBe(0)
    await time.pass(2000)
    expect(board.thresholds.size).toBe(3)
  })

  test('one that is refused is said by its name, and the next follows', async () => {
    const { time, board, bridge, said } = bridgeAt({ thresholds })
    board.faults.refuses = 3
    await bridge.start()
    await time.pass(2000)
    expect(said.filter((sentence) => sentence.includes('refuses'))).toEqual([
      expect.stringContaining('18 for bridge.thresholds.ringHzMin'),
      expect.stringContaining('500 for bridge.thresholds.onHookMs'),
      expect.stringContaining('200 for bridge.thresholds.seatMs'),
    ])
  })

  test('a lost answer holds up the next one, not the lamp', async () => {
    const { time, board, bridge } = bridgeAt({ thresholds })
    await bridge.start()
    await time.pass(1499)
    board.faults.answersToLose = 1
    await time.pass(1)
    bridge.show('ring-first')
    expect(board.lamp()).toBe('ring-first')
    await time.pass(1000)
    expect(board.thresholds.size).toBe(3)
  })
})

describe('what the board says', () => {
  test('is handed on with every status, in words', async () => {
    const { time, board, bridge, statuses } = bridgeAt()
    await bridge.start()
    await time.pass(2000)
    board.see({ ringing: true, rings: 3 })
    board.see({ ringing: false, rings: 0, offHook: true, occupied: true, flashes: 2 })
    expect(statuses.slice(-2)).toMatchObject([
      { ringing: true, rings: 3, offHook: false, occupied: false, flashes: 0, restarted: false },
      { ringing: false, rings: 0, offHook: true, occupied: true, flashes: 2, restarted: false },
    ])
  })

  test('numbers that are missing are counted, over the wrap too; one that comes twice is not', async () => {
    const { time, board, bridge } = bridgeAt()
    await bridge.start()
    await time.pass(1500)
    board.setSequence(65_534)
    board.status()
    // From 0 to 65534 is out of order by our count: nothing is claimed.
    expect(bridge.health().lostFrames).toBe(0)
    board.status()
    board.status()
    expect(bridge.health().lostFrames).toBe(0)
    board.setSequence(3)
    board.status()
    expect(bridge.health().lostFrames).toBe(2)
    board.setSequence(3)
    board.status()
    expect(bridge.health().lostFrames).toBe(2)
  })

  test('an uptime that goes back is a start: counted, told, and the board is told everything again', async () => {
    const { time, board, bridge, statuses, news } = bridgeAt({ thresholds: { seatMs: 200 } })
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(20_000)
    const heard = board.heard.length
    board.setUptime(5)
    board.status()
    expect(bridge.health().restarts).toBe(1)
    expect(statuses.at(-1)).toMatchObject({ restarted: true, uptimeMs: 5 })
    board.status()
    expect(statuses.at(-1)).toMatchObject({ restarted: false })
    expect(
      board.heard
        .slice(heard)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['C', 'L'])
    expect(news).toEqual(['back 1.2.3'])
  })

  test('an uptime that wraps is none', async () => {
    const { time, board, bridge, statuses } = bridgeAt()
    await bridge.start()
    await time.pass(2000)
    board.setUptime(4_294_967_290)
    board.status()
    await time.pass(10)
    board.status()
    expect(statuses.at(-1)?.uptimeMs).toBe(4)
    // The first jump, to almost the end, is a step back of a few seconds; the wrap itself is none.
    expect(bridge.health().restarts).toBe(1)
  })

  test('a reboot shorter than the dead-man is seen by its greeting, once', async () => {
    const { time, board, bridge, news, statuses, said } = bridgeAt({ bootMs: 800 })
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(20_000)
    board.faults.cause = 8
    board.reboot()
    await time.pass(2500)
    expect(news).toEqual(['back 1.2.3'])
    expect(bridge.health()).toMatchObject({ restarts: 1, connected: true, lostFrames: 0, resetCause: 8 })
    expect(said.at(-1)).toContain('has started anew')
    expect(statuses.filter(({ restarted }) => restarted)).toHaveLength(1)
    expect(board.lamp()).toBe('callbacks')
  })

  test('a board that starts again and again is said once a minute, not each time', async () => {
    const { time, board, bridge, said } = bridgeAt()
    await bridge.start()
    await time.pass(5000)
    const before = said.length
    const greeting = encodeBridgeLine({ type: 'H', protocol: 1, version: 10_203, cause: 4 })
    for (let tenths = 0; tenths < 1200; tenths += 1) {
      board.say(greeting)
      await time.pass(100)
    }
    expect(bridge.health().restarts).toBe(1200)
    expect(said.slice(before)).toHaveLength(2)
  })

  test('a start on a new connection is counted once, however it is noticed', async () => {
    const { time, board, bridge } = bridgeAt({ resetsOnOpen: false })
    await bridge.start()
    await time.pass(30_000)
    board.faults.garble = (text) => (text.startsWith('$S') ? '' : text)
    board.unplug()
    Object.assign(board.faults, { silent: true })
    board.plug()
    await time.pass(1600)
    Object.assign(board.faults, { silent: false })
    await time.pass(6000)
    expect(bridge.health()).toMatchObject({ connected: true, connections: 2, restarts: 0 })
    board.say(encodeBridgeLine({ type: 'H', protocol: 1, version: 10_203, cause: 8 }))
    expect(bridge.health()).toMatchObject({ restarts: 1 })
    board.faults.garble = undefined
    board.setUptime(5)
    board.status()
    expect(bridge.health()).toMatchObject({ restarts: 1 })
  })

  test('a stalled computer does not take late lines for a start', async () => {
    const { time, board, bridge, statuses } = bridgeAt()
    await bridge.start()
    await time.pass(10_000)
    const kept: string[] = []
    board.faults.garble = (text) => {
      kept.push(text)
      return ''
    }
    await time.pass(2500)
    board.faults.garble = undefined
    board.say(kept.join(''))
    expect(bridge.health()).toMatchObject({ restarts: 0, lostFrames: 0, badFrames: 0 })
    expect(statuses.some(({ restarted }) => restarted)).toBe(false)
  })

  test('over a new connection to a board that went on running, no start is claimed', async () => {
    const { time, board, bridge, statuses, news } = bridgeAt({ resetsOnOpen: false })
    await bridge.start()
    await time.pass(30_000)
    board.faults.silent = true
    await time.pass(6000)
    board.faults.silent = false
    await time.pass(60_000)
    expect(news).toEqual(['back 1.2.3', 'lost silent', 'back 1.2.3'])
    expect(bridge.health().restarts).toBe(0)
    expect(statuses.some(({ restarted }) => restarted)).toBe(false)
  })
})

describe('the end', () => {
  test('puts the lamp out, lets go of the port and of every timer', async () => {
    const { time, board, bridge, news } = bridgeAt()
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(5100)
    const stopped = Promise.all([bridge.stop(), bridge.stop()])
    await time.pass(0)
    await stopped
    expect(board.lamp()).toBe('dark')
    expect(board.isOpen()).toBe(false)
    board.stop()
    expect(time.pending()).toBe(0)
    bridge.show('ring-first')
    await time.pass(60_000)
    expect(board.opens()).toBe(1)
    expect(news).toEqual(['back 1.2.3'])
  })

  test('does not wait for ever for a board that no longer hears', async () => {
    const { time, board, bridge } = bridgeAt()
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(5100)
    board.faults.deaf = true
    let ended = false
    void bridge.stop().then(() => {
      ended = true
    })
    await time.pass(100)
    expect(ended).toBe(false)
    await time.pass(bridgeLimits.darkMaxMs)
    expect(ended).toBe(true)
    board.stop()
    expect(time.pending()).toBe(0)
  })

  test('that comes while the port is still being opened closes it when it is', async () => {
    const time = createVirtualTime()
    const board = createBoard(time.clock)
    let letOpen: () => void = () => {}
    const bridge = createBridge(
      { path: '/dev/ttyUSB0' },
      {
        clock: time.clock,
        async open(path, listeners) {
          await new Promise<void>((resolve) => {
            letOpen = resolve
          })
          return board.open(path, listeners)
        },
        log: { info() {}, warn() {} },
        steady: false,
        devices: () => [],
      },
    )
    await bridge.start()
    const stopped = bridge.stop()
    await time.pass(100)
    letOpen()
    await time.pass(0)
    await stopped
    expect(board.opens()).toBe(1)
    expect(board.isOpen()).toBe(false)
    board.stop()
    expect(time.pending()).toBe(0)
  })

  test('is not undone by a cable that is pulled meanwhile', async () => {
    const { time, board, bridge } = bridgeAt()
    bridge.show('callbacks')
    await bridge.start()
    await time.pass(5100)
    board.faults.deaf = true
    const stopped = bridge.stop()
    await time.pass(10)
    board.unplug()
    await stopped
    board.stop()
    expect(time.pending()).toBe(0)
    await time.pass(60_000)
    expect(board.opens()).toBe(1)
  })

  test('while the port is being opened, or before the start, is no trouble either', async () => {
    const { time, board, bridge } = bridgeAt()
    void bridge.start()
    await bridge.stop()
    await time.pass(10_000)
    expect(board.isOpen()).toBe(false)
    await bridgeAt().bridge.stop()
  })
})

/** Everything that can happen to the line, at any moment. */
const mishaps: readonly ((board: Board) => void)[] = [
  (board) => board.unplug(),
  (board) => board.plug(),
  (board) => board.reboot(),
  (board) => board.say('$S,1,2'),
  (board) => board.say('\u0000\u00ff$$$*\r\n'),
  (board) => Object.assign(board.faults, { silent: true }),
  (board) => Object.assign(board.faults, { silent: false }),
  (board) => Object.assign(board.faults, { deaf: true }),
  (board) => Object.assign(board.faults, { deaf: false }),
  (board) => Object.assign(board.faults, { answersToLose: 3 }),
  (board) => Object.assign(board.faults, { protocol: 2 }),
  (board) => Object.assign(board.faults, { protocol: 1 }),
  (board) => board.setSequence(40_000),
]

test('whatever happens to the line: lost and back alternate, the port is open at most once, and in the end the lamp shows what is wanted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat({ max: mishaps.length - 1 }), fc.integer({ min: 0, max: 9000 }), fc.constantFrom(...bridgePatterns)), { maxLength: 25 }),
      async (happenings) => {
        const { time, board, bridge, news } = bridgeAt({ thresholds: { seatMs: 50 }, bootMs: 700 })
        await bridge.start()
        for (const [which, waitMs, pattern] of happenings) {
          mishaps[which]?.(board)
          bridge.show(pattern)
          await time.pass(waitMs)
        }
        Object.assign(board.faults, { silent: false, deaf: false, answersToLose: 0, protocol: 1 })
        board.plug()
        bridge.show('test')
        bridge.show('callbacks')
        await time.pass(80_000)
        const kinds = news.map((one) => one.slice(0, 4))
        for (const [index, kind] of kinds.entries()) if (index > 0) expect(kind).not.toBe(kinds[index - 1])
        expect(bridge.health()).toMatchObject({ connected: true })
        expect(board.lamp()).toBe('callbacks')
        expect(board.thresholds.get(bridgeThresholds.findIndex(({ name }) => name === 'seatMs'))).toBe(50)
        const stopped = bridge.stop()
        await time.pass(1000)
        await stopped
        board.stop()
        expect(time.pending()).toBe(0)
      },
    ),
    { numRuns: 60, seed: Number(process.env['THIRD_RING_SEED'] ?? 20_261_126) },
  )
})
