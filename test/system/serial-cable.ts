import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'

/** Two pseudo-terminals, wired to each other by socat: what is written to one comes out of the other. To the programs at its ends it is a serial cable. */
export interface SerialCable {
  readonly agentEnd: string
  readonly boardEnd: string
  plug(): Promise<void>
  /** Both devices are gone, as when a USB cable is pulled. */
  unplug(): Promise<void>
  remove(): Promise<void>
}

export function createSerialCable(): SerialCable {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-cable-'))
  const [agentEnd, boardEnd] = [join(directory, 'agent'), join(directory, 'board')]
  let socat: ChildProcess | undefined

  async function unplug(): Promise<void> {
    const gone = socat
    socat = undefined
    if (gone === undefined || gone.exitCode !== null) return
    const ended = new Promise((resolve) => gone.once('exit', resolve))
    gone.kill('SIGKILL')
    await ended
    for (const end of [agentEnd, boardEnd]) rmSync(end, { force: true })
  }

  return {
    agentEnd,
    boardEnd,
    async plug() {
      socat = spawn('/usr/bin/socat', [`pty,raw,echo=0,link=${agentEnd}`, `pty,raw,echo=0,link=${boardEnd}`], { stdio: 'inherit' })
      await expect.poll(() => existsSync(agentEnd) && existsSync(boardEnd)).toBe(true)
    },
    unplug,
    async remove() {
      await unplug()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
