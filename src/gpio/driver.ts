import type { Located } from './chips.ts'
import type { InputOptions, LineAddress, Output } from './port.ts'

/** Calls back once after so many milliseconds; the returned function gives it up. */
export type After = (ms: number, wake: () => void) => () => void

export const realAfter: After = (ms, wake) => {
  const timer = setTimeout(wake, ms)
  return () => clearTimeout(timer)
}

/** An input as the kernel or a program gives it: it can go down, and is then opened anew by `keep-open.ts`. */
export interface RawInput {
  read(): boolean | undefined
  close(): Promise<void>
}

export interface RawListener {
  /** The level at the start and on changes; equal ones may come twice. */
  readonly level: (high: boolean) => void
  /** Once, when nothing more will come. Not after `close`. */
  readonly down: (reason: string) => void
}

/** What one way to the kernel must be able to do. All of it rejects with a `ConfigurationError` for what a person must mend. */
export interface LineDriver {
  readonly name: 'onoff' | 'gpiod'
  locate(address: LineAddress): Promise<Located>
  openInput(at: Located, options: Pick<InputOptions, 'bias' | 'debounceMs'>, listener: RawListener): Promise<RawInput>
  /** `fault` is told of what goes wrong later, in a sentence; the driver goes on trying. */
  openOutput(at: Located, fault: (reason: string) => void): Promise<Output>
}
