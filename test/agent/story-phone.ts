import type { Emit } from '../../src/agent/ports.ts'
import type { ForwardKind } from '../../src/desk/policy.ts'
import type { ForwardPort, ForwardReading, ForwardTold } from '../../src/phones/forward-order.ts'
import type { Wakes } from '../wakes.ts'

/** How this phone may fail its agent, each until it is taken back. */
export interface StoryFaults {
  /** Nothing answers. */
  deaf?: boolean
  /** Says yes and does nothing. */
  lies?: boolean
  /** Obeys so much later. */
  lateMs?: number
  /** Does it, and its answer is lost. */
  losesAnswers?: boolean
  /** Says nothing by itself. */
  mute?: boolean
}

/** Where a conversation with the phone can be kept from going on: before a reading, before it hears a command, before its answer is heard. */
export type StopPoint = 'reading' | 'command' | 'answer'

export interface Setting {
  readonly target: string
  readonly by: 'agent' | 'person' | 'warden'
}

export interface StoryPhone {
  readonly port: ForwardPort
  readonly faults: StoryFaults
  readonly settings: ReadonlyMap<ForwardKind, Setting>
  /** The next conversation stops there, until it is forgotten. */
  stopAt(point: StopPoint): void
  /** Whether one has. */
  hasStopped(): boolean
  /** Whoever was talking to it is gone. */
  forget(): void
  /** A person at the phone. */
  press(kind: ForwardKind, target: string | undefined): void
  /** The hub's warden; says whether there was anything of ours to undo. */
  free(): boolean
  reboot(): void
  isBusy(): boolean
  /** What must never happen, if it has. */
  readonly wrongs: string[]
}

interface PhoneDeps {
  readonly wakes: Wakes
  readonly random: () => number
  readonly emit: Emit
  readonly log: (line: string) => void
}

/** A phone's forwarding in invented time: what was told, by whom it was set, and how it fails. */
export function createStoryPhone({ wakes, random, emit, log }: PhoneDeps): StoryPhone {
  const settings = new Map<ForwardKind, Setting>()
  const wrongs: string[] = []
  const faults: StoryFaults = {}
  let stop: StopPoint | undefined
  let stopped: (() => void) | undefined
  /** Grows when whoever was talking is gone: nothing more comes of what they began. */
  let talkers = 0
  let busy = 0

  /** Never goes on by itself: who waits here is killed here. Says whether anybody is still there. */
  async function mayStop(point: StopPoint, talker: number): Promise<boolean> {
    if (stop === point) {
      stop = undefined
      busy -= 1
      await new Promise<void>((resolve) => {
        stopped = resolve
      })
      busy += 1
    }
    return talker === talkers
  }

  function set(kind: ForwardKind, target: string | undefined, by: Setting['by']): void {
    const before = settings.get(kind)
    if (by === 'agent' && before?.by === 'person' && before.target !== target) wrongs.push(`what a person set (${kind} ${before.target}) was touched`)
    if (target === undefined) settings.delete(kind)
    else settings.set(kind, { target, by: by === 'agent' && before?.target === target ? before.by : by })
    const ours = [...settings.values()].filter((setting) => setting.by === 'agent').length
    if (ours > 1) wrongs.push('two forwardings of ours at once')
    log(`phone ${kind} ${target ?? 'off'} by ${by}`)
    if (faults.mute !== true) wakes.add(wakes.now() + Math.floor(random() * 3000), () => emit({ type: 'phone.forwarding', kind, on: target !== undefined }))
  }

  async function talk<Result>(answer: (talker: number) => Promise<Result>): Promise<Result> {
    busy += 1
    try {
      return await answer(talkers)
    } finally {
      busy -= 1
    }
  }

  const port: ForwardPort = {
    kinds: ['no-answer', 'always'],
    read: () =>
      talk(async (talker): Promise<ForwardReading> => {
        if (!(await mayStop('reading', talker)) || faults.deaf === true) return { outcome: 'unreachable' }
        const kinds = ['always', 'busy', 'no-answer'] as const
        return {
          forwarding: kinds.map((kind) => {
            const setting = kind === 'busy' ? undefined : settings.get(kind)
            return setting === undefined ? { kind, on: false } : { kind, on: true, target: setting.target }
          }),
        }
      }),
    tell: ({ on, kind, target }, goAhead) =>
      talk(async (talker): Promise<ForwardTold> => {
        if (!(await mayStop('command', talker)) || faults.deaf === true || !goAhead()) return 'unreachable'
        if (faults.lies !== true) {
          const obey = (): void => set(kind, on ? target : undefined, 'agent')
          if (faults.lateMs === undefined) obey()
          else wakes.add(wakes.now() + faults.lateMs, obey)
        }
        await mayStop('answer', talker)
        return faults.losesAnswers === true ? 'lost' : 'taken'
      }),
  }

  return {
    port,
    faults,
    settings,
    wrongs,
    stopAt(point) {
      stop = point
    },
    hasStopped: () => stopped !== undefined,
    forget() {
      stop = undefined
      talkers += 1
      stopped?.()
      stopped = undefined
    },
    press: (kind, target) => set(kind, target, 'person'),
    free() {
      const ours = [...settings].filter(([, { by }]) => by === 'agent')
      for (const [kind] of ours) set(kind, undefined, 'warden')
      return ours.length > 0
    },
    reboot() {
      log('phone restarts')
      emit({ type: 'phone.restarted' })
    },
    isBusy: () => busy > 0,
  }
}
