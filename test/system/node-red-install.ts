import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const here = join(import.meta.dirname, 'node-red')
const { version } = (JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> }).packages[
  'node_modules/node-red'
] ?? { version: 'unknown' }
const directory = join(here, '../../../node_modules/.cache/third-ring', `node-red-${version}`)

/**
 * Node-RED's own program, in exactly the version of the lock file; installed by npm on the first run, into this checkout's cache. Throws with npm's own
 * words if that fails. It is a tool of this one test and no part of the product.
 */
export function installNodeRed(): string {
  const program = join(directory, 'node_modules/node-red/red.js')
  if (existsSync(program)) return program
  mkdirSync(directory, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(here, file), join(directory, file))
  execFileSync('npm', ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] })
  if (!existsSync(program)) throw new Error(`npm has installed node-red ${version}, but there is no ${program}`)
  return program
}
