import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createExchange, type Exchange, type ExchangeOptions } from './exchange.ts'
import { realClock } from './virtual.ts'

/** The stand-in exchange on a real UDP socket; it answers whoever spoke last. */
export async function openExchange(address: string, options: ExchangeOptions = {}): Promise<Exchange & { port: number; close(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  let peer: { address: string; port: number } | undefined
  let isOpen = true
  const exchange = createExchange(
    {
      now: realClock.now,
      after: realClock.after,
      send(text) {
        if (peer === undefined || !isOpen) return
        const { port } = socket.address()
        const real = text
          .replace(/received=192\.0\.2\.10;rport=5062/g, `received=${peer.address};rport=${peer.port}`)
          .replaceAll('192.0.2.1:5060', `${address}:${port}`)
        socket.send(Buffer.from(real, 'latin1'), peer.port, peer.address)
      },
    },
    options,
  )
  socket.on('message', (bytes, from) => {
    peer = { address: from.address, port: from.port }
    exchange.receive(bytes.toString('latin1'))
  })
  return {
    ...exchange,
    port: socket.address().port,
    async close() {
      isOpen = false
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
}
