import { constants, readdirSync, readFileSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** How the medium of the desk's store fares; `null` where the kernel does not say. */
export async function diskOf(directory: string): Promise<{ readonly freeBytes: number | null; readonly readOnly: boolean | null }> {
  const [space, fault] = await Promise.all([statfs(directory).catch(() => undefined), access(directory, constants.W_OK).catch((error: unknown) => error)])
  return { freeBytes: space === undefined ? null : space.bavail * space.bsize, readOnly: fault === undefined ? false : isReadOnly(fault) }
}

/** A card that the kernel has mounted read-only after an error turns even root away with this code (access(2)); a missing right is another thing. */
export function isReadOnly(fault: unknown): true | null {
  return (fault as NodeJS.ErrnoException).code === 'EROFS' ? true : null
}

/** The processor's temperature where the kernel tells it: a Raspberry Pi in a cupboard gets hot. */
export function temperatureC(sys: string = '/sys'): number | null {
  const milli = numberIn(join(sys, 'class/thermal/thermal_zone0/temp'), 10)
  return milli === undefined ? null : milli / 1000
}

/**
 * Whether the supply of a Raspberry Pi is too weak now. Its kernel has the firmware's word as an alarm of the sensor `rpi_volt` (driver
 * raspberrypi-hwmon: `in0_lcrit_alarm`), Raspberry Pi's own kernels also as the bits of `get_throttled`, in hexadecimal, of which bit 0 is this one.
 * `null` on every other machine.
 */
export function underVoltage(sys: string = '/sys'): boolean | null {
  const sensors = join(sys, 'class/hwmon')
  const sensor = namesIn(sensors).find((name) => textIn(join(sensors, name, 'name')) === 'rpi_volt')
  const alarm = sensor === undefined ? undefined : numberIn(join(sensors, sensor, 'in0_lcrit_alarm'), 10)
  if (alarm !== undefined) return alarm !== 0
  const bits = numberIn(join(sys, 'devices/platform/soc/soc:firmware/get_throttled'), 16)
  return bits === undefined ? null : (bits & 1) === 1
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

function numberIn(file: string, radix: number): number | undefined {
  const value = Number.parseInt(textIn(file) ?? '', radix)
  return Number.isNaN(value) ? undefined : value
}
