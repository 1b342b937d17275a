/**
 * Builds the Debian packages, one an architecture: `npm run package`, then build/third-ring_VERSION_ARCH.deb. The same checkout gives the same bytes
 * anywhere: the time is SOURCE_DATE_EPOCH, or that of the last commit. What goes where is in packaging/contents.js.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { architectures, stage } from '../packaging/contents.js'
import { giveUp, root, run } from './run.js'

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: Object.keys(architectures) },
    version: { type: 'string', default: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version },
    out: { type: 'string', default: join(root, 'build') },
  },
})

if (values.arch.some((arch) => architectures[arch] === undefined)) giveUp(`--arch: there are ${Object.keys(architectures).join(', ')}`)
if (!/^[0-9][0-9A-Za-z.+~-]*$/.test(values.version)) giveUp('--version: must be a version such as 0.1.0')
if (!existsSync('/usr/bin/dpkg-deb')) giveUp('there is no dpkg-deb: build the packages on Debian, Raspberry Pi OS or Ubuntu')
run(process.execPath, [join(root, 'scripts', 'set-up.js')])

const epoch = process.env.SOURCE_DATE_EPOCH ?? lastCommit()
mkdirSync(values.out, { recursive: true })
for (const arch of values.arch) {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-package-'))
  try {
    stage({ root, folder, arch, version: values.version, epoch: Number(epoch) })
    const file = join(resolve(values.out), `third-ring_${values.version}_${arch}.deb`)
    // xz is what every dpkg reads; the owner of each file is root, whoever builds.
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z6', '--build', folder, file], { failed: 'dpkg-deb failed', env: { SOURCE_DATE_EPOCH: epoch } })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function lastCommit() {
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) giveUp('this is no checkout: set SOURCE_DATE_EPOCH to the time of the release, in seconds since 1970')
  return stdout.trim()
}
