/** The npm packages that the program needs at run time, by package-lock.json, and which of their files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow } from './contents.js'

/**
 * Needed to build native parts or for types alone. Optional packages are left out as well: the only one is onoff, whose `epoll` must be compiled for the
 * very Node that runs it; the package recommends Debian's gpiod in its place.
 */
const notAtRunTime = /(^|\/)node_modules\/(@types\/.*|undici-types|node-addon-api|napi-macros)$/

/** Types, maps, sources and manuals: none of it runs. Licences stay. */
const notNeeded = [
  /\.d\.[cm]?ts$/,
  /\.ts$/,
  /\.map$/,
  /\.(tsbuildinfo|gyp|gypi|cc|cpp|h|hh|hpp|c|py|sh|yml|flow|html|css|png|svg)$/,
  /^(?!licen[cs]e|copying|notice).*\.(md|markdown)$/i,
  /^(test|tests|__tests__|examples?|docs?|benchmarks?|bench|deps|src|ref)\//,
  /^tests?\.[cm]?js$/,
  /(^|\/)\.[^/]+/,
]
/** Packages whose `src` runs. */
const sourceRuns = new Set(['debug'])

/** Each package with its path from the root and the files to take; with the native parts of one platform alone (`linux-x64`). */
export function packagesOf(root, platform) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional && !notAtRunTime.test(path))
    .map(([path, { version, license }]) => ({ path, name: path.replace(/.*node_modules\//, ''), version, license, files: filesOf(root, path, platform) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}

function filesOf(root, path, platform) {
  const name = path.replace(/.*node_modules\//, '')
  return filesBelow(join(root, path)).filter((file) => {
    // Packages within packages are listed by themselves.
    if (file.startsWith('node_modules/')) return false
    if (file.startsWith('prebuilds/')) return file.startsWith(`prebuilds/${platform}/`) && !file.includes('musl')
    if (name === 'mqtt' && file.startsWith('dist/')) return false
    if (sourceRuns.has(name) && file.startsWith('src/')) return true
    return !notNeeded.some((pattern) => pattern.test(file))
  })
}
