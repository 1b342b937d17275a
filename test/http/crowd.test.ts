import { describe, expect, test } from 'vitest'
import { createCrowd } from '../../src/http/crowd.ts'
import { listenerLimits } from '../../src/http/listener.ts'

const limits = { connectionsMax: 6, connectionsPerAddressMax: 3, strangersMax: 2 }
const times = (count: number, enter: () => boolean) => Array.from({ length: count }, enter)

describe('who is in at once', () => {
  test('one address has its share and no more, and what it leaves is free again', () => {
    const crowd = createCrowd(limits)
    expect(times(4, () => crowd.enter('phone', false))).toEqual([true, true, true, false])
    expect(crowd.enter('other phone', false)).toBe(true)
    crowd.leave('phone', false)
    expect(times(2, () => crowd.enter('phone', false))).toEqual([true, false])
  })

  test('strangers share one share, however many addresses they have', () => {
    const crowd = createCrowd(limits)
    expect(['a', 'b', 'c', 'd'].map((stranger) => crowd.enter(stranger, true))).toEqual([true, true, false, false])
    expect(times(3, () => crowd.enter('phone', false))).toEqual([true, true, true])
    crowd.leave('a', true)
    expect(crowd.enter('c', true)).toBe(true)
  })

  test('there is an end for everybody', () => {
    const crowd = createCrowd(limits)
    expect(Array.from('abcdefgh', (address) => crowd.enter(address, false)).filter(Boolean)).toHaveLength(6)
  })

  test('neither one allowed address nor all strangers can take the listener’s connections from the phone', () => {
    expect(listenerLimits.connectionsPerAddressMax + listenerLimits.strangersMax).toBeLessThan(listenerLimits.connectionsMax)
  })
})
