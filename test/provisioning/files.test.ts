import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { parseRequestLine } from '../../src/http/request-line.ts'
import { grandstreamEventNames } from '../../src/phones/grandstream/action-url.ts'
import { phoneDrivers } from '../../src/phones/index.ts'
import { grandstreamFile } from '../../src/provisioning/grandstream-file.ts'
import type { PhoneDesk } from '../../src/provisioning/phone-desk.ts'
import { yealinkFile } from '../../src/provisioning/yealink-file.ts'

const token = '0123456789abcdef0123456789abcdef'
const yealink: PhoneDesk = {
  vendor: 'yealink',
  desk: 'usc-12',
  mac: '001565aabbcc',
  agentUrl: 'http://10.20.30.41:8787',
  token,
  agentAddress: '10.20.30.41',
}
const grandstream: PhoneDesk = { ...yealink, vendor: 'grandstream', mac: '000b82aabbcc', wardenAddress: '10.20.30.5' }
const files = { yealink: yealinkFile, grandstream: grandstreamFile }
const vendors = [
  ['yealink', yealink],
  ['grandstream', grandstream],
] as const

const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')
const unescapeXml = (text: string): string => text.replaceAll('&amp;', '&')
const urlsOf = (text: string): string[] => [...unescapeXml(text).matchAll(/http:\/\/[^\s<]+/g)].map(([url]) => url)

test('the files are these, to the letter', () => {
  expect(yealinkFile(yealink)).toBe(golden('yealink.cfg'))
  expect(yealinkFile({ ...yealink, firmware: '28.72.0.1' })).toBe(golden('yealink-v72.cfg'))
  expect(grandstreamFile(grandstream)).toBe(golden('grandstream.xml'))
})

describe('who may command the phone', () => {
  test.each(vendors)('%s: the agent, and the warden where there is one, and nobody else', (vendor, desk) => {
    const list = (text: string): string | undefined => /(?:limit_ip = |<P32052>)([^\n<]*)/.exec(text)?.[1]
    expect(list(files[vendor]({ ...desk, wardenAddress: '10.20.30.5' }))).toBe('10.20.30.41,10.20.30.5')
    const { wardenAddress: _, ...alone } = desk
    expect(list(files[vendor](alone))).toBe('10.20.30.41')
  })

  const strangers = [
    ...['any', '*', '*.*.*.*', '10.20.30.*', '10.20.*.*', '10.20.30.0/24', '10.20.30.41,10.20.30.99', '10.20.30.41;any', 'agent.example', ''],
    ...['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0', '::ffff:0.0.0.0', '10.20.30', '010.020.030.041', ' 10.20.30.41'],
  ]
  test.each(strangers)('%j is no address of one machine', (address) => {
    for (const [vendor, desk] of vendors) {
      for (const odd of [{ agentAddress: address }, { wardenAddress: address }]) {
        expect(() => files[vendor]({ ...desk, ...odd })).toThrow(ConfigurationError)
      }
    }
  })

  test('every fault is named at once', () => {
    expect(() => yealinkFile({ ...yealink, agentAddress: 'any', wardenAddress: '0.0.0.0' })).toThrow(/"any"[\s\S]*"0\.0\.0\.0"/)
  })

  test('without a question on the phone’s screen', () => {
    expect(yealinkFile(yealink)).toContain('\nfeatures.show_action_uri_option = 0\n')
    expect(grandstreamFile(grandstream)).toContain('<P32051>0</P32051>')
  })
})

describe('what the phone tells', () => {
  test.each(vendors)('%s: the agent’s own driver takes every URL of the file', async (vendor, desk) => {
    const driver = phoneDrivers[vendor]({
      url: 'http://127.0.0.1:9',
      username: 'admin',
      password: 'secret',
      token,
      mac: desk.mac ?? '',
      emit: () => {},
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      now: () => 0,
    })
    const urls = urlsOf(files[vendor](desk))
    expect(urls.length).toBeGreaterThanOrEqual(18)
    for (const url of urls) {
      const target = parseRequestLine(Buffer.from(`GET ${url.replace('$mac', desk.mac ?? '')} HTTP/1.1`))?.target
      expect([url, target && driver.receive({ ...target, remoteAddress: '127.0.0.1' })]).toEqual([url, 200])
    }
    await driver.stop()
  })

  test('every event of a Grandstream desk phone, once', () => {
    const names = urlsOf(grandstreamFile(grandstream)).map((url) => url.split('?')[0]?.split('/').at(-1))
    expect(names.sort()).toEqual([...grandstreamEventNames].sort())
    const pValues = [...grandstreamFile(grandstream).matchAll(/<(P\d+)>/g)].map(([, name]) => name)
    expect(new Set(pValues).size).toBe(pValues.length)
  })

  test('with a query, and the caller’s name last or not at all', () => {
    for (const [vendor, desk] of vendors) {
      for (const url of urlsOf(files[vendor](desk))) {
        expect(url).toMatch(/\?m=\$mac/)
        expect(url).not.toMatch(/\$callerID&|\$display|\$cfg_/)
      }
    }
  })

  test('in no name that looks right and is in no guide (reference yealink §9)', () => {
    const invented = [
      ...['action_url.enable', 'action_url.limit_ip', 'action_url.call_missed', 'action_url.registration_failed', 'action_url.setup_complete '],
      ...['action_url.forward_on', 'action_url.forward_off', 'action_url.handsfree', 'features.action_url.', 'features.action_uri.phone.enable'],
      ...['\naction_uri.enable', '$duration', '$forward', '$call_type', '$local_uri', '$remote_uri'],
    ]
    for (const text of [yealinkFile(yealink), yealinkFile({ ...yealink, firmware: '28.72.0.1' })]) {
      for (const name of invented) expect(text).not.toContain(name)
    }
  })

  test('in the names of its firmware', () => {
    for (const [firmware, old] of [
      ['28.70.0.1', true],
      ['28.72.0.1', true],
      ['28.73.0.1', false],
      ['108.86.0.20', false],
      ['nonsense', false],
    ] as const) {
      const text = yealinkFile({ ...yealink, firmware })
      expect([/^action_url\.log_on = .*\/log_on\?/m.test(text), /^action_url\.log_off = .*\/log_off\?/m.test(text)]).toEqual([old, old])
      expect([/^action_url\.registered = /m.test(text), /^action_url\.unregistered = /m.test(text)]).toEqual([!old, !old])
    }
  })
})

describe('how long a URL may be', () => {
  const longest = (text: string): number => Math.max(...urlsOf(text).map((url) => url.length))

  test('what the phones store: 511 characters on a Yealink, 200 on a Grandstream', () => {
    for (const [vendor, desk, lengthMax] of [
      ['yealink', yealink, 511],
      ['grandstream', grandstream, 200],
    ] as const) {
      const room = lengthMax - longest(files[vendor](desk)) + token.length
      expect(longest(files[vendor]({ ...desk, token: 't'.repeat(room) }))).toBe(lengthMax)
      expect(() => files[vendor]({ ...desk, token: 't'.repeat(room + 1) })).toThrow(/listen\.tokenFile.*shorter token/)
    }
  })

  test('an address of IPv6 and a token of the usual length fit both', () => {
    const agentUrl = 'http://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535'
    expect(longest(yealinkFile({ ...yealink, agentUrl }))).toBeLessThanOrEqual(511)
    expect(longest(grandstreamFile({ ...grandstream, agentUrl }))).toBeLessThanOrEqual(200)
  })
})

test('a desk’s name cannot end the comment that it stands in', () => {
  const comment = /<!--(.*a.*b.*)-->/.exec(grandstreamFile({ ...grandstream, desk: 'a---b' }))?.[1]
  expect(comment).toBeDefined()
  expect(comment).not.toContain('--')
})

test('no account, no password and no other setting of the exchange is touched', () => {
  expect(yealinkFile(yealink)).not.toMatch(/^(account\.|static\.|sip\.|security\.)/m)
  expect(grandstreamFile(grandstream)).not.toMatch(/<P(2|34|35|36|47|196|270|271)>/)
})
