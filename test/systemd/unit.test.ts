import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { releaseWithinMs } from '../../src/agent/release/release.ts'
import { overdueMaxMs } from '../../src/systemd/watchdog.ts'

const read = (name: string): string => readFileSync(new URL(`../../systemd/${name}`, import.meta.url), 'utf8')
const valuesOf = (unit: string, key: string): string[] => [...read(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)
const secondsOf = (unit: string, key: string): number => Number(/^(\d+)s$/.exec(valuesOf(unit, key)[0] ?? '')?.[1])
const agent = 'third-ring-agent.service'

describe('the unit of the agent and the program agree', () => {
  test('a release has the time that it promises to need, and that of a slow machine to load it', () => {
    expect(releaseWithinMs).toBeLessThan(10_000)
    expect(secondsOf(agent, 'TimeoutStopSec') * 1000).toBeGreaterThanOrEqual(releaseWithinMs + 10_000)
  })

  test('the watchdog waits long enough for a loop that is late to show that it works', () => {
    expect(secondsOf(agent, 'WatchdogSec') * 1000).toBeGreaterThanOrEqual(3 * overdueMaxMs)
  })

  test('the agent’s end, whatever it was, puts the lamp out and frees the phone, and is never the last', () => {
    const command = '/usr/bin/third-ring release --config /etc/third-ring/agent.yaml'
    expect(valuesOf(agent, 'ExecStopPost')).toEqual([`/usr/bin/env CREDENTIALS_DIRECTORY=%t/third-ring ${command}`])
    expect([valuesOf(agent, 'Restart'), valuesOf(agent, 'StartLimitIntervalSec')]).toEqual([['always'], ['0']])
  })

  test('what frees the phone after a crash finds the secrets where they were laid, which nobody else may read; a copy that fails stops nothing', () => {
    expect(valuesOf(agent, 'ExecStartPre')).toEqual(['-/usr/bin/cp -r %d/. %t/third-ring'])
    expect([valuesOf(agent, 'RuntimeDirectory'), valuesOf(agent, 'RuntimeDirectoryMode'), valuesOf(agent, 'UMask')]).toEqual([
      ['third-ring'],
      ['0700'],
      ['0077'],
    ])
    // Kept over a stop, they would outlive the agent.
    expect(valuesOf(agent, 'RuntimeDirectoryPreserve')).toEqual([])
  })

  test('it waits for the network, and never for the time: where nobody tells it, telephones ring all the same', () => {
    expect(valuesOf(agent, 'After')).toEqual(['network-online.target'])
    expect(valuesOf(agent, 'Wants')).toEqual(['network-online.target'])
  })

  test('what its children say is heard: one of them carries the messages', () => {
    expect([valuesOf(agent, 'Type'), valuesOf(agent, 'NotifyAccess')]).toEqual([['notify'], ['all']])
  })

  test.each([agent, 'third-ring-hub.service'])('%s: every secret may be missing', (unit) => {
    const names = valuesOf(unit, 'LoadCredential').map((value) => value.split(':')[0])
    expect(names.length).toBeGreaterThan(0)
    expect(valuesOf(unit, 'SetCredential')).toEqual(names.map((name) => `${name}:\\n`))
  })

  test('a loop that is stuck is killed, also where its process was stopped, and what a stop leaves of its children with it', () => {
    expect([valuesOf(agent, 'WatchdogSignal'), valuesOf(agent, 'KillMode')]).toEqual([['SIGKILL'], ['mixed']])
  })

  test.each([agent, 'third-ring-hub.service'])('%s: it is tried again for ever, slowly', (unit) => {
    expect([valuesOf(unit, 'Restart'), valuesOf(unit, 'StartLimitIntervalSec')]).toEqual([['always'], ['0']])
    expect(secondsOf(unit, 'RestartSec')).toBeGreaterThanOrEqual(1)
  })

  test.each([agent, 'third-ring-hub.service'])('%s: what it knows of callers is in its own directory alone, and never in a core dump', (unit) => {
    expect([valuesOf(unit, 'LimitCORE'), valuesOf(unit, 'UMask'), valuesOf(unit, 'StateDirectoryMode')]).toEqual([['0'], ['0077'], ['0700']])
    expect(valuesOf(unit, 'StateDirectory')).toEqual([unit === agent ? 'third-ring' : 'third-ring-hub'])
  })

  test.each([agent, 'third-ring-hub.service'])('%s: no root, and nothing that V8 cannot live with', (unit) => {
    expect(valuesOf(unit, 'User')[0]).toMatch(/^third-ring/)
    expect(valuesOf(unit, 'MemoryDenyWriteExecute')).toEqual([])
    expect(valuesOf(unit, 'SystemCallErrorNumber')).toEqual(['EPERM'])
  })
})
