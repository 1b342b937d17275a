import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { diskOf, isReadOnly, temperatureC, underVoltage } from '../../../src/agent/broker/machine.ts'

/** A `/sys` with these files. */
function sys(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'third-ring-sys-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}
const throttled = 'devices/platform/soc/soc:firmware/get_throttled'

test.each([
  ['a weak supply, by the kernel’s sensor', { 'class/hwmon/hwmon0/name': 'cpu_thermal\n', ...volt('1') }, true],
  ['a good one', volt('0'), false],
  ['the sensor’s word goes before the firmware’s', { ...volt('0'), [throttled]: '1\n' }, false],
  ['by the firmware’s bits: weak now, and it was', { [throttled]: '50005\n' }, true],
  ['it was weak, and is not any more', { [throttled]: '50000\n' }, false],
  ['a sensor of something else with such an alarm', { 'class/hwmon/hwmon0/name': 'nct6775\n', 'class/hwmon/hwmon0/in0_lcrit_alarm': '1\n' }, null],
  ['a sensor that cannot be read', { 'class/hwmon/hwmon0/name': 'rpi_volt\n', 'class/hwmon/hwmon0/in0_lcrit_alarm': '' }, null],
  ['another machine', {}, null],
] as [string, Record<string, string>, boolean | null][])('under-voltage: %s', (_, files, weak) => {
  expect(underVoltage(sys(files))).toBe(weak)
})

function volt(alarm: string): Record<string, string> {
  return { 'class/hwmon/hwmon1/name': 'rpi_volt\n', 'class/hwmon/hwmon1/in0_lcrit_alarm': `${alarm}\n` }
}

test('the temperature, in degrees, where there is one', () => {
  expect(temperatureC(sys({ 'class/thermal/thermal_zone0/temp': '48312\n' }))).toBe(48.312)
  expect(temperatureC(sys({}))).toBeNull()
  expect(temperatureC(sys({ 'class/thermal/thermal_zone0/temp': '' }))).toBeNull()
})

test('a disk that takes writes, one that takes none, and one that is not there', async () => {
  expect(await diskOf(tmpdir())).toEqual({ freeBytes: expect.any(Number), readOnly: false })
  expect(isReadOnly(Object.assign(new Error(), { code: 'EROFS' }))).toBe(true)
  expect(isReadOnly(Object.assign(new Error(), { code: 'EACCES' }))).toBeNull()
  expect(await diskOf('/nowhere/at/all')).toEqual({ freeBytes: null, readOnly: null })
})
