import { releaseDesk } from '../agent/release/release.ts'
import { loadAgentConfig } from '../config/load.ts'
import type { Millis } from '../desk/time.ts'
import { type Command, exitCodes } from './arguments.ts'

/** After the word has been said, for a device or a phone that does not let go; then the process is ended. */
const lingerMs: Millis = 500

/** `third-ring release --config FILE`: what the unit runs when the agent has ended, however it ended. */
export const release: Command = {
  name: 'release',
  summary: 'put the lamp of a desk out and take its forwarding off the phone, without a running agent',
  options: { config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' } },
  details: [
    'It puts the lamp out; then it reads in the desk’s journal whether a forwarding of ours is on the phone, and takes it off. What a person has set on the',
    'phone is never touched, and doing it twice does no harm. The unit runs it each time the agent has ended, also after a crash (ExecStopPost=).',
    '',
    'It ends within ten seconds and prints a line for each. With 0: the lamp is dark or there is none, and the phone forwards nothing for us. With 1 and the',
    'reason: one of them may still be on, or the journal does not say. With 2: the configuration cannot be read.',
    '',
    'Beside an agent that runs it does no damage: the lamp shows its pattern again at the next change. A forwarding that is taken off under a running agent',
    'is to it as if a person at the phone had done it: it is not set again before this absence is over.',
  ].join('\n'),
  async run(given, streams) {
    const all = await releaseDesk(loadAgentConfig(given.text('config') ?? ''))
    for (const { ok, sentence } of all) (ok ? streams.out : streams.err)(`${sentence}\n`)
    const code = all.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed
    setTimeout(() => process.exit(code), lingerMs).unref()
    return code
  },
}
