import { appendFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startAgent } from '../../../src/agent/composition/compose.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { readAgentSecrets } from '../../../src/config/secrets.ts'
import type { Log } from '../../../src/log.ts'
import { startBroker } from '../../mqtt/fixture.ts'
import { deskFiles } from '../desk-fixture.ts'

/** A desk with these lines in its configuration, on a broker of its own: what it announces, and what it warns of at its start. */
async function startDesk(lines: readonly string[], profile: 'full' | 'events' = 'full') {
  const broker = await startBroker()
  const { configFile, phone } = await deskFiles('usc-12', broker.url)
  appendFileSync(configFile, `${lines.join('\n')}\n`)
  const config = loadAgentConfig(configFile)
  const warnings: string[] = []
  const nothing = () => {}
  const log = { info: nothing, debug: nothing, error: nothing, warn: (_: object, sentence: string) => void warnings.push(sentence) } as unknown as Log
  const agent = await startAgent({ ...config, broker: { ...config.broker, profile } }, readAgentSecrets(config).secrets, { log })
  onTestFinished(async () => {
    await agent.stop('the test is over')
    await phone.stop()
  })
  const about = 'third-ring/v1/um-test/usc-12/about'
  const announced = () => broker.heard.filter(({ topic }) => topic.startsWith('office/ha/'))
  await expect.poll(() => broker.on(about).length).toBeGreaterThan(0)
  return { announced, warnings }
}

describe('a desk announces itself to Home Assistant', () => {
  test('where its configuration says so, retained, below the prefix of the office', async () => {
    const { announced, warnings } = await startDesk(['homeAssistant: { discovery: true, prefix: office/ha }'])
    await expect.poll(() => announced().length).toBeGreaterThan(0)
    expect(announced()[0]).toMatchObject({ topic: 'office/ha/device/usc-12/config', retain: true })
    expect(JSON.parse(announced()[0]?.payload ?? '{}')).toMatchObject({ device: { identifiers: ['third-ring-usc-12'] }, components: { call: {} } })
    expect(warnings).toEqual([])
  })

  test('nowhere else: not without being told to', async () => {
    const { announced } = await startDesk(['homeAssistant: { prefix: office/ha }'])
    expect(announced()).toEqual([])
  })

  test('and not on a broker that keeps nothing, which is said at the start', async () => {
    const { announced, warnings } = await startDesk(['homeAssistant: { discovery: true, prefix: office/ha }'], 'events')
    expect(warnings).toContainEqual(expect.stringContaining('homeAssistant.discovery'))
    expect(announced()).toEqual([])
  })
})
