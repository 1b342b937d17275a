import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const firmwareDirectory = fileURLToPath(new URL('../../firmware-bridge/', import.meta.url))
export const committedHex = readFileSync(join(firmwareDirectory, 'third-ring-bridge.hex'), 'utf8')

/** The first line of `avr-gcc --version`; undefined on a machine without it. */
export function compilerHere(): string | undefined {
  const { stdout, status } = spawnSync('avr-gcc', ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0] : undefined
}

/** The program as this machine's compiler makes it. Built once for each state of the sources, and kept among the machine's temporary files. */
function buildHex(): string {
  const kept = join(tmpdir(), `third-ring-bridge-${sourcesKey()}.hex`)
  if (!existsSync(kept)) {
    const build = mkdtempSync(join(tmpdir(), 'third-ring-firmware-'))
    const { status, stdout, stderr } = spawnSync('make', ['-C', firmwareDirectory, `BUILD=${build}`], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the bridge's program does not build:\n${stdout}${stderr}`)
    copyFileSync(join(build, 'third-ring-bridge.hex'), kept)
    rmSync(build, { recursive: true })
  }
  return readFileSync(kept, 'utf8')
}

function sourcesKey(): string {
  const key = createHash('sha256').update(compilerHere() ?? '')
  for (const file of readdirSync(join(firmwareDirectory, 'src')).sort()) key.update(file).update(readFileSync(join(firmwareDirectory, 'src', file)))
  for (const file of ['Makefile', 'lamp-table.h']) key.update(readFileSync(join(firmwareDirectory, file)))
  return key.digest('hex').slice(0, 16)
}

export interface Program {
  readonly name: string
  readonly hex: string
}

/** What is tested: the committed program and, where there is a compiler that makes another one of the sources, that one, too. */
export function programs(): readonly Program[] {
  const committed = { name: 'the committed program', hex: committedHex }
  if (compilerHere() === undefined) return [committed]
  const built = buildHex()
  return built === committedHex ? [committed] : [committed, { name: 'the program just built', hex: built }]
}
