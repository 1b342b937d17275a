import type { Socket } from 'node:net'
import type { ListenerLimits } from './listener.ts'
import { type Reading, readRequestHead } from './request-head.ts'
import type { RequestLine } from './request-line.ts'

/** What a connection asks of the listener. */
export interface ConnectionHandlers {
  /** The status for this request, at once. */
  readonly answer: (line: RequestLine) => number
  /** Something came that was not a request; it has been answered with this status and the connection is closing. */
  readonly fault: (status: 400 | 408 | 431) => void
  /** The connection is gone. Called once. */
  readonly closed: () => void
}

export interface Connection {
  destroy(): void
}

/**
 * One client's connection, from its first byte to its end: requests are answered one after the other, bodies are skipped, and there is always
 * exactly one deadline running, so that no client can hold on to it.
 */
export function serveConnection(socket: Socket, limits: ListenerLimits, handlers: ConnectionHandlers): Connection {
  let pending: Buffer = Buffer.alloc(0)
  let skipBytes = 0
  let ended = false
  let closing = false
  let timer = setTimeout(expire, limits.requestMs)

  function setDeadline(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(expire, ms)
  }

  function expire(): void {
    // Nothing asked, or a body that never came although its request has been answered: there is nothing left to say.
    if (closing || pending.length === 0) socket.destroy()
    else fail(408)
  }

  function take(chunk: Buffer): void {
    if (closing) return
    // The clock of a request starts with its first byte and is not stopped by the next ones.
    if (pending.length === 0 && skipBytes === 0 && chunk.length > 0) setDeadline(limits.requestMs)
    const skipped = Math.min(skipBytes, chunk.length)
    skipBytes -= skipped
    pending = Buffer.concat([pending, chunk.subarray(skipped)])
    while (!closing && skipBytes === 0 && advance(readRequestHead(pending, limits.headBytesMax, ended))) {
      // Requests may come several at a time (RFC 9112 §9.3.2).
    }
  }

  /** True if there may be another request in what is left. */
  function advance(reading: Reading): boolean {
    switch (reading.kind) {
      case 'incomplete':
        if (ended) finish('')
        else if (pending.length === 0) setDeadline(limits.idleMs)
        return false
      case 'fault':
        fail(reading.status)
        return false
      case 'request':
        answer(reading)
        return !closing
      default:
        return reading satisfies never
    }
  }

  function answer(reading: Reading & { kind: 'request' }): void {
    const bodyBytes = reading.bodyBytes === 'unknown' || reading.bodyBytes > limits.bodyBytesMax ? undefined : reading.bodyBytes
    const status = handlers.answer(reading.line)
    // Who asks too often keeps the connection: to answer costs less than to take the next one.
    const keepAlive = reading.keepAlive && bodyBytes !== undefined && !ended && (status < 400 || status === 404 || status === 429)
    const text = response(status, reading.line.method, keepAlive)
    if (!keepAlive) {
      finish(text)
      return
    }
    socket.write(text)
    if (socket.writableLength > limits.unreadBytesMax) {
      closing = true
      socket.destroy()
      return
    }
    const rest = pending.subarray(reading.headBytes)
    skipBytes = Math.max(0, (bodyBytes ?? 0) - rest.length)
    pending = rest.subarray(Math.min(rest.length, bodyBytes ?? 0))
    if (pending.length > 0) setDeadline(limits.requestMs)
  }

  function fail(status: 400 | 408 | 431): void {
    handlers.fault(status)
    finish(response(status, 'GET', false))
  }

  /** Our last word. What still comes is read and thrown away for a moment, else the kernel would cut the answer off with a reset. */
  function finish(text: string): void {
    closing = true
    pending = Buffer.alloc(0)
    socket.end(text)
    setDeadline(limits.lingerMs)
  }

  socket.on('data', take)
  socket.on('end', () => {
    ended = true
    take(Buffer.alloc(0))
  })
  // A connection that breaks is no news: `close` follows.
  socket.on('error', () => {})
  socket.on('close', () => {
    closing = true
    clearTimeout(timer)
    handlers.closed()
  })
  return { destroy: () => void socket.destroy() }
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
}

/** Plain text and never XML, which a phone might take for a screen to show. */
function response(status: number, method: string, keepAlive: boolean): string {
  const reason = reasons[status] ?? 'Unknown'
  const lines = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/plain',
    `Content-Length: ${reason.length}`,
    `Connection: ${keepAlive ? 'keep-alive' : 'close'}`,
  ]
  if (status === 405) lines.push('Allow: GET')
  return `${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : reason}`
}
