/** Addresses of this machine's loopback network that this process alone uses, so that two runs at one time do not meet; every party has port 5060 of its own. */
const network = `127.${64 + ((process.pid >> 8) % 128)}.${process.pid % 256}`
const hostsMax = 254
let used = 0

export const sipPort = 5060

export function ownAddress(): string {
  used += 1
  if (used > hostsMax) throw new Error(`one test file uses more than ${hostsMax} addresses`)
  return `${network}.${used}`
}
