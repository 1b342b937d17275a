import { ask } from './stand-in.ts'

/** A packet that has ended or stalled a process that used the package `sip` as it comes (reference/sip.md), or that was made to do it to ours. */
export interface Killer {
  readonly name: string
  readonly packet: Buffer
}

const good = ask('OPTIONS', 'z9hG4bKgood000', { toTag: 'x' })
const via = 'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKgood000;rport'

function killer(name: string, text: string): Killer {
  return { name, packet: Buffer.from(text, 'latin1') }
}
function withHeader(name: string, line: string, times = 1): Killer {
  return killer(name, good.replace('Max-Forwards: 70', Array.from({ length: times }, () => line).join('\r\n')))
}
function withVia(name: string, value: string): Killer {
  return killer(name, good.replace(via, `Via: ${value}`))
}

/** Fills a line up to the last byte that the guard lets through. */
function longest(start: string, filling: string, end = ''): string {
  return `${start}${filling.repeat(Math.floor((1019 - start.length - end.length) / filling.length))}${end}`
}

export const killers: readonly Killer[] = [
  withVia('__proto__ as a parameter of Via', 'SIP/2.0/UDP h;branch=z9hG4bKx1;__proto__'),
  withVia('__proto__ with a value', 'SIP/2.0/UDP h;branch=z9hG4bKx1;__proto__=x'),
  withVia('__PROTO__ in capitals, which the codec makes small', 'SIP/2.0/UDP h;branch=z9hG4bKx1;__PROTO__'),
  withVia('constructor as a parameter of Via', 'SIP/2.0/UDP h;branch=z9hG4bKx1;constructor=1;hasOwnProperty=1;toString'),
  withHeader('__proto__ as a header', '__proto__: x'),
  withHeader('__proto__ as an escaped header', '%5f%5fproto%5f%5f: x'),
  withHeader('constructor as a header', 'constructor: x'),
  withHeader('__proto__ in a challenge', 'WWW-Authenticate: Digest __proto__="x", realm="r"'),
  withHeader('__proto__ in the URI of a route', 'Route: <sip:a@b;__proto__=1?__proto__=2>'),
  withHeader('a Contact that is a list of nothing', 'Contact: ,,,,,,'),
  killer('60 kB of blanks', `OPTIONS sip:a SIP/2.0\r\nSubject: ${' '.repeat(60_000)}x\r\n\r\n`),
  killer('16 kB of blanks', `OPTIONS sip:a SIP/2.0\r\nSubject: ${' '.repeat(16_000)}x\r\n\r\n`),
  killer('8 kB of blanks in folded lines', `OPTIONS sip:a SIP/2.0\r\nSubject: ${'\r\n '.repeat(2700)}x\r\n\r\n`),
  killer('60 kB of line ends', '\r\n'.repeat(30_000)),
  killer('16 kB of line ends and then a message', `${'\r\n'.repeat(7000)}${good}`),
  killer('12,000 times a and an empty line', 'a\r\n\r\n'.repeat(12_000)),
  killer('3000 headers', `OPTIONS sip:a SIP/2.0\r\n${'a:\r\n'.repeat(3000)}\r\n`),
  withHeader('1.09 s in Authentication-Info', `Authentication-Info: a${'<'.repeat(16_000)}`),
  withHeader('the same at the length that is let through', longest('Authentication-Info: a', '<'), 6),
  withHeader('a challenge of quotes and backslashes', longest('WWW-Authenticate: Digest a="', '\\"'), 6),
  withHeader('a challenge of names', longest('WWW-Authenticate: Digest ', 'a '), 6),
  withHeader('a Contact of open brackets', longest('Contact: ', '<'), 6),
  withHeader('a Contact of words', longest('Contact: ', 'a '), 6),
  withHeader('a Contact of empty quotes', longest('Contact: ', '""'), 6),
  withHeader('a Contact of parameters', longest('Contact: <sip:a@b>', ';a'), 6),
  withHeader('a Contact of commas', longest('Contact: <sip:a@b>', ',<sip:a@b>'), 6),
  withHeader('Routes of parameters', longest('Route: <sip:a', ';a=a', '>'), 6),
  withHeader('Record-Routes of headers', longest('Record-Route: <sip:a?a=a', '&a=a', '>'), 6),
  withVia('a Via of blanks and slashes', longest('SIP / 2.0 / UDP h ', '; ')),
  withVia('a Via of parameters', longest('SIP/2.0/UDP h;branch=z9hG4bKx1', ';a=b')),
  withVia('a Via of IPv6 brackets', longest('SIP/2.0/UDP [::1];branch=z9hG4bKx1;received=', ':')),
  withHeader('Content-Length: abc', 'Content-Length: abc'),
  killer('Content-Length: abc, alone', good.replace('Content-Length: 0', 'Content-Length: abc')),
  killer('Content-Length of 20 digits', good.replace('Content-Length: 0', 'Content-Length: 99999999999999999999')),
  killer('Content-Length: -1', good.replace('Content-Length: 0', 'Content-Length: -1')),
  killer('port 99999 in the URI', good.replace('sip:101@192.0.2.10:5062', 'sip:101@192.0.2.10:99999')),
  killer('port 99999 in Contact', good.replace('Max-Forwards: 70', 'Contact: <sip:a@192.0.2.1:99999>')),
  withVia('port 99999 in Via', 'SIP/2.0/UDP 192.0.2.1:99999;branch=z9hG4bKx1'),
  withVia('port 0 in Via', 'SIP/2.0/UDP 192.0.2.1:0;branch=z9hG4bKx1'),
  withVia('rport 99999', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx1;rport=99999;received=999.1.1.1'),
  withVia('maddr of a stranger', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx1;maddr=203.0.113.9;rport'),
  killer('an IPv6 URI', good.replace('sip:101@192.0.2.10:5062', 'sip:101@[2001:db8::1]:5062')),
  killer('an IPv6 URI in Contact', good.replace('Max-Forwards: 70', 'Contact: <sip:a@[::1]>')),
  withVia('an IPv6 Via', 'SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKv6;rport'),
  killer('NUL', good.replace('Pbx', 'P\0bx')),
  killer('a response of ours to nobody', good.replace(/^.*/, 'SIP/2.0 200 OK')),
  killer('an empty datagram', ''),
  killer('one byte', 'x'),
  killer('65,507 bytes of a', 'a'.repeat(65_507)),
]
