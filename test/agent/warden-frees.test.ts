import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, site, watch } from './desk-fixture.ts'
import { desk, type ForwardedDesk, forwardedDesk, substitute } from './forwarded-desk.ts'

/** Real processes: an agent, a hub with its warden, an emulated phone over HTTP, a broker between them. */
const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))
const graceMs = 1500

interface WardenHub {
  start(): Promise<void>
  kill(): Promise<void>
  office(): Promise<{ readonly warden: readonly object[]; readonly alarms: readonly { readonly kind: string }[] }>
}

/** A hub on the desk’s broker, whose warden knows the desk’s phone. */
async function wardenHub(at: ForwardedDesk): Promise<WardenHub> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-warden-hub-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const port = await freePort()
  const phone = { vendor: 'yealink', url: at.wire.url, username: 'admin', passwordFile: 'password', substitutes: [substitute] }
  writeFileSync(join(directory, 'password'), 'secret-of-the-phone\n', { mode: 0o600 })
  writeFileSync(join(directory, 'phones.yaml'), JSON.stringify({ phones: { [desk]: phone } }))
  const warden = { graceMs, phonesFile: 'phones.yaml' }
  const config = { site, http: { port }, broker: { url: at.brokerUrl }, store: { directory: 'store' }, warden, log: { level: 'warn' } }
  writeFileSync(join(directory, 'hub.yaml'), JSON.stringify(config))
  let child: ChildProcess | undefined
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}/${path}`)).json()
  const hub: WardenHub = {
    async start() {
      child = spawn(process.execPath, [program, 'hub', '--config', join(directory, 'hub.yaml')], { stdio: ['ignore', 'ignore', 'inherit'] })
      await expect.poll(() => get('healthz').catch(() => undefined), { timeout: 20_000 }).toMatchObject({ broker: true, warden: { answersFor: 1 } })
    },
    async kill() {
      const [dead] = [child]
      if (dead === undefined || dead.exitCode !== null || dead.signalCode !== null) return
      dead.kill('SIGKILL')
      await once(dead, 'exit')
    },
    office: () => get('api/office') as ReturnType<WardenHub['office']>,
  }
  onTestFinished(hub.kill)
  return hub
}

/** The clerk leaves, until somebody has noticed: the seat's word is heard only once the agent has its broker. Who leaves again has come back before. */
async function untilForwarded(at: ForwardedDesk): Promise<void> {
  const leaves = async () => {
    if (at.target() === undefined) await at.leave()
    return at.target()
  }
  await expect.poll(leaves, { interval: 3000, timeout: 60_000 }).toBe(substitute.number)
  await expect.poll(() => at.eyes.last('state')).toMatchObject({ forwarding: { lease: { state: 'held', target: substitute.desk } } })
}

test('an agent is killed while its phone is forwarded: the warden frees it after the grace and says so, and the agent that comes back is not misled', async () => {
  const at = await forwardedDesk()
  const hub = await wardenHub(at)
  const said = await watch(at.brokerUrl, 'hub')
  onTestFinished(() => said.end())
  await hub.start()
  await at.start()
  await untilForwarded(at)

  const killedAt = performance.now()
  await at.kill()
  await expect.poll(() => said.last('warden')).toMatchObject({ leases: [{ desk, state: 'waiting' }] })
  await expect.poll(at.target, { timeout: 15_000 }).toBeUndefined()
  expect(performance.now() - killedAt).toBeGreaterThanOrEqual(graceMs)
  await expect.poll(() => said.last('warden')).toMatchObject({ desks: [desk], leases: [{ desk, state: 'undone', target: substitute.desk }] })
  await expect.poll(hub.office).toMatchObject({ warden: [{ desk, state: 'undone' }] })
  await expect.poll(async () => (await hub.office()).alarms.map(({ kind }) => kind)).toContain('warden.freed')

  at.comeBack()
  await at.start()
  await expect.poll(() => at.eyes.last('state')).toMatchObject({ forwarding: { state: 'off', lease: null } })
  await expect.poll(() => said.last('warden')).toMatchObject({ leases: [] })
  expect(at.target()).toBeUndefined()
})

test('the hub is killed, too, in the middle of the grace: the phone is free after the next one has started', async () => {
  const at = await forwardedDesk()
  const hub = await wardenHub(at)
  await hub.start()
  await at.start()
  await untilForwarded(at)
  await at.kill()
  await hub.kill()
  expect(at.target()).toBe(substitute.number)
  await hub.start()
  await expect.poll(at.target, { timeout: 20_000 }).toBeUndefined()
  await expect.poll(hub.office).toMatchObject({ warden: [{ desk, state: 'undone' }] })
})

test('an agent that lives has its phone to itself, however often the hub dies', async () => {
  const at = await forwardedDesk()
  const hub = await wardenHub(at)
  await hub.start()
  await at.start()
  await untilForwarded(at)
  for (let time = 0; time < 2; time += 1) {
    await hub.kill()
    await hub.start()
    await new Promise((resolve) => setTimeout(resolve, 2 * graceMs))
    expect(at.target()).toBe(substitute.number)
    expect((await hub.office()).warden).toEqual([])
  }
})
