import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { expect, onTestFinished } from 'vitest'
import { loadAgentConfig } from '../../src/config/load.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, site } from '../agent/desk-fixture.ts'
import type { Read } from './mosquitto-sub.ts'

const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))

/** An agent in a process of its own, beside an emulated phone that speaks HTTP, on a real broker. */
export interface BusyDesk {
  readonly root: string
  readonly phone: EmulatedPhone
  readonly configFile: string
  start(): void
  /** SIGTERM, until it has ended. */
  stop(): Promise<void>
  publish(topic: string, payload: string): Promise<void>
  seat(occupied: boolean): Promise<void>
  /** Somebody who does not know the token tries the door. */
  knock(): Promise<void>
}

export async function createBusyDesk(url: string, name: string, moreConfig: readonly string[] = []): Promise<BusyDesk> {
  const { configFile, phone } = await deskFiles(name, url)
  appendFileSync(configFile, `${[`lamp: { driver: mqtt, topic: lamps/${name} }`, ...moreConfig].join('\n')}\n`)
  const client = await connectAsync(url, { protocolVersion: 5 })
  let child: ChildProcess | undefined
  onTestFinished(async () => {
    child?.kill('SIGKILL')
    await client.endAsync(true)
    await phone.stop()
  })
  const publish = async (topic: string, payload: string): Promise<void> => void (await client.publishAsync(topic, payload, { qos: 1 }))
  return {
    root: `third-ring/v1/${site}/${name}`,
    phone,
    configFile,
    start() {
      child = spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'ignore', 'inherit'] })
    },
    async stop() {
      const running = child
      if (running === undefined || running.exitCode !== null) return
      running.kill('SIGTERM')
      await once(running, 'exit')
    },
    publish,
    knock: async () => void (await fetch(`http://127.0.0.1:${loadAgentConfig(configFile).listen.port}/yealink/a-wrong-token-of-some-length/incoming_call`)),
    seat: (occupied) => publish(`sensors/${name}/seat`, JSON.stringify({ presence: occupied })),
  }
}

/** What a client has read of one desk so far. */
export function heardOf(read: readonly Read[], root: string) {
  const on = (topic: string) => read.filter((each) => each.topic === `${root}/${topic}`).map(({ payload }) => payload)
  const last = (topic: string): Record<string, unknown> => JSON.parse(on(topic).at(-1) ?? '{}')
  const types = () => on('event').map((payload) => (JSON.parse(payload) as { type: string }).type.replace('third-ring.', ''))
  return { on, last, types }
}

/**
 * As much as can happen at a desk in a minute: calls that are taken, held, transferred, missed and lost, a clerk who leaves, a phone that goes away, commands
 * good and bad, and a restart. Ends when the broker has heard of all of it.
 */
export async function haveBusyMinute(desk: BusyDesk, read: readonly Read[]): Promise<void> {
  const { phone, root } = desk
  const { on, last, types } = heardOf(read, root)
  const until = async (type: string, times = 1) => expect.poll(() => types().filter((each) => each === type).length).toBeGreaterThanOrEqual(times)
  // A level that changes fast is told only as it is in the end: what is to be seen must last.
  const shown = (state: string) => expect.poll(() => last('state')['calls']).toMatchObject([{ state }])
  const ask = (name: string, body: object) => desk.publish(`${root}/command/${name}`, JSON.stringify(body))
  const soon = () => new Date(Date.now() + 20_000).toISOString()

  desk.start()
  await expect.poll(() => last('state')['phone']).toMatchObject({ reachable: true })
  await desk.seat(true)
  const first = phone.ring({ number: '857654321', name: 'Żaneta Łoś' })
  await until('call.ring', 2)
  phone.answer(first)
  await shown('connected')
  phone.hold(first)
  await shown('held')
  phone.resume(first)
  await until('call.resumed')
  await ask('hold', { id: 'a-1', expires: soon() })
  await until('call.held', 2)
  phone.remoteHangsUp(first)
  await until('call.ended')

  const missed = phone.ring({ number: '600700800' })
  await expect.poll(() => last('state')['calls']).toMatchObject([{ ring: 3 }])
  phone.callerGivesUp(missed)
  await until('callback.opened')

  await desk.seat(true)
  const left = phone.ring({ number: '857654399' })
  phone.answer(left)
  await until('call.answered', 2)
  await desk.seat(true)
  await desk.seat(false)
  await until('hold.forced')
  phone.remoteHangsUp(left)
  await until('call.ended', 2)

  // Whoever was missed is called back; the clerk switches the loudspeaker on and hands the call over unannounced.
  const back = phone.dial('600700800')
  await shown('initiated')
  phone.remoteAnswers(back)
  await until('callback.closed')
  phone.speaker()
  await until('call.speaker-cue')
  phone.blindTransfer(back)
  await until('call.transferred')
  await desk.knock()
  await until('security.refused')
  phone.setDnd(true)
  await expect.poll(() => last('state')['phone']).toMatchObject({ dnd: true })

  await ask('identify', { id: 'a-2', expires: soon() })
  await ask('identify', { id: 'a-2', expires: soon() })
  await ask('hold', { id: 'a-3', expires: soon() })
  await ask('dance', { id: 'a-4', expires: soon() })
  await ask('callback.done', { id: 'a-5', expires: '2020-01-01T00:00:00Z' })
  await desk.publish(`${root}/command/hold`, 'no JSON')
  await expect.poll(() => on('reply').length).toBe(7)

  const port = Number(new URL(phone.url()).port)
  await phone.stop()
  await ask('lamp.test', { id: 'a-6', expires: soon() })
  await desk.stop()
  await expect.poll(() => on('availability').at(-1)).toBe('offline')
  await phone.start(port)
  desk.start()
  await until('agent.started', 2)
  await expect.poll(() => last('state')['phone']).toMatchObject({ reachable: true })
  await desk.stop()
  await until('agent.stopping', 2)
}
