import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atMost } from '../at-most.ts'
import type { AgentOrder, AgentWord } from './agent-process.ts'
import type { HelperProcess } from './helper-story.ts'

/** Compiled, or as it was written where this file is run so. */
const program = fileURLToPath(new URL(`./agent-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
const execArgv = program.endsWith('.ts') ? ['--import', 'tsx'] : []
/** An agent frees its phone before it goes: at most so long, and then it is killed. */
const stopMaxMs = 8000

export interface ForkedAgent extends HelperProcess {
  /** Resolves when the agent of the present process runs; rejects with what it said where it cannot. */
  started(): Promise<void>
  setSpeed(speed: number): void
  /** For good: nothing of it is left. */
  stop(): Promise<void>
}

/** The agent of one desk as a child process (`agent-process.ts`). `startOrder` is made anew for each start. */
export function createForkedAgent(startOrder: () => Extract<AgentOrder, { do: 'start' }>): ForkedAgent {
  const listeners = new Set<() => void>()
  let child: ChildProcess | undefined
  let running: Promise<void> = Promise.resolve()
  let ended: Promise<void> = Promise.resolve()
  let over = false

  function tell(order: AgentOrder): void {
    // One that is dying hears nothing; that it died is told by its end.
    if (child?.connected) child.send(order, () => {})
  }

  function start(): void {
    if (over || child !== undefined) return
    const process = fork(program, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child = process
    running = new Promise((resolve, reject) => {
      process.on('message', (word: AgentWord) => (word.is === 'running' ? resolve() : reject(new Error(word.sentence))))
      process.once('exit', () => reject(new Error('the process of the agent has ended')))
    })
    // Who does not wait for it sees on the page that the desk is not there.
    running.catch(() => {})
    ended = new Promise((resolve) => {
      const end = (): void => {
        if (child === process) child = undefined
        resolve()
        if (!over) for (const listener of listeners) listener()
      }
      process.once('exit', end)
      // Where it could not even be started there is no exit.
      process.once('error', () => process.pid === undefined && end())
    })
    tell(startOrder())
  }

  return {
    running: () => child !== undefined,
    start,
    started: () => running,
    kill: () => void child?.kill('SIGKILL'),
    onDeath: (listener) => void listeners.add(listener),
    setSpeed: (speed) => tell({ do: 'speed', speed }),
    async stop() {
      over = true
      tell({ do: 'stop' })
      const isOver = await atMost(
        stopMaxMs,
        ended.then(() => true),
      )
      if (isOver !== true) child?.kill('SIGKILL')
      await ended
    },
  }
}
