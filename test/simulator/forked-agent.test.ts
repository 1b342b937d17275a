import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { startDemoAgent } from '../../src/simulator/demo-agents.ts'
import { demoDesks } from '../../src/simulator/demo-desks.ts'
import type { ForkedAgent } from '../../src/simulator/forked-agent.ts'
import { createScaledTime } from '../../src/simulator/scaled-clock.ts'

const patience = { timeout: 60_000, interval: 50 }
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

test('the agent of a desk is a process: it is killed, told of, started again on the same journal, and nothing is left at the end', async () => {
  const agent = await openAgent()
  await agent.started()
  let deaths = 0
  agent.onDeath(() => {
    deaths += 1
  })
  agent.setSpeed(5)
  agent.kill()
  await expect.poll(() => deaths, patience).toBe(1)
  expect(agent.running()).toBe(false)
  agent.start()
  agent.start()
  await agent.started()
  expect(agent.running()).toBe(true)
  await agent.stop()
  expect(agent.running()).toBe(false)
  agent.start()
  expect(agent.running()).toBe(false)
  expect(deaths).toBe(1)
}, 120_000)

test('one that cannot start says why', async () => {
  const agent = await openAgent({ listen: { host: '192.0.2.1', port: 1, tokenFile: 'unused', allow: ['127.0.0.1'] } })
  await expect(agent.started()).rejects.toThrow('192.0.2.1')
}, 120_000)

/** Nobody answers for its phone or its broker, which is no reason not to start. */
async function openAgent(parts: object = {}): Promise<ForkedAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-forked-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const desk = demoDesks.find(({ killable }) => killable)
  if (desk === undefined) throw new Error('no desk of the demonstration can be killed')
  const written = {
    phone: { vendor: 'yealink', mac: desk.mac, url: 'http://127.0.0.1:9', username: 'admin', passwordFile: 'unused' },
    listen: { host: '127.0.0.1', port: 0, tokenFile: 'unused', allow: ['127.0.0.1'] },
    seat: { driver: 'none' },
    lamp: { driver: 'none' },
    ...parts,
  }
  const place = { mqtt: 'mqtt://127.0.0.1:9', folder, time: createScaledTime(), log: pino({ level: 'silent' }) }
  const { forked } = await startDemoAgent(desk, written, place)
  if (forked === undefined) throw new Error('it is no process')
  undo.push(forked.stop)
  return forked
}
