import { describe, expect, test } from 'vitest'
import { createTwoForwardings } from '../../../src/agent/devices/two-forwardings.ts'
import type { Fact } from '../../../src/desk/event.ts'

const word = (on: boolean, kind: 'always' | 'no-answer' | 'unknown' = 'always'): Fact => ({ type: 'phone.forwarding', kind, on })

function sides(by: 'phone' | 'exchange' = 'phone', kind?: 'always' | 'no-answer') {
  const told: Fact[] = []
  const desk: { lease?: { kind: 'always' | 'no-answer' } } = kind === undefined ? {} : { lease: { kind } }
  return { told, desk, ...createTwoForwardings((fact) => void told.push(fact), { by, lease: () => desk.lease }) }
}

describe('a desk that may be forwarded at the phone and at the exchange', () => {
  test('the phone’s regular "off" does not end what the exchange has on', () => {
    const { told, phone, exchange } = sides()
    exchange(word(true))
    phone(word(false))
    expect(told).toEqual([word(true)])
    exchange(word(false))
    expect(told).toEqual([word(true), word(false)])
  })
  test('nor the other way round', () => {
    const { told, phone, exchange } = sides()
    phone(word(true))
    exchange(word(false))
    expect(told).toEqual([word(true)])
    phone(word(false))
    expect(told).toEqual([word(true), word(false)])
  })
  test('each kind by itself; an "off" without a kind is about all of one side', () => {
    const { told, phone, exchange } = sides()
    exchange(word(true, 'always'))
    phone(word(false, 'no-answer'))
    expect(told).toHaveLength(2)
    phone(word(false, 'unknown'))
    expect(told).toHaveLength(2)
    exchange(word(false, 'unknown'))
    phone(word(false, 'unknown'))
    expect(told).toHaveLength(4)
  })
  test('after a start of the phone nothing is held against the exchange’s word', () => {
    const { told, phone, exchange } = sides()
    phone(word(true))
    phone({ type: 'phone.restarted' })
    exchange(word(false))
    expect(told).toHaveLength(3)
  })

  test.each([
    ['exchange', 'phone'],
    ['phone', 'exchange'],
  ] as const)('what the desk has told the %s to do is its alone: of that kind the %s is not heard', (by, other) => {
    const desk = sides(by, 'always')
    for (const on of [false, true]) for (const kind of ['always', 'unknown'] as const) desk[other](word(on, kind))
    expect(desk.told).toEqual([])
    desk[other](word(true, 'no-answer'))
    desk[by](word(false))
    desk[by](word(true))
    expect(desk.told).toEqual([word(true, 'no-answer'), word(false), word(true)])
  })

  test('what a person has set on the other side meanwhile is told when the desk answers for nothing any more, since nobody may say it again', () => {
    const { told, desk, phone, exchange } = sides('exchange', 'always')
    phone(word(true))
    expect(told).toEqual([])
    delete desk.lease
    exchange(word(false))
    phone({ type: 'phone.reachable', reachable: true })
    expect(told).toEqual([{ type: 'phone.reachable', reachable: true }, word(true)])
  })

  test('and not what was taken off again, or was before a start of the phone', () => {
    const { told, desk, phone } = sides('exchange', 'always')
    phone(word(true))
    phone(word(false))
    phone(word(true))
    phone({ type: 'phone.restarted' })
    delete desk.lease
    phone({ type: 'phone.reachable', reachable: true })
    expect(told).toEqual([{ type: 'phone.restarted' }, { type: 'phone.reachable', reachable: true }])
  })
})
