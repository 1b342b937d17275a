import { unserved } from '../agent/composition/unserved.ts'
import type { AgentConfig, HubConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { inspectFiles } from '../config/secrets.ts'
import { isEncrypted } from '../config/section/broker.ts'
import { ConfigurationError } from '../errors.ts'
import { isLoopback } from '../loopback.ts'
import { forwardWayOf } from '../phones/forward-way.ts'
import { type Command, type ExitCode, exitCodes, type Given, jsonOption, type Streams } from './arguments.ts'
import { asOtherFile, hubFiles, type OtherFile, otherRemarks, otherSummary, type Summary, wardenSummary } from './check-files.ts'

/** `third-ring check FILE`: all faults of a configuration, a directory or the warden's phones, or what it will run. */
export const check: Command = {
  name: 'check',
  summary: 'say what is wrong with a configuration, a directory of substitutes or the warden’s phones, or what it will run',
  operands: ['FILE'],
  options: {
    hub: { type: 'boolean', description: 'the file is a hub’s; otherwise it is one if it has neither desk, phone nor listen' },
    json: jsonOption,
  },
  details: 'A file that it names and that is missing is told of, but is no fault: the configuration may be checked on another machine.',
  run: (given, streams) => {
    const [file = ''] = given.operands
    return given.flag('json') ? checkForMachines(file, given, streams) : checkForPeople(file, given, streams)
  },
}

function checkForPeople(file: string, given: Given, streams: Streams): ExitCode {
  const loaded = load(file, given)
  const { toDo, warnings } = remarks(loaded)
  const paragraphs = [
    [`${file} is ${kinds[loaded.kind]}.`],
    columns(summary(loaded)),
    toDo.length === 0 ? [] : ['Before it can run:', ...toDo.map((line) => `  ${line}`)],
    warnings.length === 0 ? [] : ['To be mended:', ...warnings.map((line) => `  ${line}`)],
  ]
  const text = paragraphs.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`)
  streams.out(text.join('\n'))
  return exitCodes.done
}

/** One JSON object on standard output, also for a file with faults. */
function checkForMachines(file: string, given: Given, streams: Streams): ExitCode {
  const print = (result: object) => streams.out(`${JSON.stringify(result, null, 2)}\n`)
  try {
    const loaded = load(file, given)
    print({ ok: true, kind: loaded.kind, ...remarks(loaded), config: loaded.config })
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    print({ ok: false, code: error.code, faults: error.faults })
    return exitCodes.usage
  }
}

type Loaded = LoadedConfig | OtherFile

const kinds: Readonly<Record<Loaded['kind'], string>> = {
  agent: 'a good configuration of an agent',
  hub: 'a good configuration of a hub',
  directory: 'a good directory of substitutes',
  'warden-phones': 'a good list of the phones of a warden',
}

function load(file: string, given: Given): Loaded {
  const other = given.flag('hub') ? undefined : asOtherFile(file)
  return other ?? loadConfig(file, given.flag('hub'))
}

interface Remarks {
  readonly toDo: readonly string[]
  readonly warnings: readonly string[]
}

function remarks(loaded: Loaded): Remarks {
  if (isOther(loaded)) return otherRemarks(loaded)
  const { config } = loaded
  const { faults, warnings } = inspectFiles(config)
  const named = loaded.kind === 'hub' ? hubFiles(loaded.config) : { toDo: [], warnings: [] }
  const { broker } = config
  const inClear = 'url' in broker && broker.passwordFile !== undefined && !isEncrypted(broker.url) && !isLoopback(new URL(broker.url).hostname)
  return {
    toDo: [...faultLines(faults), ...named.toDo],
    warnings: [
      ...faultLines(warnings),
      ...named.warnings,
      ...(loaded.kind === 'agent' ? unserved(loaded.config) : []),
      ...(inClear ? ['broker.url: sends the password in clear over the network; use mqtts:// or wss://'] : []),
    ],
  }
}

/** The first column as wide as its longest word. */
function columns(lines: Summary): readonly string[] {
  const width = Math.max(...lines.map(([what]) => what.length))
  return lines.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`)
}

function isOther(loaded: Loaded): loaded is OtherFile {
  return loaded.kind === 'directory' || loaded.kind === 'warden-phones'
}

function summary(loaded: Loaded): Summary {
  if (isOther(loaded)) return otherSummary(loaded)
  return loaded.kind === 'hub' ? hubSummary(loaded.config) : agentSummary(loaded.config)
}

function agentSummary(config: AgentConfig): Summary {
  const { site, desk, phone, listen, admin, seat, lamp, sip, broker, store, substitutes, policy } = config
  const senders = listen.allow.length === 0 ? 'nobody' : listen.allow.join(', ')
  const chain = substitutes.length === 0 ? 'whom the directory names' : substitutes.map((one) => one.desk).join(', ')
  const way = forwardWayOf(config)
  return [
    ['desk', `${desk} of ${site}`],
    [
      'phone',
      phone.vendor === 'analogue'
        ? `analogue, ${listen.allow.length === 0 ? 'no adapter is heard' : `port ${phone.port} of its adapter`}: it takes no commands`
        : `${phone.vendor} at ${phone.url}, commands as ${phone.username}`,
    ],
    ['events', `at ${listen.host}:${listen.port}, from ${senders}`],
    ...(sip === undefined ? [] : [['exchange', `${sip.server}, as ${sip.user}`] as const]),
    ['absence', way === 'none' ? 'nobody is forwarded' : `calls go to ${chain}, by ${way} (${policy.forwardKind ?? 'no-answer'})`],
    ['seat', seat.driver],
    ['lamp', lamp.driver],
    ['broker', `${broker.url} as ${broker.username}`],
    ['health', `http://${admin.host}:${admin.port}/healthz`],
    ['journal', store.directory],
  ]
}

function hubSummary({ site, http, broker, store, directory, warden }: HubConfig): Summary {
  return [
    ['office', site],
    ['page', `http://${http.host}:${http.port}`],
    ['broker', broker.embedded === undefined ? broker.url : `embedded, at ${broker.embedded.host}:${broker.embedded.port}`],
    ...(directory === undefined ? [] : [['directory', directory] as const]),
    ...(warden === undefined ? [] : [['warden', wardenSummary(warden)] as const]),
    ['record', store === undefined ? 'in memory, gone with the hub (store.directory keeps it)' : store.directory],
  ]
}
