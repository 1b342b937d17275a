import { releaseDesk } from '../agent/release.ts'
import { loadAgentConfig } from '../config/load.ts'
import type { Millis } from '../desk/time.ts'
import { type Command, exitCodes } from './arguments.ts'

/** After the word has been said, for a device that does not let go; then the process is ended. */
const lingerMs: Millis = 500

/** `third-ring release --config FILE`: what the unit runs when the agent has ended, however it ended. */
export const release: Command = {
  name: 'release',
  summary: 'put the lamp of a desk out, without a running agent',
  options: { config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' } },
  details: [
    'It puts the lamp out and does nothing else: forwarding at the phone stays as it is. The unit runs it each time the agent has ended, also after a',
    'crash (ExecStopPost=). It ends within ten seconds: with 0 if the lamp is dark or there is none, with 1 and the reason if it may still be lit.',
    'An agent that runs shows its pattern again at the next change.',
  ].join('\n'),
  async run(given, streams) {
    const { ok, sentence } = await releaseDesk(loadAgentConfig(given.text('config') ?? ''))
    const write = ok ? streams.out : streams.err
    write(`${sentence}\n`)
    const code = ok ? exitCodes.done : exitCodes.failed
    setTimeout(() => process.exit(code), lingerMs).unref()
    return code
  },
}
