import { atMost } from '../at-most.ts'
import type { Millis } from '../desk/time.ts'

/** Something that runs beside the loop: a door, a line, a driver. */
export interface Part {
  start(): Promise<void>
  /** Leaves no timer and no socket behind. */
  stop(): Promise<void>
}

/** How long a part may take to stop; a lamp does not stay lit because a socket hangs. */
const stopWithinMs: Millis = 4000

export interface Parts {
  /** Starts each in turn, so that each finds what it needs. If one cannot, nothing is left running, and its error is the one that is told. */
  start(parts: readonly Part[]): Promise<void>
  /** The other way round. What fails to stop keeps nothing else from being stopped. */
  stop(): Promise<void>
}

export function createParts(log: { error(fields: object, message: string): void }): Parts {
  const begun: Part[] = []

  async function stop(): Promise<void> {
    for (let part = begun.pop(); part !== undefined; part = begun.pop()) {
      const fault = await faultOfStop(part)
      if (fault !== undefined) log.error({ fault }, 'a part of the agent did not stop as it should; the others are stopped all the same')
    }
  }

  return {
    async start(parts) {
      try {
        for (const part of parts) {
          // Noted before it starts: what has half begun must be stopped, too.
          begun.push(part)
          await part.start()
        }
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop,
  }
}

async function faultOfStop(part: Part): Promise<string | undefined> {
  const outcome = await atMost(
    stopWithinMs,
    stopOf(part).then(() => 'stopped' as const, String),
  )
  if (outcome === undefined) return `nothing came of it within ${stopWithinMs} ms`
  return outcome === 'stopped' ? undefined : outcome
}

/** One that throws at once is no different from one that rejects. */
async function stopOf(part: Part): Promise<void> {
  await part.stop()
}
