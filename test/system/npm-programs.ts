import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const cache = join(import.meta.dirname, '../../node_modules/.cache/third-ring')

/**
 * A directory with the packages that a `package.json` and its lock beside this file name, for a check that is too heavy for the project's own
 * dependencies. Installed once and kept; without optional packages and install scripts, which the checks do not need. Fails the test if they cannot be had.
 */
export function npmDirectory(name: string): string {
  const from = join(import.meta.dirname, name)
  const to = join(cache, name)
  const lock = readFileSync(join(from, 'package-lock.json'), 'utf8')
  const installed = join(to, 'installed.json')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return to
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(from, file), join(to, file))
  const { status, stderr } = spawnSync('npm', ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: to, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm could not install the packages of test/system/${name}: ${stderr}`)
  writeFileSync(installed, lock)
  return to
}
