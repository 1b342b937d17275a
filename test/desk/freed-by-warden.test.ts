import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { type ForwardingPhone, forwardingPhone } from './forwarding-phone.ts'
import { empty, minute, seated, takes, tick } from './lease-states.ts'
import { type Script, script } from './script.ts'

/** A desk that lives, and that the hub does not hear: its warden frees the phone, and the desk is told so only when it is heard again. */

const { forwardEchoMs } = limits
const ours = '6014'
const off: Fact = { type: 'phone.forwarding', kind: 'no-answer', on: false }
const freed = (order: number): Fact => ({ type: 'warden.freed', order })
/** Long after the echoes of the order are over, and long before the lease is renewed; and when the hub hears the desk again. */
const [freedAt, heardAt] = [2 * minute, 4 * minute]

interface OnLeave extends Script {
  phone: ForwardingPhone
  at(ms: number, ...facts: readonly Fact[]): OnLeave
}

/** A clerk on leave, whose phone forwards by order 1. */
function onLeave(): OnLeave {
  const desk = Object.assign(script({ desk: 'usc-12', substitutes: [{ desk: 'usc-14', number: ours }] }), { phone: forwardingPhone() }) as OnLeave
  desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] }, takes('usc-14'), { type: 'command.absence', on: true, kind: 'leave' })
  expect(desk.desk.lease).toMatchObject({ state: 'held', order: 1, desk: 'usc-14' })
  return desk
}

/** Somebody has turned it off at that moment; `seen` where the phone says so. */
function turnedOff(desk: OnLeave, ms: number, seen: boolean): OnLeave {
  desk.at(ms, tick)
  desk.phone.on.clear()
  return desk.at(ms, seen ? off : tick)
}

const reasons = (desk: Script): string[] => desk.notices('forwarding.off').map(({ reason }) => reason)

describe('the warden has freed the phone of a desk that it did not hear', () => {
  test('while that lasts nothing is set again, however long; once the warden has said so, the calls go to the substitute under a new lease', () => {
    const desk = turnedOff(onLeave(), freedAt, true).at(freedAt + 60 * minute, tick)
    expect([desk.forwards(), desk.desk.lease]).toEqual([[[0, ours]], undefined])
    const back = freedAt + 60 * minute
    desk.at(back, freed(1))
    expect(desk.forwards()).toEqual([
      [0, ours],
      [back, ours],
    ])
    expect(desk.desk.lease).toMatchObject({ state: 'held', order: 2, until: 3_600_000 + back + policyDefaults.leaseMs })
  })

  test('just after the order: what may be its echo is looked into first, and then it is the same', () => {
    const desk = turnedOff(onLeave(), 3000, true).at(forwardEchoMs + minute, tick)
    expect(desk.desk.lease).toBeUndefined()
    desk.at(heardAt, freed(1))
    expect(desk.forwards().at(-1)).toEqual([heardAt, ours])
  })

  test('and nobody has noticed: the phone is read at its word, what ended is said to have been its doing, and it is set anew', () => {
    const desk = turnedOff(onLeave(), freedAt, false).at(heardAt, freed(1))
    expect(desk.phone.looks).toBe(2)
    expect(desk.notices('forwarding.off')).toEqual([{ at: heardAt, target: 'usc-14', kind: 'no-answer', reason: 'by-warden' }])
    expect([desk.forwards().at(-1), desk.desk.lease?.order]).toEqual([[heardAt, ours], 2])
  })

  test('and the phone is on all the same: it goes on under the lease that it had, and what ends it later is said by its own name', () => {
    const desk = onLeave().at(heardAt, freed(1))
    expect([desk.forwards(), desk.desk.lease?.state, reasons(desk)]).toEqual([[[0, ours]], 'held', []])
    desk.at(heardAt + minute, { type: 'command.freeze', on: true })
    expect(reasons(desk)).toEqual(['frozen'])
  })

  test('and the desk hears of it only after its agent has been started anew', () => {
    const desk = turnedOff(onLeave(), freedAt, true).at(heardAt, { type: 'agent.started', version: 'test' })
    desk.at(heardAt, { type: 'phone.capable', hold: true, forward: ['no-answer'] }, takes('usc-14')).at(heardAt + minute, tick)
    expect(desk.forwards()).toEqual([[0, ours]])
    desk.at(heardAt + minute, freed(1))
    expect(desk.forwards().at(-1)).toEqual([heardAt + minute, ours])
  })

  test('again, after it was set anew: that is said again, and believed again', () => {
    const desk = turnedOff(onLeave(), freedAt, true).at(heardAt, freed(1))
    turnedOff(desk, 10 * minute, true)
      .at(12 * minute, tick, freed(1))
      .at(20 * minute, tick)
    expect(desk.forwards()).toHaveLength(2)
    desk.at(20 * minute, freed(2))
    expect(desk.forwards().at(-1)).toEqual([20 * minute, ours])
  })
})

describe('what a person did is theirs, whatever the warden says', () => {
  test('of another order: off by hand stays off for the rest of the absence', () => {
    const desk = turnedOff(onLeave(), freedAt, true)
      .at(heardAt, freed(2), freed(0))
      .at(60 * minute, tick)
    expect(desk.forwards()).toEqual([[0, ours]])
  })

  test('another number, and that they take it off again', () => {
    const desk = onLeave().at(freedAt, tick)
    desk.phone.on.set('no-answer', '6099')
    desk.at(freedAt, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6099' }, freed(1)).at(60 * minute, tick)
    expect([desk.forwards(), desk.phone.on.get('no-answer')]).toEqual([[[0, ours]], '6099'])
    desk.phone.on.clear()
    desk.at(60 * minute, off, freed(1)).at(120 * minute, tick)
    expect(desk.forwards()).toEqual([[0, ours]])
  })

  test('another number, found only at its word', () => {
    const desk = onLeave().at(freedAt, tick)
    desk.phone.on.set('no-answer', '6099')
    desk.at(heardAt, freed(1)).at(60 * minute, tick)
    expect([desk.forwards(), desk.phone.on.get('no-answer'), reasons(desk)]).toEqual([[[0, ours]], '6099', ['by-hand']])
  })

  test('another kind, which ours gave way to', () => {
    const desk = onLeave().at(freedAt, tick)
    desk.phone.on.set('always', '6099')
    desk.at(freedAt, { type: 'phone.forwarding', kind: 'always', on: true, target: '6099' })
    desk.phone.on.delete('always')
    desk.at(heardAt, { type: 'phone.forwarding', kind: 'always', on: false }, freed(1)).at(60 * minute, tick)
    expect(desk.forwards()).toEqual([
      [0, ours],
      [freedAt, 'off'],
    ])
  })

  test('another number, set on the phone that the warden had freed', () => {
    const desk = turnedOff(onLeave(), freedAt, true)
    desk.phone.on.set('no-answer', '6099')
    desk.at(freedAt + minute, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6099' }).at(heardAt, freed(1))
    expect([desk.forwards(), desk.phone.on.get('no-answer')]).toEqual([[[0, ours]], '6099'])
  })
})

describe('the warden’s word is no order', () => {
  test('to forward a desk whose absence is over', () => {
    const desk = turnedOff(onLeave(), freedAt, true)
      .at(heardAt, { type: 'command.absence', on: false }, freed(1))
      .at(60 * minute, tick)
    expect(desk.forwards()).toEqual([[0, ours]])
  })

  test('to take anything off: a clerk who is back while the phone is read is undone as ever', () => {
    const desk = onLeave()
    desk.phone.manners = 'dead'
    desk.at(heardAt, freed(1), { type: 'command.absence', on: false }, seated)
    desk.phone.manners = 'obeys'
    desk.at(heardAt + minute, tick)
    expect([desk.phone.on.size, desk.desk.lease, reasons(desk)]).toEqual([0, undefined, ['returned']])
  })

  test('to a desk that never forwarded', () => {
    const desk = script({ desk: 'usc-12', substitutes: [{ desk: 'usc-14', number: ours }] })
    const before = desk.desk
    desk.at(minute, empty, freed(1))
    expect([desk.desk.lease, desk.desk.cover, desk.forwards()]).toEqual([undefined, before.cover, []])
  })
})
