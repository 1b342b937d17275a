import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { run, workFolder } from './run.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Debian's packages of one suite (`bookworm`, `trixie-backports`), without touching what this machine has installed. */
export interface Archive {
  readonly suite: string
  /** Where this machine has its packages from. */
  readonly uri: string
  /** The names a package depends on. */
  depends(debian: string): Promise<readonly string[]>
  /** Downloads packages and unpacks them into a folder; nothing of them is run. */
  unpack(packages: readonly string[], into: string): Promise<void>
  /** Downloads one package and gives the path of the file. */
  download(debian: string): Promise<string>
}

/** An apt of its own in the work folder: its lists are of this suite alone, so that versions match and no root is needed. */
export async function openArchive(suite: string): Promise<Archive> {
  const uri = await archiveUri()
  const folder = workFolder('apt', suite)
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'downloads']) mkdirSync(`${folder}/${name}`, { recursive: true })
  const list = `${folder}/sources.list`
  writeFileSync(list, `deb [signed-by=${keyring}] ${uri} ${suite} main\n`)
  const own = [`Dir::State=${folder}/state`, `Dir::Cache=${folder}/cache`, `Dir::Etc::sourcelist=${list}`, 'Dir::Etc::sourceparts=-', 'Acquire::Languages=none']
  const options = ['-q', ...own.flatMap((option) => ['-o', option])]
  const next = `see whether this machine reaches ${uri} (suite ${suite}), then run the same command again`
  await run('apt-get', [...options, 'update'], next)

  const download = async (debian: string): Promise<string> => {
    const target = workFolder('apt', suite, 'downloads', debian)
    const arrived = () => readdirSync(target).find((name) => name.endsWith('.deb'))
    if (arrived() === undefined) await run('apt-get', [...options, 'download', debian], next, { cwd: target })
    return `${target}/${arrived()}`
  }
  return {
    suite,
    uri,
    download,
    async depends(debian) {
      const words = await run('apt-cache', [...options, 'depends', debian], next)
      return [...words.matchAll(/^ *\|?Depends: ([^<\s]+)/gm)].map(([, name]) => name ?? '')
    },
    async unpack(packages, into) {
      mkdirSync(into, { recursive: true })
      for (const name of packages) await run('dpkg-deb', ['-x', await download(name), into], 'is the disk full?')
    },
  }
}

/** The suite that this machine itself is. */
export async function ownSuite(): Promise<string> {
  const words = await run('sh', ['-c', '. /etc/os-release; echo "$ID $VERSION_CODENAME"'], 'use Debian 12 or 13')
  const [id, codename] = words.trim().split(' ')
  if (id !== 'debian' || codename === undefined)
    throw new Error(`this is ${words.trim()}, and the virtual machine takes its kernel from Debian.\nNext: use Debian 12 or 13`)
  return codename
}

/** Where apt has Debian itself from. */
async function archiveUri(): Promise<string> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('this machine has no apt-get.\nNext: use Debian 12 or 13')
  const next = 'name a Debian archive in /etc/apt/sources.list, and run apt-get update'
  const words = await run('apt-get', ['indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Created-By: Packages'], next)
  const uri = /^Debian (\S+)$/m.exec(words)?.[1]
  if (uri === undefined) throw new Error(`apt knows no Debian archive.\nNext: ${next}`)
  return uri
}
