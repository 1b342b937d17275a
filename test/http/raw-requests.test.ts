import { describe, expect, test } from 'vitest'
import { listen } from './fixture.ts'
import { bytes, exchange } from './raw-client.ts'

/**
 * What phones, their mistakes and their neighbours put on the wire, byte by byte (contract §3, reference yealink §1.4, grandstream §1.3, procedure §5
 * story 3). In `raw` one character is one byte; `utf8` turns text into its bytes.
 */
interface Row {
  readonly name: string
  readonly raw: string
  readonly status: number | 'closed'
  /** What must have been understood; absent where nothing may get through. */
  readonly path?: string
  readonly params?: Readonly<Record<string, string>>
  /** The client says that it has no more to send. */
  readonly end?: true
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const get = (target: string, version = 'HTTP/1.1'): string => `GET ${target} ${version}\r\nHost: agent\r\nConnection: close\r\n\r\n`
const yl = '/yealink/TOKEN'
const gs = '/grandstream/TOKEN'
const incoming = 'yealink TOKEN incoming_call'

const rows: readonly Row[] = [
  // ——— what the guides show ———
  { name: 'a plain event', raw: get(`${yl}/incoming_call?m=001565aabbcc&c=33093`), status: 200, path: incoming, params: { m: '001565aabbcc', c: '33093' } },
  { name: 'an event without a query', raw: get(`${yl}/on_hook`), status: 200, path: 'yealink TOKEN on_hook', params: {} },
  { name: 'an empty query', raw: get(`${yl}/on_hook?`), status: 200, path: 'yealink TOKEN on_hook', params: {} },
  { name: 'an empty value', raw: get(`${yl}/hold?m=&c=`), status: 200, path: 'yealink TOKEN hold', params: { m: '', c: '' } },
  { name: 'a name without a value', raw: get(`${yl}/hold?m&c=1`), status: 200, path: 'yealink TOKEN hold', params: { m: '', c: '1' } },
  { name: 'a value with an equals sign', raw: get(`${yl}/hold?c=a=b=c`), status: 200, path: 'yealink TOKEN hold', params: { c: 'a=b=c' } },
  { name: 'a SIP address', raw: get(`${yl}/incoming_call?r=sip:0858696001@pbx:5060`), status: 200, path: incoming, params: { r: 'sip:0858696001@pbx:5060' } },
  {
    name: 'a SIP address with parameters',
    raw: get(`${yl}/incoming_call?r=<sip:101@pbx;user=phone>`),
    status: 200,
    path: incoming,
    params: { r: '<sip:101@pbx;user=phone>' },
  },
  { name: 'a quoted name before it', raw: get(`${yl}/incoming_call?r="Jan"<sip:101@pbx>`), status: 200, path: incoming, params: { r: '"Jan"<sip:101@pbx>' } },
  { name: 'a semicolon', raw: get(`${yl}/incoming_call?r=101;ext=5&c=2`), status: 200, path: incoming, params: { r: '101;ext=5', c: '2' } },
  {
    name: 'the longest URL of the guide (511)',
    raw: get(`${yl}/incoming_call?r=${'5'.repeat(478)}`),
    status: 200,
    path: incoming,
    params: { r: '5'.repeat(478) },
  },
  {
    name: 'a URL far beyond it',
    raw: get(`${yl}/incoming_call?c=7&n=${'x'.repeat(6000)}`),
    status: 200,
    path: incoming,
    params: { c: '7', n: 'x'.repeat(6000) },
  },
  // ——— what is not escaped ———
  { name: 'a raw plus stays a plus', raw: get(`${yl}/incoming_call?r=+48857221122`), status: 200, path: incoming, params: { r: '+48857221122' } },
  { name: 'an escaped plus', raw: get(`${yl}/incoming_call?r=%2B48857221122`), status: 200, path: incoming, params: { r: '+48857221122' } },
  { name: 'a raw space', raw: get(`${yl}/incoming_call?c=1&n=Jan Kowalski`), status: 200, path: incoming, params: { c: '1', n: 'Jan Kowalski' } },
  { name: 'many raw spaces', raw: get(`${yl}/incoming_call?n=Jan   de la  Cruz&c=1`), status: 200, path: incoming, params: { n: 'Jan   de la  Cruz', c: '1' } },
  { name: 'a space at the end', raw: get(`${yl}/incoming_call?c=1&n=Jan `), status: 200, path: incoming, params: { c: '1', n: 'Jan' } },
  { name: 'a tab', raw: get(`${yl}/incoming_call?n=Jan\tKowalski`), status: 200, path: incoming, params: { n: 'Jan\tKowalski' } },
  { name: 'an escaped space', raw: get(`${yl}/incoming_call?n=Jan%20Kowalski`), status: 200, path: incoming, params: { n: 'Jan Kowalski' } },
  { name: 'raw UTF-8', raw: get(utf8(`${yl}/incoming_call?n=Żółć Łąka&c=1`)), status: 200, path: incoming, params: { n: 'Żółć Łąka', c: '1' } },
  { name: 'escaped UTF-8', raw: get(`${yl}/incoming_call?n=%C5%81%C3%B3d%C5%BA`), status: 200, path: incoming, params: { n: 'Łódź' } },
  { name: 'raw CP1250', raw: get(`${yl}/incoming_call?n=\xa3\xf3d\x9f&c=1`), status: 200, path: incoming, params: { n: 'Łódź', c: '1' } },
  { name: 'escaped CP1250', raw: get(`${yl}/incoming_call?n=%A3%F3d%9F`), status: 200, path: incoming, params: { n: 'Łódź' } },
  { name: 'half a UTF-8 letter', raw: get(`${yl}/incoming_call?c=1&n=Jan\xc5`), status: 200, path: incoming, params: { c: '1', n: 'JanĹ' } },
  {
    name: 'every other byte there is',
    raw: get(`${yl}/incoming_call?c=1&n=\x01\x02\x7f\x80\xff`),
    status: 200,
    path: incoming,
    params: { c: '1', n: '\x01\x02\x7f€˙' },
  },
  { name: 'a zero byte', raw: get(`${yl}/incoming_call?c=1&n=a\x00b`), status: 200, path: incoming, params: { c: '1', n: 'a\0b' } },
  { name: 'a percent sign that is no escape', raw: get(`${yl}/incoming_call?n=100%&c=1`), status: 200, path: incoming, params: { n: '100%', c: '1' } },
  { name: 'a broken escape', raw: get(`${yl}/incoming_call?n=%zz%4&c=1`), status: 200, path: incoming, params: { n: '%zz%4', c: '1' } },
  { name: 'a percent sign before an escape', raw: get(`${yl}/incoming_call?n=%%41`), status: 200, path: incoming, params: { n: '%A' } },
  {
    name: 'a feature code with #',
    raw: get(`${yl}/outgoing_call?d=*21*6014#&c=2`),
    status: 200,
    path: 'yealink TOKEN outgoing_call',
    params: { d: '*21*6014#', c: '2' },
  },
  { name: 'a question mark in a value', raw: get(`${yl}/incoming_call?n=who?&c=1`), status: 200, path: incoming, params: { n: 'who?', c: '1' } },
  { name: 'a slash in a value', raw: get(`${yl}/incoming_call?n=a/b/../c`), status: 200, path: incoming, params: { n: 'a/b/../c' } },
  { name: 'an ampersand in a name', raw: get(`${yl}/incoming_call?c=1&n=Smith & Co`), status: 200, path: incoming, params: { c: '1', n: 'Smith ', ' Co': '' } },
  {
    name: 'a name that forges what stood before it',
    raw: get(`${yl}/incoming_call?m=001565aabbcc&c=1&n=x&m=other&c=9`),
    status: 200,
    path: incoming,
    params: { m: '001565aabbcc', c: '1', n: 'x' },
  },
  {
    name: 'a name that ends like a request line',
    raw: get(`${yl}/incoming_call?c=1&n=x HTTP/1.1`),
    status: 200,
    path: incoming,
    params: { c: '1', n: 'x HTTP/1.1' },
  },
  {
    name: 'variables that were not filled',
    raw: get(`${yl}/on_hook?m=$mac&r=$remote`),
    status: 200,
    path: 'yealink TOKEN on_hook',
    params: { m: '$mac', r: '$remote' },
  },
  {
    name: 'a URL copied out of an XML file',
    raw: get(`${gs}/incomingCall?m=000b82&amp;r=1000`),
    status: 200,
    path: 'grandstream TOKEN incomingCall',
    params: { m: '000b82', r: '1000' },
  },
  { name: 'quotes, brackets, backslash, pipe', raw: get(`${yl}/incoming_call?n="'<>{}[]\\|^\``), status: 200, path: incoming, params: { n: '"\'<>{}[]\\|^`' } },
  { name: 'empty pieces in the query', raw: get(`${yl}/hold?&&c=1&&`), status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  // ——— the path ———
  { name: 'doubled slashes', raw: get(`//yealink//TOKEN//hold?c=1`), status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'a slash at the end', raw: get(`${yl}/hold/?c=1`), status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'an absolute target', raw: get(`http://10.20.30.41:8787${yl}/hold?c=1`), status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'an absolute target without a path', raw: get('http://10.20.30.41?c=1'), status: 403, path: '', params: { c: '1' } },
  { name: 'a target without its slash', raw: get('yealink/TOKEN/hold?c=1'), status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'Grandstream’s own example', raw: get('mac=000b82aabbcc&local=1012'), status: 403, path: 'mac=000b82aabbcc&local=1012', params: {} },
  { name: 'only a slash', raw: get('/'), status: 403, path: '', params: {} },
  { name: 'no target at all', raw: 'GET  HTTP/1.1\r\n\r\n', status: 403, path: '', params: {} },
  { name: 'a wrong token', raw: get('/yealink/nokeT/incoming_call'), status: 403, path: 'yealink nokeT incoming_call', params: {} },
  { name: 'something that is no event', raw: get(`${yl}/a/b`), status: 404, path: 'yealink TOKEN a b', params: {} },
  { name: 'an escaped slash stays in its place', raw: get('/yealink%2FTOKEN/hold'), status: 403, path: 'yealink/TOKEN hold', params: {} },
  {
    name: 'names that every object has',
    raw: get(`${yl}/__proto__?__proto__=1&constructor=2`),
    status: 200,
    path: 'yealink TOKEN __proto__',
    params: { ['__proto__']: '1', constructor: '2' },
  },
  // ——— the rest of the request ———
  { name: 'HTTP/1.0', raw: `GET ${yl}/hold?c=1 HTTP/1.0\r\n\r\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  {
    name: 'HTTP/1.1 without Host',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nConnection: close\r\n\r\n`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  { name: 'bare LF', raw: `GET ${yl}/hold?c=1 HTTP/1.1\nConnection: close\n\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'LF and CR LF mixed', raw: `GET ${yl}/hold?c=1 HTTP/1.1\nConnection: close\r\n\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'blank lines before it', raw: `\r\n\r\n\n${get(`${yl}/hold?c=1`)}`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'no version', raw: `GET ${yl}/hold?c=1\r\n\r\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'a version of the future', raw: `GET ${yl}/hold?c=1 HTTP/9.9\r\n\r\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'small letters', raw: `get ${yl}/hold?c=1 http/1.0\r\n\r\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' } },
  { name: 'hanging up after the request line', raw: `GET ${yl}/hold?c=1 HTTP/1.0\r\n`, status: 200, path: 'yealink TOKEN hold', params: { c: '1' }, end: true },
  { name: 'hanging up within the request line', raw: `GET ${yl}/hold?c=1`, status: 400, end: true },
  { name: 'hanging up without a word', raw: '', status: 'closed', end: true },
  {
    name: 'headers that are none',
    raw: `GET ${yl}/hold?c=1 HTTP/1.0\r\nrubbish\r\n: x\r\n\xff\xfe: y\r\n\r\n`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  {
    name: 'a line break within a name',
    raw: `GET ${yl}/hold?c=1&n=Jan\nKowalski HTTP/1.1\r\nHost: a\r\n\r\n`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1', n: 'Jan' },
  },
  {
    name: 'a GET with a body',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  {
    name: 'a body whose length is nonsense',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nContent-Length: -4\r\n\r\nabcd`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  {
    name: 'two lengths',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  {
    name: 'a body in chunks',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  {
    name: 'a body longer than anybody reads',
    raw: `GET ${yl}/hold?c=1 HTTP/1.1\r\nContent-Length: 999999\r\n\r\n`,
    status: 200,
    path: 'yealink TOKEN hold',
    params: { c: '1' },
  },
  { name: 'HEAD looks and changes nothing', raw: `HEAD ${yl}/hold?c=1 HTTP/1.1\r\n\r\n`, status: 405 },
  { name: 'POST is not an event', raw: `POST ${yl}/hold?c=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nc=1`, status: 405 },
  { name: 'a method nobody knows', raw: `BREW ${yl}/hold HTTP/1.1\r\n\r\n`, status: 405 },
  // ——— what is no request ———
  { name: 'a TLS greeting', raw: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
  { name: 'a space before the method', raw: ` ${get(`${yl}/hold`)}`, status: 400 },
  { name: 'one word', raw: 'hello\r\n\r\n', status: 400 },
  { name: 'a SIP packet', raw: 'OPTIONS sip:101@10.20.30.41 SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n', status: 405 },
  { name: 'a request line of 8 kB', raw: `GET ${yl}/hold?n=${'a'.repeat(8192)} HTTP/1.1\r\n\r\n`, status: 431 },
  { name: 'headers of 8 kB', raw: `GET ${yl}/hold HTTP/1.1\r\nX: ${'a'.repeat(8192)}\r\n\r\n`, status: 431 },
  { name: 'blank lines without an end', raw: '\r\n'.repeat(5000), status: 431 },
  { name: 'a megabyte without a line', raw: `GET /${'a'.repeat(1_000_000)}`, status: 431 },
]

describe('what phones really send is understood', () => {
  test('the table is long enough to be worth its name', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60)
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length)
  })

  test.each(rows)('$name', async ({ raw, status, path, params, end }) => {
    const listener = await listen()
    const { answers, closed } = await exchange(listener.port, { pieces: [bytes(raw)], ...(end === undefined ? {} : { end }) })
    expect(closed).toBe(true)
    expect(answers.map((answer) => answer.status)).toEqual(status === 'closed' ? [] : [status])
    if (status === 200) expect(answers[0]).toMatchObject({ body: 'OK', head: expect.stringContaining('Content-Length: 2') })
    expect(listener.requests.map((request) => request.path.join(' '))).toEqual(path === undefined ? [] : [path])
    if (params !== undefined) expect(new Map(listener.requests[0]?.params)).toEqual(new Map(Object.entries(params)))
    expect((await exchange(listener.port, { pieces: [bytes(get(`${yl}/hold`))] })).answers[0]?.status).toBe(200)
  })

  test.each(rows.filter((row) => row.raw.length < 400))('$name — one byte a packet', async ({ raw, status, path, end }) => {
    const listener = await listen()
    const pieces = [...bytes(raw)].map((byte) => Buffer.from([byte]))
    const { answers } = await exchange(listener.port, { pieces, ...(end === undefined ? {} : { end }) })
    expect(answers.map((answer) => answer.status)).toEqual(status === 'closed' ? [] : [status])
    expect(listener.requests.map((request) => request.path.join(' '))).toEqual(path === undefined ? [] : [path])
  })
})
