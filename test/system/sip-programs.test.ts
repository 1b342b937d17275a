import { describe, expect, test } from 'vitest'
import type { Asterisk } from './sip/asterisk.ts'
import { asteriskHere, kamailioHere, phoneHere, phonesHere, relayHere, sippHere } from './sip/here.ts'
import { directionsOfSound } from './sip/tap.ts'
import { until } from './sip/until.ts'

/** The programs that the tests of SIP are made with do what those tests take for granted. */

const extensions = ['101', '201', '202'].map((number) => ({ number }))

const hint = async (asterisk: Asterisk, number: string) => new RegExp(`^${number}@.*State:(\\w+)`, 'm').exec(await asterisk.console('core show hints'))?.[1]
const hintIs = (asterisk: Asterisk, number: string, state: string) => until(`${number} is ${state}`, async () => (await hint(asterisk, number)) === state)

describe('Asterisk and two telephones', () => {
  test('a call rings, is answered, held, taken up again and ended; the hold is in the sound of the desk, and not in its hint', async () => {
    const asterisk = await asteriskHere({ extensions })
    const relay = await relayHere(asterisk.address)
    const desk = await phoneHere({ number: '101', server: relay.address })
    const caller = await phoneHere({ number: '201', server: asterisk.address })
    await caller.dial('101')
    await desk.newest('ringing')
    await hintIs(asterisk, '101', 'Ringing')
    await desk.accept()
    await caller.newest('established')
    await hintIs(asterisk, '101', 'InUse')
    await desk.hold()
    await until('the desk holds', () => directionsOfSound(relay, 'to exchange').at(-1) === 'sendonly')
    await hintIs(asterisk, '201', 'Hold')
    expect(await hint(asterisk, '101')).toBe('InUse')
    await desk.resume()
    await until('the desk goes on', () => directionsOfSound(relay, 'to exchange').at(-1) === 'sendrecv')
    await caller.hangUp()
    await desk.newest('closed')
    await hintIs(asterisk, '101', 'Idle')
    expect(directionsOfSound(relay, 'to exchange')).toEqual(['sendrecv', 'sendonly', 'sendrecv'])
  })

  test('a desk that rejects a call, and one that hands a call over', async () => {
    const asterisk = await asteriskHere({ extensions })
    const [desk, caller, substitute] = await phonesHere(['101', '201', '202'], { server: asterisk.address })
    await caller.dial('101')
    await desk.newest('ringing')
    await desk.hangUp()
    await caller.newest('closed')
    await caller.dial('101')
    await desk.newest('ringing')
    await desk.accept()
    await caller.newest('established')
    await desk.transfer('202')
    await substitute.newest('ringing')
    await substitute.accept()
    await desk.newest('closed')
    expect((await caller.newest('established')).peer).toContain('101')
  })

  test('what is forwarded by code goes to the substitute, also after a power cut of the exchange; whoever hangs up at once sets nothing', async () => {
    const asterisk = await asteriskHere({ extensions })
    const [desk, caller, substitute] = await phonesHere(['101', '201', '202'], { server: asterisk.address })
    await desk.dial('*72202')
    await desk.newest('established')
    await desk.hangUp()
    await asterisk.quiet()
    expect(await asterisk.stored('CF/101')).toBeUndefined()
    await desk.dial('*72202')
    await desk.newest('established')
    await desk.newest('closed')
    expect(await asterisk.stored('CF/101')).toBe('202')
    await Promise.all(['CF/101', 'registrar/contact/101', 'registrar/contact/201', 'registrar/contact/202'].map((key) => asterisk.written(key)))
    await asterisk.kill()
    await asterisk.start()
    expect(await asterisk.registered()).toEqual(expect.arrayContaining(['101', '201', '202']))
    await caller.dial('101')
    await substitute.newest('ringing')
    await caller.hangUp()
    await desk.dial('*73')
    await desk.newest('established')
    await desk.newest('closed')
    expect(await asterisk.stored('CF/101')).toBeUndefined()
  })

  test('a phone that forwards by itself sends the call on with 302', async () => {
    const moved = sippHere({ scenario: 'forwarded-by-phone', words: { SUBSTITUTE: '202', DESK: '103', DOMAIN: 'office.test' } })
    const asterisk = await asteriskHere({ extensions: [...extensions, { number: '103', contact: `sip:103@${moved.address}:5060` }] })
    const [caller, substitute] = await phonesHere(['201', '202'], { server: asterisk.address })
    await caller.dial('103')
    await substitute.newest('ringing')
  })

  test('datagrams that are lost or come twice through the relay cost no call', async () => {
    const asterisk = await asteriskHere({ extensions })
    const relay = await relayHere(asterisk.address, 7)
    const desk = await phoneHere({ number: '101', server: asterisk.address })
    const caller = await phoneHere({ number: '201', server: relay.address })
    relay.spoil({ lost: 0.2, doubled: 0.3 })
    await caller.dial('101')
    await desk.newest('ringing')
    await desk.accept()
    await caller.newest('established')
    await caller.hangUp()
    await desk.newest('closed')
    const became = new Set(relay.datagrams.map((datagram) => datagram.became))
    expect([...became].sort()).toEqual(['doubled', 'dropped', 'passed'])
  })
})

describe('Kamailio', () => {
  test('a telephone and somebody from outside call the desk', async () => {
    const { address: server, domain } = await kamailioHere()
    const [desk, caller] = await phonesHere(['101', '201'], { server, domain })
    await caller.dial('101')
    await desk.newest('ringing')
    await desk.accept()
    await caller.newest('established')
    await caller.hangUp()
    await desk.newest('closed')
    const citizen = sippHere({ scenario: 'citizen', words: { DOMAIN: domain }, calls: { number: '101', server }, talkMs: 200 })
    await desk.newest('ringing')
    await desk.accept()
    await desk.newest('closed')
    expect(await citizen.ended).toBe(0)
  })
})
