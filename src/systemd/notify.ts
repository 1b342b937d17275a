import { type ChildProcess, spawn } from 'node:child_process'
import type { Millis } from '../desk/time.ts'

/** A message that the service manager has not taken by then is given up: the program that carries it is ended. */
const sendWithinMs: Millis = 15_000
/** `systemctl status` shows one line. */
const statusLengthMax = 200

/** What the service manager can be told (sd_notify(3)); only what this program says. */
export interface Notice {
  readonly READY?: '1'
  readonly STOPPING?: '1'
  readonly WATCHDOG?: '1'
  readonly STATUS?: string
}

export interface Notifier {
  /**
   * Returns at once. While a message is on its way the next ones wait as one, the newest words of each kind. What could not be told is told again with the
   * next message: without its `READY` a unit would never be active.
   */
  send(notice: Notice): void
  /** Resolves when everything has been told or given up. */
  settled(): Promise<void>
}

/** What a unit of `Type=notify` gives its processes. */
export interface NotifyEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined
  readonly PATH?: string | undefined
}

export interface NotifierDeps {
  /** Told once, not for each message. */
  readonly failed: (reason: string) => void
  /** The program that carries a message. */
  readonly program?: string
}

/**
 * Speaks to systemd where it listens, and is `undefined` elsewhere. Node has no datagram sockets of AF_UNIX, so that systemd's own `systemd-notify` carries
 * each message: it is there wherever systemd is, needs no native code, knows abstract sockets, and does not end before its message has been taken (its
 * barrier, since systemd 246), without which systemd could no longer tell whose message it was. The unit needs `NotifyAccess=all`.
 */
export function createNotifier(environment: NotifyEnvironment, { failed, program = 'systemd-notify' }: NotifierDeps): Notifier | undefined {
  const { NOTIFY_SOCKET, PATH } = environment
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return undefined
  const env = { NOTIFY_SOCKET, ...(PATH === undefined ? {} : { PATH }) }
  let waiting: Notice | undefined
  let untold: Notice = {}
  let sending: Promise<void> | undefined
  let broken = false

  async function sendAll(): Promise<void> {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined
      const fault = await ended(() => spawn(program, wordsOf(next), { env, stdio: 'ignore' }))
      if (fault !== undefined && !broken) failed(fault)
      broken = fault !== undefined
      untold = broken ? next : {}
    }
    sending = undefined
  }

  return {
    send(notice) {
      waiting = { ...untold, ...waiting, ...notice }
      sending ??= sendAll()
    },
    settled: () => sending ?? Promise.resolve(),
  }
}

function wordsOf(notice: Notice): string[] {
  return Object.entries(notice).map(([name, value]) => `${name}=${value.replace(/\p{Cc}+/gu, ' ').slice(0, statusLengthMax)}`)
}

/** Why the message was not taken; `undefined` if it was. Never rejects. */
function ended(start: () => ChildProcess): Promise<string | undefined> {
  return new Promise<string | undefined>((resolve) => {
    // Most of what keeps it from starting comes as an event, but a machine without memory makes this throw.
    const child = start()
    const patience = setTimeout(() => child.kill('SIGKILL'), sendWithinMs)
    // An agent that has ended everything else does not live on for it.
    child.unref()
    patience.unref()
    const end = (fault: string | undefined): void => {
      clearTimeout(patience)
      resolve(fault)
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(code === 0 ? undefined : `systemd-notify ended with ${signal ?? `status ${code}`}`))
  }).catch((error: unknown) => String(error))
}
