import { ConfigurationError } from '../errors.ts'
import { createLog } from '../log.ts'
import { startDemo } from '../simulator/demo.ts'
import { type Command, exitCodes, type Given } from './arguments.ts'
import { untilTold } from './until-told.ts'

/** `third-ring demo`: an office on one machine; what `npm start` runs. */
export const demo: Command = {
  name: 'demo',
  summary: 'show an office at work on this machine: five desks, a broker and a live page',
  options: {
    port: { type: 'string', value: 'PORT', description: 'where the page is served (8080)' },
    'broker-port': { type: 'string', value: 'PORT', description: 'where the broker listens (any free port)' },
    seed: { type: 'string', value: 'NUMBER', description: 'which office is invented (1)' },
    speed: { type: 'string', value: 'NUMBER', description: 'how many times faster than life (1)' },
    log: { type: 'boolean', description: 'print what the agents log' },
  },
  async run(given, streams) {
    const log = createLog({ level: given.flag('log') ? 'info' : 'silent', terminal: streams.terminal })
    const running = await inOurWords(
      startDemo({
        host: '127.0.0.1',
        port: whole(given, 'port', 8080, 65_535),
        brokerPort: whole(given, 'broker-port', 0, 65_535),
        seed: whole(given, 'seed', 1, 2 ** 31),
        speed: whole(given, 'speed', 1, 20),
        log,
      }),
    )
    const told = untilTold()
    streams.out(
      [
        '',
        '  third-ring: an office at work',
        '',
        `  Look at    ${running.urls.page}`,
        `  MQTT       ${running.urls.mqtt}   topic third-ring/v1/#`,
        '  Runs       5 desks with real agents (3 Yealink, 1 Grandstream, 1 analogue with a microcontroller), callers and clerks',
        '  Stop       Ctrl-C',
        '',
        '',
      ].join('\n'),
    )
    await told
    await running.stop()
    return exitCodes.done
  },
}

/** The hub speaks of its configuration; who started the demonstration has options instead. */
async function inOurWords<Value>(starting: Promise<Value>): Promise<Value> {
  try {
    return await starting
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== 'LISTEN_FAILED') throw error
    throw new ConfigurationError(error.code, error.message.replace('http.port', 'port with --port').replace('broker.port', 'port with --broker-port'))
  }
}

function whole(given: Given, option: string, otherwise: number, max: number): number {
  const text = given.text(option)
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new ConfigurationError('USAGE', `--${option}: "${text}" is not a whole number from 0 to ${max}`)
  return value
}
