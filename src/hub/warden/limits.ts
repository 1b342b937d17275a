import type { Millis } from '../../desk/time.ts'

/** All that bounds what the warden waits for and how much it does at a time. */
export interface WardenLimits {
  /** Phones that are talked to at a time, and from the beginning of one to that of the next: a floor that lost its power comes back all at once. */
  readonly handsMax: number
  readonly staggerMs: Millis
  /** All of one attempt at a phone, readings included. Beyond it the phone counts as out of reach. */
  readonly attemptMs: Millis
  /** A phone that cannot be reached, or does not do as it was told: the first wait, doubled each time up to the last. */
  readonly retryFirstMs: Millis
  readonly retryLastMs: Millis
  /** One that turned the warden down: phones lock out who tries again soon (reference/yealink.md §2.4, grandstream.md §2.4). */
  readonly refusedFirstMs: Millis
  readonly refusedLastMs: Millis
  /** One that can be told only while no line is in use. */
  readonly busyMs: Millis
  /** A phone that takes an order and shows nothing of it is told so often: whoever cannot read must not command for ever. */
  readonly blindTriesMax: number
  /** An agent that is there has so long after the end of its lease to renew or to release it. */
  readonly overdueMs: Millis
  /** The lease of an agent that did not say when it ends, and the longest that is believed. */
  readonly leaseMs: Millis
  readonly leaseMaxMs: Millis
  /** So late for its own deadline, and it was asleep: the process was stopped, or the machine. What it did not hear meanwhile proves nothing. */
  readonly asleepMs: Millis
  /** After the warden has begun to hear, agents may still be waiting for their next attempt to connect: nobody is gone before that, however short the grace. */
  readonly rejoinMs: Millis
  /** The broker tells who is there as soon as the line is up: so long after that nobody is said to be missing. */
  readonly settleMs: Millis
  /** How often time is looked at while a lease stands. */
  readonly tickMs: Millis
  /** How often each phone is read, so that a wrong password is known before it is needed; and again after a reading that failed. */
  readonly lookEveryMs: Millis
  readonly lookRetryMs: Millis
  /** Leases in one message on `hub/warden`, the most urgent first; the page has all. */
  readonly toldMax: number
  /** `hub/warden` is sent at most so often. */
  readonly tellGapMs: Millis
  /** How often the phones file is looked at for a change. */
  readonly fileLookMs: Millis
  /** How long a stop waits for phones that are being told. */
  readonly stopMs: Millis
}

export const wardenLimits: WardenLimits = {
  handsMax: 4,
  staggerMs: 200,
  attemptMs: 30_000,
  retryFirstMs: 5000,
  retryLastMs: 300_000,
  refusedFirstMs: 300_000,
  refusedLastMs: 3_600_000,
  busyMs: 15_000,
  blindTriesMax: 3,
  overdueMs: 120_000,
  leaseMs: 1_800_000,
  leaseMaxMs: 86_400_000,
  asleepMs: 10_000,
  rejoinMs: 60_000,
  settleMs: 5000,
  tickMs: 1000,
  lookEveryMs: 3_600_000,
  lookRetryMs: 300_000,
  toldMax: 200,
  tellGapMs: 250,
  fileLookMs: 2000,
  stopMs: 2000,
}
