import { createHmac } from 'node:crypto'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../src/desk/call.ts'
import { type Desk, emptyDesk } from '../../src/desk/desk.ts'
import type { Notice, NoticeName, Notices } from '../../src/desk/effect.ts'
import { callerReference } from '../../src/mqtt/caller-reference.ts'
import { dayToCounters, deskToPresence, deskToState } from '../../src/mqtt/desk-levels.ts'
import { eventSchemas } from '../../src/mqtt/event-message.ts'
import { levelSchemas } from '../../src/mqtt/level-messages.ts'
import { type NoticeContext, noticeToCloudEvent, plainReason } from '../../src/mqtt/notice-event.ts'

const wall = Date.UTC(2026, 10, 22, 9, 0, 12, 345)
const epoch = '0f3a5c1e-8d2b-4a67-9c01-23456789abcd'
const number = '+48858696001'
const deskOf = (target: string) => (target === '6014' || target === 'usc-14' ? 'usc-14' : undefined)
const boot = 'b7f0c9d2-4d1e-4c53-9a55-1b1f5a3d9e10'
const context: NoticeContext = { site: 'um-bialystok', desk: 'usc-12', epoch, sequence: 4711, wall, synced: true, boot, monotonicMs: 73_512, deskOf }

function said<Name extends NoticeName>(name: Name, data: Notices[Name], caller?: string): Notice {
  return { type: 'notice', name, data, ...(caller === undefined ? {} : { caller }) } as Notice
}

/** Every notice, each with all its fields. */
const all: { readonly [Name in NoticeName]: Notices[Name] } = {
  'call.alerting': { call: 'c1', direction: 'in', waiting: true },
  'call.ring': { call: 'c1', ring: 3, ringSource: 'estimated' },
  'call.answered': { call: 'c1', direction: 'in', rings: 2, ringSource: 'counted', waitMs: 7100, inRule: true, strict: true, excluded: 'waiting' },
  'call.missed': { call: 'c1', direction: 'in', cause: 'unresolved', rings: 5, ringSource: 'estimated', waitMs: 25_000, waiting: true, excluded: 'waiting' },
  'call.held': { call: 'c1', direction: 'in', by: 'agent' },
  'call.resumed': { call: 'c1', direction: 'in', heldMs: 4000, by: 'clerk' },
  'call.ended': { call: 'c1', direction: 'out', cause: 'remote-bye', talkMs: 60_000, heldMs: 0 },
  'call.hung-up-first': { call: 'c1', by: 'remote', evidence: 'bye' },
  'call.transferred': { call: 'c1', kind: 'blind' },
  'call.speaker-cue': { call: 'c1' },
  'call.contradiction': { call: 'c1', state: 'held', event: 'delivered' },
  'hold.warned': { call: 'c1', afterMs: 6000, remindOnly: 'headset' },
  'hold.forced': { call: 'c1', afterMs: 8000 },
  'hold.unconfirmed': { call: 'c1', afterMs: 8000, reason: 'no answer' },
  'hold.long': { call: 'c1', heldMs: 45_000, muted: true },
  'hold.overdue': { call: 'c1', heldMs: 120_000, muted: true },
  'forwarding.on': { target: '6014', kind: 'no-answer', reason: 'absence', until: wall + 1_800_000 },
  'forwarding.off': { target: '6014', kind: 'no-answer', reason: 'back' },
  'forwarding.unconfirmed': { target: 'usc-14', kind: 'no-answer', reason: 'the phone says off' },
  'forwarding.uncovered': { reason: 'nobody-takes-calls' },
  'forwarding.foreign': { kind: 'always', on: true },
  'day-end.asked': { dnd: true, kind: 'always' },
  'callback.opened': { callback: 'b1', call: 'c1', cause: 'missed', misses: 1, dueAt: wall + 3_600_000, uncallable: 'shared', from: 'usc-14', of: 'b9' },
  'callback.attempted': { callback: 'b1', misses: 1, attempts: 1, dueAt: wall },
  'callback.closed': {
    callback: 'b1',
    by: 'desk',
    cause: 'missed',
    misses: 1,
    attempts: 1,
    uncallable: 'withheld',
    inTime: true,
    workingMinutes: 12,
    from: 'usc-14',
    of: 'b9',
  },
  'callback.due': { callback: 'b1', cause: 'promise', misses: 0, dueAt: wall },
  'callback.overdue': { callback: 'b1', cause: 'promise', misses: 0, dueAt: wall },
  'callback.reassigned': { callback: 'b1', cause: 'promise', misses: 0, by: 'usc-14', dueAt: wall },
  'seat.implausible': { reason: 'flapping' },
  'phone.silent': { sinceMs: 86_400_000, evidence: 'call-began' },
  'phone.unreachable': { reason: 'connect ECONNREFUSED 10.20.30.40:80' },
  'phone.back': {},
  'phone.refused': { reason: 'HTTP 401', retryMs: 300_000 },
  'phone.restarted': {},
  'bridge.lost': { reason: 'unplugged' },
  'bridge.back': { firmware: '1.0.0', afterMs: 12_000 },
  'clock.stepped': { byMs: -3_600_000, synced: true },
  'security.refused': { reason: 'token', count: 3 },
  'journal.incomplete': { cause: 'outage', count: 12, epoch: '0f3a4b5c-0000-4000-8000-000000000000', from: 1, to: 12 },
  'command.obeyed': { command: 'hold', id: 'q-1' },
  'command.refused': { command: 'hold', id: 'q-2', code: 'NO_CALL' },
  'agent.started': { version: '0.1.0', adopted: 1 },
  'agent.stopping': { reason: 'SIGTERM' },
}
const names = Object.keys(all) as NoticeName[]

describe('an event', () => {
  test('is the CloudEvent of the contract', () => {
    expect(noticeToCloudEvent(said('call.answered', { call: 'c7', direction: 'in', waitMs: 4000 }), context)).toEqual({
      specversion: '1.0',
      id: `${epoch}-4711`,
      source: '/um-bialystok/usc-12',
      type: 'third-ring.call.answered',
      time: '2026-11-22T09:00:12.345Z',
      sequence: '000000004711',
      datacontenttype: 'application/json',
      data: { call: 'c7', direction: 'in', waitMs: 4000 },
    })
  })

  test('bears a mark while its time cannot be trusted', () => {
    expect(noticeToCloudEvent(said('phone.back', {}), { ...context, synced: false })).toMatchObject({ clock: 'unsynced', boot, monotonic: '73512' })
    expect(noticeToCloudEvent(said('phone.back', {}), context)).not.toHaveProperty('boot')
    // By this one the times before it can be put right.
    expect(noticeToCloudEvent(said('clock.stepped', all['clock.stepped']), context)).toMatchObject({ boot, monotonic: '73512' })
    expect(noticeToCloudEvent(said('clock.stepped', all['clock.stepped']), context)).not.toHaveProperty('clock')
  })

  test.each(names)('%s keeps every field and is as its schema says', (name) => {
    const event = noticeToCloudEvent(said(name, all[name], number), { ...context, callerReference: () => 'ABCDEFGHIJ' })
    expect(v.parse(eventSchemas[name], event)).toEqual(event)
    const personal = /^(call|hold|callback)\./.test(name) ? ['caller'] : []
    expect(Object.keys(event.data).sort()).toEqual([...Object.keys(all[name]), ...personal].sort())
  })

  test.each(names)('%s says nothing of the caller unless the office wants a reference', (name) => {
    expect(JSON.stringify(noticeToCloudEvent(said(name, all[name], number), context))).not.toMatch(/48858696001|caller":/)
  })

  test('tells moments as ISO 8601', () => {
    const { data } = noticeToCloudEvent(said('forwarding.on', all['forwarding.on']), context)
    expect(data).toMatchObject({ until: '2026-11-22T09:30:12.345Z', target: 'usc-14' })
  })

  test('names desks, never numbers: a private one that calls are forwarded to is nobody’s business', () => {
    const { data } = noticeToCloudEvent(said('forwarding.off', { target: '601234567', reason: 'back' }), context)
    expect(data).toEqual({ target: 'unlisted', reason: 'back' })
  })

  test('loses fields that nobody has described', () => {
    const data = { call: 'c1', ring: 1, ringSource: 'counted', remote: number, name: 'Anna Nowak' } as Notices['call.ring']
    expect(noticeToCloudEvent(said('call.ring', data), context).data).toEqual({ call: 'c1', ring: 1, ringSource: 'counted' })
  })

  test('that the core may not say is a fault of ours, at once', () => {
    expect(() => noticeToCloudEvent(said('call.ring', { call: 'c1', ring: -1, ringSource: 'counted' }), context)).toThrow()
    expect(() => noticeToCloudEvent(said('call.held', { call: 'c1', direction: 'in', by: 'Anna' as 'clerk' }), context)).toThrow()
  })
})

describe('a sentence for technicians', () => {
  test.each([
    ['GET /servlet?number=858696001 failed', 'GET /servlet?number=… failed'],
    ['call from +48 85 869 60 01', 'call from …'],
    ['(85) 869-60-01', '(…'],
    ['connect ECONNREFUSED 10.20.30.40:80', 'connect ECONNREFUSED 10.20.30.40:80'],
    ['HTTP 401 after 1500 ms', 'HTTP 401 after 1500 ms'],
  ])('%s', (reason, plain) => {
    expect(plainReason(reason)).toBe(plain)
  })

  test('is not long', () => {
    expect(plainReason('x'.repeat(1000))).toHaveLength(200)
  })
})

describe('a caller’s reference', () => {
  test('is the beginning of the base32 of the keyed hash', () => {
    const digest = createHmac('sha256', 'key').update(number).digest()
    const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const expected = Array.from(
      { length: 10 },
      (_, index) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)],
    ).join('')
    expect(callerReference('key', number)).toBe(expected)
  })

  test('is the same for the same caller and key, another for another', () => {
    expect(callerReference('key', number)).toBe(callerReference(Buffer.from('key'), number))
    expect(callerReference('key', '+48858696002')).not.toBe(callerReference('key', number))
    expect(callerReference('other', number)).not.toBe(callerReference('key', number))
    expect(callerReference('key', number)).toMatch(/^[A-Z2-7]{10}$/)
  })
})

const call: Call = {
  id: 'c1',
  ref: { phoneId: '65536', remote: number },
  direction: 'in',
  remote: { number, withheld: false },
  state: 'alerting',
  since: 500,
  startedAt: 500,
  deliveredAt: 500,
  startKnown: true,
  proven: true,
  waiting: false,
  emergency: false,
  heldByThem: false,
  conference: false,
  touched: false,
  handset: false,
  heldMs: 0,
  talkMs: 0,
}

/** A desk of which much is known, and all of it private. */
const busy: Desk = {
  ...emptyDesk(1000),
  clock: { offsetMs: wall - 1000, synced: true },
  phone: { ...emptyDesk(0).phone, reachable: true, registered: true, hook: 'off', dnd: false, model: 'T46U', fault: 'Anna Nowak' },
  seat: { ...emptyDesk(0).seat, occupied: false, leftAt: 900, seenAt: 990 },
  calls: [call],
  callbacks: [
    { id: 'b1', cause: 'missed', number, openedAt: 1, misses: 1, attempts: 0, said: { due: true, overdue: true } },
    { id: 'b2', cause: 'missed', number, openedAt: 1, misses: 1, attempts: 0, said: {} },
    { id: 'b3', cause: 'missed', openedAt: 1, misses: 1, attempts: 0, said: { overdue: true }, closed: { by: 'desk', at: 999 } },
  ],
  lastCaller: { call: 'c0', number, at: 800 },
  forwarding: { state: 'on', owner: 'agent', kind: 'no-answer', target: '6014', until: 61_000 },
  lease: {
    state: 'held',
    kind: 'no-answer',
    target: '6014',
    desk: 'usc-14',
    since: 900,
    until: 61_000,
    order: 1,
    orderedAt: 900,
    tries: 1,
  },
}

describe('the desk’s state', () => {
  const state = (desk: Desk) => deskToState(desk, { epoch, sequence: 12, lamp: 'ring-warning', rings: () => ({ ring: 3, ringSource: 'estimated' }), deskOf })

  test('is the snapshot of the contract', () => {
    expect(state(busy)).toEqual({
      v: 1,
      at: '2026-11-22T09:00:12.345Z',
      epoch,
      sequence: '000000000012',
      clock: 'synced',
      phone: { reachable: true, hook: 'off', dnd: false },
      calls: [{ id: 'c1', direction: 'in', state: 'alerting', since: '2026-11-22T09:00:11.845Z', ring: 3, ringSource: 'estimated' }],
      lamp: 'ring-warning',
      forwarding: {
        state: 'on',
        target: 'usc-14',
        owner: 'agent',
        kind: 'no-answer',
        until: '2026-11-22T09:01:12.345Z',
        lease: { state: 'held', kind: 'no-answer', target: 'usc-14', until: '2026-11-22T09:01:12.345Z', order: 1 },
      },
      callbacks: { open: 2, overdue: 1 },
    })
    expect(v.parse(levelSchemas.state, state(busy))).toEqual(state(busy))
  })

  test('says null for what is not known, and whether its times can be trusted', () => {
    const empty = deskToState(emptyDesk(0), { epoch, sequence: 0, lamp: 'dark', rings: () => undefined, deskOf })
    expect(empty).toMatchObject({
      clock: 'unsynced',
      phone: { reachable: null, hook: null, dnd: null },
      forwarding: { state: 'unknown', target: null, owner: null, kind: null, until: null, lease: null },
    })
    expect(v.parse(levelSchemas.state, empty)).toEqual(empty)
  })

  test('and presence hold no number, no name and nothing of the seat', () => {
    const wire = JSON.stringify([state(busy), deskToPresence(busy, { longerAbsence: false, deskOf })])
    expect(wire).not.toMatch(/8586|6014|65536|Anna|seat|occupied|leftAt/)
    const sitting = { ...busy, seat: { ...busy.seat, occupied: true } }
    expect(JSON.stringify(state(sitting))).toBe(JSON.stringify(state(busy)))
    expect(deskToPresence(sitting, { longerAbsence: false, deskOf })).toEqual(deskToPresence(busy, { longerAbsence: false, deskOf }))
  })

  test('does not tell a private number that somebody forwards to', () => {
    const { lease: _ours, ...unleased } = busy
    const foreign: Desk = { ...unleased, forwarding: { state: 'on', owner: 'foreign', kind: 'always', target: '601234567' } }
    expect(state(foreign).forwarding).toEqual({ state: 'on', target: 'unlisted', owner: 'foreign', kind: 'always', until: null, lease: null })
    expect(deskToPresence(foreign, { longerAbsence: false, deskOf }).substituting).toBeNull()
  })

  test('names who takes its calls, unless that is while its phone is busy', () => {
    const { lease: _ours, ...unleased } = busy
    const to = (kind: 'always' | 'busy') => ({ ...unleased, forwarding: { state: 'on', owner: 'foreign', kind, target: '6014' } as const })
    const said = (desk: Desk) => deskToPresence(desk, { longerAbsence: false, deskOf }).substituting
    expect([said(to('always')), said(to('busy'))]).toEqual(['usc-14', null])
  })
})

describe('presence', () => {
  const takes = (changes: Partial<Desk>, longerAbsence = false) =>
    deskToPresence({ ...busy, forwarding: { state: 'off' }, ...changes }, { longerAbsence, deskOf }).takesCalls

  test('says that calls will be answered here only where nothing speaks against it', () => {
    expect(takes({})).toBe(true)
    expect(takes({ forwarding: { state: 'on', owner: 'foreign' } })).toBe(false)
    expect(takes({ forwarding: { state: 'on', owner: 'foreign', kind: 'no-answer' } })).toBe(false)
    expect(takes({ forwarding: { state: 'on', owner: 'foreign', kind: 'busy' } })).toBe(true)
    expect(takes({ shell: { ...emptyDesk(0).shell, stopping: 'SIGTERM' } })).toBe(false)
    expect(takes({}, true)).toBe(false)
    expect(takes({ frozen: true })).toBe(false)
    for (const phone of [{ reachable: false }, { reachable: undefined }, { registered: false }, { dnd: true }]) {
      expect(takes({ phone: { ...busy.phone, ...phone } })).toBe(false)
    }
    expect(takes({ phone: { ...busy.phone, registered: undefined, dnd: undefined } })).toBe(true)
  })

  test('names the desk that takes its calls', () => {
    const presence = deskToPresence(busy, { longerAbsence: true, deskOf })
    expect(presence).toEqual({ v: 1, at: '2026-11-22T09:00:12.345Z', takesCalls: false, substituting: 'usc-14' })
    expect(v.parse(levelSchemas.presence, presence)).toEqual(presence)
  })
})

describe('a day', () => {
  test('is its counters, and whether anything can still be added', () => {
    const counters = dayToCounters(
      { date: '2026-11-22', observedMs: 5, observedWorkingMs: 4, scheduledMs: 8, counts: { answered: 3, 'answered.inRule': 2 } },
      wall,
      true,
    )
    expect(counters).toEqual({
      v: 1,
      at: '2026-11-22T09:00:12.345Z',
      date: '2026-11-22',
      final: true,
      observedMs: 5,
      observedWorkingMs: 4,
      scheduledMs: 8,
      counts: { answered: 3, 'answered.inRule': 2 },
    })
    expect(v.parse(levelSchemas.day, counters)).toEqual(counters)
  })
})
