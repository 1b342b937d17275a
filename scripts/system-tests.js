/**
 * Runs the tests against real programs, after installing those that are missing from Debian's packages. Parameters go on to vitest:
 * `npm run test:system -- mosquitto` runs the files whose names have that word.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What the tests start, where Debian puts it, and the package it comes in. */
const programs = [
  { path: '/usr/sbin/mosquitto', debian: 'mosquitto' },
  { path: '/usr/bin/mosquitto_sub', debian: 'mosquitto-clients' },
  { path: '/usr/bin/chromium', debian: 'chromium' },
  // The microcontroller's program: built, run in simavr, and its pure parts on this machine.
  { path: '/usr/bin/make', debian: 'make' },
  { path: '/usr/bin/gcc', debian: 'gcc' },
  { path: '/usr/include/stdio.h', debian: 'libc6-dev' },
  { path: '/usr/bin/avr-gcc', debian: 'gcc-avr' },
  { path: '/usr/bin/avr-objcopy', debian: 'binutils-avr' },
  { path: '/usr/lib/avr/include/avr/io.h', debian: 'avr-libc' },
  { path: '/usr/include/simavr/sim_avr.h', debian: 'libsimavr-dev' },
  { path: '/usr/include/libelf.h', debian: 'libelf-dev' },
  { path: '/usr/bin/socat', debian: 'socat' },
]

const root = fileURLToPath(new URL('..', import.meta.url))

installMissing()
run(process.execPath, [fileURLToPath(new URL('set-up.js', import.meta.url))], 'the checkout could not be set up')
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.system.config.ts', ...process.argv.slice(2)])

function installMissing() {
  const missing = programs.filter(({ path }) => !existsSync(path)).map(({ debian }) => debian)
  if (missing.length === 0) return
  const byHand = `install ${missing.join(', ')} by hand, then run the same command again`
  if (!existsSync('/usr/bin/apt-get')) giveUp(`this machine has no apt-get: ${byHand}`)
  console.log(`third-ring: installing ${missing.join(', ')} from Debian's packages …`)
  // Nobody is there to answer: neither sudo nor a package may ask.
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [command, ...aptGet] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y']
  run(command, [...aptGet, 'update'], `apt-get update failed (it needs root, or sudo without a password): ${byHand}`)
  run(command, [...aptGet, 'install', '--no-install-recommends', ...missing], `apt-get could not install everything: ${byHand}`)
  const still = programs.filter(({ path }) => !existsSync(path)).map(({ path }) => path)
  if (still.length > 0) giveUp(`the packages are installed, but there is no ${still.join(', no ')}`)
}

/** Ends this program with the other one's status if that fails. */
function run(command, parameters, failed) {
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  if (failed !== undefined || error !== undefined) giveUp(failed ?? error.message)
  process.exit(status ?? 1)
}

function giveUp(sentence) {
  console.error(`third-ring: ${sentence}`)
  process.exit(1)
}
