import { existsSync } from 'node:fs'
import { giveUp, run } from './run.js'

/** What the tests start, by the files of tests that start it: where Debian puts it, and the package it comes in. */
const groups = [
  {
    tests: ['mosquitto', 'desk', 'asyncapi', 'home-assistant', 'gap-repair', 'broker', 'node-red', 'thousand-kills', 'slow-disk', 'offline', 'fuzz', 'secrets'],
    programs: [
      { path: '/usr/bin/openssl', debian: 'openssl' },
      { path: '/usr/sbin/mosquitto', debian: 'mosquitto' },
      { path: '/usr/bin/mosquitto_sub', debian: 'mosquitto-clients' },
    ],
  },
  {
    // A clock that is turned back is compiled.
    tests: ['mosquitto-clock'],
    programs: [
      { path: '/usr/sbin/mosquitto', debian: 'mosquitto' },
      { path: '/usr/bin/gcc', debian: 'gcc' },
      { path: '/usr/include/stdio.h', debian: 'libc6-dev' },
    ],
  },
  {
    // Home Assistant's templates in the Jinja that it uses.
    tests: ['home-assistant'],
    programs: [
      { path: '/usr/bin/python3', debian: 'python3' },
      { path: '/usr/lib/python3/dist-packages/jinja2/__init__.py', debian: 'python3-jinja2' },
    ],
  },
  {
    tests: ['prometheus'],
    programs: [
      { path: '/usr/bin/prometheus', debian: 'prometheus' },
      { path: '/usr/bin/promtool', debian: 'prometheus' },
    ],
  },
  {
    // A cluster of three and the load balancer before it.
    tests: ['rabbitmq'],
    programs: [
      { path: '/usr/lib/rabbitmq/bin/rabbitmq-server', debian: 'rabbitmq-server' },
      { path: '/usr/sbin/haproxy', debian: 'haproxy' },
    ],
  },
  {
    // A library that makes the disk slow, built here; a serial cable.
    tests: ['slow-disk'],
    programs: [
      { path: '/usr/bin/gcc', debian: 'gcc' },
      { path: '/usr/include/stdio.h', debian: 'libc6-dev' },
      { path: '/usr/bin/socat', debian: 'socat' },
    ],
  },
  {
    // Telephone exchanges and telephones. Asterisk is in none of Debian's present releases: the tests unpack another one's (test/system/sip).
    tests: ['sip-exchange', 'sip-programs', 'sip-stack', 'sip-calls', 'sip-forwarding', 'absence-calls'],
    programs: [
      { path: '/usr/sbin/kamailio', debian: 'kamailio' },
      { path: '/usr/share/doc/kamailio-presence-modules', debian: 'kamailio-presence-modules' },
      { path: '/usr/bin/baresip', debian: 'baresip-core' },
      { path: '/usr/bin/sipp', debian: 'sip-tester' },
      { path: '/usr/sbin/mosquitto', debian: 'mosquitto' },
    ],
  },
  // Everything of it is our own.
  { tests: ['sip-fuzz', 'death-matrix'], programs: [] },
  { tests: ['wrong-clock'], programs: [{ path: '/usr/share/doc/libfaketime', debian: 'libfaketime' }] },
  { tests: ['dashboard'], programs: [{ path: '/usr/bin/chromium', debian: 'chromium' }] },
  {
    // The microcontroller's program: built, run in simavr, and its pure parts on this machine.
    tests: ['bridge', 'firmware'],
    programs: [
      { path: '/usr/bin/make', debian: 'make' },
      { path: '/usr/bin/gcc', debian: 'gcc' },
      { path: '/usr/include/stdio.h', debian: 'libc6-dev' },
      { path: '/usr/bin/avr-gcc', debian: 'gcc-avr' },
      { path: '/usr/bin/avr-objcopy', debian: 'binutils-avr' },
      { path: '/usr/lib/avr/include/avr/io.h', debian: 'avr-libc' },
      { path: '/usr/include/simavr/sim_avr.h', debian: 'libsimavr-dev' },
      { path: '/usr/include/libelf.h', debian: 'libelf-dev' },
      { path: '/usr/bin/socat', debian: 'socat' },
    ],
  },
  {
    // The virtual machine: a processor, what its first root file system and its simulated chip are made with, and Debian trees.
    tests: ['gpio', 'systemd', 'package'],
    programs: [
      { path: '/usr/bin/qemu-system-x86_64', debian: 'qemu-system-x86' },
      { path: '/usr/bin/cpio', debian: 'cpio' },
      { path: '/sbin/depmod', debian: 'kmod' },
      { path: '/usr/bin/xz', debian: 'xz-utils' },
      { path: '/usr/bin/make', debian: 'make' },
      { path: '/usr/bin/gcc', debian: 'gcc' },
      { path: '/usr/lib/x86_64-linux-gnu/libelf.so.1', debian: 'libelf1' },
      { path: '/usr/bin/mmdebstrap', debian: 'mmdebstrap' },
      { path: '/usr/bin/gpiomon', debian: 'gpiod' },
      // onoff has a part that is compiled; without a compiler npm leaves it out and says nothing.
      { path: '/usr/bin/g++', debian: 'g++' },
      { path: '/usr/bin/python3', debian: 'python3' },
    ],
  },
  {
    // Small real file systems on loop devices, and a disk that remembers what the kernel did to it.
    tests: ['disk-full', 'power-cut'],
    programs: [
      { path: '/usr/sbin/mkfs.ext4', debian: 'e2fsprogs' },
      { path: '/usr/bin/mount', debian: 'mount' },
      { path: '/usr/bin/python3', debian: 'python3' },
      { path: '/usr/lib/python3/dist-packages/fusepy.py', debian: 'python3-fusepy' },
    ],
  },
]

/** Installs what the tests chosen by `words` start and this machine has not; ends this program where that cannot be done. */
export function installMissing(words) {
  const programs = wantedPrograms(words)
  const missing = [...new Set(programs.filter(({ path }) => !existsSync(path)).map(({ debian }) => debian))]
  if (missing.length === 0) return
  const byHand = `install ${missing.join(', ')} by hand, then run the same command again`
  if (!existsSync('/usr/bin/apt-get')) giveUp(`this machine has no apt-get: ${byHand}`)
  console.log(`third-ring: installing ${missing.join(', ')} from Debian's packages …`)
  // Nobody is there to answer: neither sudo nor a package may ask. In runlevel 1 no service is started: the tests start their own.
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [command, ...aptGet] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
  run(command, [...aptGet, 'update'], { failed: `apt-get update failed (it needs root, or sudo without a password): ${byHand}` })
  run(command, [...aptGet, 'install', '--no-install-recommends', ...missing], { failed: `apt-get could not install everything: ${byHand}` })
  const still = programs.filter(({ path }) => !existsSync(path)).map(({ path }) => path)
  if (still.length > 0) giveUp(`the packages are installed, but there is no ${still.join(', no ')}`)
}

/** Those of the tests that the words choose, as vitest does: by a part of the file's name. With a word that is none of them, all. */
function wantedPrograms(words) {
  const chosen = ({ tests }) => words.some((word) => tests.some((test) => test.includes(word)))
  const known = words.length > 0 && words.every((word) => groups.some(({ tests }) => tests.some((test) => test.includes(word))))
  return (known ? groups.filter(chosen) : groups).flatMap((group) => group.programs)
}
