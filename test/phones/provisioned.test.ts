import { describe, expect, test } from 'vitest'
import { createBench, type Vendor } from './bench.ts'

/** The whole way: the file that we write, a phone that loads it and fills in its variables, our listener, our driver. */
describe.each<Vendor>(['yealink', 'grandstream'])('a %s that has loaded our file', (vendor) => {
  test('tells of a call with its number, and of everything else that the desk asks for', async () => {
    const bench = await createBench(vendor, { provisioned: true })
    const { phone } = bench
    const id = phone.ring({ number: '857221122', name: 'Maria Żółć & Co' })
    phone.answer(id)
    phone.hold(id)
    phone.resume(id)
    phone.remoteHangsUp(id)
    phone.ringsOut(phone.ring({}))
    phone.remoteBusy(phone.dial('6014'))
    phone.setDnd(true)
    phone.setForwarding('always', '6014')
    phone.putDownHandset()
    phone.reboot()
    await bench.settle()
    const told = bench.said()
    expect(told.slice(0, 5)).toEqual(['delivered', 'established', 'held', 'retrieved', 'cleared'].map((word) => expect.stringContaining(`call.${word}`)))
    expect(told[0]).toBe('call.delivered 857221122')
    expect(told).toContain('call.delivered withheld')
    expect(told).toContain('call.originated 6014')
    expect(bench.of('phone.hook').map(({ hook }) => hook)).toContain('on')
    expect(bench.of('phone.dnd')).toHaveLength(1)
    expect(bench.of('phone.forwarding')).toHaveLength(1)
    expect(bench.of('phone.restarted')).toHaveLength(1)
    expect(bench.of('phone.described')[0]).toMatchObject({ firmware: expect.stringMatching(/^\d/), model: expect.any(String) })
    expect(bench.driver.health()).toMatchObject({ wrongToken: 0, otherPhone: 0, unknownEvent: 0 })
  })

  test('holds the call that is meant', async () => {
    const bench = await createBench(vendor, { provisioned: true })
    const id = bench.phone.ring({ number: '857221122' })
    bench.phone.answer(id)
    await bench.settle()
    const [established] = bench.of('call.established')
    expect(await bench.driver.hold(established?.ref ?? {}, 1)).toBe('sent')
    await bench.settle()
    expect(bench.phone.calls()).toMatchObject([{ id, state: 'held' }])
    expect(bench.of('call.held')).toHaveLength(1)
  })
})

test('a Yealink also tells who turned the call down, and who was put on hold by whom', async () => {
  const bench = await createBench('yealink', { provisioned: true })
  bench.phone.reject(bench.phone.ring({ number: '857221122' }))
  const id = bench.phone.ring({ number: '601234567' })
  bench.phone.answer(id)
  bench.phone.remoteHolds(id, true)
  bench.phone.remoteHolds(id, false)
  await bench.settle()
  const { ref } = bench.of('call.established')[0] ?? {}
  expect(bench.of('call.cleared').map(({ cause }) => cause)).toEqual(['rejected'])
  expect(bench.of('call.held-by-them')).toMatchObject([
    { on: true, ref: { phoneId: ref?.phoneId } },
    { on: false, ref: { phoneId: ref?.phoneId } },
  ])
})
