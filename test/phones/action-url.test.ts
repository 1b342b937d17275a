import { describe, expect, test } from 'vitest'
import type { CallRef, Fact } from '../../src/desk/event.ts'
import { grandstreamEventNames } from '../../src/phones/grandstream/action-url.ts'
import { phoneDrivers } from '../../src/phones/index.ts'
import { yealinkEvents } from '../../src/phones/yealink/action-url.ts'
import { sentence, type Vendor } from './bench.ts'

const silent = { debug: (): void => {}, info: (): void => {}, warn: (): void => {} }

interface Ear {
  readonly receive: (path: readonly string[], params?: Readonly<Record<string, string>>) => number
  /** What has been said once the answer has gone out. */
  readonly facts: () => Promise<readonly Fact[]>
  readonly health: () => Record<string, string | number | boolean>
}

function createEar(vendor: Vendor, mac?: string): Ear {
  const facts: Fact[] = []
  const driver = phoneDrivers[vendor]({
    url: 'http://127.0.0.1:9',
    username: 'admin',
    password: 'secret',
    token: 'TOKEN',
    emit: (fact) => void facts.push(fact),
    log: silent,
    now: () => 0,
    ...(mac === undefined ? {} : { mac }),
  })
  return {
    receive: (path, params = {}) => driver.receive({ path, params: new Map(Object.entries(params)), remoteAddress: '127.0.0.1' }),
    async facts() {
      await new Promise((resolve) => setImmediate(resolve))
      await driver.stop()
      return facts
    },
    health: () => driver.health(),
  }
}

async function factsOf(vendor: Vendor, event: string, params: Readonly<Record<string, string>>): Promise<readonly Fact[]> {
  const ear = createEar(vendor)
  expect(ear.receive([vendor, 'TOKEN', event], params)).toBe(200)
  return ear.facts()
}

const meanings: Readonly<Record<string, string>> = {
  setup_completed: 'phone.restarted',
  setup_autop_finish: '',
  registered: 'phone.registered true',
  log_on: 'phone.registered true',
  unregistered: 'phone.registered false',
  log_off: 'phone.registered false',
  register_failed: 'phone.registered false',
  off_hook: 'phone.hook off, phone.audio handset',
  on_hook: 'phone.hook on',
  incoming_call: 'call.delivered 101',
  outgoing_call: 'call.originated 101',
  call_established: 'call.established 101',
  answer_new_incoming_call: 'call.established 101',
  call_terminated: 'call.cleared 101 unknown',
  missed_call: 'call.cleared 101 missed',
  call_remote_canceled: 'call.cleared 101 cancelled',
  reject_incoming_call: 'call.cleared 101 rejected',
  forward_incoming_call: 'call.cleared 101 diverted',
  cancel_callout: 'call.cleared 101 local-bye',
  remote_busy: 'call.cleared 101 busy',
  hold: 'call.held 101',
  unhold: 'call.retrieved 101',
  held: 'call.held-by-them 101 true',
  unheld: 'call.held-by-them 101 false',
  mute: 'call.muted 101 true',
  unmute: 'call.muted 101 false',
  transfer_call: 'call.transferred 101 unknown started',
  blind_transfer_call: 'call.transferred 101 blind started',
  attended_transfer_call: 'call.transferred 101 attended started',
  transfer_finished: 'call.transferred 101 unknown finished',
  transfer_failed: 'call.transferred 101 unknown failed',
  idle_to_busy: 'phone.idle false',
  busy_to_idle: 'phone.idle true',
  dnd_on: 'phone.dnd true',
  dnd_off: 'phone.dnd false',
  always_fwd_on: 'phone.forwarding always true',
  always_fwd_off: 'phone.forwarding always false',
  busy_fwd_on: 'phone.forwarding busy true',
  busy_fwd_off: 'phone.forwarding busy false',
  no_answer_fwd_on: 'phone.forwarding no-answer true',
  no_answer_fwd_off: 'phone.forwarding no-answer false',
  call_waiting_on: '',
  call_waiting_off: '',
  headset: 'phone.audio headset',
  handfree: 'phone.audio speaker',
  ip_change: '',
  vpn_ip: '',
  peripheral_information: '',
}

const grandstreamMeanings: Readonly<Record<string, string>> = {
  setupCompleted: 'phone.restarted',
  registered: 'phone.registered true',
  unregistered: 'phone.registered false',
  offHook: 'phone.hook off, phone.audio handset',
  onHook: 'phone.hook on',
  incomingCall: 'call.delivered 101',
  outgoingCall: 'call.originated 101',
  missedCall: 'call.cleared 101 missed',
  establishedCall: 'call.established 101',
  terminatedCall: 'call.cleared 101 unknown',
  openDnd: 'phone.dnd true',
  closedDnd: 'phone.dnd false',
  openForward: 'phone.forwarding unknown true',
  closedForward: 'phone.forwarding unknown false',
  blindTransfer: 'call.transferred 101 blind started',
  attendedTransfer: 'call.transferred 101 attended started',
  holdCall: 'call.held 101',
  unholdCall: 'call.retrieved 101',
}

describe('every event of the guides has a meaning', () => {
  test('and none is left out of the tables', () => {
    expect(Object.keys(yealinkEvents).sort()).toEqual(Object.keys(meanings).sort())
    expect([...grandstreamEventNames].sort()).toEqual(Object.keys(grandstreamMeanings).sort())
  })
  test.each(Object.entries(meanings))('Yealink %s', async (event, meaning) => {
    const said = await factsOf('yealink', event, { m: '001565aabbcc', r: 'sip:101@pbx' })
    expect(said.map(sentence).join(', ')).toBe(meaning)
  })
  test.each(Object.entries(grandstreamMeanings))('Grandstream %s, in any mix of letters', async (event, meaning) => {
    for (const name of [event, event.toLowerCase()]) {
      expect((await factsOf('grandstream', name, { m: '001565aabbcc', r: '101' })).map(sentence).join(', ')).toBe(meaning)
    }
  })
})

describe('whom a call is with', () => {
  const id = { phoneId: '33093' }
  const cases: readonly (readonly [name: string, params: Readonly<Record<string, string>>, ref: CallRef])[] = [
    ['a SIP address', { c: '33093', r: 'sip:857221122@pbx.example' }, { ...id, remote: '857221122' }],
    ['with port and parameters', { c: '33093', r: 'sip:857221122@pbx.example:5060;transport=udp' }, { ...id, remote: '857221122' }],
    ['in brackets behind a name', { c: '33093', r: '"Jan 7" <sip:101@pbx;user=phone>' }, { ...id, remote: '101' }],
    ['a raw plus', { c: '33093', r: '+48857221122' }, { ...id, remote: '+48857221122' }],
    ['a tel address', { c: '33093', r: 'tel:+48857221122' }, { ...id, remote: '+48857221122' }],
    ['separators', { c: '33093', r: '(85) 722-11.22' }, { ...id, remote: '857221122' }],
    ['a feature code', { c: '33093', r: 'sip:*21*6014#@pbx' }, { ...id, remote: '*21*6014#' }],
    ['anonymous', { c: '33093', r: 'sip:anonymous@anonymous.invalid' }, { ...id, withheld: true }],
    ['Anonymous in the name only', { c: '33093', r: '$remote', n: 'Anonymous' }, { ...id, withheld: true }],
    ['a number in the display', { c: '33093', r: '$remote', n: '857 221 122' }, { ...id, remote: '857221122' }],
    ['a name is nobody’s number', { c: '33093', r: '$remote', n: 'Jan Kowalski 7' }, id],
    ['nothing filled', { c: '$call_id', r: '$remote', n: '$callerID' }, {}],
    ['an empty id', { c: '', r: '101' }, { remote: '101' }],
    ['the other party before the display', { c: '33093', r: '101', n: '999' }, { ...id, remote: '101' }],
  ]
  test.each(cases)('%s', async (_name, params, ref) => {
    expect(await factsOf('yealink', 'incoming_call', params)).toEqual([{ type: 'call.delivered', ref }])
  })

  test('the dialled number counts where no address is given', async () => {
    expect(await factsOf('yealink', 'outgoing_call', { c: '33093', r: '$remote', d: '6014' })).toEqual([
      { type: 'call.originated', ref: { ...id, remote: '6014' } },
    ])
  })

  test('an id of a kilobyte is cut', async () => {
    const [fact] = await factsOf('yealink', 'hold', { c: '7'.repeat(1000) })
    expect(fact).toEqual({ type: 'call.held', ref: { phoneId: '7'.repeat(64) } })
  })
})

describe('who may speak', () => {
  const vendors = ['yealink', 'grandstream'] as const
  test.each(vendors)('%s: a wrong token is refused and nothing is said', async (vendor) => {
    const event = vendor === 'yealink' ? 'hold' : 'holdCall'
    const ear = createEar(vendor)
    for (const token of ['token', 'TOKE', 'TOKENx', '', '$token']) expect(ear.receive([vendor, token, event])).toBe(403)
    expect(await ear.facts()).toEqual([])
    expect(ear.health()['wrongToken']).toBe(5)
  })

  test.each(vendors)('%s: an unknown event, another vendor, too much or too little of a path', async (vendor) => {
    const ear = createEar(vendor)
    for (const path of [
      [vendor, 'TOKEN', 'nothing'],
      [vendor, 'TOKEN', 'toString'],
      [vendor, 'TOKEN', '__proto__'],
      [vendor, 'TOKEN', 'hold', 'x'],
      ['snom', 'TOKEN', 'hold'],
    ]) {
      expect(ear.receive(path)).toBe(404)
    }
    expect([403, 404]).toContain(ear.receive([]))
    expect(await ear.facts()).toEqual([])
  })

  test.each([
    ['001565aabbcc', 200],
    ['00:15:65:AA:BB:CC', 200],
    ['00-15-65-aa-bb-cc', 200],
    ['$mac', 200],
    ['', 200],
    ['001565aabbcd', 403],
  ])('the MAC %j is answered %i', async (m, status) => {
    const ear = createEar('yealink', '001565aabbcc')
    expect(ear.receive(['yealink', 'TOKEN', 'on_hook'], { m })).toBe(status)
    expect(await ear.facts()).toHaveLength(status === 200 ? 1 : 0)
    expect(ear.health()['otherPhone']).toBe(status === 200 ? 0 : 1)
  })

  test('the facts follow after the answer', async () => {
    const facts: Fact[] = []
    const options = { url: 'http://127.0.0.1:9', username: 'admin', password: 'secret', token: 'TOKEN', log: silent, now: () => 0 }
    const driver = phoneDrivers.yealink({ ...options, emit: (fact) => void facts.push(fact) })
    expect(driver.receive({ path: ['yealink', 'TOKEN', 'on_hook'], params: new Map(), remoteAddress: '127.0.0.1' })).toBe(200)
    expect(facts).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(facts).toEqual([{ type: 'phone.hook', hook: 'on' }])
    await driver.stop()
  })

  test('firmware and model are heard beside any event', async () => {
    expect(await factsOf('yealink', 'setup_completed', { f: '108.86.0.20', p: 'T46U' })).toEqual([
      { type: 'phone.described', model: 'T46U', firmware: '108.86.0.20' },
      { type: 'phone.restarted' },
    ])
    expect(await factsOf('grandstream', 'registered', { f: '$program_version', p: 'GRP2612' })).toEqual([
      { type: 'phone.described', model: 'GRP2612' },
      { type: 'phone.registered', registered: true },
    ])
  })
})

test.each(['yealink', 'grandstream'] as const)(
  '%s: while the token is being changed both are good, and each only for as long as it is written down',
  async (vendor) => {
    let tokens = ['old']
    const driver = phoneDrivers[vendor]({
      url: 'http://127.0.0.1:9',
      username: 'admin',
      password: 'secret',
      token: 'old',
      tokens: () => tokens,
      emit: () => {},
      log: silent,
      now: () => 0,
    })
    const receive = (token: string) => driver.receive({ path: [vendor, token, 'registered'], params: new Map(), remoteAddress: '127.0.0.1' })
    expect([receive('old'), receive('new')]).toEqual([200, 403])
    tokens = ['new', 'old']
    expect([receive('old'), receive('new'), receive('other')]).toEqual([200, 200, 403])
    tokens = ['new']
    expect([receive('old'), receive('new')]).toEqual([403, 200])
    await driver.stop()
  },
)
