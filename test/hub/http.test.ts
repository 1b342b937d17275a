import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { officeOf, type RunningHub, startDesk, startHub } from './fixture.ts'

let running: RunningHub
const undo: (() => unknown)[] = []

beforeEach(async () => {
  running = await startHub()
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await running.stop()
})

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

/** A request with exactly these headers; `fetch` would not let us lie in `Host`. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(running.urls.page)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

const ours = { 'content-type': 'application/json', 'x-third-ring': '1' }
const post = (path: string, headers: Record<string, string> = ours, body: string | Buffer = '{}') => ask(path, { method: 'POST', headers, body })
const place = () => new URL(running.urls.page).host

describe('the page', () => {
  test.each([
    ['/', 'text/html'],
    ['/style.css', 'text/css'],
    ['/app.js', 'text/javascript'],
    ['/i18n/pl.js', 'text/javascript'],
    ['/icon.svg', 'image/svg+xml'],
  ])('%s is %s, with the headers that keep it to itself', async (path, type) => {
    const { status, headers } = await ask(path)
    expect(status).toBe(200)
    expect(headers['content-type']).toContain(type)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })

  test('is not sent again if the browser has it', async () => {
    const { headers } = await ask('/app.js')
    expect(await ask('/app.js', { headers: { 'if-none-match': String(headers['etag']) } })).toMatchObject({ status: 304, text: '' })
  })

  test('is all that can be read: no path leads to the disk', async () => {
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/i18n/../../package.json',
      '//etc/passwd',
      '/index.html',
      '/i18n/',
      '/%00',
      '/constructor',
    ]) {
      expect((await ask(path)).status, path).toBe(404)
    }
  })

  test('loads nothing that is not in the fixed list, and everything in it', async () => {
    const seen = new Set<string>()
    const follow = async (path: string): Promise<void> => {
      if (seen.has(path)) return
      seen.add(path)
      const { status, text } = await ask(path)
      expect(status, path).toBe(200)
      const found = [...text.matchAll(/(?:src|href)="(\/[^"#]+)"|from '(\.{1,2}\/[^']+)'/g)].map(
        ([, link, module]) => link ?? new URL(module ?? '', `http://x${path}`).pathname,
      )
      for (const next of found) await follow(next)
      expect(text, `${path} must not load from elsewhere`).not.toMatch(/(?:src|href)="(?:https?:)?\/\/|url\((?!#)|@import/)
    }
    await follow('/')
    expect(seen.size).toBeGreaterThan(10)
  })
})

describe('the interface', () => {
  test('shows the office, the lamps’ table and the hub’s health, never cached', async () => {
    const office = await ask('/api/office')
    expect(office.headers['cache-control']).toBe('no-store')
    expect(JSON.parse(office.text)).toMatchObject({ site: 'um-bialystok', timeZone: 'Europe/Warsaw', commands: true, demo: { speed: 1 } })
    expect(JSON.parse((await ask('/api/lamp-patterns')).text)).toHaveProperty('ring-warning')
    await expect.poll(async () => JSON.parse((await ask('/healthz')).text)).toMatchObject({ ok: true, broker: true, desks: 0 })
  })

  test('answers 404 and 405 in JSON', async () => {
    expect(JSON.parse((await ask('/api/nothing')).text)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect((await ask('/api/office', { method: 'DELETE' })).status).toBe(405)
    expect((await post('/api/desks/usc-12/commands/replay')).status).toBe(404)
    expect((await post('/api/desks/USC/commands/hold')).status).toBe(404)
    expect((await post('/api/office')).status).toBe(404)
  })

  test('carries a command to the desk and its answer back', async () => {
    const desk = await startDesk(running.urls, 'usc-12')
    undo.push(() => desk.stop())
    await expect.poll(async () => (await ask('/healthz')).status).toBe(200)
    expect(await post('/api/desks/usc-12/commands/lamp.test')).toMatchObject({ status: 200, text: '{"ok":true}' })
    expect(desk.commands).toMatchObject([{ name: 'lamp.test', body: { id: expect.any(String), expires: expect.any(String) } }])
  })

  test('hands the demonstration its actions, its “no”, and its speed', async () => {
    expect(JSON.parse((await post('/api/demo/usc-12/stand-up')).text)).toEqual({ ok: true })
    expect(JSON.parse((await post('/api/demo/usc-12/resume')).text)).toMatchObject({ ok: false, error: { message: 'no call is on hold' } })
    expect(JSON.parse((await post('/api/demo/usc-12/explode')).text)).toMatchObject({ ok: false, error: { code: 'UNKNOWN_ACTION' } })
    expect(JSON.parse((await post('/api/demo/speed', ours, '{"speed":5}')).text)).toEqual({ ok: true })
    expect(JSON.parse((await post('/api/demo/speed', ours, '{"speed":1e9}')).text)).toMatchObject({ error: { code: 'UNKNOWN_SPEED' } })
    expect(running.asked).toEqual(['usc-12 stand-up', 'usc-12 resume', 'speed 5'])
    expect(JSON.parse((await ask('/api/office')).text)).toMatchObject({ demo: { speed: 5 } })
  })

  test('commands nothing where anybody on a network could ask', async () => {
    const shown = await startHub({ http: { host: '127.0.0.1', port: 0, commands: false } })
    undo.push(() => shown.stop())
    const response = await fetch(`${shown.urls.page}api/desks/usc-12/commands/hold`, { method: 'POST', headers: ours, body: '{}' })
    expect(response.status).toBe(404)
    const open = await startHub({ http: { host: '0.0.0.0', port: 0 }, broker: { embedded: { host: '127.0.0.1', port: 0 } } })
    undo.push(() => open.stop())
    expect(await officeOf(open)).toMatchObject({ commands: false })
  })
})

describe('who may ask', () => {
  test('a browser under a name of ours, and no other (DNS rebinding)', async () => {
    const { port } = new URL(running.urls.page)
    const status = async (host: string) => (await ask('/api/office', { headers: { host } })).status
    expect(await status(`127.0.0.1:${port}`)).toBe(200)
    expect(await status(`localhost:${port}`)).toBe(200)
    expect(await status(`LocalHost:${port}`)).toBe(200)
    expect(await status(`evil.example:${port}`)).toBe(421)
    expect(await status('evil.example')).toBe(421)
    expect(await status(`127.0.0.2:${port}`)).toBe(421)
    expect(await status('127.0.0.1:1')).toBe(421)
    expect(await status(`127.0.0.1:${port}@evil.example`)).toBe(421)
  })

  test('a name that the office chose', async () => {
    const named = await startHub({ http: { host: '127.0.0.1', port: 0, names: ['hub.example'] } })
    undo.push(() => named.stop())
    await running.stop()
    running = named
    expect((await ask('/api/office', { headers: { host: 'hub.example' } })).status).toBe(200)
    expect((await ask('/api/office', { headers: { host: 'hub.example.evil.example' } })).status).toBe(421)
  })

  test.each<[string, Record<string, string>, number]>([
    ['our page', { ...ours, 'sec-fetch-site': 'same-origin' }, 200],
    ['a program without our header', { 'content-type': 'application/json' }, 403],
    ['a form of a foreign page', { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' }, 403],
    ['a foreign page with our header', { ...ours, 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbouring host’s page', { ...ours, 'sec-fetch-site': 'same-site' }, 403],
    ['a foreign origin', { ...ours, origin: 'http://evil.example' }, 403],
    ['a page without origin', { ...ours, origin: 'null' }, 403],
    ['a body of another type', { ...ours, 'content-type': 'text/plain' }, 400],
  ])('%s', async (_, headers, status) => {
    expect((await post('/api/demo/usc-12/answer', headers)).status).toBe(status)
    expect(running.asked).toHaveLength(status === 200 ? 1 : 0)
  })

  test('our own origin passes, its neighbour on another port does not', async () => {
    expect((await post('/api/demo/usc-12/answer', { ...ours, origin: `http://${place()}` })).status).toBe(200)
    expect((await post('/api/demo/usc-12/answer', { ...ours, origin: 'http://127.0.0.1:1' })).status).toBe(403)
  })

  test('a browser’s question whether a foreign page may send our header gets no consent', async () => {
    const { status, headers } = await ask('/api/demo/usc-12/answer', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(status).toBe(405)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('limits', () => {
  test('a body has an end, and must be an object', async () => {
    expect((await post('/api/demo/usc-12/answer', ours, `{"a":"${'x'.repeat(hubLimits.bodyBytesMax)}"}`)).status).toBe(413)
    expect((await post('/api/demo/usc-12/answer', ours, '[1]')).status).toBe(400)
    expect((await post('/api/demo/usc-12/answer', ours, '{')).status).toBe(400)
    expect((await post('/api/demo/usc-12/answer', ours, Buffer.from([0xff]))).status).toBe(400)
    expect(running.asked).toEqual([])
  })

  test('a body that is too long is answered before its end has come', async () => {
    const { port } = new URL(running.urls.page)
    const socket = connect(Number(port), '127.0.0.1')
    undo.push(() => socket.destroy())
    socket.on('error', () => {})
    const headers = `Host: 127.0.0.1:${port}\r\nX-Third-Ring: 1\r\nContent-Type: application/json\r\nContent-Length: 1000000`
    socket.write(`POST /api/demo/usc-12/answer HTTP/1.1\r\n${headers}\r\n\r\n${' '.repeat(hubLimits.bodyBytesMax + 1)}`)
    let text = ''
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('one address may ask only so often', async () => {
    const answers = await Promise.all(Array.from({ length: hubLimits.requestBurst + 15 }, () => post('/api/demo/usc-12/answer')))
    const slowed = answers.filter(({ status }) => status === 429).length
    expect(slowed).toBeGreaterThan(0)
    expect(running.asked).toHaveLength(answers.length - slowed)
    expect((await ask('/api/office')).status).toBe(200)
  })

  test('whatever comes in, the hub goes on', async () => {
    const { port } = new URL(running.urls.page)
    for (const text of [
      '\0\0\0',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'POST /api/demo/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.end(text)
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
    }
    expect((await ask('/api/office')).status).toBe(200)
  })
})
