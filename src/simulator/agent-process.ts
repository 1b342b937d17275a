import { type RunningAgent, startAgent } from '../agent/composition/compose.ts'
import type { AgentConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import { messageOf } from '../errors.ts'
import { createLog, type LogOptions } from '../log.ts'
import { createScaledTime, type ScaledTime, type Timeline } from './scaled-clock.ts'

/**
 * The agent of one desk of the demonstration, in a process of its own so that it can really be killed: `fork` this file. What it does it is told over IPC; if
 * the demonstration itself dies, so does this.
 */
export type AgentOrder =
  | { readonly do: 'start'; readonly config: AgentConfig; readonly secrets: AgentSecrets; readonly time: Timeline; readonly level: LogOptions['level'] }
  | { readonly do: 'speed'; readonly speed: number }
  | { readonly do: 'stop' }

/** What it says of itself. */
export type AgentWord = { readonly is: 'running' } | { readonly is: 'failed'; readonly sentence: string }

let time: ScaledTime | undefined
let starting: Promise<RunningAgent> | undefined

function say(word: AgentWord): void {
  if (process.connected) process.send?.(word)
}

async function stop(): Promise<void> {
  const agent = await starting?.catch(() => undefined)
  await agent?.stop('the demonstration ends')
  process.exit(0)
}

function start({ config, secrets, time: from, level }: Extract<AgentOrder, { do: 'start' }>): void {
  const here = createScaledTime(1, from)
  time = here
  const log = createLog({ level, terminal: process.stdout.isTTY === true, desk: config.desk })
  starting = startAgent(config, secrets, { log, clock: here.clock })
  starting.then(
    () => say({ is: 'running' }),
    (error: unknown) => say({ is: 'failed', sentence: messageOf(error) }),
  )
}

function obey(order: AgentOrder): void {
  if (order.do === 'start') start(order)
  else if (order.do === 'speed') time?.setSpeed(order.speed)
  else void stop()
}

process.on('message', (order) => obey(order as AgentOrder))
process.on('disconnect', () => void stop())
// A key pressed in a terminal reaches the whole group of processes: when it is over the demonstration says.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
