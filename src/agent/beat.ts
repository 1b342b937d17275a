import { healthEveryMs } from '../mqtt/topics.ts'
import type { Part } from './parts.ts'

/** Once at the start, then each minute: what changes with time alone. It is also the resolution of `day` when nothing happens. */
export function createBeat(beat: () => Promise<void>, stopped: () => void): Part {
  let timer: NodeJS.Timeout | undefined
  return {
    async start() {
      timer = setInterval(() => void beat(), healthEveryMs)
      void beat()
    },
    async stop() {
      clearInterval(timer)
      stopped()
    },
  }
}
