import { type ChildProcess, spawn } from 'node:child_process'
import { toolEnvironment } from './gpiod-tools.ts'

/** A program that was told to end has so long before it is killed. */
const endWaitMs = 10_000
const lineLengthMax = 4096
const saidLengthMax = 1024

/**
 * A program that lives no longer than we do. It runs under a shell of a few lines that watches the pipe from us: when that closes, however we ended (also
 * by SIGKILL), the shell ends the program. It has a session of its own, so that a Ctrl-C at our terminal does not reach it before us.
 */
export interface Attended {
  /** False once it has ended. */
  alive(): boolean
  /** What it wrote to standard error since its last line. */
  said(): string
  /** Writes a line to the shell. */
  tell(text: string): void
  /** Closes the pipe and waits for the end. */
  end(): Promise<void>
}

export interface AttendedListener {
  readonly line: (text: string) => void
  /** Once; `said` is what it wrote to standard error since its last line, or its status. Also after `end`. */
  readonly ended: (said: string) => void
}

export function startAttended(script: string, words: readonly string[], listener: AttendedListener): Attended {
  // Without a descriptor left it has no streams, and without memory it is not there at all.
  const child = started(script, words, (error) => over(error.message))
  let alive = true
  let said = ''
  let rest = ''
  let whenEnded = (): void => {}

  function over(reason: string): void {
    if (!alive) return
    alive = false
    child?.stdin?.destroy()
    whenEnded()
    listener.ended(said.trim() || reason)
  }

  child?.stdin?.on('error', () => {})
  child?.stdout?.on('error', () => {})
  child?.stderr?.on('error', () => {})
  child?.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, lineLengthMax)
    for (const line of lines) {
      if (alive) listener.line(line)
      // An error belongs to what comes after it, not to what goes wrong an hour later.
      said = ''
    }
  })
  child?.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidLengthMax)
  })
  // What it wrote last may be read after its end.
  child?.on('exit', (code, signal) => setImmediate(() => over(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`)))
  return {
    alive: () => alive,
    said: () => said.trim(),
    tell: (text) => void child?.stdin?.write(`${text}\n`),
    async end() {
      if (!alive) return
      const ended = new Promise<void>((resolve) => {
        whenEnded = resolve
      })
      child?.stdin?.end()
      const timer = setTimeout(() => killGroup(child?.pid), endWaitMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Its failure is always told later, however it comes: whoever starts it does not have it in the hand yet. */
function started(script: string, words: readonly string[], failed: (error: Error) => void): ChildProcess | undefined {
  try {
    return spawn('sh', ['-c', script, 'third-ring', ...words], { detached: true, env: toolEnvironment }).on('error', failed)
  } catch (error) {
    setImmediate(failed, error instanceof Error ? error : new Error(String(error)))
    return undefined
  }
}

/** The shell leads its process group: the program goes with it. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
