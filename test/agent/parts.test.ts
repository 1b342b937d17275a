import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createParts, type Part } from '../../src/agent/parts.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { deskFiles } from './desk-fixture.ts'

const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))

function createPart(name: string, said: string[], faults: { readonly start?: true; readonly stop?: true } = {}): Part {
  const say = async (word: string, fails: true | undefined): Promise<void> => {
    said.push(`${name} ${word}`)
    if (fails) throw new Error(`${name} cannot ${word}`)
  }
  return { start: () => say('start', faults.start), stop: () => say('stop', faults.stop) }
}

describe('the parts of an agent', () => {
  test('start in turn and stop the other way round, also when one of them cannot be stopped', async () => {
    const [said, errors]: [string[], unknown[]] = [[], []]
    const parts = createParts({ error: (fields) => void errors.push(fields) })
    await parts.start([createPart('door', said), createPart('lamp', said, { stop: true }), createPart('seat', said)])
    await parts.stop()
    await parts.stop()
    expect(said).toEqual(['door start', 'lamp start', 'seat start', 'seat stop', 'lamp stop', 'door stop'])
    expect(errors).toEqual([{ fault: 'Error: lamp cannot stop' }])
  })

  test('one that fails before it has begun to stop keeps nothing else from being stopped', async () => {
    const [said, errors]: [string[], unknown[]] = [[], []]
    const parts = createParts({ error: (fields) => void errors.push(fields) })
    const hasty: Part = {
      start: async () => {},
      stop() {
        throw new Error('cannot even begin')
      },
    }
    await parts.start([createPart('door', said), hasty])
    await parts.stop()
    expect(said).toEqual(['door start', 'door stop'])
    expect(errors).toEqual([{ fault: 'Error: cannot even begin' }])
  })

  test('where one cannot start, what has begun is stopped, that one too, and its own error is told', async () => {
    const said: string[] = []
    const parts = createParts({ error() {} })
    const list = [createPart('door', said, { stop: true }), createPart('lamp', said, { start: true }), createPart('seat', said)]
    await expect(parts.start(list)).rejects.toThrow('lamp cannot start')
    expect(said).toEqual(['door start', 'lamp start', 'lamp stop', 'door stop'])
  })
})

test('an agent whose port is taken says so and ends, so that it can be started again', async () => {
  const { configFile, phone } = await deskFiles('usc-9', 'mqtt://127.0.0.1:1')
  onTestFinished(() => phone.stop())
  const taken = createServer().listen(loadAgentConfig(configFile).listen.port, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const child = spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let told = ''
  child.stderr.on('data', (text: Buffer) => {
    told += text.toString()
  })
  const [code] = await once(child, 'exit')
  expect([code, told]).toEqual([1, expect.stringContaining('is in use by another program')])
})

test('an agent that is told to end while it starts ends in order, as one that runs does', async () => {
  const { configFile, phone } = await deskFiles('usc-9', 'mqtt://127.0.0.1:1')
  onTestFinished(() => phone.stop())
  // What this version does not serve is said before anything is started.
  appendFileSync(configFile, 'sip: { server: 127.0.0.1, user: usc-9 }\n')
  const child = spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdout.once('data', () => void child.kill('SIGTERM'))
  expect(await once(child, 'exit')).toEqual([0, null])
})
