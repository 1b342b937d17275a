import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logWords } from '../../src/config/config.ts'
import { patternFault } from '../../src/config/pattern.ts'
import { analogueLimits as limits } from '../../src/phones/analogue/limits.ts'
import { createWordParser, defaultPatterns, maskedText, readLine } from '../../src/phones/analogue/syslog.ts'
import { createSyslogListener } from '../../src/phones/analogue/syslog-listener.ts'
import { createRandom } from '../../src/simulator/random.ts'

const parse = (text: string, patterns = {}): unknown => createWordParser(patterns, limits).parse(text, 0)
const silent = { debug: (): void => {}, info: (): void => {}, warn: (): void => {} }

describe('the head of a line', () => {
  const text = 'Nuvoton::processEvent, Phone at port 0 is off-hook'
  const sender = { model: 'HT802', mac: '000b82ddeeff', firmware: '1.0.10.6', text }
  test.each([
    [`<15>Nov 26 10:30:00 HT802 [000b82ddeeff] [1.0.10.6] ${text}`, sender],
    [`<15>Nov  6 10:30:00 HT802 [000b82ddeeff] [1.0.10.6]: ${text}\n`, sender],
    [`<15>Nov 26 10:30:00 10.20.30.60 HT802 [00:0b:82:dd:ee:ff] [1.0.10.6]: ${text}`, sender],
    [`HT802 [000B82DDEEFF] [1.0.10.6] ${text}\0`, sender],
    [`<15>HT802V2 [000b82ddeeff] [1.0.9.3]: ${text}`, { ...sender, model: 'HT802V2', firmware: '1.0.9.3' }],
    [`<15>HT813 [000b82ddeeff]: ${text}`, { model: 'HT813', mac: '000b82ddeeff', text }],
    [`<15>Nov 26 10:30:00 ${text}`, { text }],
    [text, { text }],
    ['', { text: '' }],
    ['<15>', { text: '' }],
    ['<999999>x', { text: '<999999>x' }],
  ])('%j', (datagram, line) => {
    expect(readLine(datagram, limits.textLengthMax)).toEqual(line)
  })

  test('no more of a text is looked at than is needed', () => {
    expect(readLine('x'.repeat(1024), limits.textLengthMax).text).toHaveLength(limits.textLengthMax)
  })
})

describe('what a text says', () => {
  test.each([
    ['Nuvoton::processEvent, Phone at port 0 is off-hook', { word: 'offHook', portInLog: 0 }],
    ['Nuvoton::processEvent, Phone at port 1 is on-hook', { word: 'onHook', portInLog: 1 }],
    ['Phone at port 1 is off-hook', { word: 'offHook', portInLog: 1 }],
    ['phone at PORT 7 is OFFHOOK', { word: 'offHook', portInLog: 7 }],
    ['Nuvoton::processEvent, Phone at port 0 flashed', { word: 'flash', portInLog: 0 }],
    ['ATACtrl::processPhoneOffHook on port 0', { word: 'offHook', portInLog: 0 }],
    ['ATACtrl::processPhoneOffHook on port 1, state 3', { word: 'offHook', portInLog: 1 }],
    ['ATACtrl::processPhoneOnHook on port 0', { word: 'onHook', portInLog: 0 }],
    ['ATACtrl::processPhoneFlash on port 0', { word: 'flash', portInLog: 0 }],
    ['Nuvoton::startRing, Atempting to start Ring on port 0', { word: 'ringStart', portInLog: 0 }],
    ['Nuvoton::startRing without CID on port 1', { word: 'ringStart', portInLog: 1 }],
    ['Nuvoton::startRing with CID, Attempting to deliver CID 0857221122', { word: 'ringStart' }],
    ['Nuvoton::stopRing, stopRing on port 0', { word: 'ringStop', portInLog: 0 }],
    ['ATACtrl::hold, Hold call at 0x5a3c10', { word: 'hold' }],
    ['ATACtrl::unhold, Unhold call at 0x5a3c10', { word: 'unhold' }],
    ['SigCtrl::SigRemoteConnect, Remote connect to port 0', { word: 'remoteConnect', portInLog: 0 }],
    ['ATACtrl::processCallStarted on port 0', { word: 'callStarted', portInLog: 0 }],
    ['ATACtrl::processSigRemoteDisconnect on port 0, isCaller = 1', { word: 'remoteDisconnect', portInLog: 0 }],
    ['ATACtrl::processCallCancelled on port 0', { word: 'callCancelled', portInLog: 0 }],
    ['ATACtrl::processCallCompleted on port 0', { word: 'callCompleted', portInLog: 0 }],
    ['ATACtrl::processSigRefer on port 0', { word: 'refer', portInLog: 0 }],
    ['Provision::start, check config', undefined],
    ['GS_LOG: [00:0b:82:00:a1:be][000] Ethernet link is up', undefined],
    ['', undefined],
  ])('%j', (text, word) => {
    expect(parse(text)).toEqual(word)
  })

  const ring = 'ATACtrl::processSigLocalRing on port 0, '
  test.each([
    [`${ring}uri sip:0857221122@pbx.example, name Maria, number 0857221122`, { remote: '0857221122' }],
    [`${ring}uri <sip:+48857221122@pbx.example;user=phone>, name , number `, { remote: '+48857221122' }],
    [`${ring}uri sip:6014@10.0.0.1, name Jan, Nowak, number 6014`, { remote: '6014' }],
    [`${ring}uri sip:anonymous@anonymous.invalid, name Anonymous, number anonymous`, { withheld: true }],
    [`${ring}uri=sip:601234567@pbx,name=x,number=601234567`, { remote: '601234567' }],
    [`${ring}uri sip:601234567@pbx, name number 112, number 601234567`, { remote: '601234567' }],
    [`${ring}name Phone at port 0 is on-hook, number 601234567`, { remote: '601234567' }],
    [ring, undefined],
  ])('%j is a call from somebody', (text, party) => {
    expect(parse(text)).toEqual({ word: 'localRing', portInLog: 0, ...(party === undefined ? {} : { party }) })
  })

  test('a message in pieces is one message, and what a caller put into it says nothing by itself', () => {
    const name = `${'Bardzo Długa Nazwa '.repeat(5)}Phone at port 0 is on-hook, number 112`
    const message = `${ring}uri sip:601234567@pbx.example, name ${name}, number 601234567`
    const [first = '', second = ''] = [message.slice(0, 150), message.slice(150)]
    expect(second.length).toBeGreaterThan(10)
    const parser = createWordParser({}, limits)
    expect(parser.parse(first, 0)).toEqual({ word: 'localRing', portInLog: 0 })
    expect(parser.parse(second, limits.pieceWithinMs)).toEqual({ word: 'localRing', portInLog: 0, party: { remote: '601234567' } })
    expect(parser.parse('Phone at port 0 is on-hook', limits.pieceWithinMs)).toEqual({ word: 'onHook', portInLog: 0 })
    expect(parser.parse(first, 5000)).toBeDefined()
    expect(parser.parse('Phone at port 0 is on-hook', 5001 + limits.pieceWithinMs)).toEqual({ word: 'onHook', portInLog: 0 })
  })

  test('a firmware with other words is understood by patterns of one’s own', () => {
    const patterns = { offHook: 'FXS (?<port>\\d) lifted', localRing: 'call from (?<number>\\S+) to FXS (?<port>\\d)' }
    expect(parse('Call: FXS 2 lifted', patterns)).toEqual({ word: 'offHook', portInLog: 2 })
    expect(parse('Call from 601234567 to FXS 1', patterns)).toEqual({ word: 'localRing', portInLog: 1, party: { remote: '601234567' } })
    expect(parse('Phone at port 0 is off-hook', patterns)).toBeUndefined()
    expect(parse('Phone at port 0 is on-hook', patterns)).toEqual({ word: 'onHook', portInLog: 0 })
  })

  test('the built-in patterns keep the rules that are asked of others', () => {
    for (const word of logWords) expect(patternFault(defaultPatterns[word]), word).toBeUndefined()
  })

  test.each([
    `${ring}uri sip:6014@pbx.example, name Maria Żółć, number 6014`,
    'Nuvoton::startRing with CID, Attempting to deliver CID 6014 Maria',
    'INVITE sip:6014@pbx.example SIP/2.0',
    'From: "Maria Żółć" <sip:6014@pbx.example>',
    'dialed +48 601 234 567 Maria'.slice(0, 22),
  ])('%j is printed without a number or a name', (text) => {
    expect(maskedText(text)).not.toMatch(/6014|601|Maria|Żółć/)
    expect(maskedText(text)).toContain('…')
  })

  test('what is no number stays readable', () => {
    expect(maskedText('Phone at port 0 is off-hook')).toBe('Phone at port 0 is off-hook')
  })
})

describe('the listener', () => {
  async function open(options: { allow?: readonly string[]; mac?: string; limits?: Partial<typeof limits> } = {}) {
    const texts: string[] = []
    let nowMs = 0
    const logged: unknown[] = []
    const note = (fields: object, message: string): void => void logged.push([fields, message])
    const listener = createSyslogListener({
      host: '127.0.0.1',
      port: 0,
      allow: options.allow ?? ['127.0.0.1'],
      ...(options.mac === undefined ? {} : { mac: options.mac }),
      limits: { ...limits, ...options.limits },
      now: () => nowMs,
      log: { debug: note, info: note, warn: note },
      onLine({ text }) {
        if (text === 'throw') throw new Error('6014')
        texts.push(text)
      },
    })
    await listener.start()
    const socket = createSocket('udp4')
    onTestFinished(async () => {
      await listener.stop()
      await listener.stop()
      socket.close()
    })
    const total = (): number => Object.values(listener.counters).reduce((sum, count) => sum + count, 0)
    return {
      listener,
      texts,
      logged,
      skip: (ms: number) => {
        nowMs += ms
      },
      total,
      /** Sends, and waits until so many have been counted in all. */
      async send(...datagrams: readonly (string | Buffer)[]) {
        const before = total()
        for (const datagram of datagrams) {
          await new Promise<void>((resolve) => socket.send(datagram, listener.port, '127.0.0.1', () => resolve()))
        }
        await expect.poll(total).toBe(before + datagrams.length)
      },
    }
  }

  test('passes on what the adapter says', async () => {
    const { send, texts, listener } = await open({ mac: '00:0B:82:DD:EE:FF' })
    await send('<15>HT802 [000b82ddeeff] [1.0.10.6]: one', 'two')
    expect(texts).toEqual(['one', 'two'])
    expect(listener.counters).toMatchObject({ taken: 2, stranger: 0 })
  })

  test('counts what it does not take: a stranger, another adapter, too long, empty, too fast', async () => {
    const strange = await open({ allow: ['127.0.0.2'] })
    await strange.send('x')
    const { send, texts, listener, skip } = await open({ mac: '000b82ddeeff', limits: { burst: 5, perSecond: 1 } })
    await send('<15>HT802 [000b82000000] [1.0.10.6]: x', 'x'.repeat(limits.datagramBytesMax + 1), 'y'.repeat(limits.datagramBytesMax), '<15>\n', 'z', 'late')
    expect(strange.listener.counters).toMatchObject({ taken: 0, stranger: 1 })
    expect(listener.counters).toEqual({ taken: 2, stranger: 0, tooFast: 1, tooLong: 1, otherMac: 1, empty: 1, failed: 0 })
    skip(1000)
    await send('again')
    expect(texts).toEqual(['y'.repeat(limits.textLengthMax), 'z', 'again'])
  })

  test('a fault of ours is counted, and nothing of the text is logged', async () => {
    const { send, listener, logged } = await open()
    await send('throw', 'after')
    expect(listener.counters).toMatchObject({ taken: 1, failed: 1 })
    expect(JSON.stringify(logged)).not.toContain('6014')
  })

  test('a port that is taken is a fault with the next step', async () => {
    const { listener } = await open()
    const options = { host: '127.0.0.1', allow: [], limits, now: () => 0, log: silent, onLine: () => {} }
    await expect(createSyslogListener({ ...options, port: listener.port }).start()).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      faults: [expect.stringMatching(/^listen\.syslogPort: \d+ is in use by another program/)],
    })
    await expect(createSyslogListener({ ...options, host: '203.0.113.7', port: 0 }).start()).rejects.toMatchObject({
      faults: ['listen.host: 203.0.113.7 is not an address of this machine'],
    })
  })

  test('a hundred thousand datagrams of anything end in the counters', { timeout: 120_000 }, async () => {
    const parser = createWordParser({}, limits)
    const random = createRandom(11)
    const samples = [
      '<15>HT802 [000b82ddeeff] [1.0.10.6]: ',
      'processSigLocalRing on port 0, uri ',
      'number ',
      'Phone at port 0 is off-hook',
      '\0',
      '::hold',
      '[',
      ']',
    ]
    const whole = await open({ limits: { burst: 1_000_000, perSecond: 1 } })
    const count = 100_000
    let sent = 0
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    while (sent < count) {
      // Not more at once than the system keeps for us.
      const batch = Math.min(200, count - sent)
      for (let each = 0; each < batch; each += 1) {
        const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)))
        const pick = (): string => (random() < 0.5 ? (samples[Math.floor(random() * samples.length)] ?? '') : '')
        const datagram = Buffer.concat([Buffer.from(pick()), bytes, Buffer.from(pick()), bytes, Buffer.from(pick())])
        parser.parse(readLine(datagram.toString('utf8'), limits.textLengthMax).text, sent)
        socket.send(datagram, whole.listener.port, '127.0.0.1')
      }
      sent += batch
      await expect.poll(whole.total, { interval: 1, timeout: 20_000 }).toBe(sent)
    }
    expect(whole.listener.counters).toMatchObject({ failed: 0, stranger: 0 })
    expect(whole.listener.counters.taken).toBeGreaterThan(count / 2)
  })
})

test('the page for technicians names the settings that the log needs', () => {
  const guide = readFileSync(new URL('../../docs/guides/analogue.md', import.meta.url), 'utf8')
  for (const setting of ['P207', 'P208', 'P1387', 'P21896', 'P21902']) expect(guide).toContain(setting)
})
