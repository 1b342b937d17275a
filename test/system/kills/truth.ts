/** What one telephone did, in the order in which it did it, and what was done to the agent beside it. */
export type Word = 'incoming_call' | 'call_established' | 'hold' | 'unhold' | 'call_terminated' | 'missed_call' | 'outgoing_call'

/**
 * What became of one action URL: the agent said 200; nobody listened, or it was turned away, so that it cannot have been taken; or the agent died, or
 * was told to stop, while it was under way, and only the agent knows.
 */
export type Answer = 'taken' | 'turned-away' | 'unknown'

export interface Said {
  /** Counts the agent's starts from 1: in which of its lives the request was sent. */
  readonly life: number
  readonly word: Word
  /** The telephone's own number of the call. */
  readonly call: number
  readonly number: string
  readonly answer: Answer
}

export interface Truth {
  readonly said: Said[]
  /** How each life ended, by its number: killed, or by itself after it was told to stop. */
  readonly ends: Map<number, 'killed' | 'stopped'>
}
