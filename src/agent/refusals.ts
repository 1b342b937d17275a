import type { OnRequest } from '../http/listener.ts'
import type { Emit } from './ports.ts'

/** A stranger who knocks a thousand times is one sentence, not a thousand. */
const tellEveryMs = 60_000

/** Counts what the listener's door turned away and tells the desk of it now and then: `security.refused`. */
export function createRefusals(emit: Emit): { watch(receive: OnRequest): OnRequest; stop(): void } {
  let count = 0
  let timer: NodeJS.Timeout | undefined

  function tell(): void {
    timer = undefined
    if (count === 0) return
    emit({ type: 'security.refused', reason: 'a request with a wrong token or another phone’s address', count })
    count = 0
    timer = setTimeout(tell, tellEveryMs)
  }

  return {
    watch: (receive) => (request) => {
      const status = receive(request)
      if (status === 403) {
        count += 1
        // The first is told at once, after its answer; those that follow wait for the next round.
        timer ??= setTimeout(tell, 0)
      }
      return status
    },
    stop: () => clearTimeout(timer),
  }
}
