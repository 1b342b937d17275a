import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { headerLabels } from '../config/header.ts'
import { ConfigurationError } from '../errors.ts'
import type { LineAddress } from './port.ts'

/** One GPIO chip as this machine has it now. Numbers and bases move from kernel to kernel; the label stays. */
export interface Chip {
  /** The driver's own name for it: `gpiochip0` of the character device, `gpiochip512` of sysfs. */
  readonly name: string
  readonly label: string
  /** How many lines it has. */
  readonly lines: number
  /** The number of its first line in sysfs; 0 for the character device, which counts each chip from 0. */
  readonly base: number
}

/** A line that is there. */
export interface Located {
  readonly chip: Chip
  readonly line: number
}

export const sysfsRoot = '/sys/class/gpio'

/**
 * The chips that sysfs shows below the given directory; undefined if there is no such directory, because the kernel was built without
 * CONFIG_GPIO_SYSFS. A chip that cannot be read to the end is left out: it is just coming or going.
 */
export function sysfsChips(root: string = sysfsRoot): readonly Chip[] | undefined {
  let names: string[]
  try {
    names = readdirSync(root)
  } catch {
    return undefined
  }
  return names.filter((name) => /^gpiochip\d+$/.test(name)).flatMap((name) => chipAt(join(root, name), name) ?? [])
}

function chipAt(directory: string, name: string): Chip | undefined {
  try {
    const read = (file: string): string => readFileSync(join(directory, file), 'utf8').trim()
    const [base, lines] = [Number(read('base')), Number(read('ngpio'))]
    return Number.isInteger(base) && Number.isInteger(lines) ? { name, label: read('label'), lines, base } : undefined
  } catch {
    return undefined
  }
}

/** What `gpiodetect` prints, the same in libgpiod 1 and 2: `gpiochip0 [pinctrl-bcm2711] (58 lines)`. A second name for a chip is left out. */
export function detectedChips(printed: string): readonly Chip[] {
  const chips = printed.split('\n').flatMap((text) => {
    const [, name, label, lines] = /^(gpiochip\d+) \[(.*)\] \((\d+) lines?\)$/.exec(text.trim()) ?? []
    return name === undefined || label === undefined ? [] : [{ name, label, lines: Number(lines), base: 0 }]
  })
  return chips.filter(({ name }, place) => chips.findIndex((other) => other.name === name) === place)
}

/**
 * Finds the line among the chips that are there: by the chip's label, never by a number. Throws a `ConfigurationError` that lists the chips if not
 * exactly one has the label, or if that one has no such line.
 */
export function locate({ line, chip: label }: LineAddress, chips: readonly Chip[]): Located {
  const wanted = label === undefined ? headerLabels : [label]
  const [chip, second] = chips.filter((each) => wanted.includes(each.label))
  if (chip === undefined || second !== undefined) {
    const found = chip === undefined ? 'No GPIO chip' : 'More than one GPIO chip'
    const next = label === undefined ? 'name the right one by its label, as chip beside the line' : 'put the right label into chip'
    throw unavailable(`${found} of this machine is labelled ${wanted.join(' or ')}; it has ${listed(chips)}: ${next}.`)
  }
  if (line >= 0 && line < chip.lines) return { chip, line }
  throw unavailable(`GPIO${line} is not on ${chip.label}, which has the lines 0 to ${chip.lines - 1}: correct the line in the configuration.`)
}

function listed(chips: readonly Chip[]): string {
  return chips.length === 0 ? 'none' : chips.map(({ label, lines }) => `${label} (${lines} lines)`).join(', ')
}

export function unavailable(message: string): ConfigurationError {
  return new ConfigurationError('DRIVER_UNAVAILABLE', message)
}
