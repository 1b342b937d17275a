import type { Server } from 'node:http'
import { plainAddress } from './addresses.ts'
import { createCrowd } from './crowd.ts'

/** So many connections at once, and of one address so many; those beyond are cut before a byte of them is read. */
export function limitConnections(server: Server, limits: { readonly connectionsMax: number; readonly connectionsPerAddressMax: number }): void {
  const crowd = createCrowd({ ...limits, strangersMax: 0 })
  server.on('connection', (socket) => {
    const address = plainAddress(socket.remoteAddress ?? '')
    if (!crowd.enter(address, false)) {
      socket.destroy()
      return
    }
    socket.once('close', () => crowd.leave(address, false))
  })
}
