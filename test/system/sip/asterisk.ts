import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ownAddress } from './addresses.ts'
import { type AsteriskSettings, asteriskConfig } from './asterisk-config.ts'
import { type AsteriskFiles, asteriskFiles } from './asterisk-packages.ts'
import { type Program, startProgram } from './program.ts'
import { until } from './until.ts'

/** A real Asterisk of one's own: an ordinary process of this user on an address of its own, with what it remembers in a directory of its own. */
export interface Asterisk {
  readonly address: string
  readonly files: AsteriskFiles
  start(): Promise<void>
  stop(): Promise<void>
  /** SIGKILL. What it has written to its database is there when it starts again: registrations, forwarding. */
  kill(): Promise<void>
  /** What it has said in its console. */
  said(): string
  /** A command of its console. */
  console(command: string): Promise<string>
  /** What its database has under a key, such as `CF/101`; undefined if there is nothing. */
  stored(key: string): Promise<string | undefined>
  /** Waits until a key is in its database's file, so that it survives a power cut: Asterisk writes only every second or so. */
  written(key: string): Promise<void>
  /** The telephones that are registered now. */
  registered(): Promise<readonly string[]>
  /** How it sees an extension: `Idle`, `Ringing`, `InUse`, `Hold` (by the other side) … */
  hint(number: string): Promise<string | undefined>
  hintIs(number: string, state: string): Promise<void>
  /** Waits until no call is under way. */
  quiet(): Promise<void>
  /** Stops it and removes its directory. */
  remove(): Promise<void>
}

const run = promisify(execFile)
const triplets: Partial<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

export async function startAsterisk(settings: AsteriskSettings): Promise<Asterisk> {
  const files = await asteriskFiles()
  const address = ownAddress()
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-asterisk-'))
  const at = (name: string) => join(directory, name)
  const { loader, libraries, modules } = places(files)
  for (const name of ['etc', 'lib', 'run', 'log', 'spool', 'agi']) mkdirSync(at(name))
  for (const [name, text] of Object.entries(asteriskConfig(address, settings))) writeFileSync(at(`etc/${name}`), text)
  writeFileSync(at('etc/asterisk.conf'), asteriskConf(files.root, modules, at))
  // Its own loader and libraries, which are of another release than this machine's.
  const command = ['--library-path', libraries, join(files.root, 'usr/sbin/asterisk'), '-C', at('etc/asterisk.conf')]

  let program: Program | undefined
  const console = async (line: string) => (await run(loader, [...command, '-rx', line], { encoding: 'utf8' })).stdout
  const start = async () => {
    const said = program?.said().length ?? 0
    program = startProgram(loader, [...command, '-f', '-n'], at('console'))
    const started = program
    const last = () => started.said().slice(said)
    const ready = () => {
      if (!started.running()) throw new Error(`Asterisk has ended by itself. ${last().slice(-1000)}`)
      return last().includes('Asterisk Ready.')
    }
    await until('Asterisk is ready', ready, () => last().slice(-1000))
  }
  const stop = async () => program?.stop()
  const hint = async (number: string) => new RegExp(`^${number}@.*State:(\\w+)`, 'm').exec(await console('core show hints'))?.[1]
  await start()
  return {
    address,
    files,
    start,
    stop,
    kill: async () => program?.kill(),
    said: () => program?.said() ?? '',
    console,
    async stored(key) {
      const found = /^Value: (.*)$/m.exec(await console(`database get ${key.replace('/', ' ')}`))
      return found?.[1]
    },
    async written(key) {
      // While there is a journal beside it, SQLite would take back what it is about to write.
      const isWritten = () => readFileSync(at('lib/astdb.sqlite3')).includes(`/${key}`) && !existsSync(at('lib/astdb.sqlite3-journal'))
      await until(`“${key}” is written`, isWritten)
    },
    registered: async () => [...(await console('pjsip show contacts')).matchAll(/Contact: +(\d+)\/sip:/g)].map(([, number]) => number ?? ''),
    hint,
    hintIs: async (number, state) => void (await until(`${number} is ${state}`, async () => (await hint(number)) === state)),
    quiet: async () => void (await until('no call is under way', async () => (await console('core show channels count')).includes('0 active channels'))),
    async remove() {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What runs it, in the layout of either release. */
function places({ root }: AsteriskFiles): { readonly loader: string; readonly libraries: string; readonly modules: string } {
  const triplet = triplets[process.arch]
  if (triplet === undefined) throw new Error(`the tests of SIP know no Asterisk for a processor of the kind ${process.arch}`)
  const directories = ['usr/lib', 'lib'].map((name) => join(root, name, triplet)).filter((path) => existsSync(path))
  const loaders = directories.flatMap((path) => readdirSync(path).map((name) => join(path, name)))
  // The file itself: a link to it is absolute, and leads to this machine's own.
  const loader = loaders.find((path) => /\/ld-2[\d.]+\.so$/.test(path)) ?? loaders.find((path) => /\/ld-linux-[^/]+\.so\.\d$/.test(path))
  const module = [join(root, 'usr/lib', triplet, 'asterisk/modules'), join(root, 'usr/lib/asterisk/modules')].find((path) => existsSync(path))
  if (loader === undefined || module === undefined) throw new Error(`there is no loader, or no modules of Asterisk, in ${dirname(root)}`)
  return { loader, modules: module, libraries: [...directories, join(root, 'usr/lib')].join(':') }
}

function asteriskConf(root: string, modules: string, at: (name: string) => string): string {
  const directories = {
    ...{ astetcdir: at('etc'), astmoddir: modules, astvarlibdir: at('lib'), astdbdir: at('lib'), astkeydir: at('lib') },
    ...{ astdatadir: join(root, 'usr/share/asterisk'), astagidir: at('agi'), astspooldir: at('spool'), astrundir: at('run') },
    ...{ astlogdir: at('log'), astsbindir: join(root, 'usr/sbin') },
  }
  const lines = Object.entries(directories).map(([name, path]) => `${name} => ${path}`)
  return `[directories]\n${lines.join('\n')}\n[options]\nverbose = 3\nnocolor = yes\nhideconnect = yes\n`
}
