/** The texts of the package that dpkg reads. */

const maintainer = 'third-ring maintainers <maintainers@third-ring.example>'

export function control({ arch, version, sizeKiB }) {
  return `Package: third-ring
Version: ${version}
Architecture: ${arch}
Maintainer: ${maintainer}
Installed-Size: ${sizeKiB}
Depends: nodejs (>= 20.19), systemd (>= 252), libc6 (>= 2.34), libstdc++6 (>= 11), libgcc-s1
Recommends: gpiod
Suggests: mosquitto, openssl
Section: comm
Priority: optional
Description: helps an office desk keep its telephone procedure
 An agent beside one desk phone: it counts the rings, reminds with a lamp, puts
 a call on hold when the clerk leaves the desk, and keeps the list of callers
 who are owed a call. Without it the phone works as before.
 .
 The hub of an office, with its broker and live page, is in the same package.
 Neither starts before it has a configuration in /etc/third-ring.
`
}

export function changelog(version, epoch) {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  return `third-ring (${version}) stable; urgency=medium\n\n  * Release ${version}; what has changed is in the project's CHANGELOG.md.\n\n -- ${maintainer}  ${date}\n`
}

/** Machine-readable (DEP 5). The text of each package's licence is beside it in the tree. */
export function copyright(packages) {
  const bundled = packages.map(
    ({ path, name, version, license }) => `Files: usr/lib/third-ring/${path}/*
Copyright: Copyright the authors of ${name} ${version}, named in its LICENSE or package.json
License: ${license}
`,
  )
  const ids = [...new Set(packages.map(({ license }) => license))].filter((id) => id !== 'Apache-2.0').sort()
  const texts = ids.map((id) => `License: ${id}\n The text is in the file LICENSE of each package, or in its package.json.\n`)
  return [
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: third-ring
`,
    `Files: *
Copyright: Copyright 2026 the third-ring maintainers
License: Apache-2.0
`,
    ...bundled,
    `License: Apache-2.0
 The text is in /usr/share/common-licenses/Apache-2.0.
`,
    ...texts,
  ].join('\n')
}

/** What lintian finds and is so on purpose. */
export const overrides = `# The packages of npm are in the exact versions that were tested.
third-ring: embedded-javascript-library *
third-ring: nodejs-module-installed-in-usr-lib *
third-ring: extra-license-file *
third-ring: package-contains-documentation-outside-usr-share-doc *
third-ring: script-not-executable *
third-ring: unusual-interpreter *
# Every command explains itself with --help, and the guide is among the documents.
third-ring: no-manual-page *
# A configuration names secrets: it is nobody's business but root's and the agent's.
third-ring: non-standard-dir-perm *
third-ring: non-standard-file-perm *
`
