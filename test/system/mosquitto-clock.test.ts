import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { ca, server as certificate, key } from '../mqtt/certificates.ts'
import { installMosquitto, startMosquitto } from './mosquitto.ts'

beforeAll(installMosquitto)

test('a machine that has lost its time with its power says so, and is connected as soon as its clock is set', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-clock-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = (name: string): string => join(directory, name)
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-o', file('clock.so'), join(import.meta.dirname, 'clock-of-1970.c'), '-ldl'])
  writeFileSync(file('ca.pem'), ca)
  const broker = await startMosquitto({ tls: { cert: certificate, key } })
  const desk = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'mosquitto-desk.ts'), broker.url, file('ca.pem')], {
    env: { ...process.env, LD_PRELOAD: file('clock.so'), CLOCK_SET: file('set') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void desk.kill('SIGKILL'))
  let said = ''
  desk.stdout.on('data', (text: Buffer) => {
    said += text.toString()
  })
  await expect.poll(() => said).toContain('"reason":"wrong-clock"')
  expect(said).not.toContain('connected to the broker')
  writeFileSync(file('set'), '')
  await expect.poll(() => said).toContain('connected to the broker')
})
