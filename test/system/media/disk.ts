import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Runs a program of the machine's, and says what it said if it fails. These tests mount file systems: they need root, and fail without it. */
export function run(program: string, ...parameters: readonly string[]): string {
  return execFileSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A directory for one test, with nothing mounted in it when it ends. */
export function workplace(): string {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-media-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A file with a small ext4 in it. */
export function makeImage(image: string, megabytes: number): void {
  run('/usr/bin/truncate', '-s', `${megabytes}M`, image)
  run('/usr/sbin/mkfs.ext4', '-q', '-F', '-m', '0', '-J', 'size=1', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image)
}

export interface MountedDisk {
  readonly path: string
  unmount(): void
}

/** Mounts an image through a loop device until the test ends. */
export function mountImage(image: string, path: string): MountedDisk {
  mkdirSync(path, { recursive: true })
  run('/usr/bin/mount', '-o', 'loop', image, path)
  let mounted = true
  const unmount = (): void => {
    if (mounted) run('/usr/bin/umount', path)
    mounted = false
  }
  onTestFinished(() => {
    // A test that failed may have left something open in it.
    if (mounted) run('/usr/bin/umount', '-l', path)
  })
  return { path, unmount }
}
