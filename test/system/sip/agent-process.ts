import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { type DeskAgentOptions, writeDesk } from './desk-agent.ts'
import { type Program, startProgram } from './program.ts'

const run = promisify(execFile)
const bin = fileURLToPath(new URL('../../../bin/third-ring.js', import.meta.url))

/** A desk's agent as a process of its own, which can be killed. */
export interface AgentProcess {
  start(): void
  kill(): Promise<void>
  /** `third-ring release`, as the unit runs it when the agent has ended, whatever ended it: what it says. */
  release(): Promise<string>
  said(): string
}

/** Not started yet; gone when the test is over. */
export function agentProcess(options: DeskAgentOptions): AgentProcess {
  const { configFile, directory } = writeDesk(options)
  let program: Program | undefined
  const kill = async () => program?.kill()
  onTestFinished(async () => {
    await kill()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    start() {
      program = startProgram(process.execPath, [bin, 'agent', '--config', configFile], join(directory, 'log'))
    },
    kill,
    async release() {
      const { stdout, stderr } = await run(process.execPath, [bin, 'release', '--config', configFile])
      return `${stdout}${stderr}`.trim()
    },
    said: () => program?.said() ?? '',
  }
}
