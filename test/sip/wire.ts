import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SipStackOptions } from '../../src/sip/ports.ts'
import { unforeseeable } from '../../src/sip/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { optionsFor, realClock } from './virtual.ts'

/** A server's UDP socket, real, on loopback. */
export async function openUdp(address = '127.0.0.1') {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  const heard: { text: string; port: number; address: string }[] = []
  let tell: () => void = () => {}
  socket.on('message', (bytes, from) => {
    heard.push({ text: bytes.toString('latin1'), port: from.port, address: from.address })
    tell()
  })
  return {
    socket,
    port: socket.address().port,
    heard,
    send: (bytes: Uint8Array | string, port: number) => new Promise<void>((resolve) => socket.send(bytes, port, address, () => resolve())),
    /** The next message that has such a text; those before it are passed over. */
    async next(wanted: string | RegExp): Promise<string> {
      for (;;) {
        const at = heard.findIndex(({ text }) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)))
        if (at >= 0) return heard.splice(0, at + 1).at(-1)?.text ?? ''
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
    },
  }
}

/** A stack on real sockets that ends with the test. */
export async function startStack(others: Partial<SipStackOptions> & Pick<SipStackOptions, 'server'>) {
  const { options, logged } = optionsFor(realClock, unforeseeable, others)
  const stack = createSipStack(options)
  onTestFinished(() => stack.stop())
  await stack.start()
  return { stack, logged }
}

/** Time that passes so many times faster, so that nobody waits for a back-off. */
export function hurried(factor: number): SipStackOptions['clock'] {
  return { now: () => realClock.now() * factor, after: (ms, then) => realClock.after(ms / factor, then) }
}

/** A server's TCP port; `next` is the connection that comes next. */
export async function openTcp() {
  const server = createServer()
  const sockets: Socket[] = []
  const waiting: ((connection: TcpConnection) => void)[] = []
  const ready: TcpConnection[] = []
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    const connection = connectionOf(socket)
    const first = waiting.shift()
    if (first === undefined) ready.push(connection)
    else first(connection)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    next: (): Promise<TcpConnection> => {
      const connection = ready.shift()
      return connection === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(connection)
    },
  }
}

function connectionOf(socket: Socket) {
  let text = ''
  let tell: () => void = () => {}
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    tell()
  })
  return {
    socket,
    closed,
    /** Takes the first piece of what came that is such a text. */
    async take(wanted: RegExp): Promise<string> {
      for (;;) {
        const found = wanted.exec(text)
        if (found !== null) {
          text = text.slice(found.index + found[0].length)
          return found[0]
        }
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
    },
  }
}
export type TcpConnection = ReturnType<typeof connectionOf>

/** One whole message without a body. */
export const wholeMessage = /^[^\r\n][\s\S]*?\r\n\r\n/m
