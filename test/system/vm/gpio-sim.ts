import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Archive } from './archive.ts'
import { needs, run, workFolder } from './run.ts'

const sources = ['drivers/gpio/gpio-sim.c', 'drivers/gpio/gpiolib.h', 'kernel/irq/irq_sim.c']

/**
 * Builds the kernel's simulated GPIO chip (`drivers/gpio/gpio-sim.c`) from Debian's own source of that kernel: Debian 12 and 13 leave it out. Headers are
 * unpacked and not installed, so that they always fit the kernel.
 */
export async function buildGpioSim(archive: Archive, release: string): Promise<string> {
  needs('/usr/bin/gcc', 'gcc')
  needs('/usr/bin/make', 'make')
  needs('/usr/bin/xz', 'xz-utils')
  const folder = workFolder('kernels', archive.suite, 'gpio-sim')
  const headers = await unpackHeaders(archive, release, `${folder}/headers`)
  await unpackSources(archive, release, folder)
  const simulatedInterrupts = readFileSync(`${folder}/irq_sim.c`, 'utf8')
    // The kernel does not export irq_to_desc to modules.
    .replace('irq_to_desc(irqnum)', 'irq_data_to_desc(irq_get_irq_data(irqnum))')
    .replace('#include <linux/irq.h>', '#include <linux/irq.h>\n#include <linux/irqdesc.h>')
  writeFileSync(`${folder}/irq_sim.c`, simulatedInterrupts)
  // Debian leaves out IRQ_SIM as well: it becomes a part of the module.
  writeFileSync(`${folder}/Kbuild`, 'obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n')
  await run('make', ['-C', headers, `M=${folder}`, 'modules'], `read what the compiler says; the sources are in ${folder}`)
  const built = `${workFolder('kernels', archive.suite)}/gpio-sim.ko`
  copyFileSync(`${folder}/gpio-sim.ko`, built)
  rmSync(folder, { recursive: true })
  return built
}

/** The headers of this kernel, made to find one another below `into`. */
async function unpackHeaders(archive: Archive, release: string, into: string): Promise<string> {
  const headers = `linux-headers-${release}`
  const parts = (await archive.depends(headers)).filter((name) => /^linux-(headers|kbuild)-/.test(name))
  await archive.unpack([headers, ...parts], into)
  const folder = `${into}/usr/src/${headers}`
  const makefile = readFileSync(`${folder}/Makefile`, 'utf8')
  writeFileSync(`${folder}/Makefile`, makefile.replaceAll('/usr/src/', `${into}/usr/src/`))
  return folder
}

async function unpackSources(archive: Archive, release: string, into: string): Promise<void> {
  const name = `linux-source-${/^\d+\.\d+/.exec(release)?.[0]}`
  const paths = sources.map((path) => `${name}/${path}`)
  // The last tar ends as soon as it has its three files, and the rest of the pipe with it: hence no look at their status.
  const pipe = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | xz -dc | tar -x --occurrence=1 -C "$3" --strip-components=1 "$@"'
  const script = `exec 2>/dev/null; one=$1 two=$2 three=$3; shift 3; ${pipe.replace('$1', '$one').replace('$2', '$two').replace('$3', '$three')}; true`
  const parameters = ['-c', script, 'sh', await archive.download(name), name, into, ...paths]
  await run('sh', parameters, 'is the disk full?')
  for (const path of sources) {
    const file = `${into}/${path}`
    if (!existsSync(file)) throw new Error(`${name} has no ${path}.\nNext: mend ${import.meta.filename}; the kernel's sources have moved`)
    renameSync(file, `${into}/${path.endsWith('gpio-sim.c') ? 'gpio-sim-main.c' : path.replace(/.*\//, '')}`)
  }
}
