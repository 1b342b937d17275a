import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, run } from '../vm/run.ts'

export interface Built {
  readonly amd64: string
  readonly arm64: string
}

/** Builds the packages of this checkout into a folder, as `npm run package` does. */
export async function buildPackages(out: string, version?: string): Promise<Built> {
  await build(out, version)
  return { amd64: packageIn(out, 'amd64', version), arm64: packageIn(out, 'arm64', version) }
}

/** The same for one architecture, in half the time. */
export async function buildPackage(arch: keyof Built, out: string, version?: string): Promise<string> {
  await build(out, version, ['--arch', arch])
  return packageIn(out, arch, version)
}

async function build(out: string, version: string | undefined, more: readonly string[] = []): Promise<void> {
  const words = ['scripts/package.js', '--out', out, ...(version === undefined ? [] : ['--version', version]), ...more]
  await run(process.execPath, words, 'run `npm run package`', { cwd: checkout })
}

function packageIn(out: string, arch: keyof Built, version: string | undefined): string {
  const file = readdirSync(out).find((name) => name.endsWith(`_${arch}.deb`) && (version === undefined || name.includes(`_${version}_`)))
  if (file === undefined) throw new Error(`no package for ${arch} in ${out}`)
  return join(out, file)
}
