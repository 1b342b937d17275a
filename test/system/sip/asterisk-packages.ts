import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const cache = join(import.meta.dirname, '../../../node_modules/.cache/third-ring')
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Where Debian has Asterisk: not in the release that this machine may have. The one moves daily, the other may go; so both are tried. */
const suites = ['sid', 'bullseye'] as const
/** The file that is written last. */
const done = 'version'

const run = promisify(execFile)
const downloadWithinMs = 240_000

/** An Asterisk in a directory of its own, with every library it needs; nothing of it is installed. */
export interface AsteriskFiles {
  readonly root: string
  /** The Debian release it is from. */
  readonly suite: string
  readonly version: string
}

/** Downloads Debian's packages of Asterisk once and unpacks them below the cache. Fails loudly, with the reason of each release, if none can be had. */
export async function asteriskFiles(): Promise<AsteriskFiles> {
  const there = suites.find((suite) => existsSync(join(cache, `asterisk-${suite}`, done)))
  if (there !== undefined) return unpacked(there)
  const reasons: string[] = []
  for (const suite of suites) {
    try {
      await fetchInto(join(cache, `asterisk-${suite}`), suite)
      return unpacked(suite)
    } catch (error) {
      reasons.push(`${suite}: ${reasonOf(error)}`)
    }
  }
  throw new Error(`there is no Asterisk for the tests of SIP, from none of Debian's releases that have one. ${reasons.join('; ')}`)
}

function reasonOf(error: unknown): string {
  const { message, stderr } = error as Error & { readonly stderr?: string }
  return `${message.split('\n')[0]} ${stderr?.trim() ?? ''}`.trim()
}

function unpacked(suite: string): AsteriskFiles {
  const directory = join(cache, `asterisk-${suite}`)
  return { root: join(directory, 'root'), suite, version: readFileSync(join(directory, done), 'utf8') }
}

/** Beside its place until it is whole: what a kill leaves half done is never taken for it. */
async function fetchInto(directory: string, suite: string): Promise<void> {
  const temporary = `${directory}.${process.pid}`
  try {
    await download(suite, temporary)
    rmSync(directory, { recursive: true, force: true })
    renameSync(temporary, directory)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** With an apt that has its own state, so that this machine's packages stay as they are; from the archive that this machine uses, by its proxy if it has one. */
async function download(suite: string, directory: string): Promise<void> {
  const apt = join(directory, 'apt')
  const archives = join(apt, 'var/cache/apt/archives')
  for (const path of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'var/lib/apt/lists/partial', 'var/lib/dpkg', 'var/cache/apt/archives/partial']) {
    mkdirSync(join(apt, path), { recursive: true })
  }
  writeFileSync(join(apt, 'var/lib/dpkg/status'), '')
  writeFileSync(join(apt, 'etc/apt/sources.list'), `deb [signed-by=${keyring}] ${await archive()} ${suite} main\n`)
  const places = [`Dir "${apt}";`, `Dir::State::status "${apt}/var/lib/dpkg/status";`, 'APT::Sandbox::User "root";', 'Acquire::Retries "3";']
  writeFileSync(join(directory, 'apt.conf'), `${await text('apt-config', ['dump', 'Acquire'])}${places.join('\n')}\n`)
  const environment = { APT_CONFIG: join(directory, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' }
  // Where an index cannot be had, apt-get goes on without it unless told otherwise.
  await text('apt-get', ['-qq', '--error-on=any', 'update'], environment)
  await text('apt-get', ['-qq', '-y', '--download-only', '--no-install-recommends', 'install', 'asterisk'], environment)
  const root = join(directory, 'root')
  mkdirSync(root)
  const packages = readdirSync(archives).filter((name) => name.endsWith('.deb'))
  for (const name of packages) await text('dpkg', ['-x', join(archives, name), root])
  for (const name of ['lib', 'lib64', 'bin', 'sbin']) if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name))
  const asterisk = packages.find((name) => name.startsWith('asterisk_'))
  if (asterisk === undefined) throw new Error('apt-get downloaded no package of that name')
  rmSync(apt, { recursive: true })
  writeFileSync(join(directory, done), decodeURIComponent(asterisk.split('_')[1] ?? ''))
}

/** The archive that this machine's own packages come from. */
async function archive(): Promise<string> {
  const targets = await text('apt-get', ['indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Created-By: Packages'])
  const found = targets.split('\n').find((line) => line.startsWith('Debian http'))
  if (found === undefined) throw new Error('this machine has no archive of Debian among its sources of packages (apt-get indextargets)')
  return found.replace('Debian ', '')
}

async function text(command: string, parameters: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { encoding: 'utf8', timeout: downloadWithinMs, maxBuffer: 1 << 26, env: { ...process.env, ...environment } } as const
  return (await run(command, parameters, options)).stdout
}
