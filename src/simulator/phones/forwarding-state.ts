import type { Diversion, EmulatedCall, EmulatedForwarding, Faults, ForwardingKind } from './emulated-phone.ts'

type InForce = Readonly<Partial<Record<ForwardingKind, EmulatedForwarding>>>

export interface ForwardingState {
  inForce(): InForce
  /** What a reading shows, which may be what was in force a while ago. */
  shown(): InForce
  /** At once, by a person. */
  set(kind: ForwardingKind, target: string | undefined, ringMs?: number): void
  /** By a command: now, or as late as the phone obeys. */
  told(kind: ForwardingKind, target: string | undefined, ringMs?: number): void
  forget(): void
}

export interface ForwardingStateOptions {
  readonly after: (ms: number, wake: () => void) => void
  readonly faults: () => Faults
  /** Whoever did it, the phone says so: the echo of a command looks like a person's change. */
  readonly changed: (kind: ForwardingKind, on: boolean) => void
}

/** A phone's forwarding, which outlives its restart and has no end of its own. */
export function createForwardingState({ after, faults, changed }: ForwardingStateOptions): ForwardingState {
  let now: InForce = {}
  let old: InForce = {}

  function become(next: InForce): void {
    const before = now
    now = next
    const { forwardStaleMs } = faults()
    if (forwardStaleMs === undefined) {
      old = now
      return
    }
    old = before
    after(forwardStaleMs, () => {
      if (now === next) old = next
    })
  }

  function set(kind: ForwardingKind, target: string | undefined, ringMs?: number): void {
    const { [kind]: _, ...others } = now
    become(target === undefined ? others : { ...others, [kind]: { target, ...(ringMs === undefined ? {} : { ringMs }) } })
    changed(kind, target !== undefined)
  }

  return {
    inForce: () => now,
    shown: () => old,
    set,
    told(kind, target, ringMs) {
      const { forwardLateMs, writesTarget = (text) => text } = faults()
      const written = target === undefined ? undefined : writesTarget(target)
      if (forwardLateMs === undefined) set(kind, written, ringMs)
      else after(forwardLateMs, () => set(kind, written, ringMs))
    },
    forget() {
      now = {}
      old = {}
    },
  }
}

export interface Diversions {
  add(call: EmulatedCall, kind: ForwardingKind, target: string): void
  all(): readonly Diversion[]
  onDiverted(listener: (diversion: Diversion) => void): void
}

/** The calls that a phone has sent elsewhere. */
export function createDiversions(): Diversions {
  const all: Diversion[] = []
  const listeners = new Set<(diversion: Diversion) => void>()
  return {
    add({ id, number, name }, kind, target) {
      const diversion = { id, kind, target, ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }
      all.push(diversion)
      for (const listener of listeners) listener(diversion)
    },
    all: () => [...all],
    onDiverted: (listener) => void listeners.add(listener),
  }
}
