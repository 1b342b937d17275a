import { existsSync, readFileSync } from 'node:fs'
import type { Instant, Millis, WallTime } from '../desk/time.ts'
import { writtenWall } from '../version.ts'
import type { Checkpoint, Clock } from './ports.ts'

/** setTimeout counts in 32 bits; a longer wait is slept in pieces. */
const sleepMaxMs = 2_147_000_000
/** A wall clock that claims that the machine was off for longer than this is not believed. */
const offMaxMs = 400 * 86_400_000
/** Set by systemd-timesyncd once the time has come from the network (systemd-timesyncd.service(8)). */
const syncedMarker = '/run/systemd/timesync/synchronized'

/** Elsewhere than on Linux no two processes are known to share a boot: the desk's clock then goes on by the wall clock. */
const processId = `process-${process.pid}-${process.hrtime.bigint()}`

/** Names this boot of the machine; the monotonic clock counts from it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return processId
  }
}

/** Milliseconds of the machine's monotonic clock, whole. */
export function monotonicMs(): Millis {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

/** Whether the wall clock can be trusted: the time daemon says so, or there is none to ask and the time is at least possible. */
function wallIsSynced(wall: WallTime): boolean {
  if (existsSync(syncedMarker)) return true
  return !existsSync('/run/systemd/timesync') && wall >= writtenWall
}

/** What the desk's clock is made from. Another machine in its place lets a test begin in 1970, step the wall clock, or let days pass at once. */
export interface Machine {
  /** Names this boot; the monotonic clock counts from it. */
  bootId(): string
  monotonicMs(): Millis
  wall(): WallTime
  /** Whether the wall clock has been set from a trustworthy source since boot. */
  synced(): boolean
  /** Calls back once, after so long by the monotonic clock; the returned function gives it up. */
  after(waitMs: Millis, wake: () => void): () => void
}

export const thisMachine: Machine = {
  bootId,
  monotonicMs,
  wall: Date.now,
  synced: () => wallIsSynced(Date.now()),
  after(waitMs, wake) {
    const timer = setTimeout(wake, waitMs)
    return () => clearTimeout(timer)
  },
}

/**
 * The desk's clock. Within one boot it goes on exactly, over any number of restarts; over a boot it goes on by the wall clock, and where that one is
 * not to be believed, from where it stood. `desk.at` of the past is never undercut: an event cannot come before what the desk knows.
 */
export function createClock(checkpoint: Checkpoint | undefined, lastInstant: Instant, machine: Machine = thisMachine): Clock {
  const startedMs = machine.monotonicMs()
  const sameBoot = checkpoint !== undefined && checkpoint.bootId === machine.bootId()
  const deskAt = checkpoint === undefined ? 0 : instantOf(checkpoint)
  const offMs = checkpoint === undefined ? 0 : machine.wall() - checkpoint.wall
  const gone = sameBoot ? startedMs - (checkpoint?.bootMs ?? startedMs) : offMs > 0 && offMs < offMaxMs ? offMs : 0
  const start = Math.max(lastInstant, deskAt + gone)
  const now = (): Instant => start + (machine.monotonicMs() - startedMs)
  return {
    now,
    wall: machine.wall,
    synced: machine.synced,
    wakeAt(instant, wake) {
      let giveUp: () => void = () => {}
      const sleep = (): void => {
        const waitMs = instant - now()
        giveUp = waitMs > sleepMaxMs ? machine.after(sleepMaxMs, sleep) : machine.after(Math.max(0, waitMs), wake)
      }
      sleep()
      return () => giveUp()
    },
  }
}

function instantOf(checkpoint: Checkpoint): Instant {
  const { desk } = checkpoint
  return typeof desk === 'object' && desk !== null && 'at' in desk && typeof desk.at === 'number' ? desk.at : 0
}
