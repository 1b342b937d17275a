import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemory, type PhoneMemory } from '../../src/phones/driver.ts'
import { createHttpClient, type HttpClient, type LoginCredentials } from '../../src/phones/http-client.ts'
import { phoneLimits } from '../../src/phones/limits.ts'
import { createPasswords } from '../../src/phones/passwords.ts'
import { server as certificate, expired, key } from '../mqtt/certificates.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const oneLogin = (): LoginCredentials => ({ username: 'admin', passwords: createPasswords(() => ['secret']) })

async function serve(handler: Handler, tls?: string): Promise<string> {
  const server = tls === undefined ? createServer(handler) : createTlsServer({ cert: tls, key }, handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Client extends HttpClient {
  readonly refusals: (readonly [string, number])[]
  skip(ms: number): void
}

function client(
  url: string,
  options: { limits?: Partial<typeof phoneLimits>; memory?: PhoneMemory; anonymous?: true; passwords?: () => readonly string[] } = {},
): Client {
  const refusals: [string, number][] = []
  const credentials = options.passwords === undefined ? oneLogin() : { username: 'admin', passwords: createPasswords(options.passwords) }
  let skippedMs = 0
  const made = createHttpClient({
    url,
    now: () => performance.now() + skippedMs,
    onRefused: (reason, retryMs) => refusals.push([reason, retryMs]),
    ...(options.anonymous === undefined ? { credentials } : {}),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.memory === undefined ? {} : { memory: options.memory }),
  })
  onTestFinished(() => made.stop())
  return {
    ...made,
    refusals,
    skip: (ms) => {
      skippedMs += ms
    },
  }
}

describe('an answer', () => {
  test('comes with status and body, and the path goes out to the letter', async () => {
    const paths: (string | undefined)[] = []
    const url = await serve((request, response) => {
      paths.push(request.url)
      response.writeHead(404).end('no')
    })
    expect(await client(url).ask({ path: '/servlet?key=HOLD:33093;x' })).toMatchObject({ kind: 'answered', status: 404, body: 'no' })
    expect(paths).toEqual(['/servlet?key=HOLD:33093;x'])
  })

  test('that sends us elsewhere is not followed: the password goes nowhere else', async () => {
    let elsewhere = 0
    const other = await serve((_, response) => {
      elsewhere += 1
      response.end()
    })
    const url = await serve((_, response) => response.writeHead(302, { Location: other }).end())
    expect(await client(url).ask({ path: '/' })).toMatchObject({ kind: 'answered', status: 302 })
    expect(elsewhere).toBe(0)
  })

  test('that is too long, breaks off, is no HTTP or never ends is “unreachable”, and says that the phone may have heard', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/long') response.end('x'.repeat(200))
      if (request.url === '/break') request.socket.destroy()
      if (request.url === '/slow') response.write('x')
    })
    const asking = client(url, { limits: { bodyBytesMax: 100, timeoutMs: 100 } })
    for (const path of ['/long', '/break', '/slow', '/mute']) expect(await asking.ask({ path })).toMatchObject({ kind: 'unreachable', sent: true })
    const odd = createTcpServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-dropbear\r\n'))
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void odd.close())
    expect(await client(`http://127.0.0.1:${(odd.address() as AddressInfo).port}`).ask({ path: '/' })).toMatchObject({ kind: 'unreachable', sent: true })
  })

  test('that cannot come, because nobody listens, says that nothing was sent', async () => {
    expect(await client('http://127.0.0.1:9').ask({ path: '/' })).toMatchObject({
      kind: 'unreachable',
      sent: false,
      reason: expect.stringContaining('web server'),
    })
  })

  test('with headers that no standard knows is read all the same', async () => {
    const odd = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.0 200 OK\r\nSet-Cookie: HttpOnly\r\nBad Header\x01: ż\r\n\r\nfine'))
    })
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void odd.close())
    const answer = await client(`http://127.0.0.1:${(odd.address() as AddressInfo).port}`).ask({ path: '/' })
    expect(['answered', 'unreachable']).toContain(answer.kind)
  })
})

describe('one at a time', () => {
  test('never two requests at once, commands before readings that wait, and no faster than keys can be pressed', async () => {
    const seen: { readonly url: string | undefined; readonly at: number }[] = []
    let open = 0
    let most = 0
    const url = await serve((request, response) => {
      seen.push({ url: request.url, at: performance.now() })
      open += 1
      most = Math.max(most, open)
      setTimeout(() => {
        open -= 1
        response.end()
      }, 15)
    })
    const asking = client(url, { limits: { keyGapMs: 500 } })
    const reading = (name: string) => asking.ask({ path: `/${name}` })
    const command = (name: string) => asking.ask({ path: `/${name}`, command: true })
    await Promise.all([reading('a'), reading('b'), command('one'), reading('c'), command('two')])
    expect(seen.map((each) => each.url)).toEqual(['/a', '/one', '/two', '/b', '/c'])
    expect(most).toBe(1)
    expect((seen[2]?.at ?? 0) - (seen[1]?.at ?? 0)).toBeGreaterThan(250)
  })

  test('what is waited for can be withdrawn at the last moment', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.end()
    })
    const asking = client(url, { limits: { keyGapMs: 50 } })
    let still = true
    const first = asking.ask({ path: '/', command: true })
    const second = asking.ask({ path: '/', command: true, goAhead: () => still })
    still = false
    expect([await first, await second]).toMatchObject([{ kind: 'answered' }, { kind: 'withdrawn' }])
    expect(asked).toBe(1)
  })

  test('too many that wait are turned away, not kept', async () => {
    const url = await serve(() => {})
    const asking = client(url, { limits: { waitingMax: 2, timeoutMs: 50 } })
    const answers = await Promise.all(Array.from({ length: 5 }, () => asking.ask({ path: '/' })))
    expect(answers.map((answer) => 'sent' in answer && answer.sent)).toEqual([true, true, true, false, false])
  })

  test('stopping breaks off what is under way and answers what waits', async () => {
    let asked = 0
    const url = await serve(() => {
      asked += 1
    })
    const asking = client(url, { limits: { timeoutMs: 30_000 } })
    const answers = [asking.ask({ path: '/' }), asking.ask({ path: '/' }), asking.ask({ path: '/', command: true })]
    await expect.poll(() => asked).toBe(1)
    const stoppedAt = performance.now()
    asking.stop()
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ kind: 'unreachable', reason: 'the agent is stopping' })
    expect(performance.now() - stoppedAt).toBeLessThan(5000)
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'unreachable', sent: false })
  })
})

describe('the way in', () => {
  /** A phone's Digest without the arithmetic: it looks which nonce and which count it is given. */
  function digestPhone(nonces: readonly string[], stale = ''): { readonly handler: Handler; readonly headers: string[]; expire(): void } {
    const left = [...nonces]
    const headers: string[] = []
    return {
      headers,
      expire: () => void left.shift(),
      handler(request, response) {
        const header = request.headers.authorization ?? ''
        headers.push(header)
        if (header.includes(`nonce="${left[0]}"`)) response.end()
        else response.writeHead(401, { 'WWW-Authenticate': [`Basic realm="x"`, `Digest realm="x", qop="auth", nonce="${left[0]}"${stale}`] }).end()
      },
    }
  }

  test('Basic first; Digest when it is asked for, and from then on at once, each nonce counted from one', async () => {
    const phone = digestPhone(['n1', 'n2'])
    const asking = client(await serve(phone.handler))
    expect(await asking.ask({ path: '/' })).toMatchObject({ status: 200 })
    expect(await asking.ask({ path: '/' })).toMatchObject({ status: 200 })
    phone.expire()
    expect(await asking.ask({ path: '/' })).toMatchObject({ status: 200 })
    expect(
      phone.headers.map((header) => `${header.split(' ')[0]} ${/nonce="(\w+)"/.exec(header)?.[1] ?? ''} ${/nc=(\w+)/.exec(header)?.[1] ?? ''}`.trim()),
    ).toEqual(['Basic', 'Digest n1 00000001', 'Digest n1 00000002', 'Digest n1 00000003', 'Digest n2 00000001'])
    expect(asking.refusals).toEqual([])
  })

  test('a wrong password is tried once by Basic and once by Digest, and then not for five minutes', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.writeHead(401, { 'WWW-Authenticate': `Digest realm="x", nonce="${asked}"` }).end()
    })
    const asking = client(url)
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'refused', reason: expect.stringContaining('password') })
    expect(asked).toBe(2)
    asking.skip(phoneLimits.refusedBackOffMs - 1000)
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'refused' })
    expect(asked).toBe(2)
    expect(asking.refusals).toHaveLength(1)
    asking.skip(2000)
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'refused' })
    expect(asked).toBe(4)
    expect(asking.refusals).toHaveLength(2)
  })

  test('a password mended on the phone works after the back-off, also where Digest had been learnt', async () => {
    let mended = false
    const url = await serve((request, response) => {
      if (mended && request.headers.authorization?.includes('nonce="new"') === true) response.end()
      else response.writeHead(401, { 'WWW-Authenticate': `Digest realm="x", nonce="${mended ? 'new' : 'old'}"` }).end()
    })
    const asking = client(url)
    await asking.ask({ path: '/' })
    mended = true
    asking.skip(phoneLimits.refusedBackOffMs + 1)
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'answered', status: 200 })
  })

  describe('while its password is being changed', () => {
    /** A phone that says which passwords it was given, in order, and takes one of them. */
    async function phoneOf(wanted: { password: string; status?: number }) {
      const given: string[] = []
      const url = await serve((request, response) => {
        const [, password = ''] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
          .toString()
          .split(':')
        given.push(password)
        response.writeHead(password === wanted.password ? 200 : (wanted.status ?? 401)).end()
      })
      return { given, url }
    }
    const ask = (asking: Client) => asking.ask({ path: '/' }).then((answer) => (answer.kind === 'answered' ? answer.status : answer.kind))

    test('the one before serves until the phone wants the new one, and each change costs one further attempt', async () => {
      const wanted = { password: 'old' }
      const { given, url } = await phoneOf(wanted)
      const asking = client(url, { passwords: () => ['new', 'old'] })
      expect([await ask(asking), await ask(asking)]).toEqual([200, 200])
      wanted.password = 'new'
      expect([await ask(asking), await ask(asking)]).toEqual([200, 200])
      expect(given).toEqual(['new', 'old', 'old', 'old', 'new', 'new'])
      expect(asking.refusals).toEqual([])
    })

    test('one that was written while the old one works is used when that is taken out, without a wrong attempt', async () => {
      const wanted = { password: 'old' }
      const { given, url } = await phoneOf(wanted)
      let written = ['old']
      const asking = client(url, { passwords: () => written })
      await ask(asking)
      written = ['new', 'old']
      await ask(asking)
      wanted.password = 'new'
      written = ['new']
      await ask(asking)
      expect(given).toEqual(['old', 'old', 'new'])
    })

    test('a phone that takes neither is asked twice, then told of, and from then on once a back-off, with one or the other', async () => {
      const { given, url } = await phoneOf({ password: 'none of them' })
      const asking = client(url, { passwords: () => ['new', 'old'] })
      expect([await ask(asking), await ask(asking)]).toEqual(['refused', 'refused'])
      expect(given).toEqual(['new', 'old'])
      for (let round = 0; round < 3; round += 1) {
        asking.skip(phoneLimits.refusedBackOffMs + 1)
        expect(await ask(asking)).toBe('refused')
      }
      expect(given).toEqual(['new', 'old', 'new', 'old', 'new'])
      expect(asking.refusals).toHaveLength(4)
    })

    test('a phone that may have locked itself (403) is asked nothing more', async () => {
      const { given, url } = await phoneOf({ password: 'none of them', status: 403 })
      const asking = client(url, { passwords: () => ['new', 'old'] })
      expect(await ask(asking)).toBe('refused')
      expect(given).toHaveLength(1)
    })

    test('over Digest it is one attempt with each, and no password twice', async () => {
      const given: string[] = []
      const url = await serve((request, response) => {
        given.push(request.headers.authorization?.split(' ')[0] ?? '')
        response.writeHead(401, { 'WWW-Authenticate': `Digest realm="x", nonce="${given.length}"` }).end()
      })
      expect(await ask(client(url, { passwords: () => ['new', 'old'] }))).toBe('refused')
      expect(given).toEqual(['Basic', 'Digest', 'Digest'])
    })
  })

  test('without credentials of ours a 401 is an answer like any other', async () => {
    const url = await serve((_, response) => response.writeHead(401).end())
    const asking = client(url, { anonymous: true })
    expect(await asking.ask({ path: '/' })).toMatchObject({ kind: 'answered', status: 401 })
    expect(asking.refusals).toEqual([])
  })
})

describe('a phone over https', () => {
  test('is known again by its certificate, whoever signed it; with another one it is told nothing', async () => {
    const memory = createMemory()
    let told = 0
    const handler: Handler = (_, response) => {
      told += 1
      response.end('fine')
    }
    const url = await serve(handler, certificate)
    expect(await client(url, { memory }).ask({ path: '/' })).toMatchObject({ kind: 'answered', body: 'fine' })
    expect(await client(url, { memory }).ask({ path: '/' })).toMatchObject({ kind: 'answered' })
    const impostor = await serve(handler, expired)
    const fingerprint = memory.recall(`certificate/${new URL(url).host}/unknown`) ?? ''
    expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    memory.remember(`certificate/${new URL(impostor).host}/unknown`, fingerprint)
    expect(await client(impostor, { memory }).ask({ path: '/' })).toMatchObject({
      kind: 'unreachable',
      sent: false,
      reason: expect.stringContaining('another certificate'),
    })
    expect(told).toBe(2)
  })

  test('that speaks no TLS is an outcome', async () => {
    const sockets = new Set<Socket>()
    const plain = createTcpServer((socket) => void sockets.add(socket.on('error', () => {}).on('data', () => socket.end('no'))))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      plain.close()
    })
    expect(await client(`https://127.0.0.1:${(plain.address() as AddressInfo).port}`).ask({ path: '/' })).toMatchObject({ kind: 'unreachable', sent: false })
  })
})
