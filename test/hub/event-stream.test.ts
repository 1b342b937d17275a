import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { officeOf, type RunningHub, type ScriptedDesk, startDesk, startHub, stateOf, viewersOf } from './fixture.ts'

let running: RunningHub
let desk: ScriptedDesk
const undo: (() => unknown)[] = []

beforeEach(async () => {
  running = await startHub()
  desk = await startDesk(running.urls, 'usc-12')
  await expect.poll(async () => (await fetch(`${running.urls.page}healthz`)).status).toBe(200)
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await desk.stop()
  await running.stop()
})

interface Frame {
  readonly id: string | undefined
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Watches like a browser. The frames grow as they come; without `clock`, which tells nothing of the office. */
async function watch(lastEventId?: string) {
  const giveUp = new AbortController()
  const response = await fetch(`${running.urls.page}api/events`, { signal: giveUp.signal, headers: lastEventId ? { 'last-event-id': lastEventId } : {} })
  const frames: Frame[] = []
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        const event = field('event')
        if (event !== undefined && event !== 'clock') frames.push({ id: field('id'), event, data: JSON.parse(field('data') ?? 'null') })
      }
    }
  })().catch(() => {})
  const close = async () => {
    giveUp.abort()
    await reading
  }
  undo.push(close)
  return { response, frames, close, ended: reading, names: () => frames.map(({ event }) => event) }
}

describe('server-sent events', () => {
  test('begin with the office as it is, then tell each change', async () => {
    await desk.level('availability', 'online')
    await expect.poll(async () => (await officeOf(running)).desks.length).toBe(1)
    const { response, frames, names } = await watch()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('no-store')
    await expect.poll(names).toEqual(['snapshot'])
    expect(frames[0]?.data).toMatchObject({ desks: [{ id: 'usc-12', availability: 'online' }], broker: { connected: true } })
    await desk.level('state', stateOf(Date.now(), { lamp: 'ring-first' }))
    await desk.event('call.ring', { call: 'c1', ring: 1 })
    await expect.poll(names).toEqual(['snapshot', 'desk', 'event'])
    expect(frames[2]?.data).toMatchObject({ desk: 'usc-12', type: 'call.ring', data: { ring: 1 } })
  })

  test('go on where a browser was cut off', async () => {
    const first = await watch()
    await desk.level('availability', 'online')
    await expect.poll(first.names).toEqual(['snapshot', 'desk'])
    await first.close()
    await desk.event('call.ring', { call: 'c1', ring: 1 })
    await desk.event('call.ring', { call: 'c1', ring: 2 })
    await expect.poll(async () => (await officeOf(running)).log.length).toBe(2)
    const again = await watch(first.frames.at(-1)?.id)
    await expect.poll(again.names).toEqual(['event', 'event'])
    expect(again.frames.map(({ data }) => (data['data'] as { ring: number }).ring)).toEqual([1, 2])
    const upToDate = await watch(again.frames.at(-1)?.id)
    await desk.event('call.ring', { call: 'c1', ring: 3 })
    await expect.poll(upToDate.names).toEqual(['event'])
  })

  test.each(['', 'nonsense', 'other-run.1', '.1', 'a.b.c', '1e99'])('begin anew for an id that says nothing (%j)', async (id) => {
    await expect.poll((await watch(id)).names).toEqual(['snapshot'])
  })

  test('begin anew for an id from the future, and for one that is no longer kept', async () => {
    const first = await watch()
    await desk.level('availability', 'online')
    await expect.poll(first.names).toEqual(['snapshot', 'desk'])
    const [run, number] = first.frames.at(-1)?.id?.split('.') ?? []
    const opening = async (id: string) => {
      const { names } = await watch(id)
      await expect.poll(names).not.toEqual([])
      return names()[0]
    }
    expect(await opening(`${run}.${Number(number) + 1}`)).toBe('snapshot')
    expect(await opening(`${run}.-1`)).toBe('snapshot')
    expect(await opening(`${run}.${Number(number) - 1}`)).toBe('desk')
    for (let index = 0; index < hubLimits.replayFramesMax + 1; index += 100) {
      await Promise.all(Array.from({ length: 100 }, () => desk.level('availability', 'online')))
    }
    await expect.poll(() => opening(`${run}.${number}`)).toBe('snapshot')
  })

  test('tell that the hub stops by ending', async () => {
    const { ended, names } = await watch()
    await expect.poll(names).toEqual(['snapshot'])
    await running.stop()
    await ended
    expect(names()).toEqual(['snapshot'])
  })

  test('are for so many readers, and the next is told', async () => {
    const { port } = new URL(running.urls.page)
    for (let count = 0; count < hubLimits.viewersMax; count++) {
      const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: `127.0.1.${1 + Math.floor(count / hubLimits.viewersPerAddressMax)}` })
      undo.push(() => socket.destroy())
      socket.on('error', () => {})
      socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      socket.resume()
    }
    await expect.poll(() => viewersOf(running)).toBe(hubLimits.viewersMax)
    expect((await fetch(`${running.urls.page}api/events`)).status).toBe(503)
  })

  test('are for so many readers at one address, and another address has its own', async () => {
    const { port } = new URL(running.urls.page)
    for (let count = 0; count < hubLimits.viewersPerAddressMax; count++) {
      const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: '127.0.1.1' })
      undo.push(() => socket.destroy())
      socket.on('error', () => {})
      socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      socket.resume()
    }
    await expect.poll(() => viewersOf(running)).toBe(hubLimits.viewersPerAddressMax)
    const one = connect({ port: Number(port), host: '127.0.0.1', localAddress: '127.0.1.1' })
    undo.push(() => one.destroy())
    one.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    expect(String(await new Promise((resolve) => one.once('data', resolve)))).toMatch(/^HTTP\/1\.1 503 /)
    const { ended: _ended, names } = await watch()
    await expect.poll(names).toEqual(['snapshot'])
  })

  test('end for a reader who does not read', { timeout: 15_000 }, async () => {
    const { port } = new URL(running.urls.page)
    const sleeper = connect(Number(port), '127.0.0.1')
    undo.push(() => sleeper.destroy())
    sleeper.on('error', () => {})
    sleeper.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    sleeper.pause()
    const viewers = () => viewersOf(running)
    await expect.poll(viewers).toBe(1)
    const calls = Array.from({ length: hubLimits.callsMax }, () => ({ id: 'x'.repeat(hubLimits.textMax), state: 'held' }))
    const long = stateOf(Date.now(), { calls })
    for (let sent = 0; (await viewers()) === 1 && sent < 4000; sent += 50) await Promise.all(Array.from({ length: 50 }, () => desk.level('state', long)))
    expect(await viewers()).toBe(0)
    expect(running.logged.join('\n')).toContain('slow viewer dropped')
  })
})
