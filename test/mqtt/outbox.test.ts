import { describe, expect, onTestFinished, test } from 'vitest'
import type { Outcome } from '../../src/mqtt/connection/publisher.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { createOutbox } from '../../src/mqtt/link/outbox.ts'
import { memoryStore } from './fixture.ts'

/** An outbox whose broker answers when the test says so. */
function outboxWith(events: number, window = 32) {
  const store = memoryStore()
  store.add(events)
  const sent: number[] = []
  const answers = new Map<number, (outcome: Outcome) => void>()
  const send = ({ sequence }: { sequence: number }, done: (outcome: Outcome) => void) => {
    sent.push(sequence)
    answers.set(sequence, done)
  }
  const outbox = createOutbox({ store, send, window, limits: { ...linkLimits, refusedRetryMs: 20 } })
  onTestFinished(() => outbox.stop())
  const answer = (sequence: number, outcome: Outcome = 'acknowledged') => answers.get(sequence)?.(outcome)
  return { store, sent, outbox, answer }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('the outbox', () => {
  test('has at most a window of events under way, and one more with each answer', async () => {
    const { store, sent, outbox, answer } = outboxWith(100)
    outbox.wake()
    await settled()
    expect(sent).toEqual(upTo(32))
    answer(1)
    await settled()
    expect(sent).toEqual(upTo(33))
    expect(store.acknowledged).toBe(1)
  })

  test('acknowledges in order, whatever the order of the answers', async () => {
    const { store, outbox, answer } = outboxWith(5)
    outbox.wake()
    await settled()
    for (const sequence of [3, 2, 5]) answer(sequence)
    expect(store.acknowledgements).toEqual([])
    answer(1)
    expect(store.acknowledgements).toEqual([1, 2, 3])
    answer(4)
    expect(store.acknowledgements).toEqual([1, 2, 3, 4, 5])
  })

  test('begins with the first event that was not acknowledged', async () => {
    const { store, sent, outbox } = outboxWith(10)
    store.acknowledged = 7
    const second = createOutbox({ store, send: ({ sequence }) => sent.push(sequence), window: 32, limits: linkLimits })
    second.wake()
    await settled()
    expect(sent).toEqual([8, 9, 10])
    second.stop()
    outbox.stop()
  })

  test('sends what is left of an epoch that has ended before the present one, though its numbers begin anew', async () => {
    const kept = [
      { position: 6, sequence: 6 },
      { position: 7, sequence: 7 },
      { position: 9, sequence: 1 },
      { position: 10, sequence: 2 },
    ].map((event) => ({ ...event, wall: 0, json: '{}' }))
    const sent: number[] = []
    const store = {
      acknowledged: 5,
      get unsent() {
        return kept.filter(({ position }) => position > store.acknowledged).length
      },
      eventsAfter: async (after: number, limit: number) => kept.filter(({ position }) => position > after).slice(0, limit),
      acknowledge: (position: number) => {
        store.acknowledged = position
      },
    }
    const send = ({ position }: { position: number }, done: (outcome: Outcome) => void) => {
      sent.push(position)
      done('acknowledged')
    }
    const outbox = createOutbox({ store, send, window: 2, limits: linkLimits })
    outbox.wake()
    await outbox.drained()
    await settled()
    await settled()
    expect(sent).toEqual([6, 7, 9, 10])
    expect(store.acknowledged).toBe(10)
    outbox.stop()
  })

  test('tries an event that was turned down again, and never passes it over', async () => {
    const { store, sent, outbox, answer } = outboxWith(4, 2)
    outbox.wake()
    await settled()
    answer(1, 'refused')
    answer(2)
    await settled()
    expect(store.acknowledged).toBe(0)
    await expect.poll(() => sent).toEqual([1, 2, 1, 2])
    answer(1)
    answer(2)
    await expect.poll(() => sent).toEqual([1, 2, 1, 2, 3, 4])
    expect(store.acknowledged).toBe(2)
  })

  test('an answer to an earlier attempt is not taken for one to the present', async () => {
    const { store, sent, outbox } = outboxWith(1)
    const early: ((outcome: Outcome) => void)[] = []
    const second = createOutbox({
      store,
      send: ({ sequence }, done) => {
        sent.push(sequence)
        early.push(done)
      },
      window: 32,
      limits: { ...linkLimits, refusedRetryMs: 10 },
    })
    second.wake()
    await settled()
    early[0]?.('refused')
    await expect.poll(() => early.length).toBe(2)
    early[0]?.('acknowledged')
    expect(store.acknowledged).toBe(0)
    early[1]?.('acknowledged')
    expect(store.acknowledged).toBe(1)
    second.stop()
    outbox.stop()
  })

  test('says when all is sent, and does not keep anybody waiting once it is stopped', async () => {
    const { outbox, answer } = outboxWith(2)
    outbox.wake()
    await settled()
    let drained = false
    const waiting = outbox.drained().then(() => {
      drained = true
    })
    answer(1)
    await settled()
    expect(drained).toBe(false)
    answer(2)
    await waiting
    await outbox.drained()
    const other = outboxWith(1).outbox
    const ended = other.drained()
    other.stop()
    await ended
  })

  test('takes no answer after it was stopped', async () => {
    const { store, sent, outbox, answer } = outboxWith(3)
    outbox.wake()
    await settled()
    outbox.stop()
    answer(1)
    outbox.wake()
    await settled()
    expect(store.acknowledged).toBe(0)
    expect(sent).toEqual([1, 2, 3])
  })
})
