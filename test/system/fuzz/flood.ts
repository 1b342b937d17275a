import { connect } from 'node:net'
import type { Script } from './requests.ts'

/** Answers by their status; 0 counts connections that ended without any. */
export type Tally = Map<number, number>

export interface FloodOptions {
  readonly port: number
  /** Connections at a time. */
  readonly width: number
  readonly random: () => number
  /** The next connection: what it says, how many requests that are meant, and from where. `undefined` ends the flood. */
  readonly next: () => { readonly script: Script; readonly count: number; readonly from: string } | undefined
}

/** Opens connections one after the other, so many at a time, says what is to be said on each, and counts the answers. */
export async function flood(options: FloodOptions, tally: Tally): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let each = options.next(); each !== undefined; each = options.next()) {
      await converse(options.port, each.from, each.script(options.random, each.count), tally)
    }
  }
  await Promise.all(Array.from({ length: options.width }, worker))
}

/** Sends it, closes our half, and reads to the end. */
function converse(port: number, from: string, bytes: Buffer, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true })
    let rest = ''
    let answers = 0
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.end(bytes))
    socket.on('data', (chunk) => {
      const text = rest + String(chunk)
      for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        tally.set(Number(status), (tally.get(Number(status)) ?? 0) + 1)
        answers += 1
      }
      // A status line that is cut in two is counted when its second part has come.
      rest = text.slice(text.lastIndexOf('\n') + 1)
      if (/^HTTP\/1\.1 \d{3} /.test(rest)) rest = ''
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (answers === 0) tally.set(0, (tally.get(0) ?? 0) + 1)
      resolve()
    })
  })
}

/** Says one byte at a time and never comes to an end. Resolves with what was answered when the other side has had enough. */
export function drip(port: number, from: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    let text = ''
    const timer = setInterval(() => socket.write('G'), 100)
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      resolve(text)
    })
  })
}
