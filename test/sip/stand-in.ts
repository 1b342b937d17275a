/** The other end's own reading of SIP, written from RFC 3261 without a look at ours: small, strict, and complaining. */
export interface Heard {
  readonly method?: string
  readonly uri?: string
  readonly status?: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Reads what our stack has sent, and throws at the first thing that a strict reader has against it. */
export function hear(text: string): Heard {
  const cut = text.indexOf('\r\n\r\n')
  if (cut < 0) throw new Error('no empty line')
  const [first = '', ...lines] = text.slice(0, cut).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    if (colon < 1) throw new Error(`no header: ${line}`)
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const
  })
  const body = text.slice(cut + 4)
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(first)
  const response = /^SIP\/2\.0 (\d{3}) (.+)$/.exec(first)
  const heard: Heard = {
    ...(request === null ? {} : { method: request[1] ?? '', uri: request[2] ?? '' }),
    ...(response === null ? {} : { status: Number(response[1]) }),
    headers,
    body,
  }
  const fault = faultIn(heard)
  if (fault !== undefined) throw new Error(`${fault} in\n${text}`)
  return heard
}

/** The one value of a header. */
export function value({ headers }: Heard, name: string): string {
  const values = headers.filter(([other]) => other === name).map(([, text]) => text)
  if (values.length !== 1) throw new Error(`${values.length} times ${name}`)
  return values[0] ?? ''
}

export function has({ headers }: Heard, name: string): boolean {
  return headers.some(([other]) => other === name)
}

/** Whose request it is: its branch, with its method (an ACK and a CANCEL have their own). */
export function branchOf(heard: Heard): string {
  return /;branch=(z9hG4bK[^;,]+)/.exec(heard.headers.find(([name]) => name === 'via')?.[1] ?? '')?.[1] ?? ''
}

function faultIn(heard: Heard): string | undefined {
  if (heard.method === undefined && heard.status === undefined) return 'no first line'
  for (const name of ['from', 'to', 'call-id', 'cseq', 'content-length']) value(heard, name)
  if (Number(value(heard, 'content-length')) !== heard.body.length) return 'a wrong Content-Length'
  if ((heard.body !== '') !== has(heard, 'content-type')) return 'a body without a type, or a type without a body'
  if (!/;tag=[^;]+$/.test(value(heard, 'from'))) return 'no tag in From'
  const via = heard.headers.find(([name]) => name === 'via')?.[1] ?? ''
  if (!/^SIP\/2\.0\/(?:UDP|TCP) \S+;branch=z9hG4bK[0-9a-zA-Z.-]{7,}/.test(via)) return 'no good Via'
  const [number = '', method] = value(heard, 'cseq').split(' ')
  if (!/^\d{1,10}$/.test(number) || (heard.method !== undefined && method !== heard.method)) return 'a wrong CSeq'
  if (heard.method === undefined) return undefined
  if (!/;rport(?:;|$)/.test(via)) return 'no rport'
  if (value(heard, 'max-forwards') !== '70') return 'a wrong Max-Forwards'
  const wantsContact = ['INVITE', 'SUBSCRIBE', 'NOTIFY'].includes(heard.method)
  return wantsContact && !/^<sip:[^>]+>$/.test(value(heard, 'contact')) ? 'no Contact' : undefined
}

/** A response to what was heard, as a server says it. */
export function respond(to: Heard, status: number, reason: string, { tag = 'there', headers = [] as string[], body = '' } = {}): string {
  const via = to.headers.filter(([name]) => name === 'via').map(([, text]) => `Via: ${text.replace(/;rport(?=;|$)/, ';received=192.0.2.10;rport=5062')}`)
  const own = value(to, 'to')
  return [
    `SIP/2.0 ${status} ${reason}`,
    ...via,
    `From: ${value(to, 'from')}`,
    `To: ${own.includes(';tag=') || status === 100 ? own : `${own};tag=${tag}`}`,
    `Call-ID: ${value(to, 'call-id')}`,
    `CSeq: ${value(to, 'cseq')}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** A request as a server says it, inside a dialog of ours or outside of any. */
export function ask(
  method: string,
  branch: string,
  { cseq = 1, callId = 'c1', toTag = '', headers = [] as string[], body = '', via = 'UDP 192.0.2.1:5060' } = {},
): string {
  return [
    `${method} sip:101@192.0.2.10:5062 SIP/2.0`,
    `Via: SIP/2.0/${via};branch=${branch};rport`,
    'Max-Forwards: 70',
    'From: "Pbx" <sip:101@192.0.2.1>;tag=theirs',
    `To: <sip:101@192.0.2.10>${toTag === '' ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
