import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { adminLimits, createAdmin } from '../../src/agent/admin/admin.ts'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { startHub } from '../hub/fixture.ts'

interface Raw {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Bytes as they are, so that what Node's own client would never send is tried as well. Ends with the headers of an endless answer. */
function say(port: number, text: string): Promise<Raw | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    const done = () => {
      socket.destroy()
      const [head = '', ...body] = received.split('\r\n\r\n')
      const [first = '', ...lines] = head.split('\r\n')
      const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
      resolve(received === '' ? undefined : { status: Number(first.split(' ')[1]), headers, text: body.join('\r\n\r\n') })
    }
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      received += chunk
      if (/\r\ncontent-type: text\/event-stream/i.test(received)) done()
    })
    socket.on('error', () => {})
    socket.on('close', done)
    socket.write(text)
  })
}

const request = (method: string, path: string, headers: Readonly<Record<string, string>>) =>
  `${method} ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}Connection: close\r\n\r\n`

/** Every header, whatever the answer. A file of the page may be kept if it is asked for again (`no-cache`). */
function expectGuarded(answer: Raw | undefined, label: string): void {
  for (const [name, value] of Object.entries(securityHeaders)) {
    const allowed = name === 'cache-control' ? [value, 'no-cache'] : [value]
    expect(allowed, `${label}: ${name}`).toContain(answer?.headers[name])
  }
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) expect(answer?.headers, label).not.toHaveProperty(name)
}

const malformed: readonly (readonly [string, string])[] = [
  ['no request at all', '\0\0\0\r\n\r\n'],
  ['a version of the future', 'GET / HTTP/9.9\r\n\r\n'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
]

test('the policy lets in nothing inline, nothing from elsewhere, and no frame', () => {
  const policy = securityHeaders['content-security-policy']
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:|blob:/)
  expect(policy).toMatch(/^default-src 'none';/)
  expect(policy).toContain("frame-ancestors 'none'")
})

describe('the hub’s answers', () => {
  const ours = { 'X-Third-Ring': '1', 'Content-Type': 'application/json', 'Content-Length': '2' }
  test.each([
    [200, 'GET', '/', {}],
    [200, 'GET', '/app.js', {}],
    [200, 'GET', '/style.css', {}],
    [200, 'GET', '/icon.svg', {}],
    [200, 'GET', '/api/office', {}],
    [200, 'HEAD', '/api/office', {}],
    [200, 'GET', '/api/lamp-patterns', {}],
    [200, 'GET', '/api/events', {}],
    [404, 'GET', '/api/events?desk=usc-12', {}],
    [200, 'GET', '/metrics', {}],
    [200, 'POST', '/api/demo/usc-12/answer', ours],
    [400, 'POST', '/api/demo/usc-12/answer', { 'X-Third-Ring': '1', 'Content-Length': '2' }],
    [403, 'POST', '/api/demo/usc-12/answer', { 'Content-Length': '2' }],
    [404, 'GET', '/nothing', {}],
    [404, 'GET', '/../../etc/passwd', {}],
    [405, 'DELETE', '/api/office', {}],
    [405, 'OPTIONS', '/api/office', {}],
    [421, 'GET', '/', { Host: 'evil.example' }],
    [403, 'GET', '/mqtt', { Upgrade: 'websocket', Connection: 'Upgrade', Origin: 'http://evil.example' }],
  ])('%i %s %s carries every header', async (status, method, path, headers) => {
    const { urls, stop } = await startHub()
    onTestFinished(stop)
    const port = Number(new URL(urls.page).port)
    const answer = await say(port, `${request(method, path, { Host: `127.0.0.1:${port}`, ...headers })}${method === 'POST' ? '{}' : ''}`)
    expect(answer?.status).toBe(status)
    expectGuarded(answer, path)
  })

  test.each(malformed)('%s is answered with every header', async (label, text) => {
    const { urls, stop } = await startHub()
    onTestFinished(stop)
    const answer = await say(Number(new URL(urls.page).port), text)
    expect(answer?.status).toBeGreaterThanOrEqual(400)
    expectGuarded(answer, label)
  })
})

describe('the agent’s health and metrics', () => {
  async function admin(options: { readonly fails?: true; readonly names?: readonly string[] } = {}): Promise<number> {
    const health = async () => (options.fails ? Promise.reject(new Error('ours')) : { ok: true })
    const made = createAdmin({ host: '127.0.0.1', port: 0, ...(options.names ? { names: options.names } : {}) }, { healthz: health, metrics: async () => [] })
    await made.start()
    onTestFinished(() => made.stop())
    return made.port()
  }

  test.each([
    [200, 'GET', '/healthz', {}],
    [200, 'GET', '/metrics', {}],
    [404, 'GET', '/', {}],
    [405, 'POST', '/healthz', {}],
    [421, 'GET', '/healthz', { Host: 'evil.example' }],
    [421, 'GET', '/metrics', { Host: '' }],
  ])('%i %s %s carries every header', async (status, method, path, headers) => {
    const port = await admin()
    const answer = await say(port, request(method, path, { Host: `127.0.0.1:${port}`, ...headers }))
    expect(answer?.status).toBe(status)
    expectGuarded(answer, path)
  })

  test('a fault of ours carries every header, and nothing of the fault', async () => {
    const port = await admin({ fails: true })
    const answer = await say(port, request('GET', '/healthz', { Host: `127.0.0.1:${port}` }))
    expect(answer).toMatchObject({ status: 500, text: expect.not.stringContaining('ours') })
    expectGuarded(answer, 'fault')
  })

  test.each(malformed)('%s is answered with every header', async (label, text) => {
    const answer = await say(await admin(), text)
    expect(answer?.status).toBeGreaterThanOrEqual(400)
    expectGuarded(answer, label)
  })

  test('are asked for by address, by localhost, or by a name that was configured; a page that was re-pointed here learns nothing (DNS rebinding)', async () => {
    const port = await admin({ names: ['desk-12.office.example'] })
    const status = async (host: string) => (await say(port, request('GET', '/healthz', { Host: host })))?.status
    expect(await status(`127.0.0.1:${port}`)).toBe(200)
    expect(await status(`localhost:${port}`)).toBe(200)
    expect(await status(`desk-12.office.example:${port}`)).toBe(200)
    expect(await status(`evil.example:${port}`)).toBe(421)
    expect(await status('127.0.0.1:1')).toBe(421)
  })

  test('one address may ask only so often, and hold only so many connections; another one does not suffer', async () => {
    const port = await admin()
    const ask = () => say(port, request('GET', '/healthz', { Host: `127.0.0.1:${port}` }))
    const statuses: (number | undefined)[] = []
    for (let asked = 0; asked < adminLimits.rate.burst + 40; asked += 1) statuses.push((await ask())?.status)
    expect(statuses).toContain(429)
    const held = Array.from({ length: adminLimits.connectionsPerAddressMax }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    expect(await ask()).toBeUndefined()
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    other.write(request('GET', '/healthz', { Host: `127.0.0.1:${port}` }))
    expect(String(await new Promise((resolve) => other.once('data', resolve)))).toMatch(/^HTTP\/1\.1 200 /)
    for (const socket of [...held, other]) socket.destroy()
  })
})
