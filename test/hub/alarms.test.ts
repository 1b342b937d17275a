import { describe, expect, test } from 'vitest'
import { type Alarm, alarmKinds, alarmsOf, isUrgent, type Watched } from '../../src/hub/alarms/alarms.ts'
import { noSigns, observe, type Signs } from '../../src/hub/alarms/signs.ts'
import { payloadOf, tellChanges } from '../../src/hub/alarms/watch.ts'
import { hubLimits } from '../../src/hub/limits.ts'
import { emptyOffice, type Office, takeLoss, takeMessage, takeSilence } from '../../src/hub/office.ts'
import { stateOf } from './fixture.ts'

/** An office in invented time: desks speak, and the alarms are asked for at any moment. */
const start = Date.parse('2026-11-26T09:00:00Z')
const minute = 60_000

function openOffice() {
  let office: Office = emptyOffice
  let now = start
  let before: readonly Alarm[] = []
  const signs = new Map<string, Signs>()
  const last = new Map<string, number>()
  const change = (desk: string, taken: ReturnType<typeof takeMessage>, live: boolean) => {
    const was = office.desks.get(desk)
    office = taken.office
    const view = office.desks.get(desk)
    if (view !== undefined) signs.set(desk, observe(signs.get(desk) ?? noSigns, { before: was, desk: view, news: taken.news, live, now }))
  }
  const say = (desk: string, name: string, payload: unknown, retained = false) => {
    const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    change(desk, takeMessage(office, { desk, name, payload: bytes, retained, at: now }), !retained)
  }
  const town = {
    say,
    wait: (ms: number) => {
      now += ms
    },
    online(desk: string, about: object = {}, state: object = {}) {
      say(desk, 'availability', 'online')
      say(desk, 'about', { v: 1, department: 'usc', epoch: 'e1', boot: 'b1', firstSequence: 1, lastSequence: 0, phone: { make: 'yealink' }, ...about })
      say(desk, 'state', stateOf(now, { sequence: 0, ...state }))
    },
    event(desk: string, type: string, data: object = {}, { epoch = 'e1', sequence = (last.get(`${desk} ${epoch}`) ?? 0) + 1 } = {}) {
      last.set(`${desk} ${epoch}`, sequence)
      say(desk, 'event', { id: `${epoch}-${sequence}`, type: `third-ring.${type}`, time: new Date(now).toISOString(), sequence, data })
    },
    /** One that the hub has asked for. */
    late(desk: string, type: string, sequence: number, time: number, data: object = {}) {
      say(desk, 'event/replay', { id: `e1-${sequence}`, type: `third-ring.${type}`, time: new Date(time).toISOString(), sequence, data })
    },
    health: (desk: string, figures: object = {}) => say(desk, 'health', { v: 1, ...figures }),
    lose: (desk: string, range: readonly [number, number]) => change(desk, takeLoss(office, desk, 'e1', range, now), true),
    silence(desk: string) {
      change(desk, takeSilence(office, [desk]), false)
    },
    alarms(options: Partial<Pick<Watched, 'recordFault' | 'directoryFaults' | 'warden' | 'wardenFaults'>> & { readonly connectedSince?: number | null } = {}) {
      const { connectedSince = start, ...found } = options
      const known = connectedSince === null ? {} : { connectedSince }
      before = alarmsOf({ office, signs, now, before, ...known, ...found })
      return before
    },
    kinds: () => town.alarms().map(({ kind, desk }) => `${desk} ${kind}`),
  }
  return town
}

describe('a desk that says nothing', () => {
  test('is an alarm a minute after its will, for as long as it is gone', () => {
    const town = openOffice()
    town.online('usc-12')
    town.say('usc-12', 'availability', 'offline')
    town.wait(minute - 1)
    expect(town.kinds()).toEqual([])
    town.wait(1)
    expect(town.alarms()).toEqual([{ kind: 'desk.silent', desk: 'usc-12', since: start, detail: {} }])
    town.say('usc-12', 'availability', 'online')
    expect(town.kinds()).toEqual([])
  })

  test('is an alarm when its health is a minute late, although the broker calls it online', () => {
    const town = openOffice()
    town.online('usc-12')
    town.wait(2 * minute - 1)
    expect(town.kinds()).toEqual([])
    town.wait(1)
    expect(town.kinds()).toEqual(['usc-12 desk.silent'])
    town.health('usc-12')
    expect(town.kinds()).toEqual([])
  })

  test('is none while the hub has no broker, nor in its first minute with one', () => {
    const town = openOffice()
    town.say('usc-12', 'availability', 'online', true)
    town.wait(10 * minute)
    town.event('usc-12', 'phone.refused', { reason: 'password' })
    expect(town.alarms({ connectedSince: null })).toEqual([])
    town.event('usc-12', 'phone.back')
    town.wait(10 * minute)
    expect(town.alarms({ connectedSince: start + 19 * minute })).toEqual([])
    town.silence('usc-12')
    expect(town.alarms({ connectedSince: start + 19 * minute })).toEqual([])
    town.wait(minute)
    expect(town.alarms({ connectedSince: start + 19 * minute })).toMatchObject([{ kind: 'desk.silent' }])
  })
})

describe('what a level says and does not stop saying', () => {
  test.each<[string, (town: ReturnType<typeof openOffice>) => void, (town: ReturnType<typeof openOffice>) => void, number]>([
    ['phone.unreachable', (town) => town.online('d', {}, { phone: { reachable: false } }), (town) => town.online('d'), hubLimits.alarmAfterMs],
    ['clock.unsynced', (town) => town.online('d', {}, { clock: 'unsynced' }), (town) => town.online('d'), hubLimits.alarmUnsyncedMs],
    [
      'exchange.away',
      (town) => town.health('d', { exchange: { answers: false } }),
      (town) => town.health('d', { exchange: { answers: true, tells: null } }),
      hubLimits.alarmAfterMs,
    ],
    [
      'exchange.away',
      (town) => town.health('d', { exchange: { answers: true, tells: false } }),
      (town) => town.health('d', { exchange: null }),
      hubLimits.alarmAfterMs,
    ],
    ['power.under-voltage', (town) => town.health('d', { underVoltage: true }), (town) => town.health('d', { underVoltage: false }), 0],
    ['disk.low', (town) => town.health('d', { diskFreeBytes: 99e6 }), (town) => town.health('d', { diskFreeBytes: 101e6 }), 0],
    ['disk.read-only', (town) => town.health('d', { diskReadOnly: true }), (town) => town.health('d', { diskReadOnly: null }), 0],
  ])('%s', (kind, begin, end, afterMs) => {
    const town = openOffice()
    town.online('d')
    begin(town)
    const began = start
    if (afterMs > 0) {
      town.wait(afterMs - 1)
      expect(town.kinds().filter((line) => line.includes(kind))).toEqual([])
      town.wait(1)
    }
    expect(town.alarms().find((alarm) => alarm.kind === kind)).toMatchObject({ desk: 'd', since: began })
    end(town)
    expect(town.kinds().filter((line) => line.includes(kind))).toEqual([])
  })

  test('events that stay missing, and events that are lost for good', () => {
    const town = openOffice()
    town.online('d')
    town.event('d', 'call.missed')
    town.event('d', 'call.missed', {}, { sequence: 5 })
    town.wait(hubLimits.alarmMissingMs)
    town.health('d')
    expect(town.alarms()).toMatchObject([{ kind: 'events.missing', since: start, detail: { count: 3 } }])
    town.lose('d', [2, 4])
    expect(town.alarms()).toMatchObject([{ kind: 'events.lost', detail: { count: 3 } }])
    town.wait(hubLimits.alarmLossMs)
    town.health('d')
    expect(town.kinds()).toEqual([])
  })
})

describe('what an event tells', () => {
  test.each<[string, string, object, string, number]>([
    ['phone.refused', 'phone.refused', { reason: 'password', retryMs: 1 }, 'phone.back', 0],
    ['phone.silent', 'phone.silent', { sinceMs: 1 }, 'call.alerting', 0],
    ['security.refused', 'security.refused', { reason: 'token', count: 3 }, '', hubLimits.alarmSecurityMs],
    ['journal.incomplete', 'journal.incomplete', { cause: 'damaged' }, '', hubLimits.alarmLossMs],
  ])('%s, until it is over', (kind, type, data, ending, lastsMs) => {
    const town = openOffice()
    town.online('d')
    town.event('d', type, data)
    expect(town.kinds()).toEqual([`d ${kind}`])
    if (ending === '') town.wait(lastsMs)
    else town.event('d', ending)
    town.health('d')
    expect(town.kinds()).toEqual([])
  })
})

describe('what an event tells that was asked for and comes late', () => {
  test('is over if a later event said so, and goes on if a later event says so', () => {
    const town = openOffice()
    town.online('d')
    town.event('d', 'agent.started')
    town.event('d', 'phone.back', {}, { sequence: 9 })
    town.late('d', 'phone.refused', 8, start, { reason: 'password' })
    expect(town.kinds()).toEqual([])
    town.event('d', 'phone.refused', { reason: 'password' })
    town.late('d', 'call.alerting', 7, start)
    expect(town.kinds()).toEqual(['d phone.refused'])
  })

  test('was said when the desk said it, not now', () => {
    const town = openOffice()
    town.online('d')
    town.event('d', 'agent.started')
    town.event('d', 'agent.started', {}, { sequence: 9 })
    town.late('d', 'security.refused', 7, start - hubLimits.alarmSecurityMs, { reason: 'token' })
    expect(town.kinds()).toEqual([])
    town.late('d', 'security.refused', 8, start - minute, { reason: 'token' })
    expect(town.alarms()).toMatchObject([{ kind: 'security.refused', since: start - minute }])
  })
})

describe('more than one where there should be one', () => {
  test('two agents under one desk’s name: their stores take turns', () => {
    const town = openOffice()
    town.online('d')
    town.event('d', 'call.missed')
    town.online('d', { epoch: 'e2', boot: 'b2' }, { epoch: 'e2' })
    town.event('d', 'call.missed', {}, { epoch: 'e2' })
    expect(town.kinds(), 'a replaced machine is none').toEqual([])
    town.event('d', 'call.missed')
    expect(town.kinds()).toEqual(['d desk.duplicated'])
    town.wait(hubLimits.alarmDuplicateMs)
    town.health('d')
    expect(town.kinds()).toEqual([])
  })

  test('a machine that restarts again and again is one machine', () => {
    const town = openOffice()
    for (let boot = 1; boot <= 6; boot += 1) town.online('d', { boot: `b${boot}` })
    expect(town.kinds()).toEqual([])
  })

  test('two clones that throw each other off: coming and going, one boot after the other', () => {
    const town = openOffice()
    for (let turn = 0; turn < 3; turn += 1) {
      town.online('d', { boot: `b${turn % 2}` })
      town.say('d', 'availability', 'offline')
    }
    town.online('d', { boot: 'b1' })
    expect(town.kinds()).toEqual(['d desk.duplicated', 'd client-id.clash'])
    const flapping = openOffice()
    for (let turn = 0; turn < 4; turn += 1) {
      flapping.online('d')
      flapping.say('d', 'availability', 'offline')
    }
    expect(flapping.kinds(), 'a bad cable is none').toEqual([])
  })

  test('the same telephone at two desks', () => {
    const town = openOffice()
    const phone = { make: 'yealink', fingerprint: 'ABCDEFGH23' }
    town.online('usc-12', { phone })
    town.online('usc-14', { phone })
    town.online('kan-07', { phone: { ...phone, fingerprint: 'ABCDEFGH24' } })
    expect(town.alarms()).toMatchObject([
      { kind: 'phone.duplicated', desk: 'usc-12', detail: { desks: 'usc-14' } },
      { kind: 'phone.duplicated', desk: 'usc-14', detail: { desks: 'usc-12' } },
    ])
    town.say('usc-14', 'availability', 'offline')
    expect(town.kinds()).toEqual([])
  })

  test('what the broker kept from an earlier life is no second machine', () => {
    const town = openOffice()
    town.online('d', { epoch: 'e2', boot: 'b2' }, { epoch: 'e2' })
    town.say('d', 'state', stateOf(start, { epoch: 'e1', sequence: 0 }), true)
    town.online('d', { epoch: 'e2', boot: 'b2' }, { epoch: 'e2' })
    expect(town.kinds()).toEqual([])
  })
})

describe('a phone that rings and tells nothing', () => {
  const day = (offered: number, observedMs: number = hubLimits.quietObservedMs, more: object = {}) => {
    const counts = offered === 0 ? {} : { offered }
    return { v: 1, date: '2026-11-26', final: false, observedMs, counts, ...more }
  }
  const neighbours = (town: ReturnType<typeof openOffice>, department = 'usc') => {
    for (const id of ['n1', 'n2']) {
      town.online(id, { department })
      town.say(id, 'day', day(hubLimits.quietNeighbourCalls))
    }
  }

  test('is found by its neighbours’ calls', () => {
    const town = openOffice()
    town.online('d')
    town.say('d', 'day', day(0))
    expect(town.kinds()).toEqual([])
    neighbours(town)
    expect(town.alarms()).toMatchObject([{ kind: 'phone.silent', desk: 'd', detail: { evidence: 'neighbours' } }])
    town.say('d', 'day', day(1))
    expect(town.kinds()).toEqual([])
  })

  test.each<[string, (town: ReturnType<typeof openOffice>) => void, string]>([
    ['it has not been watched for long', (town) => town.say('d', 'day', day(0, hubLimits.quietObservedMs - 1)), 'usc'],
    ['the day is another', (town) => town.say('d', 'day', day(0, hubLimits.quietObservedMs, { date: '2026-11-25' })), 'usc'],
    ['the others are of another department', (town) => town.say('d', 'day', day(0)), 'geo'],
  ])('but not where %s', (_, say, department) => {
    const town = openOffice()
    town.online('d')
    say(town)
    neighbours(town, department)
    expect(town.kinds()).toEqual([])
  })
})

test('a record that cannot be written is the first of all alarms, and keeps its beginning', () => {
  const town = openOffice()
  town.online('d')
  town.event('d', 'phone.refused', { reason: 'password' })
  expect(town.alarms({ recordFault: 'full' }).map(({ kind, desk }) => [kind, desk])).toEqual([
    ['record.fault', null],
    ['phone.refused', 'd'],
  ])
  town.wait(5000)
  expect(town.alarms({ recordFault: 'full' })[0]?.since).toBe(start)
})

test('on the wire there are the first of them, and how many there are', () => {
  const alarms: Alarm[] = Array.from({ length: hubLimits.alarmsMax + 1 }, (_, index) => ({
    kind: 'disk.low',
    desk: `d${index}`,
    since: start,
    detail: { count: 1 },
  }))
  const payload = payloadOf(alarms, start)
  expect(Buffer.byteLength(payload)).toBeLessThan(hubLimits.clientPacketBytesMax)
  const { count, alarms: told } = JSON.parse(payload) as { count: number; alarms: object[] }
  expect([count, told.length]).toEqual([alarms.length, hubLimits.alarmsMax])
  expect(told[0]).toEqual({ kind: 'disk.low', desk: 'd0', since: '2026-11-26T09:00:00.000Z', count: 1 })
})

test('the log tells of each when it begins and when it is over, and nothing of one that goes on', () => {
  const said: string[] = []
  const say = (level: string) => (fields: object) => void said.push(`${level} ${JSON.stringify(fields)}`)
  const log = { info: say('info'), warn: say('warn') }
  const [silent, low, fault]: readonly Alarm[] = [
    { kind: 'desk.silent', desk: 'usc-12', since: start, detail: {} },
    { kind: 'disk.low', desk: 'usc-12', since: start, detail: {} },
    { kind: 'record.fault', desk: null, since: start, detail: {} },
  ]
  if (silent === undefined || low === undefined || fault === undefined) throw new Error('three alarms')
  tellChanges(log, [silent, low], [{ ...low, since: start + minute }, fault])
  expect(said).toEqual(['warn {"desk":null,"alarm":"record.fault"}', 'info {"desk":"usc-12","alarm":"desk.silent"}'])
})

describe('a forwarding that is left behind', () => {
  const task = { desk: 'd', kind: 'no-answer', target: 'usc-14', until: null, since: start, began: start - 1000 } as const
  const lease = { state: 'held', kind: 'no-answer', target: 'usc-14', until: start }
  const forwarding = { forwarding: { state: 'on', owner: 'agent', kind: 'no-answer', target: 'usc-14', until: start, lease } }

  test.each([
    ['waiting', 'agent-gone', 'warden.waiting', 'warden.waiting'],
    ['undoing', 'agent-gone', 'warden.waiting', 'warden.waiting'],
    ['failed', 'unreachable', 'warden.waiting', 'warden.failed'],
    ['unconfirmed', 'contradicted', 'warden.waiting', 'warden.failed'],
    ['failed', 'refused', 'warden.failed', 'warden.failed'],
    ['failed', 'no-phone', 'warden.failed', 'warden.failed'],
    ['unconfirmed', 'not-shown', 'warden.failed', 'warden.failed'],
    ['undone', 'agent-gone', 'warden.freed', 'warden.freed'],
    ['foreign', 'unclaimed', 'warden.foreign', 'warden.foreign'],
  ] as const)('%s, %s: %s, and after a minute %s', (state, reason, at, later) => {
    const town = openOffice()
    town.online('d')
    const detail = { reason, kind: 'no-answer', target: 'usc-14' }
    expect(town.alarms({ warden: [{ ...task, state, reason }] })).toMatchObject([{ kind: at, desk: 'd', detail }])
    town.wait(hubLimits.alarmAfterMs)
    town.health('d')
    expect(town.alarms({ warden: [{ ...task, state, reason }] })).toMatchObject([{ kind: later, desk: 'd', detail }])
    expect(town.alarms({ warden: [] })).toEqual([])
  })

  test('stands also while the hub has no broker: the warden goes by what it knows itself', () => {
    const town = openOffice()
    expect(town.alarms({ warden: [{ ...task, state: 'failed', reason: 'refused' }], connectedSince: null })).toMatchObject([{ kind: 'warden.failed' }])
  })

  test('in an office without a warden: nobody undoes it, and that is said a minute after the agent is gone', () => {
    const town = openOffice()
    town.online('d', {}, forwarding)
    town.say('d', 'availability', 'offline')
    town.wait(minute - 1)
    expect(town.kinds()).toEqual([])
    town.wait(1)
    expect(town.kinds()).toEqual(['d warden.failed', 'd desk.silent'])
    expect(town.alarms()[0]?.detail).toEqual({ reason: 'no-warden', kind: 'no-answer', target: 'usc-14' })
    town.online('d', {}, forwarding)
    expect(town.kinds()).toEqual([])
  })

  test('a file of the warden that has faults is an alarm of the hub’s own', () => {
    expect(openOffice().alarms({ warden: [], wardenFaults: 2 })).toMatchObject([{ kind: 'warden.refused', desk: null, detail: { count: 2 } }])
  })
})

describe('what a desk tells of its own forwarding', () => {
  test.each(['forwarding.on', 'forwarding.off'])('unconfirmed: until %s', (over) => {
    const town = openOffice()
    town.online('d')
    town.event('d', 'forwarding.unconfirmed', { reason: 'contradicted', target: 'usc-14' })
    expect(town.alarms()).toMatchObject([{ kind: 'forwarding.unconfirmed', detail: { reason: 'contradicted', target: 'usc-14' } }])
    town.event('d', over)
    expect(town.kinds()).toEqual([])
  })

  test('unconfirmed: as long as it is tried, and for an hour', () => {
    const town = openOffice()
    const lease = { state: 'releasing', kind: 'no-answer', target: 'usc-14', until: start }
    town.online('d', {}, { forwarding: { state: 'on', lease } })
    town.event('d', 'forwarding.unconfirmed', { reason: 'unreachable' })
    town.wait(2 * hubLimits.alarmSecurityMs)
    town.health('d')
    expect(town.kinds()).toEqual(['d forwarding.unconfirmed'])
    town.online('d')
    expect(town.kinds()).toEqual([])
  })

  test.each<[string, (town: ReturnType<typeof openOffice>) => void]>([
    ['somebody takes the calls', (town) => town.event('d', 'forwarding.on')],
    ['somebody is at the desk again', (town) => town.say('d', 'presence', { takesCalls: true, substituting: null })],
    ['its agent is gone', (town) => town.say('d', 'availability', 'offline')],
  ])('an absence that nobody covers: until %s', (_, over) => {
    const town = openOffice()
    town.online('d')
    town.say('d', 'presence', { takesCalls: false, substituting: null })
    town.event('d', 'forwarding.uncovered', { reason: 'no-substitute' })
    expect(town.alarms()).toMatchObject([{ kind: 'forwarding.uncovered', detail: { reason: 'no-substitute' } }])
    over(town)
    expect(town.kinds()).toEqual([])
  })
})

test('who does not answer is urgent, strangers at the door are not', () => {
  expect(alarmKinds.map((kind) => isUrgent({ kind })).lastIndexOf(true)).toBe(alarmKinds.indexOf('forwarding.unconfirmed'))
  expect([isUrgent({ kind: 'phone.unreachable' }), isUrgent({ kind: 'security.refused' })]).toEqual([true, false])
})
