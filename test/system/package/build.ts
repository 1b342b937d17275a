import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, run } from '../vm/run.ts'

export interface Built {
  readonly amd64: string
  readonly arm64: string
}

/** Builds the packages of this checkout into a folder, as `npm run package` does. */
export async function buildPackages(out: string, version?: string): Promise<Built> {
  const words = ['scripts/package.js', '--out', out, ...(version === undefined ? [] : ['--version', version])]
  await run(process.execPath, words, 'run `npm run package`', { cwd: checkout })
  const find = (arch: string) => {
    const file = readdirSync(out).find((name) => name.endsWith(`_${arch}.deb`) && (version === undefined || name.includes(`_${version}_`)))
    if (file === undefined) throw new Error(`no package for ${arch} in ${out}`)
    return join(out, file)
  }
  return { amd64: find('amd64'), arm64: find('arm64') }
}
