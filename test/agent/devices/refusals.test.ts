import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { safeParse } from 'valibot'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRefusals } from '../../../src/agent/devices/refusals.ts'
import type { Fact } from '../../../src/desk/event.ts'
import { noticeData } from '../../../src/mqtt/notice-data.ts'
import { refusalReasons } from '../../../src/phones/refusals.ts'

const request = { path: [], params: new Map<string, string>(), remoteAddress: '203.0.113.9' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function refusals(ours = false) {
  const facts: Fact[] = []
  const made = createRefusals(
    (fact) => void facts.push(fact),
    () => ours,
  )
  const told = () => facts.map((fact) => (fact.type === 'security.refused' ? [fact.reason, fact.count] : [fact.type]))
  return { ...made, facts, told }
}

test('the reference lists every reason in the same words', () => {
  const reference = readFileSync(join(import.meta.dirname, '../../../docs/reference/mqtt.md'), 'utf8')
  for (const reason of Object.values(refusalReasons)) expect(reference.split('\n')).toContain(`- ${reason}`)
})

describe('what was turned away becomes an event', () => {
  test('the first at once, and of the next thousand one sentence a minute', () => {
    const { refused, told, stop } = refusals()
    refused('wrongToken')
    vi.advanceTimersByTime(0)
    for (let count = 0; count < 1000; count += 1) refused('wrongToken')
    vi.advanceTimersByTime(59_999)
    expect(told()).toEqual([[refusalReasons.wrongToken, 1]])
    vi.advanceTimersByTime(1)
    expect(told().slice(1)).toEqual([[refusalReasons.wrongToken, 1000]])
    vi.advanceTimersByTime(600_000)
    expect(told()).toHaveLength(2)
    refused('wrongToken')
    vi.advanceTimersByTime(0)
    expect(told()[2]).toEqual([refusalReasons.wrongToken, 1])
    stop()
  })

  test('each reason apart, so that a flood of one does not hide the first of another', () => {
    const { refused, turnedAway, told } = refusals()
    for (let count = 0; count < 5; count += 1) turnedAway('stranger', request)
    turnedAway('flood', request)
    refused('otherPhone')
    vi.advanceTimersByTime(0)
    expect(told()).toEqual([
      [refusalReasons.stranger, 5],
      [refusalReasons.flood, 1],
      [refusalReasons.otherPhone, 1],
    ])
  })

  test('a phone that has moved is told apart from a stranger', () => {
    const { turnedAway, told } = refusals(true)
    turnedAway('stranger', request)
    turnedAway('flood', request)
    vi.advanceTimersByTime(0)
    expect(told().map(([reason]) => reason)).toEqual([refusalReasons.movedPhone, refusalReasons.flood])
  })

  test('nothing is told after the end, and no timer is left', () => {
    const { refused, told, stop } = refusals()
    refused('wrongToken')
    stop()
    refused('wrongToken')
    vi.advanceTimersByTime(120_000)
    expect(told()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each(Object.values(refusalReasons))('“%s” fits into the event, and carries no address, MAC or token', (reason) => {
    expect(safeParse(noticeData['security.refused'], { reason, count: 1 }).success).toBe(true)
    expect(reason).not.toMatch(/\d/)
  })
})
