import { describe, expect, test } from 'vitest'
import { guardMessage } from '../../src/sip/stack/guard.ts'
import { sipLimits } from '../../src/sip/stack/limits.ts'
import { readMessage } from '../../src/sip/stack/message.ts'
import { ask } from './stand-in.ts'

const good = ask('NOTIFY', 'z9hG4bKguard00', { toTag: 'x', headers: ['Event: dialog', 'Subject: not read'], body: '' })

function verdict(text: string, framing: 'datagram' | 'stream' = 'datagram'): string {
  const read = readMessage(Buffer.from(text, 'latin1'), framing)
  return read.kind === 'refused' ? read.reason : read.kind
}
function withLine(line: string): string {
  return good.replace('Max-Forwards: 70', line)
}
/** The good message with its head, or all of it, filled up to so many bytes. */
function headOf(bytes: number): string {
  let text = good
  // Lines that are not read have no length of their own.
  const fill = bytes - (text.length - 4)
  text = text.replace('Subject: not read', `Subject: not read${'x'.repeat(fill)}`)
  return text
}

describe('each limit of the guard, at the limit and one beyond', () => {
  test.each([
    ['a packet', withBody(sipLimits.packetBytesMax), withBody(sipLimits.packetBytesMax + 1), 'too-long'],
    ['a head', headOf(sipLimits.headBytesMax), headOf(sipLimits.headBytesMax + 1), 'head-too-long'],
    ['a line that is read', lineOf(sipLimits.lineBytesMax), lineOf(sipLimits.lineBytesMax + 1), 'line-too-long'],
    ['a line that is read, folded', foldedLineOf(sipLimits.lineBytesMax), foldedLineOf(sipLimits.lineBytesMax + 1), 'line-too-long'],
    ['headers', headersOf(sipLimits.headersMax), headersOf(sipLimits.headersMax + 1), 'too-many-headers'],
    ['Vias in lines', viasOf(sipLimits.viasMax, '\r\nVia: '), viasOf(sipLimits.viasMax + 1, '\r\nVia: '), 'too-many-vias'],
    ['Vias in one line', viasOf(sipLimits.viasMax, ', '), viasOf(sipLimits.viasMax + 1, ', '), 'too-many-vias'],
    ['values of a list', withLine(`Allow: ${'A,'.repeat(39)}A`), withLine(`Allow: ${'A,'.repeat(40)}A`), 'too-many-values'],
    ['blanks in a row', withLine(`Subject: a${' '.repeat(8)}b`), withLine(`Subject: a${' '.repeat(9)}b`), 'too-many-blanks'],
    ['blanks over a fold', withLine('Subject: a    \r\n    b'), withLine('Subject: a    \r\n     b'), 'too-many-blanks'],
    ['tabs', withLine(`Subject: a${'\t'.repeat(8)}b`), withLine(`Subject: a${'\t'.repeat(9)}b`), 'too-many-blanks'],
    ['CSeq', good.replace('CSeq: 1 ', 'CSeq: 2147483647 '), good.replace('CSeq: 1 ', 'CSeq: 2147483648 '), 'cseq'],
    ['a branch', branchOf(sipLimits.tokenLengthMax), branchOf(sipLimits.tokenLengthMax + 1), 'via'],
    ['a tag', good.replace('tag=theirs', `tag=${'t'.repeat(160)}`), good.replace('tag=theirs', `tag=${'t'.repeat(161)}`), 'from-to'],
    ['a Call-ID', good.replace('Call-ID: c1', `Call-ID: ${'c'.repeat(256)}`), good.replace('Call-ID: c1', `Call-ID: ${'c'.repeat(257)}`), 'call-id'],
    ['a URI', uriOf(sipLimits.uriLengthMax), uriOf(sipLimits.uriLengthMax + 1), 'first-line'],
    ['a method', methodOf(16), methodOf(17), 'first-line'],
    ['a port', good.replace('192.0.2.1:5060;', '192.0.2.1:65535;'), good.replace('192.0.2.1:5060;', '192.0.2.1:65536;'), 'via'],
  ])('%s', (_name, within, beyond, reason) => {
    expect(verdict(within)).toBe('message')
    expect(verdict(beyond)).toBe(reason)
  })

  function withBody(bytes: number): string {
    const long = good.replace('Content-Length: 0', 'Content-Length: 10000')
    const body = bytes - long.length
    return `${long.replace('10000', String(body).padStart(5, '0'))}${'x'.repeat(body)}`
  }
  function lineOf(bytes: number): string {
    return withLine('Reason: '.padEnd(bytes, 'x'))
  }
  function foldedLineOf(bytes: number): string {
    return withLine(`${'Reason: '.padEnd(500, 'x')}\r\n ${'y'.repeat(bytes - 501)}`)
  }
  function headersOf(count: number): string {
    const own = good.trimEnd().split('\r\n').length - 1
    return withLine(['Max-Forwards: 70', ...Array.from({ length: count - own }, () => 'Subject: x')].join('\r\n'))
  }
  function viasOf(count: number, between: string): string {
    const value = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKguard00;rport'
    return good.replace(value, Array.from({ length: count }, () => value).join(between))
  }
  function branchOf(length: number): string {
    return good.replace('z9hG4bKguard00', 'z9hG4bK'.padEnd(length, 'x'))
  }
  function uriOf(length: number): string {
    return good.replace('sip:101@192.0.2.10:5062', 'sip:'.padEnd(length, 'x'))
  }
  function methodOf(length: number): string {
    return good.replaceAll('NOTIFY', 'N'.padEnd(length, 'O'))
  }
})

describe('what is refused', () => {
  test.each([
    ['a NUL', withLine('Subject: \0'), 'control-character'],
    ['a bell', withLine('Subject: \x07'), 'control-character'],
    ['a NUL in the body', `${good.replace('Content-Length: 0', 'Content-Length: 1')}\0`, 'control-character'],
    ['a line that ends in LF alone', withLine('Subject: a\nVia: b'), 'line-end'],
    ['a line that ends in CR alone', withLine('Subject: a\rVia: b'), 'line-end'],
    ['no empty line', good.slice(0, -2), 'no-head-end'],
    ['a header without a colon', withLine('Subject'), 'header-line'],
    ['a header without a name', withLine(': x'), 'header-line'],
    ['a blank within a name', withLine('Sub ject: x'), 'header-line'],
    ['a second From', withLine('From: <sip:a@b>;tag=x'), 'doubled-header'],
    ['a second From in its compact form', withLine('f: <sip:a@b>;tag=x'), 'doubled-header'],
    ['a second Event', withLine('o: dialog'), 'doubled-header'],
    ['a second Content-Length', withLine('l: 0'), 'doubled-header'],
    ['a body longer than announced', `${good}x`, 'content-length'],
    ['a body shorter than announced', good.replace('Content-Length: 0', 'Content-Length: 1'), 'content-length'],
    ['a length with a sign', good.replace('Content-Length: 0', 'Content-Length: +0'), 'content-length'],
    ['another version', good.replace('SIP/2.0', 'SIP/3.0'), 'first-line'],
    ['a method in small letters', good.replaceAll('NOTIFY', 'notify'), 'first-line'],
    ['an HTTP request', good.replace(/^.*/, 'GET / HTTP/1.1'), 'first-line'],
    ['a URI with brackets', good.replace('sip:101@192.0.2.10:5062', '<sip:101@192.0.2.10:5062>'), 'first-line'],
    ['a status of 700', good.replace(/^.*/, 'SIP/2.0 700 x'), 'first-line'],
    ['no Via', good.replace(/Via: .*\r\n/, ''), 'via'],
    ['a Via without a branch', good.replace('branch=', 'brunch='), 'via'],
    ['a branch of RFC 2543', good.replace('z9hG4bK', 'x9hG4bK'), 'via'],
    ['a Via with something behind it', good.replace(';rport', ';rport @'), 'via'],
    ['a Via with two branches', good.replace(';rport', ';branch=z9hG4bKother'), 'via'],
    ['a Via that hides another', good.replace(';rport', ';rport @, SIP/2.0/UDP b;branch=z9hG4bKx'), 'via'],
    ['another method in CSeq', good.replace('1 NOTIFY', '1 BYE'), 'cseq'],
    ['an escaped method in CSeq', good.replace('1 NOTIFY', '1 %4eOTIFY'), 'cseq'],
    ['no From', good.replace(/From: .*\r\n/, ''), 'from-to'],
    ['a To that is no URI', good.replace(/To: <.*>/, 'To: <nobody>'), 'from-to'],
    ['a quote in From that does not end', good.replace('"Pbx"', '"Pbx'), 'from-to'],
    ['no Call-ID', good.replace(/Call-ID: .*\r\n/, ''), 'call-id'],
    ['a Contact with a blank in its URI', withLine('Contact: <sip:a b@c>'), 'contact'],
  ])('%s', (_name, text, reason) => {
    expect(verdict(text)).toBe(reason)
  })

  test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])('%s as a header, a parameter, a value of a challenge or a part of a URI', (name) => {
    expect(verdict(withLine(`${name}: x`))).toBe('forbidden-name')
    expect(verdict(good.replace(';rport', `;${name}`))).toBe('forbidden-name')
    expect(verdict(good.replace(';rport', `; ${name.toUpperCase()} =1`))).toBe('forbidden-name')
    expect(verdict(withLine(`Contact: <sip:a@b;${name}=1>`))).toBe('forbidden-name')
    expect(verdict(withLine(`Contact: <sip:a@b?${name}=1>`))).toBe('forbidden-name')
    expect(verdict(withLine(`WWW-Authenticate: Digest ${name}="1", realm="x"`))).toBe('forbidden-name')
    expect(verdict(withLine(`WWW-Authenticate: Digest realm="x",${name}="1"`))).toBe('forbidden-name')
    // Where nobody reads it, it does nothing.
    expect(verdict(withLine(`Subject: ${name}`))).toBe('message')
  })

  test('on a stream a message says its length', () => {
    const without = good.replace('Content-Length: 0\r\n', '')
    expect(verdict(without)).toBe('message')
    expect(verdict(without, 'stream')).toBe('content-length')
    expect(verdict(good, 'stream')).toBe('message')
  })
})

describe('what is let through', () => {
  test('only headers that are known, by their full names, in lower case, each list with its values', () => {
    const text = withLine(
      ['v: SIP/2.0/TCP [2001:db8::1];branch=z9hG4bKb', 'x-secret: no', 'u: a, b', 'Allow: INVITE,  ACK', 'm: "a, b" <sip:a,b@c>, <sip:d@e>'].join('\r\n'),
    )
    const guarded = guardMessage(Buffer.from(text, 'latin1'), 'datagram')
    if (guarded.kind !== 'guarded') throw new Error(guarded.kind)
    expect([...guarded.headers.keys()].sort()).toEqual(['allow', 'allow-events', 'call-id', 'contact', 'content-length', 'cseq', 'event', 'from', 'to', 'via'])
    expect(guarded.headers.get('via')).toHaveLength(2)
    expect(guarded.headers.get('allow')).toEqual(['INVITE', 'ACK'])
    expect(guarded.headers.get('contact')).toEqual(['"a, b" <sip:a,b@c>', '<sip:d@e>'])
  })

  test('empty lines before a message, and nothing but empty lines', () => {
    expect(verdict(`\r\n\r\n${good}`)).toBe('message')
    expect(verdict('\r\n\r\n')).toBe('keep-alive')
    expect(verdict('')).toBe('keep-alive')
    expect(verdict('\r')).toBe('no-head-end')
  })

  test('texts are read as UTF-8, and what is none stays harmless', () => {
    const read = readMessage(Buffer.from(good.replace('"Pbx"', '"Zażółć"').replace('Content-Length: 0', 'Content-Length: 4').concat('żó'), 'utf8'), 'datagram')
    expect(read).toMatchObject({ kind: 'message', said: { body: 'żó', headers: { from: '"Zażółć" <sip:101@192.0.2.1>;tag=theirs' } } })
    const broken = readMessage(Buffer.from(good.replace('"Pbx"', '"\xff\xfe"'), 'latin1'), 'datagram')
    expect(broken).toMatchObject({ kind: 'message', said: { headers: { from: '"\ufffd\ufffd" <sip:101@192.0.2.1>;tag=theirs' } } })
  })
})
