/** What people have found to hurt, and what a message is made of. */
const dictionary: readonly string[] = [
  '__proto__',
  ';__proto__',
  ';__proto__=1',
  '%5f%5fproto%5f%5f: x\r\n',
  'constructor',
  ';constructor=x',
  'prototype',
  'hasOwnProperty',
  'toString: x\r\n',
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  '\r',
  '\n',
  '\0',
  ' '.repeat(9),
  ' '.repeat(60),
  '\t',
  ',',
  ';',
  ';;;;',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<<<<<<<<',
  '=',
  ':',
  '[::1]',
  '[',
  '@',
  '%00',
  '%',
  '99999',
  '4294967296',
  '99999999999999999999',
  '-1',
  '0',
  '1e9',
  'NaN',
  'Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: abc\r\n',
  'l: 99999999\r\n',
  'CSeq: 1 INVITE\r\n',
  'Call-ID: other\r\n',
  'To: <sip:a@b>\r\n',
  'Require: 100rel\r\n',
  'Contact: *\r\n',
  'Contact: ,,,\r\n',
  'Route: <sip:a;lr?__proto__=1>\r\n',
  'WWW-Authenticate: Digest realm="x", nonce="y"\r\n',
  'WWW-Authenticate: Digest __proto__="x"\r\n',
  'Authentication-Info: a<<<<<<<<\r\n',
  'SIP/2.0',
  'SIP/2.0 200 OK\r\n',
  'INVITE',
  'z9hG4bK',
  'branch=',
  'rport=99999',
  'received=999.9.9.9',
  'maddr=203.0.113.9',
  'tag=',
  'Zażółć gęślą jaźń',
  '\u202e大停電',
  '\ud83d\ude00',
  '\xff\xfe\x80',
]

/** One wound, often more, at places and of kinds that chance chooses; now and then what Content-Length says is made right again, so that more is read. */
export function mutate(original: Buffer, others: readonly string[], random: () => number): Buffer {
  const pick = (count: number): number => Math.floor(random() * count)
  let mutant = original
  for (let wounds = random() < 0.6 ? 1 : 2 + pick(3); wounds > 0; wounds -= 1) mutant = wound(mutant, others, pick)
  return random() < 0.4 ? lengthMended(mutant) : mutant
}

function lengthMended(message: Buffer): Buffer {
  const text = message.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return message
  return Buffer.from(`${text.slice(0, end).replace(/\r\n(Content-Length|l):.*/i, `\r\n$1: ${text.length - end - 4}`)}${text.slice(end)}`, 'latin1')
}

function wound(message: Buffer, others: readonly string[], pick: (count: number) => number): Buffer {
  const at = pick(message.length + 1)
  const length = pick(24)
  const [before, middle, after] = [message.subarray(0, at), message.subarray(at, at + length), message.subarray(at + length)]
  const word = Buffer.from(dictionary[pick(dictionary.length)] ?? '', pick(2) === 0 ? 'utf8' : 'latin1')
  switch (pick(18)) {
    case 0:
      return Buffer.concat([before, after])
    case 1:
      return Buffer.concat([before, middle, middle, after])
    case 2:
      return Buffer.concat([before, ...Array.from({ length: 1 + pick(400) }, () => middle), after])
    case 3:
      return Buffer.concat([before, word, after])
    case 4:
      return Buffer.concat([before, Buffer.from(Array.from({ length: 1 + pick(6) }, () => pick(256))), middle, after])
    case 5:
      return before
    case 6:
      return onLine(message, pick, (line) => [line, line])
    case 7:
      return onLine(message, pick, () => [])
    case 8:
      return onLine(message, pick, (line) => [line.replace(/\d+/, dictionary[36 + pick(6)] ?? '1')])
    case 9:
      return onLine(message, pick, (line) => [`${line.slice(0, line.indexOf(':') + 1)} ${word.toString('latin1')}`])
    case 10:
      return onLine(message, pick, (line) => [`${line}${word.toString('latin1')}`])
    case 11:
      return Buffer.concat([before, Buffer.from(others[pick(others.length)] ?? '').subarray(pick(300))])
    default:
      // A character for another: the wound that is overlooked most easily.
      return Buffer.concat([before, Buffer.from([33 + pick(94)]), message.subarray(at + 1)])
  }
}

/** Changes one line of the head. */
function onLine(message: Buffer, pick: (count: number) => number, change: (line: string) => readonly string[]): Buffer {
  const all = message.toString('latin1').split('\r\n')
  const at = pick(Math.min(all.length, 12))
  return Buffer.from([...all.slice(0, at), ...change(all[at] ?? ''), ...all.slice(at + 1)].join('\r\n'), 'latin1')
}
