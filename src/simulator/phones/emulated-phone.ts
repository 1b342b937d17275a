/** A call on an emulated phone, by the phone's own id. */
export interface EmulatedCall {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly state: 'alerting' | 'initiated' | 'connected' | 'held'
  readonly number?: string
  readonly name?: string
}

/** One control request that the phone received, and what it made of it. */
export interface ReceivedControl {
  readonly at: number
  readonly request: string
  readonly status: number
}

/** How a phone may fail its agent. Each is off unless it is set; chances are drawn from the phone's own seeded `random`. */
export interface Faults {
  /** Says yes to every command and does nothing. */
  lie?: boolean
  /** Answers every control request with this status: 401 or 403, or 503 where it has no time. */
  refuse?: number | undefined
  /** Does not know `HOLD:<id>`: answers 404, as old firmware may. */
  unknownHoldById?: boolean
  /** The session has run out until somebody logs in again; firmwares say so by a 401 or in the body of a 200 (Grandstream). */
  expire?: 'status' | 'body'
  /** Answers 200 to `HOLD:<id>` and knows only the key, as firmware V81 is said to do (Yealink). */
  ignoreHoldById?: boolean
  /** Its web server is gone. */
  deaf?: boolean
  /** Takes every control request and never answers. */
  silent?: boolean
  /** Answers every control request so much later. */
  slowMs?: number
  /** Events that are never sent. */
  lose?: (event: string) => boolean
  /** This share of all events is never sent. */
  loseShare?: number
  /** Events are sent this much later, each by itself: with a `random` share they overtake each other. */
  delayMs?: number
  reorder?: boolean
  /** Every event is sent twice. */
  double?: boolean
  /** Answers a command about forwarding at once, and obeys so much later. */
  forwardLateMs?: number
  /** Shows its forwarding as it was so long ago. */
  forwardStaleMs?: number
  /** Does what it is told and breaks off before it answers: commands only, or readings as well. */
  loseAnswers?: 'commands' | 'all'
  /** Does what it is told, and the answer is cut short so that nobody can read it. */
  garbleAnswers?: 'commands'
  /** Does not know the keys for forwarding: answers 404, as firmware before V81 may (Yealink). */
  unknownForwardKeys?: boolean
  /** How it writes a number that it was told to forward to. */
  writesTarget?: (target: string) => string
  /** Its forwarding is gone after a restart. */
  forgetsForwarding?: boolean
  /** P-values that are not written, although the answer is `success` (Grandstream). */
  ignoresValues?: boolean
}

export type ForwardingKind = 'always' | 'busy' | 'no-answer'

/** A forwarding that is in force: where to, and for `no-answer` after how long. */
export interface EmulatedForwarding {
  readonly target: string
  readonly ringMs?: number
}

/** A call that the phone sent elsewhere by a 302, as an exchange that honours it would put it through. */
export interface Diversion {
  readonly id: string
  readonly kind: ForwardingKind
  readonly target: string
  readonly number?: string
  readonly name?: string
}

/** A telephone that keeps its state, speaks as a real one does, and does what its clerk and its callers do with it. */
export interface EmulatedPhone {
  readonly vendor: 'yealink' | 'grandstream' | 'analogue'
  /** Where it takes commands; empty where it takes none. */
  url(): string
  /** Begins to take commands; on the given port instead of the one it was made with. */
  start(port?: number): Promise<void>
  stop(): Promise<void>
  faults: Faults
  readonly commands: readonly ReceivedControl[]
  calls(): readonly EmulatedCall[]
  offHook(): boolean
  onChange(listener: () => void): void
  ring(from: { readonly number?: string; readonly name?: string }): string
  callerGivesUp(id: string): void
  /** It has rung for so long that the phone itself, or the exchange, gives up. */
  ringsOut(id: string): void
  /** The clerk turns the call down. */
  reject(id: string): void
  answer(id: string, path?: 'handset' | 'speaker' | 'headset'): void
  dial(number: string): string
  remoteAnswers(id: string): void
  remoteBusy(id: string): void
  hold(id: string): void
  resume(id: string): void
  /** The other party puts the clerk on hold, or takes them back. */
  remoteHolds(id: string, on: boolean): void
  mute(id: string, on: boolean): void
  speaker(): void
  /** The clerk hangs up: the handset goes down, and the call with it. */
  hangUp(id: string): void
  remoteHangsUp(id: string): void
  blindTransfer(id: string): void
  attendedTransfer(): void
  transferFails(id: string): void
  liftHandset(): void
  putDownHandset(): void
  setDnd(on: boolean): void
  /** A person does it at the phone. `undefined` ends it. */
  setForwarding(kind: ForwardingKind, target: string | undefined, ringMs?: number): void
  /** What is in force now, whatever a reading shows. */
  forwarding(): Readonly<Partial<Record<ForwardingKind, EmulatedForwarding>>>
  diversions(): readonly Diversion[]
  onDiverted(listener: (diversion: Diversion) => void): void
  reboot(): void
  /** Waits until every event sent so far has been answered or given up. */
  settled(): Promise<void>
}
