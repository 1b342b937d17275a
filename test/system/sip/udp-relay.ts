import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { chance, createRandom } from '../../../src/simulator/random.ts'
import { ownAddress, sipPort } from './addresses.ts'

/** One datagram with something in it, as it came to the relay. */
export interface Relayed {
  readonly way: 'to exchange' | 'from exchange'
  readonly text: string
  readonly became: 'passed' | 'dropped' | 'doubled'
}

/** Stands before an exchange at an address of its own: sees every datagram, and loses or doubles some by chance. */
export interface UdpRelay {
  readonly address: string
  readonly datagrams: readonly Relayed[]
  /** From now on this share of datagrams is lost, and this share is sent twice. */
  spoil(shares: { readonly lost: number; readonly doubled: number }): void
  stop(): Promise<void>
}

export interface RelayOptions {
  /** So long a subscription is asked for, whatever the desk asks: it is renewed the sooner. */
  readonly subscribesForS?: number
}

/**
 * Whoever sends to the relay has a socket of its own towards the exchange, as behind a router; what comes back there goes to them. The exchange's Contact is
 * made the relay's, since what follows within a dialog would go past it otherwise.
 */
export async function startUdpRelay(exchange: string, seed: number, { subscribesForS }: RelayOptions = {}): Promise<UdpRelay> {
  const random = createRandom(seed)
  const address = ownAddress()
  const datagrams: Relayed[] = []
  const behind = new Map<string, Promise<Socket>>()
  const front = await bound(address, sipPort)
  const contact = new RegExp(`^(Contact: *[^\\r\\n]*@)${exchange.replaceAll('.', '\\.')}(?=[:;>])`, 'im')
  let shares = { lost: 0, doubled: 0 }

  const relay = (way: Relayed['way'], data: Buffer, send: () => void): void => {
    // Keep-alives of a few blanks are no messages; they pass and do not take chances from those.
    const message = data.length > 4
    const became = !message ? 'passed' : chance(random, shares.lost) ? 'dropped' : chance(random, shares.doubled) ? 'doubled' : 'passed'
    if (message) datagrams.push({ way, text: data.toString('latin1'), became })
    if (became !== 'dropped') send()
    if (became === 'doubled') send()
  }
  front.on('message', async (data, { address: host, port }) => {
    const key = `${host}:${port}`
    const socket = await (behind.get(key) ?? open(key, host, port))
    const through = shortened(data, subscribesForS)
    relay('to exchange', through, () => socket.send(through, sipPort, exchange))
  })

  function open(key: string, host: string, port: number): Promise<Socket> {
    const opening = bound(address, 0).then((socket) => {
      socket.on('message', (data) => {
        const through = Buffer.from(data.toString('latin1').replace(contact, `$1${address}`), 'latin1')
        relay('from exchange', through, () => front.send(through, port, host))
      })
      return socket
    })
    behind.set(key, opening)
    return opening
  }

  return {
    address,
    datagrams,
    spoil(next) {
      shares = next
    },
    async stop() {
      front.close()
      for (const socket of await Promise.all(behind.values())) socket.close()
    },
  }
}

function shortened(data: Buffer, seconds: number | undefined): Buffer {
  const text = data.toString('latin1')
  if (seconds === undefined || !text.startsWith('SUBSCRIBE ')) return data
  return Buffer.from(text.replace(/^(Expires: *)[1-9]\d*/im, `$1${seconds}`), 'latin1')
}

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  // A port that nobody has any more (ICMP) is not the relay's concern.
  socket.on('error', () => {})
  socket.bind(port, address)
  await once(socket, 'listening')
  return socket
}
