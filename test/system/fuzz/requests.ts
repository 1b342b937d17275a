/** What a connection says, and nothing is left of after it: requests that keep it open, then one that ends it. */
export type Script = (random: () => number, count: number) => Buffer

/** Accepted events are left out while a real call is under way: an authenticated phone that talks nonsense about its own calls is believed. */
export interface RequestKinds {
  readonly token: string
  readonly mac: string
  readonly accepted: boolean
}

const pick = <Item>(items: readonly Item[], random: () => number): Item => items[Math.floor(random() * items.length)] as Item

/** Names that are no events but are something to JavaScript, to a file system, or to a shell. */
const prototypeNames = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'prototype', '..', '%2e%2e', '%00', 'hold%0d%0a', '$(reboot)', '']
const events = ['incoming_call', 'call_established', 'call_terminated', 'hold', 'unhold', 'mute', 'off_hook', 'dnd_on', 'missed_call', 'registered']
const numbers = [
  '0857221122',
  '+48857221122',
  'sip:+48857221122@pbx;user=phone',
  '"Jan%20%C5%81o%C5%9B" <sip:0858696001@10.0.0.1>',
  'anonymous@anonymous.invalid',
  '$remote',
  '',
]
/** A name in UTF-8, in Windows-1250, in ISO 8859-2, with a stray byte, with NULs, escaped wrongly, and without an end. */
const names = ['\u00c5\u00bbaneta', '\xafaneta', '\xac\xf3\xb3\xe6', '\xff\xfe\x00', 'a\x00b', '%zz%', '%', '<b>', "'; DROP", '\x1b[2J', 'n'.repeat(900)]
const headers = [
  'Host: a\r\n',
  '',
  'User-Agent: Yealink SIP-T46U 108.86.0.20\r\n',
  'Host: a\r\nHost: b\r\n',
  ': \r\n',
  'X\r\n',
  '\x00: \x00\r\n',
  `Cookie: ${'c'.repeat(3000)}\r\n`,
]
const lineEnds = ['\r\n\r\n', '\n\n', '\r\n\n']

/** A request on a path that no phone has, or an event that no phone sends. Everything else in it is as wild as may be; the connection stays. */
function query(random: () => number, mac: string): string {
  const call = Math.floor(random() * 1e6)
  return `m=${mac}&c=${random() < 0.1 ? 'x'.repeat(300) : call}&r=${pick(numbers, random)}&n=${pick(names, random)}&l=${random()}&m=&&=&c`
}

function keeping({ token, mac, accepted }: RequestKinds, random: () => number): string {
  const kind = random()
  const tail = ` HTTP/1.1\r\n${pick(headers, random)}${pick(lineEnds, random)}`
  if (kind < 0.2) return `GET /yealink/${token}/${pick(prototypeNames, random)}?${query(random, mac)}${tail}`
  if (kind < 0.4) return `GET /yealink/${token}/${noise(random, 24)}?${query(random, mac)}${tail}`
  if (kind < 0.5) return `GET http://[::1]:99/${noise(random, 12)}/${token}/hold?${query(random, mac)}${tail}`
  if (kind < 0.6) return `GET /grandstream/${token}/incomingCall?${query(random, mac)}${tail}`
  if (kind < 0.7) return `\r\n\r\nGET //yealink//${token}/hold/more?${query(random, mac)}${tail}`
  if (kind < 0.8) return `GET /yealink/${token}/nothing?${query(random, mac)} HTTP/1.1\r\nContent-Length: 12\r\n\r\nGET /evil\r\n\r\n`.slice(0, -1)
  if (accepted) return `GET /yealink/${token}/${pick(events, random)}?${query(random, mac)}${tail}`
  return `GET /${noise(random, 40)}?${noise(random, 60)}${tail}`
}

/** Printable and other bytes of a path, but none that ends a line. */
function noise(random: () => number, length: number): string {
  let text = ''
  for (let at = 0; at < length; at += 1) {
    const byte = Math.floor(random() * 256)
    text += byte === 10 || byte === 13 || byte === 32 || byte === 9 ? '_' : String.fromCharCode(byte)
  }
  return `_${text}`
}

/** One that the listener answers and then hangs up on. */
function ending({ token, mac }: RequestKinds, random: () => number): string {
  const kind = random()
  if (kind < 0.15) return `GET /yealink/${noise(random, 20)}/hold?${query(random, mac)} HTTP/1.1\r\n\r\n`
  if (kind < 0.3) return `GET /yealink/${token}/hold?${query(random, '001565ddeeff')} HTTP/1.1\r\n\r\n`
  if (kind < 0.45) return `${pick(['POST', 'HEAD', 'PUT', 'XyZzY'], random)} /yealink/${token}/hold?${query(random, mac)} HTTP/1.1\r\n\r\n`
  if (kind < 0.6) return `\x01${noise(random, 60)}\r\n\r\n`
  if (kind < 0.7) return `GET /${'a'.repeat(9000)}`
  if (kind < 0.8) return `GET\x00/yealink/${token}/hold HTTP/1.1\r\n\r\n`
  if (kind < 0.9) return `GET /yealink/${token}/nothing HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nffffffff\r\n`
  return `GET /yealink/${token}/nothing HTTP/1.0\r\n${`X-${noise(random, 3)}: ${'h'.repeat(600)}\r\n`.repeat(20)}\r\n`
}

/** So many requests on one connection, the last of which ends it. */
export function pipelined(kinds: RequestKinds): Script {
  return (random, count) => {
    let text = ''
    for (let index = 1; index < count; index += 1) text += keeping(kinds, random)
    return Buffer.from(text + ending(kinds, random), 'latin1')
  }
}

/** One real request with one to four wounds: bytes changed, lost, doubled, put in. Our half is closed after it, so that it always has an end. */
export function wounded(kinds: RequestKinds): Script {
  return (random) => {
    let mutant = Buffer.from(keeping({ ...kinds, accepted: false, token: kinds.accepted ? kinds.token : 'a-token-of-nobody' }, random), 'latin1')
    for (let wounds = 1 + Math.floor(random() * 4); wounds > 0; wounds -= 1) {
      const at = Math.floor(random() * mutant.length)
      const [before, after] = [mutant.subarray(0, at), mutant.subarray(at)]
      const kind = random()
      if (kind < 0.25) mutant = Buffer.concat([before, after.subarray(4)])
      else if (kind < 0.5) mutant = Buffer.concat([before, after, before])
      else if (kind < 0.75) mutant = Buffer.concat([before, Buffer.from(noise(random, 8), 'latin1'), after])
      else mutant = Buffer.concat([after, before])
    }
    return mutant
  }
}

/** Bytes of no meaning at all. */
export const rawBytes: Script = (random) => Buffer.from(Array.from({ length: 1 + Math.floor(random() * 400) }, () => Math.floor(random() * 256)))
