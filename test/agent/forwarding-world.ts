import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, createAgent } from '../../src/agent/agent.ts'
import { createClock, type Machine } from '../../src/agent/clock.ts'
import { createDispatch } from '../../src/agent/dispatch.ts'
import { leaseIn, replay } from '../../src/agent/journal.ts'
import type { Emit } from '../../src/agent/ports.ts'
import type { Stamped } from '../../src/desk/desk.ts'
import type { Lease } from '../../src/desk/lease.ts'
import type { Policy } from '../../src/desk/policy.ts'
import { createOrderedForwarder, type ForwardPort, type OrderedForwarder } from '../../src/phones/forward-order.ts'
import { phoneLimits } from '../../src/phones/limits.ts'
import type { Database } from '../../src/store/database.ts'
import { lookInto } from '../../src/store/look.ts'
import { type JournalStore, openStore } from '../../src/store/store.ts'
import { mondayNine } from '../desk/script.ts'
import { createWakes, type Wakes } from '../wakes.ts'
import { createStoryPhone, type StoryPhone } from './story-phone.ts'

const quiet = { info() {}, warn() {}, error() {}, debug() {} } as never
/** Turns of the event loop in which nothing was under way any more. */
const quietTurns = 4

/** What the medium does with a batch: takes it, turns it down, or keeps it for as long as this is so. */
export type MediumState = 'good' | 'broken' | 'stuck'

/** One desk in time that the test passes: the real loop, the real journal on this machine's disk, the real order of commands; an invented phone. */
export interface World {
  readonly phone: StoryPhone
  readonly directory: string
  readonly wakes: Wakes
  medium: MediumState
  /** All that the desk has said and done since the first start, one line each, without anything that differs from run to run. */
  readonly log: string[]
  agent(): Agent | undefined
  emit: Emit
  /** A new agent on the journal of the last. */
  start(): Promise<void>
  /** It is gone without a word, with whatever it was doing. */
  kill(): Promise<void>
  /** What `third-ring release` does. */
  release(): Promise<string>
  /** Lets so much time pass, and whatever is due in it happen, one after the other. */
  pass(ms: number): Promise<void>
  /** Until nothing is under way that time alone does not end. */
  settle(): Promise<void>
  /** The lease as whoever reads the journal finds it. */
  onRecord(): Promise<Lease | undefined>
  end(): Promise<void>
}

interface Life {
  readonly agent: Agent
  readonly store: JournalStore
  alive: boolean
}

export function createWorld(policy: Policy, random: () => number): World {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-story-'))
  const wakes = createWakes()
  const log: string[] = []
  let life: Life | undefined
  let boots = 0
  let writing = 0
  const machineOf = (self: { readonly alive: boolean }): Machine => ({
    bootId: () => 'boot-a',
    monotonicMs: () => 60_000 + wakes.now(),
    wall: () => mondayNine + wakes.now(),
    synced: () => true,
    after: (waitMs, wake) => wakes.add(wakes.now() + waitMs, () => (self.alive ? wake() : undefined)),
  })
  const emit: Emit = (fact) => life?.agent.emit(fact)
  const phone = createStoryPhone({ wakes, random, emit: (fact) => emit(fact), log: (line) => say(line) })

  function say(line: string): void {
    log.push(`${wakes.now()} ${line}`)
  }

  /** The database as this medium lets it be written; one whose process is dead is never written again. */
  function wrap(database: Database, isAlive: () => boolean): Database {
    return {
      ...database,
      async batch(operations, options) {
        while (world.medium === 'stuck' && isAlive()) await new Promise((resolve) => setImmediate(resolve))
        if (!isAlive() || world.medium === 'broken') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        writing += 1
        await database.batch(operations, options).finally(() => {
          writing -= 1
        })
      },
    }
  }

  function forwarderOf(port: ForwardPort, tell: Emit): OrderedForwarder {
    const limits = { ...phoneLimits, forwardReadBackMs: 1, forwardReadEveryMs: 1, forwardWithinMs: 600_000 }
    return createOrderedForwarder(port, { emit: tell, log: quiet, now: wakes.now, limits, numbering: policy.numbers })
  }

  async function start(): Promise<void> {
    boots += 1
    // A start waits for its card for as long as it is stuck.
    if (world.medium === 'stuck') world.medium = 'good'
    const self = { alive: true }
    const machine = machineOf(self)
    const limits = { retryFirstMs: 2, retryMaxMs: 5, segmentBytes: 16_384 }
    const store = await openStore({ directory, log: quiet, wall: () => undefined, limits, wrap: (each) => wrap(each, () => self.alive) })
    const clock = createClock(store.past.checkpoint, replay(store.past, policy).desk.at, machine)
    const own: Emit = (fact) => {
      if (self.alive) made.agent.emit(fact)
    }
    const forwarder = forwarderOf(phone.port, own)
    const dispatch = createDispatch({ hold: async () => 'unsupported', forwarder }, { show() {} }, own)
    const outputs = {
      wish(effect: Stamped) {
        if (!self.alive) return
        if (effect.type === 'phone.forward') say(`order ${effect.on ? 'on' : 'off'} ${effect.kind} ${effect.target}`)
        dispatch(effect)
      },
      changed() {},
      stored() {},
      toEvent(notice: Extract<Stamped, { type: 'notice' }>, sequence: number) {
        if (notice.name.startsWith('forwarding.')) say(`${notice.name} ${JSON.stringify(notice.data)}`)
        return { sequence, json: '{}', wall: machine.wall() }
      },
    }
    const made: Life = Object.assign(self, { agent: createAgent({ policy, clock, machine, store, log: quiet, outputs }), store })
    life = made
    made.agent.start(`boot ${boots}`)
  }

  function isBusy(): boolean {
    const waits = (life?.store.health().pendingBytes ?? 0) > 0 && world.medium === 'good'
    return waits || writing > 0 || phone.isBusy()
  }

  const world: World = {
    phone,
    directory,
    wakes,
    log,
    medium: 'good',
    agent: () => life?.agent,
    emit,
    start,
    async kill() {
      const dying = life
      life = undefined
      if (dying === undefined) return
      dying.alive = false
      phone.forget()
      await dying.store.close()
      say('killed')
    },
    async release() {
      const lease = await world.onRecord()
      const forwarder = forwarderOf(phone.port, () => {})
      const outcome = lease === undefined ? 'nothing' : await forwarder.forward({ on: false, kind: lease.kind, target: lease.target, ringMs: 0 })
      say(`release ${outcome}`)
      return outcome
    },
    async pass(ms) {
      for (const until = wakes.now() + ms; wakes.step(until); ) await world.settle()
      await world.settle()
    },
    async settle() {
      for (let turns = 0; turns < quietTurns; turns = isBusy() ? 0 : turns + 1) await new Promise((resolve) => setImmediate(resolve))
    },
    async onRecord() {
      const seen = await lookInto(directory)
      return seen === 'none' ? undefined : leaseIn(seen.past)
    },
    async end() {
      world.medium = 'good'
      await world.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return world
}
