import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { firstLine, type GuestInit, guestInit, tagOf } from './init.ts'
import { makeInitramfs } from './initramfs.ts'
import type { Kernel } from './kernel.ts'
import { asRoot, needs } from './run.ts'

const qemu = '/usr/bin/qemu-system-x86_64'
const memoryMiBDefault = 1024
/** What qemu's processor must emulate at a cost, and nothing here needs. */
const processor = 'max,-avx,-avx2,-la57,-smap,-smep,-pku'
/**
 * One, since a kernel changes its own code while it runs: of two emulated processors one may still be about to run what the other has replaced by then, and
 * the kernel takes that for a fault.
 */
const processors = 1
/**
 * The guest's clock counts its instructions, each two nanoseconds, and follows this machine's clock only while the guest waits: to what runs in it, it is always
 * a machine of 500 million instructions a second, slower than the boards that the agent is meant for. However busy this machine is, no time in the guest runs
 * out for want of a processor, and what took so long there would take about so long on a small board.
 */
const clock = 'shift=1'
const machineWords = `-accel tcg -icount ${clock} -cpu ${processor} -M q35 -smp ${processors} -nodefaults -no-reboot -display none -monitor none -serial stdio`
/** A kernel that dies while it starts has tested nothing of ours; it is started again, up to so many times in all. */
const startsMax = 3
/** After asking qemu to end, so long until it is killed. */
const killAfterSeconds = 5

export interface Boot extends GuestInit {
  readonly kernel: Kernel
  /** A Debian tree; `/` is this machine's own, with everything that is installed here. */
  readonly tree: string
  /** Where everything that the guest prints is kept. */
  readonly log: string
  /** A guest that takes longer is ended, and its status is `undefined`. */
  readonly limitSeconds: number
  readonly memoryMiB?: number
  readonly onLine?: (line: string) => void
}

export interface Ended {
  /** The status of the command; `undefined` where the guest did not come so far. */
  readonly status: number | undefined
  readonly lines: readonly string[]
}

/**
 * Starts a machine with qemu's own processor (no KVM: it works anywhere, at about a tenth of the speed), waits for its end and gives what it printed.
 * The end is the line `GUEST rc=<status>`.
 */
export async function boot(options: Boot): Promise<Ended> {
  const { kernel, tree, shares, log, limitSeconds, onLine } = options
  needs(qemu, 'qemu-system-x86')
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-vm-'))
  try {
    const initramfs = await makeInitramfs(kernel, guestInit(options), folder)
    const memoryMiB = options.memoryMiB ?? memoryMiBDefault
    const machine = `${machineWords} -m ${memoryMiB}`.split(' ')
    const files = [{ tag: 'tree', path: tree, writable: false }, ...shares.map((share, index) => ({ tag: tagOf(index), ...share }))].flatMap(fileSystem)
    // no_timer_check: on a busy machine the emulated timer may be late, which the kernel would take for a broken board.
    const kernelWords = `console=ttyS0 quiet loglevel=1 panic=-1 mitigations=off no_timer_check ${options.init === 'systemd' ? systemdWords : ''}`
    const parameters = [...machine, '-kernel', kernel.image, '-initrd', initramfs, '-append', kernelWords]
    // Another tree belongs to root, and only root may read all of it.
    const limited = ['timeout', '--foreground', '-k', `${killAfterSeconds}`, `${limitSeconds}`, qemu, ...parameters, ...files]
    // Should this process be killed, the guest is ended all the same.
    const words = ['--pdeathsig', 'TERM', ...limited]
    const [command, rest] = tree === '/' ? ['setpriv', words] : asRoot('setpriv', words)
    for (let start = 1; ; start += 1) {
      const ended = await watch(command, rest, createWriteStream(log, { flags: start === 1 ? 'w' : 'a' }), onLine)
      if (!diedAtStart(ended) || start === startsMax) return ended
      onLine?.(`the kernel died before its command began, and is started again: ${start} of ${startsMax}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const isFirst = (line: string): boolean => line.endsWith(firstLine)

function diedAtStart({ status, lines }: Ended): boolean {
  return status === undefined && !lines.some(isFirst) && lines.some((line) => line.includes('Kernel panic'))
}

/** No file system table of the tree, no questions on a first boot, and none of the work that a new /usr brings (users, libraries): it is not new. */
const systemdWords = 'fstab=no systemd.firstboot=off systemd.condition-needs-update=false systemd.show_status=no'

function fileSystem({ tag, path, writable }: { tag: string; path: string; writable?: boolean }): readonly string[] {
  const options = `local,id=${tag},path=${path.replaceAll(',', ',,')},security_model=none,readonly=${writable === true ? 'off' : 'on'},multidevs=remap`
  return ['-fsdev', options, '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]
}

/** systemd resets the terminal before it lets a service write on it. */
const plain = (written: string): string => stripVTControlCharacters(written.replaceAll('\u001b[!p', '')).replaceAll('\r', '')

function watch(command: string, parameters: readonly string[], file: WriteStream, onLine?: (line: string) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
    const end = () => void child.kill('SIGTERM')
    process.once('exit', end)
    const lines: string[] = []
    let status: number | undefined
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (written) => {
        const line = plain(written)
        file.write(`${line}\n`)
        lines.push(line)
        const ended = /GUEST rc=(\d+)$/.exec(line)?.[1]
        if (ended !== undefined) status = Number(ended)
        else if (!isFirst(line)) onLine?.(line)
      })
    }
    child.once('error', reject)
    child.once('close', () => {
      process.removeListener('exit', end)
      file.end(() => resolve({ status, lines }))
    })
  })
}
