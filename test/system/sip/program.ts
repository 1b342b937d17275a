import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** A program as an ordinary process of this user, ended by its process id and by nothing else. */
export interface Program {
  /** What it has written so far. */
  said(): string
  running(): boolean
  /** SIGTERM, and SIGKILL where that is not heard in time. */
  stop(): Promise<void>
  /** SIGKILL: gone at once, as in a power cut. */
  kill(): Promise<void>
  /** Its exit code; null after a signal. */
  readonly ended: Promise<number | null>
}

const stopWithinMs = 5000

/** Each is a process group of its own, since some (Kamailio) have children that outlive them. */
const groups = new Set<number>()

// Whatever a test left running when it failed ends with the tests.
process.on('exit', () => {
  for (const group of groups) signal(group, 'SIGKILL')
})

function signal(group: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-group, name)
  } catch {
    // It has ended meanwhile.
  }
}

export function startProgram(path: string, parameters: readonly string[], log: string): Program {
  const output = openSync(log, 'a')
  const child: ChildProcess = spawn(path, parameters, { stdio: ['ignore', output, output], detached: true })
  closeSync(output)
  child.on('error', () => {})
  const group = child.pid
  if (group === undefined) throw new Error(`${path} could not be started: is it installed?`)
  groups.add(group)
  const ended = once(child, 'exit').then(([code]) => {
    signal(group, 'SIGKILL')
    groups.delete(group)
    return code as number | null
  })
  const running = () => child.exitCode === null && child.signalCode === null
  const end = async (name: 'SIGTERM' | 'SIGKILL') => {
    if (!running()) return
    signal(group, name)
    const late = setTimeout(() => signal(group, 'SIGKILL'), stopWithinMs)
    await ended
    clearTimeout(late)
  }
  return { said: () => readFileSync(log, 'utf8'), running, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), ended }
}
