import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { type DeskMessage, emptyOffice, type Office, type OfficeChange, takeMessage } from '../../src/hub/office.ts'
import { readPayload } from '../../src/hub/payload.ts'
import { levelSchemas } from '../../src/mqtt/level-messages.ts'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { sequenceText } from '../../src/mqtt/wire-form.ts'
import { stateOf } from './fixture.ts'

const now = Date.parse('2026-11-23T09:00:00Z')

type Said = Partial<Omit<DeskMessage, 'payload'>> & { readonly name: string; readonly payload: unknown }

function hear(messages: readonly Said[], start: Office = emptyOffice) {
  let office = start
  const changes: OfficeChange[] = []
  for (const { payload, ...message } of messages) {
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    const taken = takeMessage(office, { desk: 'usc-12', retained: false, at: now, ...message, payload: bytes })
    office = taken.office
    changes.push(...taken.changes)
  }
  return { office, changes, desk: office.desks.get('usc-12') }
}

function event(sequence: number, type = 'call.ring', data: object = { call: 'c1', ring: 1 }, epoch = 'e1'): Said {
  const payload = {
    specversion: '1.0',
    id: `${epoch}-${sequence}`,
    type: `third-ring.${type}`,
    time: new Date(now).toISOString(),
    sequence: sequenceText(sequence),
    data,
  }
  return { name: 'event', payload }
}

describe('the office, as its desks tell it', () => {
  test('keeps each level as it was said last', () => {
    const { desk, changes } = hear([
      { name: 'availability', payload: 'online', retained: true },
      { name: 'state', payload: stateOf(now, { lamp: 'ring-first' }) },
      { name: 'state', payload: stateOf(now, { lamp: 'ring-second' }) },
      { name: 'presence', payload: { v: 1, takesCalls: false, substituting: 'usc-14' } },
      { name: 'health', payload: { unsent: 3, phone: { reachable: true } } },
      { name: 'day/previous', payload: { final: true, counts: { answered: 4 } } },
    ])
    expect(desk).toMatchObject({ availability: 'online', state: { lamp: 'ring-second' }, presence: { takesCalls: false } })
    expect(desk).toMatchObject({ health: { unsent: 3, 'phone.reachable': true }, previousDay: { final: true, 'counts.answered': 4 } })
    expect(
      changes.map(({ type }) => type),
      'figures are for programs to fetch',
    ).toEqual(['desk', 'desk', 'desk', 'desk'])
  })

  test('the beat of a presence is a sign of life and no news', () => {
    const said = (takesCalls: boolean, substituting: string | null = null) => ({ name: 'presence', payload: { v: 1, takesCalls, substituting } })
    const first = hear([said(true), { ...said(true), at: now + 60_000 }])
    expect(first.changes).toHaveLength(1)
    expect(first.desk?.heardAt).toBe(now + 60_000)
    expect(hear([said(true), said(false), said(false, 'usc-14')], first.office).changes).toHaveLength(2)
  })

  test('what the broker kept is no sign of life', () => {
    const kept = hear([{ name: 'state', payload: stateOf(now), retained: true }])
    expect(kept.desk?.heardAt).toBeUndefined()
    expect(hear([{ name: 'availability', payload: 'offline', at: now + 5 }], kept.office).desk?.heardAt).toBe(now + 5)
  })

  test('a level taken back is forgotten, and a desk that took back all of them is gone', () => {
    const there = hear([
      { name: 'availability', payload: 'online' },
      { name: 'state', payload: stateOf(now) },
    ])
    const half = hear([{ name: 'state', payload: '' }], there.office)
    expect(half.desk).toMatchObject({ availability: 'online' })
    expect(half.desk?.state).toBeUndefined()
    const gone = hear([{ name: 'availability', payload: '' }], half.office)
    expect(gone.desk).toBeUndefined()
    expect(gone.changes).toEqual([{ type: 'gone', id: 'usc-12' }])
    expect(hear([{ name: 'about', payload: '' }]).changes).toEqual([])
  })

  test('events stand newest first, at the desk and in the office', () => {
    const { desk, office, changes } = hear([{ name: 'availability', payload: 'online' }, event(1), event(2, 'call.answered', { call: 'c1', rings: 1 })])
    expect(office.log.map(({ type, n }) => [n, type])).toEqual([
      [2, 'call.answered'],
      [1, 'call.ring'],
    ])
    expect(desk?.events).toEqual(office.log)
    expect(changes.map(({ type }) => type)).toEqual(['desk', 'event', 'event'])
  })

  test('a repeated event is dropped and counted; a gap is counted and told', () => {
    const { desk, office, changes } = hear([event(1), event(1), event(4)])
    expect(office.log.map(({ n }) => n)).toEqual([2, 1])
    expect(desk).toMatchObject({ repeated: 1, missing: 2 })
    expect(changes.map(({ type }) => type)).toEqual(['desk', 'event', 'desk', 'desk', 'event'])
  })

  test('an event that was asked for fills its gap and is no news; the desk is told of when nothing is missing any more', () => {
    const before = hear([event(1), event(4)])
    const replayed = (sequence: number) => ({ ...event(sequence), name: 'event/replay' })
    const half = hear([replayed(2)], before.office)
    expect([half.changes, half.desk?.missing]).toEqual([[], 1])
    const whole = hear([replayed(3), replayed(3)], half.office)
    expect(whole.changes).toMatchObject([{ type: 'desk', desk: { missing: 0 } }])
    expect(whole.office.log).toEqual(before.office.log)
    expect(whole.desk).toMatchObject({ missing: 0, repeated: 1 })
  })

  test('both logs have an end', () => {
    const { desk, office } = hear(Array.from({ length: hubLimits.officeEventsMax + 20 }, (_, index) => event(index + 1)))
    expect(office.log).toHaveLength(hubLimits.officeEventsMax)
    expect(desk?.events).toHaveLength(hubLimits.deskEventsMax)
    expect(office.log[0]?.n).toBe(hubLimits.officeEventsMax + 20)
  })

  test('a retained event is a ghost', () => {
    const { desk, office } = hear([{ ...event(1), retained: true }])
    expect(office.log).toEqual([])
    expect(desk?.malformed).toBe(1)
  })

  test('more desks than the limit are left out and counted; the hub is no desk', () => {
    const names = Array.from({ length: hubLimits.desksMax + 3 }, (_, index) => `desk-${index}`)
    const { office } = hear([...names, 'hub'].map((desk) => ({ desk, name: 'availability', payload: 'online' })))
    expect(office.desks.size).toBe(hubLimits.desksMax)
    expect(office.refused).toBe(3)
  })
})

describe('malformed payloads', () => {
  const before = hear([{ name: 'state', payload: stateOf(now) }])
  test.each<[string, string, unknown]>([
    ['no JSON', 'state', '{'],
    ['JSON of another kind', 'state', '[1]'],
    ['bytes that are no text', 'state', Uint8Array.from([0xff, 0xfe, 0x00])],
    ['a call in no known state', 'state', stateOf(now, { calls: [{ id: 'c1', state: 'dancing' }] })],
    ['too many calls', 'state', stateOf(now, { calls: Array.from({ length: 99 }, () => ({ id: 'c1', state: 'held' })) })],
    ['a word that is neither online nor offline', 'availability', 'maybe'],
    ['an event without a number', 'event', { id: 'e1', type: 'third-ring.call.ring', time: 'now', data: {} }],
    ['an event of another type', 'event', { ...(event(1).payload as object), type: 'com.example.other' }],
    ['a payload beyond the limit', 'health', { text: 'x'.repeat(hubLimits.clientPacketBytesMax) }],
    ['nesting without end', 'health', '['.repeat(30_000)],
  ])('%s is counted and changes nothing else', (_, name, payload) => {
    const { desk } = hear([{ name, payload }], before.office)
    expect(desk).toEqual({ ...before.desk, malformed: 1 })
  })

  test('topics that are not the contract’s are refused', () => {
    expect(hear([{ name: 'reply', payload: '{}' }]).office).toMatchObject({ refused: 1 })
  })

  test('names that JavaScript gives a meaning to are names like others', () => {
    const { desk } = hear([
      event(1, 'call.ring', { call: '__proto__', ring: 1 }),
      { name: 'health', payload: '{"__proto__": {"polluted": true}, "constructor": 1}' },
    ])
    expect(desk?.events[0]?.data).toMatchObject({ call: '__proto__' })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what goes on to a browser', () => {
  test('every field of every event, but the caller’s reference and the nonce of a command', () => {
    const shown = new Set<string>()
    const said = new Set(Object.values(noticeData).flatMap((schema) => ('entries' in schema ? Object.keys(schema.entries as object) : [])))
    for (const field of said) {
      const { desk } = hear([event(1, 'call.ring', { [field]: 'word' })])
      if (desk?.events[0]?.data[field] === 'word') shown.add(field)
    }
    expect([...said].filter((field) => !shown.has(field))).toEqual(['caller', 'id'])
  })

  test('nothing that a desk should not have sent', () => {
    const { desk } = hear([
      { name: 'state', payload: stateOf(now, { seat: { occupied: true }, calls: [{ id: 'c1', state: 'held', number: '+48858696001' }] }) },
      event(1, 'call.missed', { call: 'c1', number: '+48858696001', name: 'Jan Kowalski', caller: 'ABCDEFGHIJ' }),
    ])
    expect(JSON.stringify(desk)).not.toMatch(/48858696001|Kowalski|ABCDEFGHIJ|occupied/)
  })

  test('the levels as this version’s agents send them', () => {
    const state = stateOf(now, {
      sequence: sequenceText(12),
      epoch: '0123456789abcdef',
      forwarding: { state: 'off', target: null, owner: null, kind: null, until: null, lease: null },
    })
    expect(v.is(levelSchemas.state, state)).toBe(true)
    expect(readPayload.state(Buffer.from(JSON.stringify(state)))).toMatchObject({ sequence: 12, at: now })
    const presence = { v: 1, at: new Date(now).toISOString(), takesCalls: true, substituting: null }
    expect(v.is(levelSchemas.presence, presence)).toBe(true)
    expect(readPayload.presence(Buffer.from(JSON.stringify(presence)))).toMatchObject({ takesCalls: true })
    const about = {
      ...{
        v: 1,
        at: new Date(now).toISOString(),
        agent: '0.1.0',
        department: 'usc',
        phone: { make: 'yealink', model: null, firmware: null, fingerprint: null },
      },
      ...{ capabilities: { hold: true, forward: true, seat: true, lamp: true }, epoch: '0123456789abcdef', boot: 'b' },
      ...{ firstSequence: sequenceText(1), lastSequence: sequenceText(2) },
    }
    expect(v.is(levelSchemas.about, about)).toBe(true)
    expect(readPayload.about(Buffer.from(JSON.stringify(about)))).toMatchObject({ department: 'usc', phone: { make: 'yealink' } })
  })
})
