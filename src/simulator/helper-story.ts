import type { Millis } from '../desk/time.ts'
import { between } from './random.ts'
import type { Sleep } from './sleep.ts'

/** The process of one desk's helper, as far as this story goes. */
export interface HelperProcess {
  running(): boolean
  /** At once and without a word, as a power cut would. */
  kill(): void
  /** Starts it (again). Returns at once. */
  start(): void
  /** It has died. */
  onDeath(listener: () => void): void
}

export interface HelperStory {
  start(): void
  stop(): void
}

type Span = readonly [fromMs: Millis, toMs: Millis]
/** The waits of the story, in the office's time. A dead helper stays dead for longer than the warden's grace: so the warden is seen at work. */
const waits = {
  look: [1000, 1000],
  beforeFirst: [40_000, 50_000],
  between: [240_000, 420_000],
  dead: [80_000, 100_000],
} as const satisfies Readonly<Record<string, Span>>

/**
 * The helper of a desk whose calls go elsewhere is killed: a moment after the phone was forwarded for the first time, and then now and again. However it died,
 * by the story or by a visitor, it is started again after a while.
 */
export function createHelperStory(helper: HelperProcess, isForwarded: () => boolean, random: () => number, sleep: Sleep): HelperStory {
  let [next, revival] = [(): void => {}, (): void => {}]
  let running = false

  function* story(): Generator<Millis, never, void> {
    for (let wait: keyof typeof waits = 'beforeFirst'; ; wait = 'between') {
      while (!isForwarded()) yield some('look')
      yield some(wait)
      if (helper.running() && isForwarded()) helper.kill()
    }
  }

  function some(wait: keyof typeof waits): Millis {
    const [fromMs, toMs] = waits[wait]
    return Math.round(between(random, fromMs, toMs))
  }

  helper.onDeath(() => {
    revival()
    if (running) revival = sleep(some('dead'), () => !helper.running() && helper.start())
  })

  return {
    start() {
      if (running) return
      running = true
      const told = story()
      const step = (): void => {
        next = sleep(told.next().value, step)
      }
      step()
    },
    stop() {
      running = false
      next()
      revival()
    },
  }
}
