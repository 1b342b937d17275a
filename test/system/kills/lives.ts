import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { between, chance } from '../../../src/simulator/random.ts'
import type { BusyTelephone } from './telephone.ts'
import type { Truth } from './truth.ts'

const program = fileURLToPath(new URL('../../../bin/third-ring.js', import.meta.url))

/** The compiled agent, started again and again. */
export interface Lives {
  number(): number
  /** It has been told to stop, or is dead. */
  ending(): boolean
  /** Kills it once, at a random instant of its start, its work or its end; counts only what `kill -9` ended. */
  killOnce(telephone: BusyTelephone): Promise<void>
  /** Starts it for good. */
  start(): void
  /** Tells it to stop, and waits until it has. */
  stop(): Promise<void>
  kills(): number
  /** Where it was killed, for a report. */
  readonly where: Record<'starting' | 'working' | 'stopping', number>
}

const workMaxMs = 350
const stopMaxMs = 120
const stopPatienceMs = 20_000

export function createLives(configFile: string, random: () => number, truth: Truth): Lives {
  let number = 0
  let ending = true
  let kills = 0
  /** From the start to the first action URL taken; a guess at first, then what it was the last time. */
  let startMs = 500
  let child: ChildProcess | undefined
  /** Rejects if this life ends without our doing. */
  let died: Promise<never> = new Promise(() => {})
  const where = { starting: 0, working: 0, stopping: 0 }

  function start(): void {
    number += 1
    ending = false
    child = spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
    const said: string[] = []
    child.stderr?.on('data', (text: Buffer) => said.push(text.toString()))
    const [life, own] = [number, child]
    died = new Promise((_, reject) => {
      own.once('exit', (code, signal) => {
        if (life === number && !ending) reject(new Error(`the agent ended by itself (${code ?? signal}):\n${said.join('')}`))
      })
    })
    died.catch(() => {})
  }

  /** Resolves when the process is gone. */
  async function kill(phase: keyof typeof where): Promise<void> {
    const dying = child
    if (dying === undefined) return
    if (dying.exitCode !== null) throw new Error(`the agent had ended with ${dying.exitCode} before it was killed (${phase})`)
    ending = true
    const gone = once(dying, 'exit')
    dying.kill('SIGKILL')
    await gone
    if (dying.signalCode !== 'SIGKILL') return
    truth.ends.set(number, 'killed')
    kills += 1
    where[phase] += 1
  }

  async function stop(): Promise<void> {
    const told = child
    if (told === undefined || isGone(told)) return
    ending = true
    const gone = once(told, 'exit')
    const patience = setTimeout(() => told.kill('SIGKILL'), stopPatienceMs)
    told.kill('SIGTERM')
    const [code] = await gone
    clearTimeout(patience)
    if (code !== 0) throw new Error(`told to stop, the agent ended with ${code ?? told.signalCode}`)
    truth.ends.set(number, 'stopped')
  }

  async function killOnce(telephone: BusyTelephone): Promise<void> {
    start()
    const startedMs = performance.now()
    if (chance(random, 0.3)) {
      await pause(between(random, 0, startMs))
      return kill('starting')
    }
    await Promise.race([telephone.heard(number), died])
    startMs = performance.now() - startedMs
    await pause(between(random, 0, workMaxMs))
    if (chance(random, 0.8)) return kill('working')
    if (chance(random, 0.3)) return stop()
    ending = true
    child?.kill('SIGTERM')
    await pause(between(random, 0, stopMaxMs))
    if (child?.exitCode === 0) truth.ends.set(number, 'stopped')
    else await kill('stopping')
  }

  return { number: () => number, ending: () => ending, killOnce, start, stop, kills: () => kills, where }
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
