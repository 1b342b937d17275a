/**
 * Makes a checkout ready to run: the right Node, the installed packages, the compiled program. It runs before anything is installed, so it uses Node
 * alone. With nothing to do it says nothing and takes about a second.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

checkNode()
if (!isInstalled()) install()
compile()

/** The least version is said once, in package.json. */
function checkNode() {
  const least = JSON.parse(readFileSync(file('package.json'), 'utf8')).engines.node.replace('>=', '')
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [leastMajor, leastMinor] = least.split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  giveUp(
    `This is Node ${process.versions.node}; third-ring needs ${least} or newer.`,
    'Install a newer Node (https://nodejs.org), then run the same command again.',
  )
}

/** npm writes its own copy of the lock file when, and only when, it has installed everything; an older one belongs to another package-lock.json. */
function isInstalled() {
  const written = file('node_modules/.package-lock.json')
  return existsSync(written) && statSync(written).mtimeMs >= statSync(file('package-lock.json')).mtimeMs
}

function install() {
  console.log('third-ring: installing packages (once; about half a minute) …')
  // The compiler is a development dependency: it is wanted whatever NODE_ENV or the user's npm settings say.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    failed: 'npm could not install the packages.',
    next: 'Read its message above; it is mostly the network or a proxy. Then run the same command again.',
  })
}

/** Incremental: only what has changed since is compiled. */
function compile() {
  if (!existsSync(file('dist/main.js'))) console.log('third-ring: compiling …')
  run(process.execPath, [file('node_modules/typescript/bin/tsc'), '-b', 'src'], {
    failed: 'The program could not be compiled.',
    next: 'Mend the places named above; in an untouched checkout run `npm ci` first, then the same command again.',
  })
}

function run(command, parameters, { failed, next }) {
  // npm is a script, which Windows starts through its shell only.
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit', shell: command === 'npm' && process.platform === 'win32' })
  if (status !== 0) giveUp(error === undefined ? failed : `${failed} (${error.message})`, next)
}

function giveUp(...sentences) {
  console.error(`third-ring: ${sentences.join('\n')}`)
  process.exit(1)
}
