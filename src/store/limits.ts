import type { Millis } from '../desk/time.ts'

/** Everything of the store that could grow or wait without end, with its bound. */
export interface StoreLimits {
  /** Acknowledged events are kept so long, and at most so much of them, so that a consumer can ask for them again. */
  readonly keepMs: Millis
  readonly keepBytesMax: number
  /**
   * Unsent events take at most so much: beyond it an outage costs the oldest. Some 100,000 events, three months of a busy desk. Not less than
   * `keepBytesMax`, since acknowledged events make way first.
   */
  readonly unsentBytesMax: number
  /** Old events thrown away with one batch: a little at a time, so that no batch is slow. */
  readonly trimPerBatchMax: number
  /** An acknowledgement that no step takes along is written by itself after this. */
  readonly acknowledgeDelayMs: Millis
  /** What is on the medium is noted beside the database after this. */
  readonly markDelayMs: Millis
  /** The log is written in pieces of this; a piece is zeroed when it is begun, and rewritten with its events alone when it is full. */
  readonly segmentBytes: number
  /** Steps that go to the medium with one flush. */
  readonly stepsPerBatchMax: number
  /** Steps that wait for a medium that takes nothing; beyond this a step is turned down. */
  readonly pendingBytesMax: number
  /** Between attempts to write again: the first wait, doubled each time up to the last. */
  readonly retryFirstMs: Millis
  readonly retryMaxMs: Millis
  /** What drivers may have remembered. */
  readonly memoryKeysMax: number
  readonly memoryKeyLengthMax: number
  readonly memoryValueLengthMax: number
}

export const storeLimits: StoreLimits = {
  keepMs: 30 * 86_400_000,
  keepBytesMax: 20_000_000,
  unsentBytesMax: 40_000_000,
  trimPerBatchMax: 1024,
  acknowledgeDelayMs: 1000,
  markDelayMs: 1000,
  segmentBytes: 1_048_576,
  stepsPerBatchMax: 512,
  pendingBytesMax: 16_000_000,
  retryFirstMs: 1000,
  retryMaxMs: 60_000,
  memoryKeysMax: 256,
  memoryKeyLengthMax: 128,
  memoryValueLengthMax: 4096,
}
