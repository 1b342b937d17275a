import { createClock } from '../agent/clock.ts'
import { serialDevices } from '../bridge/fault-sentence.ts'
import { createBridge } from '../bridge/link.ts'
import { openSerialPort } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import { loadAgentConfig } from '../config/load.ts'
import { advice, calibrate, steps } from '../doctor/calibrate.ts'
import { checkLine } from '../doctor/check.ts'
import { examine } from '../doctor/examine.ts'
import { askAgent } from '../doctor/running.ts'
import { ConfigurationError } from '../errors.ts'
import { type Command, type ExitCode, exitCodes, type Given, jsonOption, type Streams } from './arguments.ts'
import { untilTold } from './until-told.ts'

const secondsMax = 86_400

/** `third-ring doctor --config FILE`: what a person would check by hand at a desk. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'check a desk as a person would: phone, token, broker, clock, lamp, seat, disk',
  options: {
    config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' },
    calibrate: { type: 'boolean', description: 'listen to an analogue adapter instead, and say which of its lines are understood' },
    seconds: { type: 'string', value: 'N', description: 'end the calibration after so long; otherwise with Ctrl-C' },
    json: jsonOption,
  },
  details: [
    'Each line: ok, fault, not fitted, or look (only a person can see it), then what was checked and what came of it.',
    'An agent that runs is asked and not disturbed. Exit code 1: something has a fault.',
    'Example: third-ring doctor --config desk.yaml --calibrate --seconds 300',
  ].join('\n'),
  async run(given, streams) {
    const config = loadAgentConfig(given.text('config') ?? '')
    const seconds = secondsOf(given)
    if (given.flag('calibrate')) return calibrateDesk(config, seconds, given.flag('json'), streams)
    const checks = await examine(config)
    const faults = checks.filter(({ state }) => state === 'fault').length
    if (given.flag('json')) streams.out(`${JSON.stringify({ ok: faults === 0, checks }, null, 2)}\n`)
    else for (const check of checks) streams.out(`${checkLine(check)}\n`)
    return faults === 0 ? exitCodes.done : exitCodes.failed
  },
}

async function calibrateDesk(config: AgentConfig, seconds: number | undefined, json: boolean, streams: Streams): Promise<ExitCode> {
  const { phone, listen } = config
  if (phone.vendor !== 'analogue') throw usage('--calibrate: is for phone.vendor analogue; this desk has a phone that says of itself what it does')
  if (listen.allow.length === 0) throw usage('listen.allow: is empty, so no adapter may send its log; write the address of the adapter into it')
  if ((await askAgent(config)) !== undefined) {
    streams.err('The agent of this desk runs and listens to the adapter itself. Stop it first: systemctl stop third-ring-agent\n')
    return exitCodes.failed
  }
  const print = (line: string): void => (json ? streams.err : streams.out)(`${line}\n`)
  const bridge = config.bridge === undefined ? undefined : openBridge(config.bridge, print)
  let timer: NodeJS.Timeout | undefined
  const over = seconds === undefined ? untilTold() : Promise.race([untilTold(), new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000)))])
  try {
    const found = await calibrate({
      phone,
      listen,
      print,
      until: over,
      ...(bridge === undefined ? {} : { bridge }),
      listening(port) {
        print(`Listening at ${listen.host}:${port} (UDP), to ${listen.allow.join(', ')}. Do one after the other, and watch what comes:`)
        for (const [index, [what]] of steps.entries()) print(`  ${index + 1}. ${what}`)
        void bridge?.start()
      },
    })
    if (json) streams.out(`${JSON.stringify(found, null, 2)}\n`)
    else for (const line of ['', ...advice(found)]) print(line)
    return exitCodes.done
  } finally {
    clearTimeout(timer)
    await bridge?.stop()
  }
}

function openBridge(config: NonNullable<AgentConfig['bridge']>, print: (line: string) => void): ReturnType<typeof createBridge> {
  const tell = (_fields: object, message: string): void => print(`${'bridge'.padEnd(16)} ${message}`)
  return createBridge(config, {
    clock: createClock(undefined, 0),
    open: openSerialPort,
    log: { info: tell, warn: tell },
    steady: false,
    devices: serialDevices,
  })
}

function secondsOf(given: Given): number | undefined {
  const text = given.text('seconds')
  if (text === undefined) return undefined
  if (!given.flag('calibrate')) throw usage('--seconds: goes with --calibrate')
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > secondsMax) throw usage(`--seconds: must be a whole number from 1 to ${secondsMax}`)
  return seconds
}

function usage(sentence: string): ConfigurationError {
  return new ConfigurationError('USAGE', sentence)
}
