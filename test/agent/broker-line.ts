import { createConnection, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The wire between an agent and its broker. While it is cut, both ends live, and neither hears of the other. */
export interface BrokerLine {
  readonly url: string
  cut(): void
  mend(): void
}

export async function brokerLine(brokerUrl: string): Promise<BrokerLine> {
  const { hostname, port } = new URL(brokerUrl)
  const sockets = new Set<Socket>()
  let isCut = false
  const hold = (socket: Socket, other: Socket): void => {
    sockets.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    socket.pipe(other)
  }
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = createConnection({ host: hostname, port: Number(port) })
    hold(near, far)
    hold(far, near)
  })
  const taken = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    url: `mqtt://127.0.0.1:${taken}`,
    cut,
    mend() {
      isCut = false
    },
  }
}
