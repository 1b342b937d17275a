/** A line of a GPIO chip by its number on the header (GPIO17 is 17), never by the kernel's own number, which moves. */
export interface LineAddress {
  readonly line: number
  /** The chip's label; left out, the chip of a Raspberry Pi's header is found by its label. */
  readonly chip?: string
}

/** A light that the kernel drives itself (`/sys/class/leds`), by its name there. */
export interface LedAddress {
  readonly led: string
}

export type OutputAddress = LineAddress | LedAddress

export interface InputOptions {
  /** What holds the line when the contact is open; left out, as the board has it. */
  readonly bias?: 'pull-up' | 'pull-down' | 'disabled'
  /** How long the driver itself may filter bounces, where it can; the caller debounces in any case. */
  readonly debounceMs?: number
  /** The line is gone: the driver's program has died and could not be started again, the chip was unplugged. */
  readonly onLost?: (reason: string) => void
}

export interface Input {
  /** The level now; `undefined` where it cannot be read. */
  read(): boolean | undefined
  close(): Promise<void>
}

export interface Output {
  /** Returns at once. */
  set(on: boolean): void
  /** Whether the line is held and does as it is told, as far as the driver knows; left out where a driver cannot know. */
  ok?(): boolean
  /** Dark, then let go. */
  close(): Promise<void>
}

/**
 * The lines of this machine, behind one small port. `watchInput` and `openOutput` reject with a `ConfigurationError` that says what is there and what
 * to do: no such chip, no such line, a line in use (also twice by ourselves), no permission, a kernel without the interface. Afterwards nothing throws.
 */
export interface Gpio {
  /** The level at the start and each time it changes; never twice the same. */
  watchInput(address: LineAddress, options: InputOptions, onLevel: (high: boolean) => void): Promise<Input>
  /** Opens it dark. */
  openOutput(address: OutputAddress): Promise<Output>
}
