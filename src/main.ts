import { agent } from './commands/agent.ts'
import { type Command, runCommandLine, type Streams } from './commands/arguments.ts'
import { check } from './commands/check.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { hub } from './commands/hub.ts'
import { provision } from './commands/provision.ts'
import { version } from './version.ts'

const commands: readonly Command[] = [agent, hub, demo, check, doctor, provision]

/** `third-ring <command>`: the exit code of the command; 0 done, 1 failed, 2 wrong usage or configuration. */
export function main(words: readonly string[]): Promise<number> {
  const streams: Streams = {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal: process.stdout.isTTY === true,
    colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  }
  const summary = 'the agent that helps an office desk keep its telephone procedure'
  return runCommandLine({ name: 'third-ring', summary, version, commands }, words, streams)
}
