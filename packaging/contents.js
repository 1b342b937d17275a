/** What is in the Debian package, and where: the tree that dpkg-deb packs. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packagesOf } from './node-modules.js'
import { changelog, control, copyright, overrides } from './texts.js'

/** Debian's name of each architecture, and how the packages with native parts call it. */
export const architectures = { amd64: 'linux-x64', arm64: 'linux-arm64' }

const library = 'usr/lib/third-ring'
const documents = 'usr/share/doc/third-ring'
const scripts = ['postinst', 'prerm', 'postrm']

/** They make documents from the code, by means that are not there at run time. */
const forDocumentsAlone = ['config/json-schema.js', 'config/reference.js', 'mqtt/published/']

/** Where the files of systemd/ belong. */
const placesOfUnits = {
  'third-ring-agent.service': 'usr/lib/systemd/system/third-ring-agent.service',
  'third-ring-hub.service': 'usr/lib/systemd/system/third-ring-hub.service',
  'third-ring.sysusers': 'usr/lib/sysusers.d/third-ring.conf',
  'third-ring.tmpfiles': 'usr/lib/tmpfiles.d/third-ring.conf',
  '60-third-ring.rules': 'usr/lib/udev/rules.d/60-third-ring.rules',
  // Read by `third-ring provision`, which puts them among the files of a broker.
  'mosquitto-third-ring.conf': `${library}/systemd/mosquitto-third-ring.conf`,
}
const programsForBrokers = ['mosquitto-guard']

/** Fills `folder`. */
export function stage({ root, folder, arch, version, epoch }) {
  chmodSync(folder, 0o755)
  const put = (path, text, mode = 0o644) => write(join(folder, path), text, mode)
  const copy = (from, path, mode = 0o644) => write(join(folder, path), readFileSync(join(root, from)), mode)

  stageProgram({ root, folder, arch, version, put, copy })
  for (const [name, path] of Object.entries(placesOfUnits)) copy(join('systemd', name), path)
  for (const name of programsForBrokers) copy(join('systemd', name), join(library, 'systemd', name), 0o755)
  copy('packaging/agent.example.yaml', 'etc/third-ring/agent.example.yaml', 0o640)
  // Secrets will be in it: nobody but root may look, until the agent's group exists.
  chmodSync(join(folder, 'etc/third-ring'), 0o750)

  for (const file of filesBelow(join(root, 'examples'))) if (/\.(yaml|csv)$/.test(file)) copy(join('examples', file), join(documents, 'examples', file))
  // As they lie in the checkout, since they name each other by their places; messages of the program name them, too.
  for (const file of filesBelow(join(root, 'docs'))) if (!file.endsWith('.png')) copy(join('docs', file), join(documents, 'docs', file))
  for (const name of ['README.md', 'protocol.md', 'schematic.svg']) copy(join('firmware-bridge', name), join(documents, 'firmware-bridge', name))
  copy('systemd/README.md', join(documents, 'systemd/README.md'))
  put(join(documents, 'copyright'), copyright(packagesOf(root)))
  put(join(documents, 'changelog.gz'), gzipSync(changelog(version, epoch), { level: 9 }))
  put('usr/share/lintian/overrides/third-ring', overrides)

  put('DEBIAN/control', control({ arch, version, sizeKiB: Math.ceil(bytesBelow(folder) / 1024) }))
  put('DEBIAN/conffiles', '/etc/third-ring/agent.example.yaml\n')
  put('DEBIAN/md5sums', md5sums(folder))
  for (const name of scripts) copy(join('packaging', name), join('DEBIAN', name), 0o755)
}

/** The program as it runs: compiled, with what it needs at run time and nothing else. */
function stageProgram({ root, folder, arch, version, put, copy }) {
  const { name, type, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  put(join(library, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`)
  // The package depends on Debian's nodejs, which is there and nowhere else.
  const program = readFileSync(join(root, 'bin/third-ring.js'), 'utf8').replace(/^#!.*/, '#!/usr/bin/node')
  put(join(library, 'bin/third-ring.js'), program, 0o755)
  mkdirSync(join(folder, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/third-ring/bin/third-ring.js', join(folder, 'usr/bin/third-ring'))
  for (const file of filesBelow(join(root, 'dist'))) {
    if (isProgram(root, file)) copy(join('dist', file), join(library, 'dist', file))
  }
  for (const file of filesBelow(join(root, 'dashboard'))) copy(join('dashboard', file), join(library, 'dashboard', file))
  for (const file of filesBelow(join(root, 'firmware-bridge'))) {
    if (file.endsWith('.hex')) copy(join('firmware-bridge', file), join(library, 'firmware-bridge', basename(file)))
  }
  for (const { path, files } of packagesOf(root, architectures[arch])) for (const file of files) copy(join(path, file), join(library, path, file))
}

/** What an earlier checkout left in `dist` has no source any more. */
function isProgram(root, file) {
  return file.endsWith('.js') && existsSync(join(root, 'src', file.replace(/\.js$/, '.ts'))) && !forDocumentsAlone.some((place) => file.startsWith(place))
}

function write(file, content, mode) {
  // A second mkdir of a folder that is there keeps its mode.
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(file, content)
  chmodSync(file, mode)
}

/** Regular files, by their paths from the folder, sorted. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

function bytesBelow(folder) {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

/** Of everything but the conffiles, as dpkg wants it. */
function md5sums(folder) {
  const files = filesBelow(folder).filter((file) => !file.startsWith('DEBIAN/') && !file.startsWith('etc/'))
  return files
    .map(
      (file) =>
        `${createHash('md5')
          .update(readFileSync(join(folder, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('')
}
