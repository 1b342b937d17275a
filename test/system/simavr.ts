import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LampLevels } from '../../src/simulator/avr-lights.ts'
import { firmwareDirectory } from '../firmware/programs.ts'

/** Runs `make` for the bridge's program in a folder of its own; the folder comes back. */
export function makeFirmware(...targets: readonly string[]): string {
  const build = mkdtempSync(join(tmpdir(), 'third-ring-firmware-'))
  const { status, stdout, stderr } = spawnSync('make', ['-C', firmwareDirectory, `BUILD=${build}`, ...targets], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`make ${targets.join(' ')} failed:\n${stdout}${stderr}`)
  return build
}

/** The bridge's program in simavr, in real time, its UART a pseudo-terminal. */
export interface Simavr {
  readonly path: string
  /** Starts the microcontroller; what is to happen, at which of its own milliseconds: `@13860 hook 0`. */
  go(...commands: readonly string[]): void
  /** As set now, from 0 to 1. */
  lamp(): LampLevels
  readonly lamps: readonly { readonly atMs: number; readonly levels: LampLevels }[]
  /** Ends it, and with it the pseudo-terminal: the cable is pulled. */
  end(): Promise<void>
}

export async function startSimavr(hexFile: string): Promise<Simavr> {
  const program: ChildProcess = spawn(join(makeFirmware('host'), 'simavr-host'), [hexFile], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => program.once('exit', () => resolve()))
  const lamps: { atMs: number; levels: LampLevels }[] = []
  const { stdin, stdout } = program
  if (stdin === null || stdout === null) throw new Error('simavr-host has no pipes')
  const lines = createInterface({ input: stdout })
  const path = await new Promise<string>((resolve, reject) => {
    void ended.then(() => reject(new Error('simavr-host has ended before it had a pseudo-terminal')))
    lines.on('line', (line) => {
      // The library prints lines of its own, too.
      const [first = '', what, ...rest] = line.split(' ')
      if (first === 'pty') resolve(what ?? '')
      if (what !== 'lamp') return
      const [left = 0, middle = 0, right = 0] = rest.map((level) => Number(level) / 255)
      lamps.push({ atMs: Number(first), levels: { left, middle, right } })
    })
  })
  return {
    path,
    go: (...commands) => void stdin.write(`${[...commands, 'go'].join('\n')}\n`),
    lamp: () => lamps.at(-1)?.levels ?? { left: 0, middle: 0, right: 0 },
    lamps,
    async end() {
      if (program.exitCode === null) stdin.write('quit\n')
      await ended
    },
  }
}
