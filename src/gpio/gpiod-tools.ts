import { execFile } from 'node:child_process'
import type { ConfigurationError } from '../errors.ts'
import { type Chip, detectedChips, type Located, unavailable } from './chips.ts'
import { errnoOf, intoGroup, lineFault } from './line-fault.ts'
import type { InputOptions } from './port.ts'

/** Debian 12 has libgpiod 1.6, whose tools take the chip as the first word; Debian 13 has 2.2, whose tools take it as an option. */
export type Syntax = 'v1' | 'v2'

/** One call of a tool may take so long: a small machine under load, or an emulated one. */
const toolWaitMs = 15_000
const toolOutputBytesMax = 262_144
/** By this name `gpioinfo` shows our lines; the tools of version 1 have no such option and use their own name. */
const consumer = 'third-ring'

/** The tools' messages are read: in the C locale they are those of errno(3). */
export const toolEnvironment: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' }

export interface ToolResult {
  /** The tool could be started and ended with 0. */
  readonly ok: boolean
  readonly missing: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of the tools to its end. Never rejects. */
export function runTool(name: string, words: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve) => {
    const options = { env: toolEnvironment, timeout: toolWaitMs, maxBuffer: toolOutputBytesMax, killSignal: 'SIGKILL' as const }
    const child = execFile(name, words, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, missing: error?.code === 'ENOENT', stdout, stderr: stderr.trim() || (error?.message ?? '') })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end()
  })
}

/** `gpiomon (libgpiod) v1.6.3` or `gpiomon (libgpiod) v2.2.1`; undefined if it is neither. */
export function syntaxOf(printed: string): Syntax | undefined {
  const major = Number(/\bv(\d+)\.\d+/.exec(printed)?.[1] ?? 0)
  if (major === 0) return undefined
  return major === 1 ? 'v1' : 'v2'
}

/** Which syntax the installed tools speak; undefined if they are not installed. */
export async function installedSyntax(): Promise<Syntax | undefined> {
  const { ok, stdout } = await runTool('gpiomon', ['--version'])
  return ok ? syntaxOf(stdout) : undefined
}

type Bias = InputOptions['bias']

function biasWords(syntax: Syntax, bias: Bias): readonly string[] {
  if (bias === undefined) return []
  return [`--bias=${syntax === 'v1' && bias === 'disabled' ? 'disable' : bias}`]
}

/** Reads the level once: prints 0 or 1. */
export function getWords(syntax: Syntax, { chip, line }: Located, bias: Bias): readonly string[] {
  if (syntax === 'v1') return [...biasWords(syntax, bias), chip.name, String(line)]
  return ['--numeric', `--consumer=${consumer}`, ...biasWords(syntax, bias), `--chip=${chip.name}`, String(line)]
}

/**
 * Prints one line an edge. Version 2 lets the kernel debounce, which version 1 cannot ask for, and says `Monitoring line …` once it has the line. The
 * numbers of the edges differ between the two (0 falling and 1 rising; 1 rising and 2 falling), so version 2 prints them in words.
 */
export function monitorWords(syntax: Syntax, { chip, line }: Located, { bias, debounceMs }: Pick<InputOptions, 'bias' | 'debounceMs'>): readonly string[] {
  if (syntax === 'v1') return ['--line-buffered', '--format=%e', ...biasWords(syntax, bias), chip.name, String(line)]
  const debounce = debounceMs === undefined || debounceMs <= 0 ? [] : [`--debounce-period=${Math.round(debounceMs)}ms`]
  return ['--banner', '--format=%E', `--consumer=${consumer}`, ...biasWords(syntax, bias), ...debounce, `--chip=${chip.name}`, String(line)]
}

/** The level after an edge; undefined for any other line. */
export function levelAfter(syntax: Syntax, printed: string): boolean | undefined {
  const [high, low] = syntax === 'v1' ? ['1', '0'] : ['rising', 'falling']
  return printed === high ? true : printed === low ? false : undefined
}

/** Whether the tool says that it has the line now. Version 1 says nothing. */
export function isBanner(printed: string): boolean {
  return printed.startsWith('Monitoring line')
}

/** Sets the line low and lets it go at once. */
export function darkWords(syntax: Syntax, { chip, line }: Located): readonly string[] {
  if (syntax === 'v1') return ['--mode=exit', chip.name, `${line}=0`]
  return [`--consumer=${consumer}`, '--toggle=0', `--chip=${chip.name}`, `${line}=0`]
}

/** The chips that the character devices show. Throws a `ConfigurationError` if there is no permission to look. */
export async function listChips(): Promise<readonly Chip[]> {
  const { stdout, stderr } = await runTool('gpiodetect', [])
  const chips = detectedChips(stdout)
  const errno = errnoOf(stderr)
  if (chips.length > 0 || errno === undefined) return chips
  if (errno === 'EACCES' || errno === 'EPERM') {
    throw unavailable(
      `The devices /dev/gpiochip* may not be opened by this user: ${intoGroup}; in a systemd unit no PrivateDevices=), then start the program again.`,
    )
  }
  throw unavailable(`gpiodetect fails: ${stderr}. If the kernel is newer than the gpiod tools, install the tools of its own release.`)
}

/** Who has the line, from `gpioinfo`: version 1 puts the user after the line's name, version 2 writes `consumer=`. */
export function holderIn(printed: string, line: number): string | undefined {
  const [, rest] = new RegExp(`^\\s*line\\s+${line}:\\s*(.*)$`, 'm').exec(printed) ?? []
  if (rest === undefined) return undefined
  const named = /\bconsumer="?([^"\n]+?)"?(?:\s|$)/.exec(rest)?.[1]
  if (named !== undefined) return named
  return /^(?:unnamed|"[^"]*")\s+"([^"]+)"/.exec(rest)?.[1]
}

/** The `ConfigurationError` for a tool that could not have a line. */
export async function toolFault(syntax: Syntax, at: Located, said: string): Promise<ConfigurationError> {
  const errno = errnoOf(said)
  if (errno !== 'EBUSY') return lineFault(at, { errno, said })
  const { stdout } = await runTool('gpioinfo', syntax === 'v1' ? [at.chip.name] : ['--chip', at.chip.name])
  const holder = holderIn(stdout, at.line)
  return lineFault(at, { errno, said, ...(holder === undefined ? {} : { holder }) })
}
