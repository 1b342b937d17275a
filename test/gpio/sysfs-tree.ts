import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Chip } from '../../src/gpio/chips.ts'

/** A directory that looks like /sys/class/gpio with these chips. */
export function sysfsTree(chips: readonly Chip[]): string {
  const root = mkdtempSync(join(tmpdir(), 'third-ring-gpio-'))
  for (const { name, label, base, lines } of chips) {
    mkdirSync(join(root, name))
    writeFileSync(join(root, name, 'base'), `${base}\n`)
    writeFileSync(join(root, name, 'ngpio'), `${lines}\n`)
    writeFileSync(join(root, name, 'label'), `${label}\n`)
  }
  return root
}
