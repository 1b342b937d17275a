import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { asRoot, run } from '../vm/run.ts'
import { debianTree } from '../vm/tree.ts'

/** What the packages need, and nothing of a developer's: one tree serves all the tests of the package, also as a machine that boots. */
const packages = ['systemd-sysv', 'udev', 'nodejs', 'gpiod', 'procps']

/** A clean Debian 13 with Debian's own Node. It is shared: never write into it. */
export function cleanDebian(): Promise<string> {
  return debianTree('trixie', packages)
}

export interface Machine {
  readonly path: string
  /** Runs a command in it and gives what it printed. */
  inside(command: string, ...parameters: readonly string[]): Promise<string>
}

/** A copy to do with as one likes; `forget` takes it away. */
export async function copyOf(tree: string): Promise<Machine & { forget(): Promise<void> }> {
  const path = join(mkdtempSync(join(tmpdir(), 'third-ring-tree-')), 'tree')
  await run(...asRoot('cp', ['-a', '--reflink=auto', tree, path]), 'is the disk full?')
  // Mounts of its own, which are gone with the command.
  const script = 'mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"'
  return {
    path,
    inside: (command, ...parameters) =>
      run(...asRoot('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script, path, command, ...parameters]), `look into ${path}`),
    async forget() {
      await run(...asRoot('rm', ['-rf', '--one-file-system', dirname(path)]), 'delete it by hand')
    },
  }
}
