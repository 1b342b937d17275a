import { type Command, runCommandLine, type Streams } from './commands/arguments.ts'
import { version } from './version.ts'

/** Each command is loaded when it is asked for: `release` must not wait for the code of a hub before it puts a lamp out. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  agent: async () => (await import('./commands/agent.ts')).agent,
  release: async () => (await import('./commands/release.ts')).release,
  hub: async () => (await import('./commands/hub.ts')).hub,
  demo: async () => (await import('./commands/demo.ts')).demo,
  check: async () => (await import('./commands/check.ts')).check,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  provision: async () => (await import('./commands/provision.ts')).provision,
}

/** `third-ring <command>`: the exit code of the command; 0 done, 1 failed, 2 wrong usage or configuration. */
export async function main(words: readonly string[]): Promise<number> {
  const streams: Streams = {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal: process.stdout.isTTY === true,
    colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  }
  const summary = 'the agent that helps an office desk keep its telephone procedure'
  const [first = ''] = words
  // The help and a word that is no command need all of them; the version needs none.
  const wanted = Object.hasOwn(loaders, first) ? [first] : first === '--version' ? [] : Object.keys(loaders)
  const commands = await Promise.all(wanted.flatMap((name) => loaders[name]?.() ?? []))
  return runCommandLine({ name: 'third-ring', summary, version, commands }, words, streams)
}
