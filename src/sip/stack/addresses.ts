import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { SipStackOptions } from '../ports.ts'

/** The one spelling of an address: without a zone, and an IPv4 address that came in over IPv6 as that IPv4 address. */
export function plainAddress(address: string): string {
  const lower = address.toLowerCase().replace(/%.*$/, '')
  return /^::ffff:([0-9.]+)$/.exec(lower)?.[1] ?? lower
}

/** Addresses, found again in whatever spelling. What is not an address is in no set. */
export function createAddressSet(): { add(address: string): void; has(address: string): boolean } {
  const list = new BlockList()
  return {
    add(address) {
      const plain = plainAddress(address)
      if (isIP(plain) !== 0) list.addAddress(plain, family(plain))
    },
    has(address) {
      const plain = plainAddress(address)
      return isIP(plain) !== 0 && list.check(plain, family(plain))
    },
  }
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** A host without the brackets that an IPv6 address has in a URI. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** How a host is written in Via, Contact and a URI. */
export function uriHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

/** The address of a name or of itself; a sentence where there is none, or not in time. */
export async function resolveHost(host: string, waitMs: number, clock: SipStackOptions['clock']): Promise<{ readonly address: string } | string> {
  const plain = bareHost(host)
  if (isIP(plain) !== 0) return { address: plain }
  let giveUp: () => void = () => {}
  const patience = new Promise<string>((resolve) => {
    giveUp = clock.after(waitMs, () => resolve(`the name ${host} was not found in time`))
  })
  const search = lookup(plain).then(
    ({ address }) => ({ address }),
    () => `the name ${host} is not known`,
  )
  const found = await Promise.race([search, patience])
  giveUp()
  return found
}
