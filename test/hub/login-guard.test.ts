import { describe, expect, test } from 'vitest'
import type { BrokerUser } from '../../src/hub/broker/acl.ts'
import { createLoginGuard } from '../../src/hub/broker/login-guard.ts'
import { createPacketPace } from '../../src/hub/broker/packet-pace.ts'

const limits = { loginFailureBurst: 3, loginFailuresPerSecond: 0.5, derivationsMax: 2, addressesMax: 4 }
const somebody: BrokerUser = { name: 'usc-12', publish: [], subscribe: [] }
const settled = () => new Promise((resolve) => setImmediate(resolve))

function guardAt() {
  let now = 0
  let looked = 0
  const guard = createLoginGuard(limits, () => now)
  const attempt = (address: string, user: BrokerUser | undefined, gone = false) =>
    guard.attempt({
      address,
      gone: () => gone,
      async check() {
        looked += 1
        return user
      },
    })
  const pass = (ms: number) => {
    now += ms
  }
  return { guard, attempt, pass, looked: () => looked }
}

describe('wrong passwords', () => {
  test('of one address are looked at so often, then only so many a second; each other address has its own', async () => {
    const { attempt, pass, looked } = guardAt()
    for (let count = 0; count < 3; count += 1) expect(await attempt('a', undefined)).toBeUndefined()
    expect(await attempt('a', undefined)).toBe('slowed')
    expect(await attempt('a', somebody)).toBe('slowed')
    expect(looked()).toBe(3)
    expect(await attempt('b', somebody)).toBe(somebody)
    pass(1999)
    expect(await attempt('a', somebody)).toBe('slowed')
    pass(1)
    expect(await attempt('a', somebody)).toBe(somebody)
    expect(await attempt('a', undefined)).toBeUndefined()
    expect(await attempt('a', undefined)).toBe('slowed')
  })

  test('right ones cost nothing, however many', async () => {
    const { attempt } = guardAt()
    for (let count = 0; count < 50; count += 1) expect(await attempt('a', somebody)).toBe(somebody)
  })

  test('what a check throws is a failure of nobody’s, and frees its place', async () => {
    const { guard, attempt } = guardAt()
    const broken = () => guard.attempt({ address: 'a', gone: () => false, check: () => Promise.reject(new Error('the file is gone')) })
    for (let count = 0; count < 5; count += 1) await expect(broken()).rejects.toThrow('the file is gone')
    expect(await attempt('a', somebody)).toBe(somebody)
  })
})

test('never more passwords than the limit are worked out at a time, in the order in which they came; for who has gone none is', async () => {
  const { guard } = guardAt()
  const started: number[] = []
  const finish: (() => void)[] = []
  let secondGone = false
  const attempts = Array.from({ length: 5 }, (_, index) =>
    guard.attempt({
      address: `address-${index}`,
      gone: () => index === 3 && secondGone,
      check: () =>
        new Promise((resolve) => {
          started.push(index)
          finish.push(() => resolve(somebody))
        }),
    }),
  )
  await settled()
  expect(started).toEqual([0, 1])
  secondGone = true
  finish.shift()?.()
  await settled()
  expect(started).toEqual([0, 1, 2])
  finish.shift()?.()
  await settled()
  expect(started).toEqual([0, 1, 2, 4])
  for (const each of finish) each()
  expect(await Promise.all(attempts)).toEqual([somebody, somebody, somebody, undefined, somebody])
})

test('a client that publishes ahead of its pace waits, and longer the further ahead it is', () => {
  let now = 0
  const waitMs = createPacketPace({ burst: 2, perSecond: 10 }, () => now)
  const [one, other] = [{}, {}]
  expect([waitMs(one), waitMs(one), waitMs(one), waitMs(one)]).toEqual([0, 0, 100, 200])
  expect(waitMs(other)).toBe(0)
  now += 10_000
  expect([waitMs(one), waitMs(one), waitMs(one)]).toEqual([0, 0, 100])
})
