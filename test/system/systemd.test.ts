import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage } from './package/build.ts'
import { cleanDebian, copyOf } from './package/tree.ts'
import { boot } from './vm/boot.ts'
import { prepareKernel } from './vm/kernel.ts'
import { asRoot, checkout, run, workFolder } from './vm/run.ts'

/**
 * A guest that takes longer has hung. Alone on the machine it needs some minutes, most of them for starting the agent four times; beside many others it
 * may need ten times as long, which its own clock does not show: nothing in it is waited for in vain for more than two minutes of that.
 */
const guestLimitSeconds = 3600

const folder = mkdtempSync(join(tmpdir(), 'third-ring-systemd-'))
const facts = new Map<string, Record<string, unknown>>()

/** A Debian 13 with the package installed boots with systemd as PID 1; the guest does everything once and says what it saw. */
beforeAll(
  async () => {
    const job = join(folder, 'job')
    mkdirSync(job)
    const present = await buildPackage('amd64', join(folder, 'built'))
    const newer = await buildPackage('amd64', join(folder, 'newer'), '99.0.0')
    copyFileSync(newer, join(job, 'newer.deb'))
    for (const name of ['guest.js', 'office.js']) copyFileSync(join(checkout, 'test/system/systemd', name), join(job, name))
    writeFileSync(join(job, 'package.json'), '{ "type": "module" }\n')
    const machine = await copyOf(await cleanDebian())
    try {
      await run(...asRoot('cp', [present, join(machine.path, 'third-ring.deb')]), 'is the disk full?')
      await machine.inside('dpkg', '-i', '/third-ring.deb')
      const log = join(workFolder('logs'), 'systemd.log')
      const { status } = await boot({
        kernel: await prepareKernel(),
        tree: machine.path,
        shares: [{ path: job, at: '/job' }],
        init: 'systemd',
        run: ['node', '/job/guest.js', '/job/newer.deb'],
        log,
        limitSeconds: guestLimitSeconds,
        onLine(line) {
          const fact = /FACT (\{.*\})/.exec(line)?.[1]
          if (fact === undefined) return
          const { name, ...seen } = JSON.parse(fact)
          facts.set(name, seen)
        },
      })
      expect(status, `the guest ends well; all that it printed is in ${log}`).toBe(0)
    } finally {
      await machine.forget()
    }
  },
  (guestLimitSeconds + 300) * 1000,
)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an installed package is enabled and does nothing as long as there is no configuration', () => {
  expect(facts.get('unconfigured')).toEqual({ enabled: 'enabled', ActiveState: 'inactive', ConditionResult: 'no', lines: 'gpio 660' })
})

test('it is active when its doors are open, and says in one sentence how things stand', () => {
  expect(facts.get('started')).toMatchObject({ state: 'active running', status: expect.stringMatching(/^Desk usc-12: .*the broker is .*\.$/), door: 'OK' })
})

test('it is nobody with power: its own user, two groups for lines and serial ports, no capabilities, a filter', () => {
  expect(facts.get('started')).toMatchObject({
    user: Array.from({ length: 4 }, () => 'third-ring'),
    groups: ['dialout', 'gpio', 'third-ring'],
    capabilities: '0000000000000000',
    noNewPrivileges: '1',
    filtered: '2',
  })
})

test('it has its secrets from systemd, also where one of the three does not exist, and its journal in its own directory', () => {
  expect(facts.get('started')).toMatchObject({
    credentials: ['secret-of-the-phone', 'token-for-tests-0123456789', ''],
    journal: ['third-ring 700', true],
  })
})

test('what release needs of them lies where it finds it, for its own user alone, and is gone when the unit is', () => {
  expect(facts.get('started')).toMatchObject({ laidForRelease: 'third-ring 700\nthird-ring 400' })
  expect(facts.get('stopped')).toMatchObject({ laidForRelease: false })
})

/** In the guest's own time, of a processor slower than that of any machine that the agent is meant for. */
const freeWithinS = 10
/** As the unit has it: for what is to be done when the agent has ended. */
const stopPostWithinS = 20
const lampIsDark = 'usc-12: the lamp (gpio) is dark.'
const phoneIsFree = 'usc-12: the forwarding to usc-13 (no-answer) is off.'

/** What is so of every end but the last: before the next start the lamp is dark and the phone free, and then the absence goes on. */
function expectPutRight(name: string): void {
  const seen = facts.get(name)
  expect(seen).toMatchObject({ forwarded: true, lit: true, dark: true, free: true, starting: true, said: [lampIsDark, phoneIsFree], again: true, restarts: 1 })
  expect(seen?.['freedAfterS']).toBeGreaterThan(0)
  expect(seen?.['freedAfterS']).toBeLessThan(freeWithinS)
  expect(seen?.['againAfterS']).toBeGreaterThan(seen?.['freedAfterS'] as number)
}

test('killed, it leaves a dark lamp and a free phone within ten seconds, by the hand of release alone, and starts again', () => {
  expectPutRight('killed')
})

test('frozen, it is killed by the watchdog, the lamp is put out and the phone freed within ten seconds of that, and it starts again', () => {
  expectPutRight('frozen')
  expect(facts.get('frozen')).toMatchObject({ timeouts: 1 })
})

test('a phone that answers nobody holds nothing up: the lamp is dark, release gives up in time and says why, and the next agent finds its forwarding again', () => {
  const seen = facts.get('upgraded')
  expect(seen).toMatchObject({
    forwarded: true,
    lit: true,
    dark: true,
    free: false,
    said: [
      lampIsDark,
      expect.stringMatching(/^usc-12: the forwarding to usc-13 \(no-answer\) could not be taken off, and may still be on: the phone does not answer\. /),
    ],
    again: true,
  })
  expect(seen?.['saidAfterS']).toBeLessThan(stopPostWithinS)
  expect(seen?.['againAfterS']).toBeLessThan(stopPostWithinS)
})

test('an upgrade starts it again with the new version, and keeps its configuration', () => {
  expect(facts.get('upgraded')).toMatchObject({ back: true, version: '99.0.0', config: true })
})

test('stopped, it leaves a dark lamp, a free phone and no failure: it has taken its forwarding off itself', () => {
  expect(facts.get('stopped')).toMatchObject({
    forwarded: true,
    lit: true,
    dark: true,
    free: true,
    said: [lampIsDark, 'usc-12: no forwarding of ours is written down; the phone is left as it is.'],
    ActiveState: 'inactive',
    Result: 'success',
  })
})

test('its log holds no number, no token and no password', () => {
  expect(facts.get('log')).toMatchObject({ lines: expect.any(Number), leaked: [] })
  expect(facts.get('log')?.['lines']).toBeGreaterThan(10)
})
