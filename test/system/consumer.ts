import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Somebody who reads along and is none of ours. */
export interface Consumer {
  /** One message each, its topic, a space, and its payload byte for byte; in the order in which they came, with those that came again. */
  lines(): string[]
}

/**
 * Mosquitto's own client in a process of its own, with a session that the broker keeps over its restarts. It writes what it is sent into a file, and comes
 * back by itself. Gone when the test is over.
 */
export function startConsumer(port: number, ...topics: readonly string[]): Consumer {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-consumer-'))
  const file = join(directory, 'consumed')
  const out = openSync(file, 'w')
  const parameters = ['-h', '127.0.0.1', '-p', String(port), '-i', 'consumer', '-c', '-q', '1', ...topics.flatMap((topic) => ['-t', topic]), '-F', '%t %p']
  const child = spawn('/usr/bin/mosquitto_sub', parameters, { stdio: ['ignore', out, 'ignore'] })
  closeSync(out)
  onTestFinished(async () => {
    await gone(child, 'SIGTERM')
    rmSync(directory, { recursive: true, force: true })
  })
  return { lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) }
}

/** Ends a process that the test has started, unless it has ended already. */
export async function gone(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
