import { describe, expect, test } from 'vitest'
import { darkWords, getWords, holderIn, isBanner, levelAfter, monitorWords, syntaxOf } from '../../src/gpio/gpiod-tools.ts'
import { errnoOf, lineFault } from '../../src/gpio/line-fault.ts'

const at = { chip: { name: 'gpiochip1', label: 'pinctrl-rp1', lines: 54, base: 0 }, line: 17 }

test.each([
  ['gpiomon (libgpiod) v1.6.3\nCopyright (C) 2017-2018', 'v1'],
  ['gpiomon (libgpiod) v2.2.1\n', 'v2'],
  ['gpiomon (libgpiod) v3.0', 'v2'],
  ['gpiomon: not found', undefined],
  ['', undefined],
])('the version is read from %j', (printed, syntax) => {
  expect(syntaxOf(printed)).toBe(syntax)
})

describe('the words of a call', () => {
  test('for reading once', () => {
    expect(getWords('v1', at, undefined)).toEqual(['gpiochip1', '17'])
    expect(getWords('v1', at, 'disabled')).toEqual(['--bias=disable', 'gpiochip1', '17'])
    expect(getWords('v2', at, 'disabled')).toEqual(['--numeric', '--consumer=third-ring', '--bias=disabled', '--chip=gpiochip1', '17'])
  })

  test('for watching: version 2 debounces in the kernel, version 1 has no word for it', () => {
    expect(monitorWords('v1', at, { bias: 'pull-up', debounceMs: 100 })).toEqual(['--line-buffered', '--format=%e', '--bias=pull-up', 'gpiochip1', '17'])
    expect(monitorWords('v2', at, { bias: 'pull-up', debounceMs: 100 })).toEqual([
      '--banner',
      '--format=%E',
      '--consumer=third-ring',
      '--bias=pull-up',
      '--debounce-period=100ms',
      '--chip=gpiochip1',
      '17',
    ])
    expect(monitorWords('v2', at, {}).some((word) => word.startsWith('--debounce'))).toBe(false)
  })

  test('for setting low and letting go', () => {
    expect(darkWords('v1', at)).toEqual(['--mode=exit', 'gpiochip1', '17=0'])
    expect(darkWords('v2', at)).toEqual(['--consumer=third-ring', '--toggle=0', '--chip=gpiochip1', '17=0'])
  })
})

test('an edge is read as each version writes it, and nothing else is', () => {
  expect(['0', '1', '2', 'rising', ''].map((printed) => levelAfter('v1', printed))).toEqual([false, true, undefined, undefined, undefined])
  expect(['rising', 'falling', '1', '2', 'RISING'].map((printed) => levelAfter('v2', printed))).toEqual([true, false, undefined, undefined, undefined])
  expect(isBanner("Monitoring line '17'...")).toBe(true)
  expect(isBanner('rising')).toBe(false)
})

describe('who has a line', () => {
  const v1 =
    'gpiochip1 - 54 lines:\n\tline   5:      unnamed    "gpioset"  output  active-high [used]\n\tline  17:     "GPIO17"     "sysfs"   input  active-high [used]\n\tline  18: "GPIO18" unused input active-high\n'
  const v2 =
    'gpiochip1 - 54 lines:\n\tline   5:\tunnamed         \toutput consumer="gpioset"\n\tline  17:\t"GPIO17"        \tinput consumer=sysfs bias=pull-up\n\tline  18:\t"GPIO18"        \tinput\n'
  test.each([
    ['version 1', v1],
    ['version 2', v2],
  ])('is read from gpioinfo of %s', (_, printed) => {
    expect([5, 17, 18, 1, 7].map((line) => holderIn(printed, line))).toEqual(['gpioset', 'sysfs', undefined, undefined, undefined])
  })
})

test.each([
  ['gpioset: error setting the GPIO line values: Device or resource busy', 'EBUSY'],
  ["gpiomon: unable to request lines on chip '/dev/gpiochip0': Permission denied", 'EACCES'],
  ['gpioget: error reading GPIO values: Invalid argument', 'EINVAL'],
  ['gpiomon: error waiting for events: No such device or address', 'ENXIO'],
  ['gpiomon: error waiting for events: No such device', 'ENODEV'],
  ['something else', undefined],
])('%j is %s', (said, errno) => {
  expect(errnoOf(said)).toBe(errno)
})

test.each([
  ['EBUSY', /GPIO17 of pinctrl-rp1 is in use by another program or by the kernel: end that use, or choose another line/],
  ['EACCES', /may not be used by this user: put the user into the group gpio/],
  ['EPERM', /SupplementaryGroups=gpio/],
  ['EROFS', /ProtectKernelTunables=/],
  ['EINVAL', /is turned down by the kernel \(it said so\)/],
  ['ENODEV', /has gone/],
  ['EIO', /cannot be used: it said so/],
  [undefined, /cannot be used: it said so/],
])('a line that cannot be had for %s says what to do', (errno, sentence) => {
  expect(lineFault(at, { errno, said: 'it said so' })).toMatchObject({ code: 'DRIVER_UNAVAILABLE', message: expect.stringMatching(sentence) })
})

test('a line in use names who uses it, where that is known', () => {
  expect(lineFault(at, { errno: 'EBUSY', said: '', holder: 'gpiomon' }).message).toContain('is in use by "gpiomon"')
})
