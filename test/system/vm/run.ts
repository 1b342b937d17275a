import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const checkout: string = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

/** Of what a program has printed, this much is kept. */
const outputBytesMax = 64 * 1024 * 1024
/** Of it, this much is shown when it fails. */
const shownCharactersMax = 2000

/** What is kept between runs, each in a folder of its own: kernels, trees, package lists. Safe to delete as a whole. */
export function workFolder(...names: readonly string[]): string {
  const folder = [process.env['THIRD_RING_VM'] ?? `${checkout}/var/vm`, ...names].join('/')
  mkdirSync(folder, { recursive: true })
  return folder
}

const isRoot = process.getuid?.() === 0

/** A command that only root may run, asked for without a question that nobody would answer. */
export function asRoot(command: string, parameters: readonly string[]): readonly [string, readonly string[]] {
  return isRoot ? [command, parameters] : ['sudo', ['-n', command, ...parameters]]
}

/** Runs a program to its end and gives what it printed; fails with its last words and what to do. */
export function run(command: string, parameters: readonly string[], next: string, options: { readonly cwd?: string } = {}): Promise<string> {
  const environment = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
  return new Promise((resolve, reject) => {
    execFile(command, [...parameters], { env: environment, maxBuffer: outputBytesMax, ...options }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const words = `${stdout}\n${stderr}`.trim().slice(-shownCharactersMax)
      reject(new Error(`${command} ${parameters.join(' ').slice(0, 300)}: ${words || error.message}\nNext: ${next}`))
    })
  })
}

/** Fails, with the package to install, if a program is not there. */
export function needs(path: string, debian: string): void {
  if (existsSync(path)) return
  throw new Error(`there is no ${path}.\nNext: \`npm run test:gpio\` installs what is missing; by hand: apt-get install ${debian}`)
}
