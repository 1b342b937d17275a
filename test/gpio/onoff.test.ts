import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createOnoffDriver, hasSysfs, loadOnoff, type OnoffConstructor } from '../../src/gpio/onoff.ts'
import { sysfsTree } from './sysfs-tree.ts'

const header = { name: 'gpiochip571', label: 'pinctrl-rp1', base: 571, lines: 54 }

test('a line is the number of its chip’s base and its own, found anew at each opening', async () => {
  const { driver, kernel, root } = onoffAt()
  await driver.openInput(await driver.locate({ line: 17 }), {}, silent())
  writeFileSync(join(root, header.name, 'base'), '600\n')
  await driver.openInput(await driver.locate({ line: 17 }), {}, silent())
  expect(kernel.opened).toEqual(['588 in both', '617 in both'])
})

test('an output is opened low and closed low', async () => {
  const { driver, kernel } = onoffAt()
  const output = await driver.openOutput(await driver.locate({ line: 22 }), expect.unreachable)
  output.set(true)
  output.set(false)
  output.set(true)
  await output.close()
  await output.close()
  output.set(true)
  expect(kernel.opened).toEqual(['593 low undefined'])
  expect(kernel.written).toEqual([1, 0, 1, 0])
  expect(kernel.unexported).toBe(1)
})

test('the level at the start and each change are told; a callback with the same value is not', async () => {
  const { driver, kernel } = onoffAt()
  kernel.value = 1
  const listener = silent()
  const input = await driver.openInput(await driver.locate({ line: 17 }), {}, listener)
  for (const value of [1, 1, 0, 0, 1] as const) kernel.edge(value)
  expect(listener.levels).toEqual([true, false, true])
  kernel.value = 0
  expect(input.read()).toBe(false)
})

test('a line that goes while the poller reads it is down, said once, and ends nothing', async () => {
  const { driver, kernel } = onoffAt()
  const listener = silent()
  const input = await driver.openInput(await driver.locate({ line: 17 }), {}, listener)
  kernel.gone = 'ENODEV'
  expect(() => kernel.edge(1)).not.toThrow()
  expect(input.read()).toBeUndefined()
  await new Promise(setImmediate)
  kernel.edge(0)
  expect(listener.downs).toEqual(['ENODEV: gone'])
  expect(listener.levels).toEqual([false])
  await input.close()
  expect(kernel.unexported).toBe(1)
})

test('an output that cannot be written is a fault with its errno, and ends nothing', async () => {
  const { driver, kernel } = onoffAt()
  const faults: string[] = []
  const output = await driver.openOutput(await driver.locate({ line: 22 }), (reason) => void faults.push(reason))
  kernel.gone = 'ENODEV'
  output.set(true)
  await output.close()
  expect(faults).toEqual(Array(2).fill('GPIO22 of pinctrl-rp1 cannot be switched (ENODEV)'))
})

test.each([
  ['EINVAL', /turned down by the kernel/],
  ['EACCES', /group gpio/],
  ['EBUSY', /is in use by another program or by the kernel/],
  ['ENODEV', /has gone/],
])('%s at the opening is said with what to do', async (code, sentence) => {
  const { driver, kernel } = onoffAt()
  kernel.refusal = code
  const at = await driver.locate({ line: 17 })
  await expect(driver.openInput(at, {}, silent())).rejects.toMatchObject({ code: 'DRIVER_UNAVAILABLE', message: expect.stringMatching(sentence) })
})

test('a line that was exported before and keeps its direction or cannot tell of changes is an error', async () => {
  const { driver, kernel } = onoffAt()
  const at = await driver.locate({ line: 17 })
  kernel.keeps = { direction: 'out' }
  await expect(driver.openInput(at, {}, silent())).rejects.toThrow('another program keeps its direction')
  kernel.keeps = { edge: 'none' }
  await expect(driver.openInput(at, {}, silent())).rejects.toThrow('it cannot tell of changes')
  kernel.keeps = { direction: 'in' }
  await expect(driver.openOutput(at, expect.unreachable)).rejects.toThrow('another program keeps its direction')
})

test('sysfs sets no bias, and says where it is set', async () => {
  const { driver } = onoffAt()
  const at = await driver.locate({ line: 17 })
  await expect(driver.openInput(at, { bias: 'pull-up' }, silent())).rejects.toThrow(/sysfs cannot set bias pull-up: set it in config.txt \(gpio=17=pu or pd\)/)
})

test('a kernel without sysfs GPIO is an error that names the other driver', async () => {
  const driver = createOnoffDriver(fakeKernel().Gpio, '/no/such/directory')
  await expect(driver.locate({ line: 17 })).rejects.toThrow(/CONFIG_GPIO_SYSFS.* set gpio.driver to gpiod/)
  expect(hasSysfs('/no/such/directory')).toBe(false)
  const root = sysfsTree([])
  mkdirSync(join(root, 'export'))
  expect(hasSysfs(root)).toBe(true)
})

test('a package that is not there is said, not thrown', async () => {
  expect(await loadOnoff('no-such-package-of-ours')).toEqual({ missing: expect.stringContaining('no-such-package-of-ours') })
})

function silent() {
  const [levels, downs]: [boolean[], string[]] = [[], []]
  return { levels, downs, level: (high: boolean) => void levels.push(high), down: (reason: string) => void downs.push(reason) }
}

function onoffAt() {
  const root = sysfsTree([header, { name: 'gpiochip512', label: 'gpio-brcmstb@107d508500', base: 512, lines: 32 }])
  const kernel = fakeKernel()
  return { root, kernel, driver: createOnoffDriver(kernel.Gpio, root) }
}

/** In place of onoff, which needs a kernel with GPIO: as onoff.js 6.0.3 behaves, with what the kernel may do to it. */
function fakeKernel() {
  const callbacks: ((error: Error | null, value: number) => void)[] = []
  const kernel = {
    opened: [] as string[],
    written: [] as number[],
    unexported: 0,
    value: 0 as 0 | 1,
    gone: undefined as string | undefined,
    refusal: undefined as string | undefined,
    keeps: {} as { direction?: string; edge?: string },
    edge: (_value: 0 | 1): void => {},
    Gpio: undefined as unknown as OnoffConstructor,
  }
  const failing = (code: string): Error => Object.assign(new Error(`${code}: gone`), { code })
  kernel.Gpio = function Gpio(number: number, direction: string, edge?: string) {
    if (kernel.refusal !== undefined) throw failing(kernel.refusal)
    kernel.opened.push(`${number} ${direction} ${edge}`)
    const gpio = {
      readSync() {
        if (kernel.gone !== undefined) throw failing(kernel.gone)
        return kernel.value
      },
      writeSync(value: number) {
        if (kernel.gone !== undefined) throw failing(kernel.gone)
        kernel.written.push(value)
      },
      watch: (callback: (typeof callbacks)[number]) => void callbacks.push(callback),
      unexport() {
        kernel.unexported += 1
        callbacks.splice(0)
      },
      direction: () => kernel.keeps.direction ?? (direction === 'in' ? 'in' : 'out'),
      edge: () => kernel.keeps.edge ?? edge ?? 'none',
    }
    kernel.edge = (value) => {
      kernel.value = value
      // The poller's callback reads the line itself, and gives what it read.
      const read = gpio.readSync()
      for (const callback of [...callbacks]) callback(null, read)
    }
    return gpio
  } as unknown as OnoffConstructor
  return kernel
}
