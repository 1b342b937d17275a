import type { UdpRelay } from './udp-relay.ts'

/** The directions of sound that SDP offered or answered through the relay, each said once in a row, so that a repeated datagram does not count. */
export function directionsOfSound(relay: UdpRelay, way: 'to exchange' | 'from exchange'): readonly string[] {
  const said = relay.datagrams.filter((datagram) => datagram.way === way && /^Content-Type: *application\/sdp/im.test(datagram.text))
  const directions = said.map(({ text }) => /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(text)?.[1] ?? 'sendrecv')
  return directions.filter((direction, index) => direction !== directions[index - 1])
}

/** The first lines of all messages with this word in them. */
export function firstLines(relay: UdpRelay, word: string): readonly string[] {
  return relay.datagrams.map(({ text }) => text.slice(0, text.indexOf('\r\n'))).filter((line) => line.includes(word))
}
