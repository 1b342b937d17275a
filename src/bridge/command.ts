import type { Clock } from '../agent/ports.ts'
import { bridgeLimits } from './limits.ts'

export type BridgeClock = Pick<Clock, 'now' | 'wall' | 'wakeAt'>

export interface Command {
  /** Says it now, and again until it is answered. What was said before is given up: only the newest is true. */
  say(send: (sequence: number) => void): void
  /** Whether the answer was to this command; of one that was given up, or answered already, it was not. */
  answered(sequence: number): boolean
  /** Something has been said that is not answered yet. */
  isOpen(): boolean
  stop(): void
}

export interface CommandDeps {
  readonly clock: BridgeClock
  readonly nextSequence: () => number
  /** Said three times, and no answer. */
  readonly onUnanswered: () => void
}

/** One command that waits for its answer. It bears the same number each time it is said, so that a late answer to the first counts as well. */
export function createCommand({ clock, nextSequence, onUnanswered }: CommandDeps): Command {
  let open: { readonly sequence: number; readonly send: (sequence: number) => void; tries: number } | undefined
  let cancel: () => void = () => {}

  function attempt(): void {
    if (open === undefined) return
    if (open.tries >= bridgeLimits.triesMax) {
      open = undefined
      onUnanswered()
      return
    }
    open.tries += 1
    // Before it is sent: a microcontroller in this very process may answer at once.
    cancel = clock.wakeAt(clock.now() + bridgeLimits.answerMs, attempt)
    open.send(open.sequence)
  }

  function stop(): void {
    cancel()
    open = undefined
  }

  return {
    say(send) {
      stop()
      open = { sequence: nextSequence(), send, tries: 0 }
      attempt()
    },
    answered(sequence) {
      if (open?.sequence !== sequence) return false
      stop()
      return true
    },
    isOpen: () => open !== undefined,
    stop,
  }
}
