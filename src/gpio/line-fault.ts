import type { ConfigurationError } from '../errors.ts'
import { type Located, unavailable } from './chips.ts'

/** What the kernel can have against a line, as errno(3) names it. */
const messages: readonly (readonly [code: string, text: string])[] = [
  ['EBUSY', 'Device or resource busy'],
  ['EACCES', 'Permission denied'],
  ['EPERM', 'Operation not permitted'],
  ['EROFS', 'Read-only file system'],
  ['EINVAL', 'Invalid argument'],
  ['ENODEV', 'No such device'],
  ['ENXIO', 'No such device or address'],
  ['ENOENT', 'No such file or directory'],
  ['ENOTTY', 'Inappropriate ioctl for device'],
]

/** The errno behind what a program wrote to standard error in the C locale; undefined if it is none of ours. */
export function errnoOf(text: string): string | undefined {
  // "No such device or address" begins with "No such device": the longest that fits is meant.
  const [found] = messages.filter(([, sentence]) => text.includes(sentence)).sort(([, a], [, b]) => b.length - a.length)
  return found?.[0]
}

/** What to do without permission; the sentence goes on within the bracket. */
export const intoGroup = 'put the user into the group gpio ("usermod -aG gpio" and the user\'s name; in a systemd unit SupplementaryGroups=gpio'

export function nameOf({ chip, line }: Located): string {
  return `GPIO${line} of ${chip.label}`
}

export interface LineFault {
  readonly errno: string | undefined
  /** What the kernel or the program said, for a fault that is not foreseen here. */
  readonly said: string
  /** Who has the line, where that is known. */
  readonly holder?: string
}

/** A line that is there and cannot be had: what is the matter, and what to do. */
export function lineFault(at: Located, { errno, said, holder }: LineFault): ConfigurationError {
  const line = nameOf(at)
  switch (errno) {
    case 'EBUSY': {
      const by = holder === undefined ? 'by another program or by the kernel' : `by "${holder}"`
      return unavailable(`${line} is in use ${by}: end that use, or choose another line. The command "gpioinfo" shows who has which line.`)
    }
    case 'EACCES':
    case 'EPERM':
      return unavailable(`${line} may not be used by this user: ${intoGroup}), then start the program again.`)
    case 'EROFS':
      return unavailable(`${line} cannot be used because /sys is read-only here: take ProtectKernelTunables= out of the unit, or set gpio.driver to gpiod.`)
    case 'EINVAL':
    case 'ENOTTY':
      return unavailable(
        `${line} is turned down by the kernel (${said}): it cannot do what is asked, such as telling of changes or a pull-up, or the gpiod tools are older ` +
          'than the kernel. Choose another line or another gpio.driver.',
      )
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOENT':
      return unavailable(`${line} has gone, or cannot tell of changes (${said}): look at the chip with "gpiodetect", or choose another line.`)
    default:
      return unavailable(`${line} cannot be used: ${said}`)
  }
}
