import { expect, test } from 'vitest'
import { createWriteAhead, journalWithinMs } from '../../src/agent/write-ahead.ts'
import type { Stamped } from '../../src/desk/desk.ts'
import type { Fact } from '../../src/desk/event.ts'
import type { Lease } from '../../src/desk/lease.ts'
import { createWakes } from '../wakes.ts'

type Order = Extract<Stamped, { type: 'phone.forward' }>
const order: Order = { type: 'phone.forward', at: 0, order: 7, on: true, kind: 'no-answer', target: '6120', ringMs: 15_000 }
const asked: Lease = {
  kind: 'no-answer',
  target: '6120',
  desk: 'usc-13',
  since: 0,
  until: 1_800_000,
  state: 'asked',
  order: 7,
  orderedAt: 0,
  tries: 1,
}

/** One order on its way, at a desk whose lease and medium are in the test's hand. */
function onTheWay() {
  const wakes = createWakes()
  const clock = { now: wakes.now, wall: wakes.now, synced: () => true, wakeAt: wakes.add }
  const [sent, told]: [Order[], Fact[]] = [[], []]
  const desk: { lease: Lease | undefined } = { lease: asked }
  let resolve: (isWritten: boolean) => void = () => {}
  const promise = new Promise<boolean>((done) => {
    resolve = done
  })
  createWriteAhead({ clock, lease: () => desk.lease, send: (each) => sent.push(each), emit: (fact) => told.push(fact) })(order, promise)
  return {
    desk,
    sent,
    told,
    pass: (ms: number) => {
      for (const until = wakes.now() + ms; wakes.step(until); );
    },
    async written(isWritten: boolean) {
      resolve(isWritten)
      await promise
      await Promise.resolve()
    },
  }
}
const unjournalled = { type: 'forward.answered', order: 7, outcome: 'unjournalled' }

test('an order goes out when its lease is on the medium, and not before', async () => {
  const { sent, told, pass, written } = onTheWay()
  pass(journalWithinMs - 1)
  expect(sent).toEqual([])
  await written(true)
  expect([sent, told]).toEqual([[order], []])
  pass(journalWithinMs)
  expect([sent, told]).toEqual([[order], []])
})

test('what is turned down by the store is not sent, and said', async () => {
  const { sent, told, written } = onTheWay()
  await written(false)
  expect([sent, told]).toEqual([[], [unjournalled]])
})

test('a medium that takes too long is one that takes nothing: said once, and never sent, however late it is written', async () => {
  const { sent, told, pass, written } = onTheWay()
  pass(journalWithinMs)
  expect([sent, told]).toEqual([[], [unjournalled]])
  await written(true)
  expect([sent, told]).toEqual([[], [unjournalled]])
})

test.each<[string, Lease | undefined]>([
  ['the clerk is back and there is no lease', undefined],
  ['it is being undone', { ...asked, state: 'releasing', order: 8 }],
  ['another order has taken its place', { ...asked, order: 8 }],
])('where %s by the time it is written, it is not sent', async (_, lease) => {
  const { desk, sent, told, written } = onTheWay()
  desk.lease = lease
  await written(true)
  expect([sent, told]).toEqual([[], []])
})
