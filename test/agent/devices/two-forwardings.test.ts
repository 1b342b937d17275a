import { describe, expect, test } from 'vitest'
import { createTwoForwardings } from '../../../src/agent/devices/two-forwardings.ts'
import type { Fact } from '../../../src/desk/event.ts'

const word = (on: boolean, kind: 'always' | 'no-answer' | 'unknown' = 'always'): Fact => ({ type: 'phone.forwarding', kind, on })

function sides() {
  const told: Fact[] = []
  return { told, ...createTwoForwardings((fact) => void told.push(fact)) }
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
})
