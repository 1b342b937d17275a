import { describe, expect, test } from 'vitest'
import { type Agent, createAgent, type Progress } from '../../src/agent/agent.ts'
import type { Store } from '../../src/agent/ports.ts'
import { createLog } from '../../src/log.ts'
import { judge, lateness, overdueMaxMs, startWatchdog, watchdogLimitMs } from '../../src/systemd/watchdog.ts'
import { caller, mondayNine, policy } from '../desk/script.ts'

const limitMs = 30_000
const beatMs = 10_000

/** A machine whose time is a number. Timers of the desk can be lost, as no timer ever should be. */
function machine() {
  let nowMs = 0
  let sleepers: { at: number; wake: () => void }[] = []
  const after = (waitMs: number, wake: () => void): (() => void) => {
    const sleeper = { at: nowMs + waitMs, wake }
    sleepers.push(sleeper)
    return () => {
      sleepers = sleepers.filter((other) => other !== sleeper)
    }
  }
  const self = {
    desksTimersAreLost: false,
    now: () => nowMs,
    after,
    clock: {
      now: () => nowMs,
      wall: () => mondayNine + nowMs,
      synced: () => true,
      wakeAt: (instant: number, wake: () => void) => after(instant - nowMs, () => (self.desksTimersAreLost ? undefined : wake())),
    },
    /** Wakes each sleeper at its time. */
    until(endMs: number): void {
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= endMs).sort((one, other) => one.at - other.at)[0]
        if (next === undefined) break
        sleepers = sleepers.filter((other) => other !== next)
        nowMs = Math.max(nowMs, next.at)
        next.wake()
      }
      nowMs = endMs
    },
    /** The process does not run: everything is late. */
    freeze(ms: number): void {
      nowMs += ms
    },
  }
  return self
}

const store: Store = {
  epoch: 'test',
  past: { facts: [] },
  lastSequence: 0,
  firstSequence: 1,
  acknowledged: 0,
  unsent: 0,
  owed: () => [],
  append: async () => {},
  takes: () => true,
  eventsAfter: async () => [],
  eventsOf: async () => [],
  acknowledge: () => {},
  close: async () => {},
}

/** A real loop on that machine, with its watchdog. `changed` runs within the loop, after each fact. */
function watched(changed: (agent: Agent) => void = () => {}) {
  const world = machine()
  const fed: number[] = []
  const warned: string[] = []
  const agent: Agent = createAgent({
    policy,
    clock: world.clock,
    store,
    log: createLog({ level: 'silent', terminal: false }),
    outputs: { wish: () => {}, toEvent: (_, sequence) => ({ sequence, json: '{}', wall: 0 }), changed: () => changed(agent), stored: () => {} },
  })
  agent.start('test')
  const stop = startWatchdog(limitMs, {
    progress: agent.progress,
    tick: () => agent.emit({ type: 'tick' }),
    feed: () => fed.push(world.now()),
    warn: (sentence) => warned.push(sentence),
    after: world.after,
  })
  return { world, agent, fed, warned, stop }
}

const ringing = { type: 'call.delivered', ref: { phoneId: '1', ...caller } } as const

describe('the watchdog', () => {
  test('is fed three times within its limit by a loop that works, idle or not', () => {
    const { world, agent, fed, warned } = watched()
    world.until(limitMs)
    expect(fed).toEqual([beatMs, 2 * beatMs, 3 * beatMs])
    agent.emit(ringing)
    world.until(2 * limitMs)
    expect(fed).toHaveLength(6)
    expect(warned).toEqual([])
  })

  test('starves when the timer of the desk is lost, and says so once', () => {
    const { world, agent, fed, warned } = watched()
    world.until(beatMs)
    world.desksTimersAreLost = true
    agent.emit(ringing)
    world.until(beatMs + 2 * limitMs)
    expect(fed).toEqual([beatMs])
    expect(warned).toEqual(['systemd gets no sign of life: a deadline of the desk has been over for too long: its timer is lost'])
  })

  test('does not do the work of a timer that is lost: it would hide the loss', () => {
    const { world, agent } = watched()
    world.desksTimersAreLost = true
    agent.emit(ringing)
    world.until(3 * limitMs)
    expect(agent.progress().overdueMs).toBeGreaterThan(limitMs)
  })

  test('a tick that waits behind another fact is no sign of life', () => {
    const verdicts: string[] = []
    watched((agent) => {
      // Within the loop: the fact before it is not done.
      if (verdicts.length > 0) return
      const before = agent.progress()
      agent.emit({ type: 'tick' })
      verdicts.push(judge(before, agent.progress()))
    })
    expect(verdicts).toEqual(['not-taken'])
  })

  test('starves while the process is frozen or its loop is stuck, and is fed again when it goes on', () => {
    const { world, agent, fed } = watched()
    agent.emit(ringing)
    world.until(beatMs)
    world.freeze(limitMs)
    expect(fed).toEqual([beatMs])
    world.until(beatMs + limitMs + 2000)
    expect(fed.filter((at) => at >= beatMs + limitMs)).toHaveLength(1)
  })

  test('is not fed after its end', () => {
    const { world, fed, stop } = watched()
    stop()
    world.until(limitMs)
    expect(fed).toEqual([])
  })
})

describe('the verdict', () => {
  const before: Progress = { taken: 7, waiting: 0, overdueMs: 0 }
  test.each<[string, Progress, Progress, ReturnType<typeof judge>]>([
    ['a tick that came out again', before, { ...before, taken: 8 }, 'alive'],
    ['more than the tick came out', before, { ...before, taken: 12 }, 'alive'],
    ['the tick did not come out', before, before, 'not-taken'],
    ['the tick waits', before, { ...before, waiting: 1 }, 'not-taken'],
    ['the tick came out and something else waits', before, { ...before, taken: 8, waiting: 1 }, 'not-drained'],
  ])('%s', (_, from, to, verdict) => {
    expect(judge(from, to)).toBe(verdict)
  })
})

test.each<[number, ReturnType<typeof lateness>]>([
  [0, undefined],
  [1, 'late'],
  [overdueMaxMs, 'late'],
  [overdueMaxMs + 1, 'overdue'],
])('a deadline that has been over for %d ms: %s', (overdueMs, expected) => {
  expect(lateness({ taken: 7, waiting: 0, overdueMs })).toBe(expected)
})

describe('the limit', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['as the unit gives it', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 30_000],
    ['without the process it is meant for', { WATCHDOG_USEC: '3000000' }, 3000],
    ['meant for another process', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }, undefined],
    ['none', {}, undefined],
    ['zero', { WATCHDOG_USEC: '0' }, undefined],
    ['no number', { WATCHDOG_USEC: '30s' }, undefined],
  ])('%s', (_, environment, expected) => {
    expect(watchdogLimitMs(environment, 42)).toBe(expected)
  })
})
