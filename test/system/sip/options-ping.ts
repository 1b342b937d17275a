import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { ownAddress, sipPort } from './addresses.ts'

const answerWithinMs = 500

let address: string | undefined

/** Whether anybody answers SIP there: one OPTIONS, any reply. */
export async function answers(host: string): Promise<boolean> {
  address ??= ownAddress()
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.bind(0, address)
  await once(socket, 'listening')
  const { port } = socket.address()
  const id = `${process.pid}-${port}`
  const lines = [
    `OPTIONS sip:${host} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${id};rport`,
    `From: <sip:probe@${address}>;tag=${id}`,
    `To: <sip:${host}>`,
    `Call-ID: ${id}@${address}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ]
  socket.send(`${lines.join('\r\n')}\r\n\r\n`, sipPort, host)
  const answered = await Promise.race([
    once(socket, 'message').then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), answerWithinMs)),
  ])
  socket.close()
  return answered
}
