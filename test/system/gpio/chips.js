// Simulated GPIO chips (the kernel's gpio-sim), made and looked at through the kernel's own files. Runs in the guest.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

const read = (file) => readFileSync(file, 'utf8').trim()

/** Makes a chip with so many lines and this label. `drive` is what stands on the board: a contact that pulls a line. `value` is what a meter would show. */
export function makeChip(name, lines, label) {
  const config = `/sys/kernel/config/gpio-sim/${name}`
  mkdirSync(`${config}/bank0`, { recursive: true })
  writeFileSync(`${config}/bank0/num_lines`, String(lines))
  writeFileSync(`${config}/bank0/label`, label)
  writeFileSync(`${config}/live`, '1')
  const device = read(`${config}/bank0/chip_name`)
  const directory = `/sys/devices/platform/${read(`${config}/dev_name`)}/${device}`
  return {
    device,
    label,
    drive: (line, high) => writeFileSync(`${directory}/sim_gpio${line}/pull`, high ? 'pull-up' : 'pull-down'),
    value: (line) => Number(read(`${directory}/sim_gpio${line}/value`)),
  }
}

/** The chips as sysfs numbers them. */
export function sysfsChips() {
  const root = '/sys/class/gpio'
  const names = existsSync(root) ? readdirSync(root).filter((name) => /^gpiochip\d+$/.test(name)) : []
  return names.map((name) => ({
    label: read(`${root}/${name}/label`),
    base: Number(read(`${root}/${name}/base`)),
    lines: Number(read(`${root}/${name}/ngpio`)),
  }))
}

/** The lines that sysfs has handed out, by the kernel's number. */
export function exported() {
  return readdirSync('/sys/class/gpio')
    .map((name) => Number(/^gpio(\d+)$/.exec(name)?.[1]))
    .filter((number) => !Number.isNaN(number))
    .sort((one, other) => one - other)
}
