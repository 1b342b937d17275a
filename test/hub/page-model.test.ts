import { describe, expect, test } from 'vitest'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { dictionaries, model, type PageOffice } from './page.ts'

const online = { id: 'usc-12', availability: 'online', presence: { takesCalls: true }, events: [] }
const idle = { phone: { reachable: true }, calls: [], forwarding: { state: 'off' } }

function kindOf(state: object | undefined, desk: object = {}): string {
  return model.phoneState({ ...online, state, ...desk }).kind
}

function callsIn(...states: string[]): object {
  return { ...idle, calls: states.map((state, index) => ({ id: `c${index + 1}`, state })) }
}

describe('what a phone is doing, in one word', () => {
  test.each<[string, object | undefined, object]>([
    ['idle', idle, {}],
    ['ringing', callsIn('alerting'), {}],
    ['talking', callsIn('connected'), {}],
    ['held', callsIn('held'), {}],
    ['dialling', callsIn('initiated'), {}],
    ['idle', callsIn('cleared'), {}],
    ['absent', { ...idle, forwarding: { state: 'on' } }, {}],
    ['idle', { ...idle, forwarding: { state: 'on', kind: 'busy' } }, {}],
    ['absent', idle, { presence: { takesCalls: false } }],
    ['unreachable', { ...idle, phone: { reachable: false } }, {}],
    ['unreachable', { ...callsIn('connected'), phone: { reachable: false } }, {}],
    ['idle', { ...idle, phone: { reachable: null } }, {}],
    ['offline', callsIn('connected'), { availability: 'offline' }],
    ['unknown', callsIn('connected'), { availability: 'unknown' }],
    ['unknown', undefined, {}],
  ])('%s', (kind, state, desk) => {
    expect(kindOf(state, desk)).toBe(kind)
  })

  test('every one of them has a name', () => {
    const kinds = ['idle', 'ringing', 'talking', 'held', 'dialling', 'absent', 'unreachable', 'offline', 'unknown']
    expect(Object.keys(dictionaries.pl.state).sort()).toEqual(kinds.sort())
  })

  test('of two calls the clerk’s own stands first', () => {
    expect(model.phoneState({ ...online, state: callsIn('alerting', 'connected') })).toMatchObject({
      kind: 'talking',
      call: { id: 'c2' },
      second: { id: 'c1' },
    })
    expect(model.phoneState({ ...online, state: callsIn('held', 'alerting') })).toMatchObject({ kind: 'ringing', second: { id: 'c1' } })
  })
})

describe('the office as the page follows it', () => {
  const entry = (n: number, desk = 'usc-12') => ({ n, desk, type: 'call.ring', at: n, data: { ring: 1 } })
  const take = (frames: readonly (readonly [string, unknown])[], start: PageOffice = model.emptyOffice()) =>
    frames.reduce((office, [type, data]) => model.takeFrame(office, type, data, 0), start)
  const snapshot = ['snapshot', { now: 1, rate: 1, desks: [{ ...online, state: idle }], log: [entry(1)] }] as const

  test('a snapshot replaces all, later frames change what they name', () => {
    const office = take([snapshot, ['event', entry(2)], ['desk', { ...online, id: 'usc-2', state: callsIn('held') }], ['gone', { id: 'nobody' }]])
    expect(office.log.map(({ n }) => n)).toEqual([2, 1])
    expect(office.desks.get('usc-12')?.events.map(({ n }) => n)).toEqual([2])
    expect(model.sortedDesks(office).map(({ id }) => id)).toEqual(['usc-2', 'usc-12'])
    expect(take([['gone', { id: 'usc-2' }]], office).desks.size).toBe(1)
    expect(take([snapshot], office).desks.size).toBe(1)
  })

  test('neither log grows without end', () => {
    const office = take([snapshot, ...Array.from({ length: 500 }, (_, index) => ['event', entry(index + 2)] as const)])
    expect(office.log.length).toBeLessThanOrEqual(120)
    expect(office.desks.get('usc-12')?.events.length).toBeLessThanOrEqual(6)
  })

  test('the log shows by their own time what came within a minute, and where it came what is older, or of a wrong clock', () => {
    const log = [80, 79, 84, 5, 78, 999_999, 77].map((seconds, index) => ({ ...entry(9 - index), at: seconds * 1000 }))
    expect(model.logOf({ ...model.emptyOffice(), log } as PageOffice).map(({ at }) => at / 1000)).toEqual([84, 80, 79, 5, 78, 999_999, 77])
  })

  test('an event of a desk that is not there, and a frame of a later hub, do no harm', () => {
    expect(
      take([
        ['event', entry(1, 'nobody')],
        ['something-new', {}],
      ]).desks.size,
    ).toBe(0)
  })

  test('the lights of a driven lamp are of a demonstration alone', () => {
    const lights = { left: 0.8, middle: 0, right: 0 }
    const office = take([['snapshot', { ...snapshot[1], demo: { actions: [], lights: { 'usc-2': lights } } }]])
    expect(take([['lights', { id: 'usc-12', lights }]], office).demo?.lights).toEqual({ 'usc-2': lights, 'usc-12': lights })
    expect(take([['lights', { id: 'usc-2', lights: null }]], office).demo?.lights).toEqual({ 'usc-2': null })
    expect(take([snapshot, ['lights', { id: 'usc-2', lights }]]).demo).toBe(take([snapshot]).demo)
  })

  test('only desks that are there count', () => {
    const callbacks = { open: 2, overdue: 1 }
    const office = take([
      snapshot,
      ['desk', { ...online, id: 'a', state: { ...callsIn('alerting'), callbacks } }],
      ['desk', { ...online, id: 'b', availability: 'offline', state: { ...callsIn('held'), callbacks } }],
    ])
    expect(model.summaryOf(office)).toEqual({ desks: 3, ringing: 1, talking: 0, held: 0, callbacks: 2, overdue: 1 })
  })
})

describe('where the calls of a desk go, and by whose hand', () => {
  const lease = { state: 'held', kind: 'no-answer', target: 'usc-14', until: 5 }
  const on = { state: 'on', target: 'usc-14', owner: 'agent', until: 5, lease }
  const task = { desk: 'usc-12', state: 'waiting', reason: 'agent-gone', kind: 'no-answer', target: 'usc-14', until: 5 }
  const goes = (forwarding: object, warden: object[] = []) =>
    model.forwardingOf({ ...online, state: { ...idle, forwarding } }, { ...model.emptyOffice(), warden } as PageOffice)

  test.each<[string, object, object[], object]>([
    ['nowhere', { state: 'off' }, [], { state: 'off' }],
    ['not known', { state: 'unknown' }, [], { state: 'unknown' }],
    ['by its helper, with a lease', on, [], { state: 'on', owner: 'agent', target: 'usc-14', until: 5, step: 'held' }],
    ['by a person', { ...on, owner: 'foreign', lease: null }, [], { state: 'on', owner: 'person' }],
    ['by a person, while the line is busy', { ...on, owner: 'foreign', kind: 'busy', lease: null }, [], { state: 'on', owner: 'person', busy: true }],
    [
      'ordered beside that, and not confirmed yet',
      { ...on, target: 'usc-15', owner: 'foreign', kind: 'busy', lease: { ...lease, state: 'asked' } },
      [],
      { state: 'unknown', owner: 'agent', target: 'usc-14', step: 'asked' },
    ],
    [
      'ordered, and not confirmed yet',
      { state: 'off', lease: { ...lease, state: 'asked' } },
      [],
      { state: 'off', owner: 'agent', target: 'usc-14', step: 'asked' },
    ],
    ['its helper is gone', on, [task], { state: 'on', owner: 'warden', target: 'usc-14', until: 5 }],
    ['freed by the warden, whatever the dead helper said last', on, [{ ...task, state: 'undone' }], { state: 'off', owner: 'warden' }],
    ['the warden is about another desk', on, [{ ...task, desk: 'usc-1' }], { state: 'on', owner: 'agent' }],
  ])('%s', (_, forwarding, warden, expected) => {
    expect(goes(forwarding, warden)).toMatchObject(expected)
  })

  test('whoever gets the calls of others is known by them, also when the helper there is gone, and no more when the phone is free', () => {
    const desk = (id: string, forwarding: object) => ['desk', { ...online, id, state: { ...idle, forwarding } }] as const
    const frames = [
      desk('usc-15', on),
      desk('usc-2', { ...on, owner: 'foreign', lease: null }),
      desk('usc-12', on),
      desk('usc-14', { ...on, owner: 'foreign', kind: 'busy', target: 'usc-2' }),
    ]
    const office = (task: object, ...more: typeof frames) =>
      [['warden', [task]] as const, ...frames, ...more].reduce((so, [type, data]) => model.takeFrame(so, type, data, 0), model.emptyOffice())
    expect([...model.standInsOf(office(task))]).toEqual([['usc-14', ['usc-2', 'usc-12', 'usc-15']]])
    expect([...model.standInsOf(office({ ...task, state: 'undone' }))]).toEqual([['usc-14', ['usc-2', 'usc-15']]])
    const asked = { state: 'unknown', owner: 'agent', lease: { ...lease, state: 'asked' } }
    expect([...model.standInsOf(office(task, desk('usc-15', asked)))]).toEqual([['usc-14', ['usc-2', 'usc-12']]])
  })

  test('every state of the warden and of a lease has its words in both languages', () => {
    for (const { desk } of [dictionaries.pl, dictionaries.en]) {
      expect(Object.keys(desk.lease).sort()).toEqual(['asked', 'held', 'releasing', 'unknown'])
      const states = new Set(Object.keys(desk.warden).map((name) => name.split(' ')[0]))
      expect([...states].sort()).toEqual(['failed', 'foreign', 'unconfirmed', 'undoing', 'undone', 'waiting'])
    }
    expect(Object.keys(dictionaries.pl.desk.warden).sort()).toEqual(Object.keys(dictionaries.en.desk.warden).sort())
  })

  test('comes with the snapshot and in a frame of its own', () => {
    const office = model.takeFrame(model.emptyOffice(), 'warden', [task], 0)
    expect(office.warden).toEqual([task])
  })
})

test('what the hub finds to be the matter replaces what stood before, and only what is new is read out', () => {
  const [one, other] = [
    { kind: 'desk.silent', desk: 'usc-12', since: 1, detail: {} },
    { kind: 'desk.silent', desk: 'usc-14', since: 1, detail: {} },
  ]
  const office = model.takeFrame(model.emptyOffice(), 'alarms', [one, other], 0)
  expect(model.takeFrame(office, 'alarms', [other], 0)).toMatchObject({ alarms: [other] })
  expect(model.newAlarms([one], [{ ...one, detail: { count: 2 } }, other])).toEqual([other])
})

describe('alarms', () => {
  test('are three: the third ring, a hold that was forced, a call that was missed', () => {
    const alarms = Object.keys(noticeData).filter((type) => model.isAlarm({ type, data: { ring: 3, direction: 'in' } }))
    expect(alarms.sort()).toEqual(['call.missed', 'call.ring', 'hold.forced'])
    expect(Object.keys(dictionaries.en.alarm).sort()).toEqual(alarms)
  })

  test('come once a call: no other ring, and no call that this desk made', () => {
    expect([1, 2, 4, 5].filter((ring) => model.isAlarm({ type: 'call.ring', data: { ring } }))).toEqual([])
    const waiting = { type: 'call.ring', data: { ring: 3, waiting: true } }
    expect([model.isAlarm(waiting), model.toneOf(waiting)]).toEqual([false, 'plain'])
    expect(model.isAlarm({ type: 'call.missed', data: { direction: 'out' } })).toBe(false)
  })

  test('every event has its mark', () => {
    const tones = new Set(Object.keys(noticeData).map((type) => model.toneOf({ type, data: {} })))
    expect([...tones].sort()).toEqual(['attention', 'good', 'plain', 'technical'])
  })
})
