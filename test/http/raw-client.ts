import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

export interface Exchange {
  readonly answers: readonly RawAnswer[]
  /** Whether the other side ended the connection within the patience of this client. */
  readonly closed: boolean
}

export interface RawOptions {
  /** Each piece is a packet of its own. */
  readonly pieces: readonly Buffer[]
  /** Ends our half after the last piece. */
  readonly end?: boolean
  /** Answers to wait for; without it, until the other side closes. */
  readonly answers?: number
  readonly patienceMs?: number
  /** The address we call from. */
  readonly from?: string
}

/** Bytes as they are, one character a byte. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Sends exactly these bytes and gives back whatever came. Never fails: a connection that was cut has simply brought less. */
export async function exchange(port: number, { pieces, end = false, answers, patienceMs = 5000, from }: RawOptions): Promise<Exchange> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true, ...(from === undefined ? {} : { localAddress: from }) })
  let received = Buffer.alloc(0)
  let closed = false
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, patienceMs)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (answers !== undefined && splitAnswers(received).length >= answers) resolve()
    })
    socket.on('error', () => {})
    socket.on('end', () => {
      closed = true
      resolve()
    })
    socket.on('close', () => {
      closed = true
      clearTimeout(timer)
      resolve()
    })
  })
  await write(socket, pieces)
  if (end) socket.end()
  await done
  socket.destroy()
  return { answers: splitAnswers(received), closed }
}

async function write(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)))
}

function splitAnswers(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = []
  let text = received.toString('latin1')
  for (;;) {
    const match = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n([\s\S]*?)\r\n\r\n/.exec(text)
    if (match === null) return answers
    const [whole, status = '', head = ''] = match
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
    // An answer to HEAD says how long its body would be and leaves it out.
    const rest = text.slice(whole.length)
    const body = rest.startsWith('HTTP/1.1') ? '' : rest.slice(0, length)
    answers.push({ status: Number(status), head, body })
    text = rest.slice(body.length)
  }
}
