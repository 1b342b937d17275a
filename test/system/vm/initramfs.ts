import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { openArchive, ownSuite } from './archive.ts'
import type { Kernel } from './kernel.ts'
import { needs, run, workFolder } from './run.ts'

/** What the guest needs before it has its tree, and gpio-sim. */
const modules = ['virtio_pci', '9p', '9pnet_virtio', 'overlay', 'configfs', 'gpio-sim', 'autofs4']

/** Writes a first root file system into `folder`: busybox, the kernel's modules and the given `/init`. Gives the file's path. */
export async function makeInitramfs(kernel: Kernel, init: string, folder: string): Promise<string> {
  needs('/usr/bin/cpio', 'cpio')
  const root = `${folder}/initramfs`
  rmSync(root, { recursive: true, force: true })
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'upper', 'new']) mkdirSync(`${root}/${name}`, { recursive: true })
  copyFileSync(await busybox(), `${root}/bin/busybox`)
  const files = await moduleFiles(kernel)
  for (const file of files) {
    if (file.endsWith('.xz')) await run('sh', ['-c', 'xz -dc "$1" > "$2"', 'sh', file, `${root}/modules/${moduleName(file)}`], 'is the disk full?')
    else copyFileSync(file, `${root}/modules/${moduleName(file)}`)
  }
  writeFileSync(`${root}/modules/order`, files.map((file) => `${moduleName(file)}\n`).join(''))
  writeFileSync(`${root}/init`, init, { mode: 0o755 })
  const packed = `${folder}/initramfs.cpio.gz`
  await run('sh', ['-c', 'cd "$1" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1 > "$2"', 'sh', root, packed], 'is the disk full?')
  rmSync(root, { recursive: true })
  return packed
}

const moduleName = (file: string): string => basename(file).replace(/\.xz$/, '')

/** The files of the modules, each after those that it needs. What is built into the kernel has none. */
async function moduleFiles(kernel: Kernel): Promise<readonly string[]> {
  const files = new Set<string>()
  for (const name of modules) {
    if (name === 'gpio-sim' && kernel.gpioSim !== undefined) files.add(kernel.gpioSim)
    else {
      const words = await run('modprobe', ['-S', kernel.release, '-d', kernel.root, '--show-depends', name], `delete ${kernel.root}, then run again`)
      for (const [, file] of words.matchAll(/^insmod (\S+)/gm)) files.add(file ?? '')
    }
  }
  return [...files]
}

/** A busybox without libraries, unpacked and not installed: many machines have the other one, and the two packages exclude each other. */
async function busybox(): Promise<string> {
  const folder = workFolder('busybox')
  const file = `${folder}/bin/busybox`
  if (existsSync(file)) return file
  const archive = await openArchive(await ownSuite())
  await archive.unpack(['busybox-static'], folder)
  // Debian 13 has it below /usr alone.
  if (!existsSync(file)) {
    mkdirSync(`${folder}/bin`)
    writeFileSync(file, readFileSync(`${folder}/usr/bin/busybox`), { mode: 0o755 })
  }
  return file
}
