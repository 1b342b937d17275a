import type { OnRequest } from '../http/listener.ts'
import type { Emit } from './ports.ts'

/** A stranger who knocks a thousand times is one sentence, not a thousand. */
const tellEveryMs = 60_000

/** Counts what was turned away at the doors of this desk, and tells the desk of it now and then: `security.refused`, one for each reason. */
export interface Refusals {
  /** Counts one more for this reason. */
  count(reason: string): void
  /** Counts what the listener's door turned away. */
  watch(receive: OnRequest): OnRequest
  stop(): void
}

export function createRefusals(emit: Emit): Refusals {
  const counts = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function tell(): void {
    timer = undefined
    if (counts.size === 0) return
    for (const [reason, count] of counts) emit({ type: 'security.refused', reason, count })
    counts.clear()
    timer = setTimeout(tell, tellEveryMs)
  }

  function count(reason: string): void {
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    // The first is told at once, after its answer; those that follow wait for the next round.
    timer ??= setTimeout(tell, 0)
  }

  return {
    count,
    watch: (receive) => (request) => {
      const status = receive(request)
      if (status === 403) count('a request with a wrong token or another phone’s address')
      return status
    },
    stop: () => clearTimeout(timer),
  }
}
