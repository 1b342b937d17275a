import { describe, expect, it } from 'vitest'
import { asterisk, freeswitch, type KamailioDialog, kamailio } from './documents.ts'
import { type TwoSources, twoSources } from './two-sources.ts'

const citizen = '0857654321'
const other = '0600700800'
const idle = asterisk({ state: 'terminated' })
const early = asterisk({ state: 'early' })
const confirmed = asterisk({ state: 'confirmed' })
const states = (world: TwoSources): string[] => world.desk.calls.map(({ state }) => state)
const facts = (world: TwoSources): string[] => world.told.map(({ fact }) => fact.type)
const d1: KamailioDialog = { id: 'd1', state: 'early', direction: 'recipient', remote: citizen }
const d2: KamailioDialog = { id: 'd2', state: 'early', direction: 'recipient', remote: other }

/** A phone that has spoken in this run, so that its word is waited for. */
function speaking(options: Parameters<typeof twoSources>[0] = {}): TwoSources {
  return twoSources(options).phone(0, { type: 'phone.hook', hook: 'on' }).notify(10, idle, { asked: true })
}

describe('a phone without action URLs, from the exchange alone', () => {
  it('Asterisk: it rings, is answered and ends, with no moment of waiting', () => {
    const world = twoSources().notify(0, idle, { asked: true }).notify(1000, early).notify(5000, confirmed).notify(60_000, idle).wait(120_000)
    expect(world.told.map(({ at, fact }) => [at, fact.type])).toEqual([
      [1000, 'call.delivered'],
      [5000, 'call.established'],
      [60_000, 'call.cleared'],
    ])
    expect(world.outcomes()).toEqual(['answered in +48857654321', 'ended in +48857654321'])
  })
  it('Asterisk: a caller who gives up is owed a call', () => {
    const world = twoSources().notify(0, idle, { asked: true }).notify(1000, early).notify(9000, idle).wait(120_000)
    expect(world.outcomes().map((line) => line.split(' ')[0])).toEqual(['missed', 'callback'])
  })
  it('Asterisk: somebody who calls again at once is a new call, whether the first was answered or not', () => {
    const world = twoSources()
      .notify(0, idle, { asked: true })
      .notify(1000, early)
      .notify(2000, confirmed)
      .notify(3000, idle)
      .notify(3100, early)
      .notify(4000, idle)
      .notify(4100, early)
      .notify(5000, confirmed)
      .notify(6000, idle)
      .wait(120_000)
    expect(facts(world).filter((type) => type === 'call.delivered')).toHaveLength(3)
    expect(facts(world).filter((type) => type === 'call.cleared')).toHaveLength(3)
  })
  it('Asterisk: an outgoing call is confirmed at once, and is a conversation only when no exchange would ring any longer', () => {
    const world = twoSources().notify(0, idle, { asked: true }).notify(1000, confirmed).wait(170_000)
    expect(states(world)).toEqual(['initiated'])
    world.wait(190_000)
    expect(states(world)).toEqual(['connected'])
  })
  it('Kamailio: two calls at once are two calls', () => {
    const world = twoSources()
      .notify(0, '', { asked: true })
      .notify(1000, kamailio([{ ...d1, state: 'Trying' }]))
      .notify(1020, kamailio([d1]))
      .notify(5000, kamailio([{ ...d1, state: 'confirmed' }]))
      .notify(9000, kamailio([{ ...d1, state: 'confirmed' }, d2]))
      .notify(
        14_000,
        kamailio([
          { ...d2, state: 'terminated' },
          { ...d1, state: 'confirmed' },
        ]),
      )
      .notify(30_000, kamailio([{ ...d1, state: 'terminated' }]))
      .wait(120_000)
    expect(facts(world)).toEqual(['call.delivered', 'call.established', 'call.delivered', 'call.cleared', 'call.cleared'])
    expect(world.outcomes().map((line) => line.split(' ')[0])).toEqual(['answered', 'ended', 'missed', 'callback'])
  })
  it('Kamailio: an outgoing call', () => {
    const out: KamailioDialog = { ...d1, direction: 'initiator' }
    const world = twoSources()
      .notify(0, '', { asked: true })
      .notify(1000, kamailio([out]))
      .notify(5000, kamailio([{ ...out, state: 'confirmed' }]))
    expect(facts(world)).toEqual(['call.originated', 'call.established'])
    expect(world.desk.calls[0]).toMatchObject({ direction: 'out', state: 'connected' })
  })
})

describe('the phone’s word comes first', () => {
  it('nothing is added where both say the same, whoever is quicker', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1200, early)
      .notify(5000, confirmed)
      .phone(5900, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(20_000, idle)
      .phone(20_500, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'unknown' })
      .wait(100_000)
    expect(world.told).toEqual([])
  })
  it('a ring that it does not tell of within a second is told by the exchange', () => {
    const world = speaking().notify(1000, early).wait(1999)
    expect(world.told).toEqual([])
    world.wait(2000)
    expect(world.told).toEqual([{ at: 2000, fact: { type: 'call.delivered', ref: { remote: citizen } } }])
  })
  it('an answer and an end that it does not tell of', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .notify(5000, confirmed)
      .notify(30_000, idle)
      .wait(100_000)
    expect(world.told.map(({ at, fact }) => [at, fact.type])).toEqual([
      [6000, 'call.established'],
      [31_000, 'call.cleared'],
    ])
    expect(world.outcomes().map((line) => line.split(' ')[0])).toEqual(['answered', 'ended'])
  })
  it('what it has ended does not begin anew because the exchange is slow, and does not ring because another phone of the extension goes on ringing', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .phone(4000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'rejected' })
      .wait(30_000)
      .notify(30_000, confirmed)
      .notify(60_000, idle)
      .wait(100_000)
    expect(world.told).toEqual([])
  })
  it('a conversation that it tells of stays one while the exchange still shows the ring', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .wait(30_000)
    expect(world.told).toEqual([])
    expect(states(world)).toEqual(['connected'])
  })
  it('a number that the two write differently is not another caller', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: '201' } })
      .notify(1000, kamailio([{ ...d1, remote: '48858696001' }]))
      .wait(10_000)
    expect(world.told).toEqual([])
  })
  it('who rings again at once is another call, though the exchange still tells of the one before', () => {
    const again: KamailioDialog = { ...d1, id: 'd9' }
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, kamailio([d1]))
      .phone(3000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'cancelled' })
      .phone(5000, { type: 'call.delivered', ref: { phoneId: '2', remote: citizen } })
      .notify(5500, kamailio([{ ...d1, state: 'terminated' }, again]))
      .wait(9000)
    expect(world.told).toEqual([])
    expect(states(world)).toContain('alerting')
  })
  it('nor where the words about the one before were lost, and it is first seen when it is over', () => {
    const again: KamailioDialog = { ...d1, id: 'd9' }
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .phone(3000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'cancelled' })
      .phone(5000, { type: 'call.delivered', ref: { phoneId: '2', remote: citizen } })
      .notify(5500, kamailio([{ ...d1, state: 'terminated' }, again]))
      .wait(9000)
    expect(world.told).toEqual([])
    expect(states(world)).toContain('alerting')
  })
  it('Asterisk: the same picture may mean another call, where something in between was lost', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(4000, confirmed)
      .phone(20_000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'unknown' })
      .phone(30_000, { type: 'call.delivered', ref: { phoneId: '2', remote: other } })
      .notify(36_000, confirmed, { cseq: 6 })
      .wait(40_000)
    expect(world.told.map(({ at, fact }) => [at, fact.type])).toEqual([[37_000, 'call.established']])
  })
  it('Kamailio: a ring is not taken for a conversation of which the exchange knows nothing', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: '600' } })
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(60_000, kamailio([{ ...d1, state: 'Trying' }]))
      .notify(60_100, kamailio([d1]))
      .wait(70_000)
    expect(facts(world)).toEqual(['call.delivered'])
    expect(states(world)).toEqual(['connected', 'alerting'])
  })
  it.each([
    ['asterisk', early, confirmed, idle],
    ['kamailio', kamailio([d1]), kamailio([{ ...d1, state: 'confirmed' }]), kamailio([{ ...d1, state: 'terminated' }])],
  ])('%s: a first word that comes again in the middle of the conversation leaves nobody to be called back', (_, ring, talk, end) => {
    const first = { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } } as const
    const world = speaking()
      .phone(1000, first)
      .notify(1000, ring)
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(4000, talk)
      .phone(9000, first)
      .wait(20_000)
    expect(states(world)).toContain('connected')
    world.notify(30_000, end).wait(200_000)
    expect(world.outcomes().filter((line) => /missed|callback/.test(line))).toEqual([])
  })
  it('a call that the exchange has never shown is not ended by it', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } }, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(60_000, idle, { asked: true })
      .wait(100_000)
    expect(world.told).toEqual([])
  })
})

describe('hold is never taken from dialog-info', () => {
  it('Asterisk: rendering=no, the other side holds: nothing follows', () => {
    const world = twoSources()
      .notify(0, idle, { asked: true })
      .notify(1000, early)
      .notify(5000, confirmed)
      .notify(9000, asterisk({ state: 'confirmed', rendering: 'no' }))
      .wait(30_000)
    expect(facts(world)).toEqual(['call.delivered', 'call.established'])
    expect(states(world)).toEqual(['connected'])
  })
  it.each(['early', 'confirmed'] as const)('rendering=no with %s is never a ring', (state) => {
    const ring = freeswitch({ id: 'u1', state, direction: 'recipient', remote: citizen, rendering: 'no' })
    const world = twoSources().notify(0, '', { asked: true }).notify(1000, ring).wait(20_000)
    expect(facts(world)).not.toContain('call.delivered')
    expect(states(world)).not.toContain('alerting')
  })
  it('FreeSWITCH’s `early` for a call on hold is no new ring, and nothing else either', () => {
    const call = { id: 'u1', direction: 'recipient', remote: citizen } as const
    const world = twoSources()
      .notify(0, '', { asked: true })
      .notify(1000, freeswitch({ ...call, state: 'early', rendering: 'yes' }))
      .notify(4000, freeswitch({ ...call, state: 'confirmed', rendering: 'yes' }))
      .notify(9000, freeswitch({ ...call, state: 'early', rendering: 'no' }))
      .notify(15_000, freeswitch({ ...call, state: 'confirmed', rendering: 'yes' }))
      .notify(20_000, freeswitch({ ...call, state: 'terminated', rendering: 'yes' }))
    expect(facts(world)).toEqual(['call.delivered', 'call.established', 'call.cleared'])
  })
  it('unless the office says that its exchange means this desk (holdSemantics: local)', () => {
    const call = { id: 'u1', direction: 'recipient', remote: citizen } as const
    const world = twoSources({ semantics: 'local' })
      .notify(0, '', { asked: true })
      .notify(1000, freeswitch({ ...call, state: 'early', rendering: 'yes' }))
      .notify(4000, freeswitch({ ...call, state: 'confirmed', rendering: 'yes' }))
      .notify(9000, freeswitch({ ...call, state: 'early', rendering: 'no' }))
      .notify(15_000, freeswitch({ ...call, state: 'confirmed', rendering: 'yes' }))
    expect(facts(world)).toEqual(['call.delivered', 'call.established', 'call.held', 'call.retrieved'])
  })
})

describe('calls that are sent on', () => {
  const forwarded = { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' } as const
  it('a proxy shows the substitute’s answer as the desk’s: it is not one, and nobody is owed a call', () => {
    const world = speaking()
      .fact(20, forwarded)
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, kamailio([d1]))
      .notify(16_000, kamailio([{ ...d1, state: 'confirmed' }]))
      .notify(90_000, kamailio([{ ...d1, state: 'terminated' }]))
      .wait(200_000)
    expect(world.told.map(({ fact }) => fact)).toEqual([{ type: 'call.cleared', ref: { phoneId: '1', remote: citizen }, cause: 'diverted' }])
    expect(world.outcomes().filter((line) => /answered|callback/.test(line))).toEqual([])
  })
  it('the phone’s own word is an answer all the same', () => {
    const world = speaking()
      .fact(20, forwarded)
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, kamailio([d1]))
      .notify(5000, kamailio([{ ...d1, state: 'confirmed' }]))
      .phone(5400, { type: 'call.established', ref: { phoneId: '1' } })
      .wait(20_000)
    expect(world.told).toEqual([])
    expect(states(world)).toEqual(['connected'])
  })
  it('a call that went straight to the substitute is none of this desk', () => {
    const world = speaking()
      .fact(20, { ...forwarded, kind: 'always' })
      .notify(1000, kamailio([{ ...d1, state: 'confirmed' }]))
      .wait(20_000)
    expect(world.told).toEqual([])
  })
})

describe('call waiting at Asterisk', () => {
  const talking = (): TwoSources =>
    speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(4000, confirmed)
  it('notify_early_inuse_ringing=no: the second call is seen by the phone alone; the last end ends both', () => {
    const world = talking()
      .phone(10_000, { type: 'call.delivered', ref: { phoneId: '2', remote: other } })
      .phone(14_000, { type: 'call.held', ref: { phoneId: '1' } }, { type: 'call.established', ref: { phoneId: '2' } })
      .phone(20_000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'unknown' })
      .notify(30_000, idle)
      .wait(100_000)
    expect(world.told.map(({ at, fact }) => [at, fact.type])).toEqual([[31_000, 'call.cleared']])
    expect(world.outcomes().filter((line) => line.startsWith('ended'))).toHaveLength(2)
  })
  it('yes: the ring of a second caller whom the phone does not tell of, and its end', () => {
    const world = talking()
      .notify(10_000, asterisk({ state: 'early', remote: other }))
      .notify(16_000, confirmed)
      .wait(20_000)
    expect(world.told.map(({ at, fact }) => [at, fact.type])).toEqual([
      [11_000, 'call.delivered'],
      [17_000, 'call.cleared'],
    ])
    expect(states(world)[0]).toBe('connected')
  })
  it('yes: a second caller who is answered, by the phone’s word', () => {
    const world = talking()
      .phone(10_000, { type: 'call.delivered', ref: { phoneId: '2', remote: other } })
      .notify(10_000, asterisk({ state: 'early', remote: other }))
      .notify(14_000, confirmed)
      .phone(14_300, { type: 'call.held', ref: { phoneId: '1' } }, { type: 'call.established', ref: { phoneId: '2' } })
      .wait(30_000)
    expect(world.told).toEqual([])
    expect(states(world)).toEqual(['held', 'connected'])
  })
})

describe('an exchange that is away', () => {
  it('says nothing, least of all that the desk is idle; and what is found on return is compared', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .notify(1000, early)
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .down(5000)
      .wait(90_000)
    expect(world.told).toEqual([])
    world.notify(90_000, confirmed, { asked: true }).wait(95_000)
    expect(world.told).toEqual([])
    world.down(96_000).notify(120_000, idle, { asked: true }).wait(130_000)
    expect(facts(world)).toEqual(['call.cleared'])
  })
  it('a conversation that began meanwhile is the one that it shows', () => {
    const world = speaking()
      .down(500)
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } })
      .phone(4000, { type: 'call.established', ref: { phoneId: '1' } })
      .notify(60_000, kamailio([{ ...d1, state: 'confirmed' }]), { asked: true })
      .wait(90_000)
    expect(world.told).toEqual([])
  })
  it('a call that was carried over a restart of the agent and is not there any more is over', () => {
    const world = speaking()
      .phone(1000, { type: 'call.delivered', ref: { phoneId: '1', remote: citizen } }, { type: 'call.established', ref: { phoneId: '1' } })
      .down(2000)
      .fact(3000, { type: 'agent.started', version: 'test' })
      .notify(9000, idle, { asked: true })
      .wait(20_000)
    expect(facts(world)).toEqual(['call.cleared'])
  })
})
