/** aedes alone, as the hub has it inside, in a process of its own so that its memory and its processor time can be told apart: `tsx aedes.ts PORT`. */
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const aedes = new Aedes()
await aedes.listen()
const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  aedes.handle(socket)
})
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 }, () => process.stdout.write('up\n'))
