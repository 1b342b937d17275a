import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { openArchive } from './archive.ts'
import { asRoot, needs, run, workFolder } from './run.ts'

/**
 * A small Debian tree of a suite with these packages in it, made by mmdebstrap (as root: files must belong to whom they belong to), kept by what is in it.
 * It is used read-only: a guest writes into memory.
 */
export async function debianTree(suite: string, include: readonly string[] = []): Promise<string> {
  needs('/usr/bin/mmdebstrap', 'mmdebstrap')
  const packages = [...include].sort().join(',')
  const name = `${suite}-${createHash('sha256').update(packages).digest('hex').slice(0, 8)}`
  const tree = `${workFolder('trees')}/${name}`
  const ready = `${tree}.ready`
  if (existsSync(ready)) return tree
  rmSync(ready, { force: true })
  await run(...asRoot('rm', ['-rf', tree]), 'delete it by hand')
  mkdirSync(tree)
  const { uri } = await openArchive(suite)
  const parameters = [
    '--variant=minbase',
    '--mode=root',
    '--aptopt=Acquire::Languages "none"',
    `--include=${packages}`,
    suite,
    tree,
    `deb ${uri} ${suite} main`,
  ]
  const next = `it needs root (or sudo without a password), and ${uri} with the suite ${suite}`
  await run(...asRoot('mmdebstrap', include.length === 0 ? parameters.filter((word) => !word.startsWith('--include')) : parameters), next)
  writeFileSync(ready, `${packages}\n`)
  return tree
}
