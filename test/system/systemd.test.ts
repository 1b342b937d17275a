import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackages } from './package/build.ts'
import { cleanDebian, copyOf } from './package/tree.ts'
import { boot } from './vm/boot.ts'
import { prepareKernel } from './vm/kernel.ts'
import { asRoot, checkout, run, workFolder } from './vm/run.ts'

/** A guest that takes longer has hung. Alone on the machine it needs some minutes, most of them for starting the agent four times. */
const guestLimitSeconds = 1800

const folder = mkdtempSync(join(tmpdir(), 'third-ring-systemd-'))
const facts = new Map<string, Record<string, unknown>>()

/** A Debian 13 with the package installed boots with systemd as PID 1; the guest does everything once and says what it saw. */
beforeAll(
  async () => {
    const job = join(folder, 'job')
    mkdirSync(job)
    const { amd64 } = await buildPackages(join(folder, 'built'))
    const newer = await buildPackages(join(folder, 'newer'), '99.0.0')
    copyFileSync(newer.amd64, join(job, 'newer.deb'))
    copyFileSync(join(checkout, 'test/system/systemd/guest.js'), join(job, 'guest.mjs'))
    const machine = await copyOf(await cleanDebian())
    try {
      await run(...asRoot('cp', [amd64, join(machine.path, 'third-ring.deb')]), 'is the disk full?')
      await machine.inside('dpkg', '-i', '/third-ring.deb')
      const log = join(workFolder('logs'), 'systemd.log')
      const { status } = await boot({
        kernel: await prepareKernel(),
        tree: machine.path,
        shares: [{ path: job, at: '/job' }],
        init: 'systemd',
        run: ['env', 'NODE_OPTIONS=--jitless', 'node', '/job/guest.mjs', '/job/newer.deb'],
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
  expect(facts.get('unconfigured')).toEqual({ enabled: 'enabled', state: 'inactive', result: 'no', lines: 'gpio 660' })
})

test('it is active when its doors are open, and says in one sentence how things stand', () => {
  expect(facts.get('started')).toMatchObject({
    state: 'active running',
    status: expect.stringMatching(/^Desk usc-12: .*the broker is away\.$/),
    door: 'OK',
  })
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

test('frozen, it is killed by the watchdog, the lamp is put out, and it starts again', () => {
  expect(facts.get('frozen')).toEqual({ lit: true, dark: true, back: true, released: 1, restarts: 1, timeouts: 1 })
})

test('killed, it leaves a dark lamp and starts again', () => {
  expect(facts.get('killed')).toEqual({ lit: true, dark: true, back: true, released: 1, restarts: 1 })
})

test('an upgrade starts it again with the new version, and keeps its configuration', () => {
  expect(facts.get('upgraded')).toMatchObject({ lit: true, dark: true, back: true, released: 1, version: '99.0.0', config: true })
})

test('stopped, it leaves a dark lamp and no failure', () => {
  const stopped = facts.get('stopped')
  // A release that finds its nine seconds over says so, and the unit shows it: only a guest that has hardly a processor comes to that.
  const ended = stopped?.['inTime'] === true ? { state: 'inactive', result: 'success' } : { state: 'failed', result: 'exit-code' }
  expect(stopped).toEqual({ lit: true, dark: true, released: 1, laidForRelease: false, inTime: expect.any(Boolean), ...ended })
})

test('its log holds no number, no token and no password', () => {
  expect(facts.get('log')).toMatchObject({ lines: expect.any(Number), leaked: [] })
  expect(facts.get('log')?.['lines']).toBeGreaterThan(10)
})
