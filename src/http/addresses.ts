import { BlockList, isIP } from 'node:net'

/** The one spelling in which addresses are compared: an IPv4 address that came in over IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. */
export function plainAddress(address: string): string {
  const lower = address.toLowerCase().replace(/%.*$/, '')
  const mapped = /^::ffff:([0-9.]+)$/.exec(lower)
  return mapped?.[1] ?? lower
}

/** A test for membership in a list of addresses, in whatever spelling; what is not an address is in no list. */
export function createAllowList(addresses: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const address of addresses.map(plainAddress)) {
    if (isIP(address) !== 0) list.addAddress(address, family(address))
  }
  return (address) => {
    const plain = plainAddress(address)
    return isIP(plain) !== 0 && list.check(plain, family(plain))
  }
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
