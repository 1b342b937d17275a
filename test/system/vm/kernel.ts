import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type Archive, openArchive, ownSuite } from './archive.ts'
import { buildGpioSim } from './gpio-sim.ts'
import { needs, run, workFolder } from './run.ts'

/** Debian's kernel, unpacked and not installed. */
export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string
  readonly image: string
  /** The folder that holds `lib/modules/<release>`. */
  readonly root: string
  /** The simulated GPIO chip, built here where Debian's kernel does not ship it. */
  readonly gpioSim?: string
}

/** What is of the kernel itself among its dependencies: newer kernels come in several packages. */
const ofTheKernel = /^linux-(image|binary|base|modules)-/

/** The kernel of this machine's own Debian, or of another suite; prepared once and then kept. */
export async function prepareKernel(suite?: string): Promise<Kernel> {
  if (process.arch !== 'x64') throw new Error(`this machine is ${process.arch}.\nNext: run the tests of real kernels on amd64`)
  const wanted = suite ?? (await ownSuite())
  const folder = workFolder('kernels', wanted)
  const ready = `${folder}/kernel.json`
  if (existsSync(ready)) return JSON.parse(readFileSync(ready, 'utf8')) as Kernel
  needs('/sbin/depmod', 'kmod')
  const archive = await openArchive(wanted)
  const packages = await kernelPackages(archive)
  const root = `${folder}/root`
  rmSync(root, { recursive: true, force: true })
  await archive.unpack(packages, root)
  const kernel = await complete(archive, root)
  writeFileSync(`${ready}.new`, JSON.stringify(kernel))
  renameSync(`${ready}.new`, ready)
  rmSync(workFolder('apt', wanted, 'downloads'), { recursive: true })
  return kernel
}

async function kernelPackages(archive: Archive): Promise<readonly string[]> {
  const found = new Set<string>()
  const ask = ['linux-image-amd64']
  for (let name = ask.pop(); name !== undefined; name = ask.pop()) {
    if (found.has(name)) continue
    found.add(name)
    ask.push(...(await archive.depends(name)).filter((other) => ofTheKernel.test(other)))
  }
  return [...found]
}

async function complete(archive: Archive, root: string): Promise<Kernel> {
  // Newer packages have everything below /usr/lib only.
  const modules = [`${root}/lib/modules`, `${root}/usr/lib/modules`].find((path) => existsSync(path))
  const release = modules === undefined ? undefined : readdirSync(modules)[0]
  if (modules === undefined || release === undefined) throw new Error(`${archive.suite}: the kernel's package holds no modules`)
  if (!existsSync(`${root}/lib`)) symlinkSync('usr/lib', `${root}/lib`)
  const image = [`${root}/boot/vmlinuz-${release}`, `${modules}/${release}/vmlinuz`].find((path) => existsSync(path))
  if (image === undefined) throw new Error(`${archive.suite}: the kernel's package holds no kernel`)
  await run('depmod', ['-b', root, release], 'is the disk full?')
  const shipped = readFileSync(`${modules}/${release}/modules.dep`, 'utf8').includes('gpio-sim.ko')
  return { release, image, root, ...(shipped ? {} : { gpioSim: await buildGpioSim(archive, release) }) }
}
