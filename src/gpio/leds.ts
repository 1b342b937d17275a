import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigurationError } from '../errors.ts'
import { unavailable } from './chips.ts'
import type { Output } from './port.ts'

export const ledsRoot = '/sys/class/leds'

/**
 * A light that the kernel drives (Documentation/leds/leds-class.rst): the overlay `gpio-led` makes one of a line of the header. The trigger is taken
 * off, so that nothing but us switches it. Throws a `ConfigurationError` if there is no such light or it may not be switched.
 */
export function openLed(name: string, fault: (reason: string) => void, root: string = ledsRoot): Output {
  const directory = join(root, name)
  const write = (file: string, value: string): void => writeFileSync(join(directory, file), value)
  let full: string
  let state: 'open' | 'closed' = 'open'
  let works = true
  try {
    full = readFileSync(join(directory, 'max_brightness'), 'utf8').trim()
    write('trigger', 'none')
    write('brightness', '0')
  } catch (error) {
    throw ledFault(name, root, error as NodeJS.ErrnoException)
  }

  function put(on: boolean): void {
    try {
      write('brightness', on ? full : '0')
      works = true
    } catch (error) {
      works = false
      fault(`the light ${name} cannot be switched (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`)
    }
  }

  return {
    set(on) {
      if (state === 'open') put(on)
    },
    ok: () => works,
    async close() {
      if (state === 'closed') return
      state = 'closed'
      put(false)
    },
  }
}

/** What is the matter with a light, and what to do. */
export function ledFault(name: string, root: string, { code = 'unknown error' }: { readonly code?: string | undefined }): ConfigurationError {
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return unavailable(
      `The light "${name}" may not be switched by this user (${code}): let the group gpio write its trigger and brightness by a udev rule ` +
        '(docs/guides/gpio.md), and put the user into that group.',
    )
  }
  if (code !== 'ENOENT') return unavailable(`The light "${name}" cannot be switched (${code}): look at ${join(root, name)}.`)
  const there = namesIn(root)
  const has = there.length === 0 ? 'no light at all' : there.join(', ')
  return unavailable(
    `The kernel has no light named "${name}"; it has ${has}. Add the overlay gpio-led to config.txt (docs/guides/gpio.md), or correct the name.`,
  )
}

function namesIn(root: string): readonly string[] {
  try {
    return readdirSync(root).sort()
  } catch {
    return []
  }
}
