import { parseArgs } from 'node:util'
import { nearestName } from '../config/nearest.ts'
import { ConfigurationError, type ErrorCode } from '../errors.ts'

/** Contract §1: done, failed, wrong usage or configuration. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export interface Option {
  readonly type: 'string' | 'boolean'
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string
  readonly short?: string
  readonly description: string
  readonly required?: boolean
}

/** Where a command writes. `terminal` and `colour` are those of standard output. */
export interface Streams {
  out(text: string): void
  err(text: string): void
  readonly terminal: boolean
  readonly colour: boolean
}

/** What was written on the command line, checked against the command's own table. */
export interface Given {
  /** The arguments that are no options, in the order of `operands`. */
  readonly operands: readonly string[]
  text(option: string): string | undefined
  flag(option: string): boolean
}

/** One command. A `ConfigurationError` that `run` throws is printed with all its faults; anything else that it throws is our own fault. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The arguments that are no options, as the help writes them: `FILE`. All of them are required. */
  readonly operands?: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** More than the summary says: what it needs, an example. */
  readonly details?: string
  run(given: Given, streams: Streams): ExitCode | Promise<ExitCode>
}

/** `--json`, for commands whose result a machine would read. */
export const jsonOption: Option = { type: 'boolean', description: 'print the result as JSON' }

const helpOption: Option = { type: 'boolean', short: 'h', description: 'print this help' }

export interface Program {
  readonly name: string
  readonly summary: string
  readonly version: string
  readonly commands: readonly Command[]
}

/** Runs one command line (`process.argv.slice(2)`) and answers with the exit code; it never ends the process itself. */
export async function runCommandLine(program: Program, words: readonly string[], streams: Streams): Promise<ExitCode> {
  const [first, ...rest] = words
  if (first === undefined) return complain(streams, [helpOf(program)])
  if (first === '--help' || first === '-h' || first === 'help') return helpFor(program, rest, streams)
  if (first === '--version') return say(streams, program.version)
  const command = program.commands.find(({ name }) => name === first)
  if (command === undefined) return complain(streams, [unknownWord(program, first)])
  return runCommand(program, command, rest, streams)
}

function helpFor(program: Program, [name]: readonly string[], streams: Streams): ExitCode {
  if (name === undefined) return say(streams, helpOf(program))
  const command = program.commands.find((each) => each.name === name)
  return command === undefined ? complain(streams, [unknownWord(program, name)]) : say(streams, helpOfCommand(program, command))
}

async function runCommand(program: Program, command: Command, words: readonly string[], streams: Streams): Promise<ExitCode> {
  const read = readArguments(command, words)
  if (read.help) return say(streams, helpOfCommand(program, command))
  if (read.faults.length > 0) return complain(streams, [...read.faults, `${program.name}: try ${program.name} ${command.name} --help`])
  try {
    return await command.run(read.given, streams)
  } catch (error) {
    if (error instanceof ConfigurationError) return report(error, streams)
    throw error
  }
}

/** Codes after which the same command line can only fail again until a person has changed something written. */
const usageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CONFIG_UNREADABLE', 'CONFIG_INVALID', 'SECRET_UNREADABLE', 'USAGE'])

/** Prints an error of theirs: the faults alone, one a line, where there are any, so that other programs can read them too. */
function report(error: ConfigurationError, streams: Streams): ExitCode {
  for (const line of error.faults.length > 0 ? error.faults : [error.message]) streams.err(`${line}\n`)
  return usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed
}

function say(streams: Streams, text: string): ExitCode {
  streams.out(`${text}\n`)
  return exitCodes.done
}

function complain(streams: Streams, lines: readonly string[]): ExitCode {
  streams.err(`${lines.join('\n')}\n`)
  return exitCodes.usage
}

interface ReadArguments {
  readonly given: Given
  readonly help: boolean
  readonly faults: readonly string[]
}

/** Node's parser finds the words; the table is checked here, because the parser stops at the first fault. */
function readArguments(command: Command, words: readonly string[]): ReadArguments {
  const options: Readonly<Record<string, Option>> = { ...command.options, help: helpOption }
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const named = new Set<string>()
  const values = new Map<string, string | true>()
  const operands: string[] = []
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const fault = faultOfOption(options, token)
    if (fault !== undefined) faults.push(fault)
    else if (named.has(token.name)) faults.push(`${token.rawName}: is given twice`)
    else values.set(token.name, token.value ?? true)
    named.add(token.name)
  }
  const given: Given = {
    operands,
    text: (option) => {
      const value = values.get(option)
      return typeof value === 'string' ? value : undefined
    },
    flag: (option) => values.get(option) === true,
  }
  return { given, help: values.has('help'), faults: [...faults, ...missing(command, named, operands)] }
}

function faultOfOption(
  options: Readonly<Record<string, Option>>,
  token: { readonly name: string; readonly rawName: string; readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string | undefined {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
  if (option === undefined) {
    const near = nearestName(token.name, Object.keys(options))
    return `${token.rawName}: is not an option here${near === undefined ? '' : `; did you mean --${near}?`}`
  }
  if (option.type === 'boolean') return token.value === undefined ? undefined : `${token.rawName}: takes no value`
  // `--config --json` is a forgotten file far more often than a file of that name; `--config=--json` says so.
  const forgotten = token.value === undefined || token.value === '' || (token.inlineValue === false && /^-./.test(token.value))
  return forgotten ? `${token.rawName}: needs a value, ${option.value ?? 'VALUE'}` : undefined
}

function missing(command: Command, named: ReadonlySet<string>, operands: readonly string[]): readonly string[] {
  const wanted = command.operands ?? []
  return [
    ...Object.entries(command.options).flatMap(([name, option]) =>
      option.required === true && !named.has(name) ? [`--${name}: is missing; it names the ${(option.value ?? 'value').toLowerCase()}`] : [],
    ),
    ...wanted.slice(operands.length).map((operand) => `${operand}: is missing`),
    ...operands.slice(wanted.length).map((operand) => `${operand}: is one argument too many`),
  ]
}

function unknownWord(program: Program, word: string): string {
  const near = nearestName(
    word,
    program.commands.map(({ name }) => name),
  )
  if (word.startsWith('-')) return `${word}: is not an option of ${program.name} itself; an option follows its command`
  return `${word}: is not a command; ${near === undefined ? '' : `did you mean ${near}? `}${program.name} --help lists them`
}

function helpOf({ name, summary, commands }: Program): string {
  const rows = commands.map((command): readonly [string, string] => [usageWords(command), command.summary])
  return [
    summary,
    '',
    `Usage: ${name} <command>`,
    '',
    'Commands:',
    ...columns(rows),
    '',
    `${name} <command> --help tells more of one; ${name} --version prints the version.`,
    'Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.',
  ].join('\n')
}

function helpOfCommand(program: Program, command: Command): string {
  const rows = Object.entries({ ...command.options, help: helpOption }).map(([name, option]): readonly [string, string] => [
    `${option.short === undefined ? '' : `-${option.short}, `}--${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`,
    `${option.description}${option.required === true ? ' (required)' : ''}`,
  ])
  const details = command.details === undefined ? [] : ['', command.details]
  return [command.summary, '', `Usage: ${program.name} ${usageWords(command)}`, '', 'Options:', ...columns(rows), ...details].join('\n')
}

function usageWords({ name, operands, options }: Command): string {
  const required = Object.entries(options).flatMap(([option, { required: needed, value }]) => (needed === true ? [`--${option} ${value ?? 'VALUE'}`] : []))
  return [name, ...required, ...(operands ?? [])].join(' ')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
