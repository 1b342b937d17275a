import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A directory of this test file's own, gone when it ends. */
export function temporaryDirectory(): { readonly path: string; write(name: string, content: string | Buffer, mode?: number): string } {
  const path = mkdtempSync(join(tmpdir(), 'third-ring-config-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return {
    path,
    write: (name, content, mode = 0o600) => {
      const file = join(path, name)
      writeFileSync(file, content)
      chmodSync(file, mode)
      return file
    },
  }
}

/** The smallest configuration of a desk, to be changed by a test. */
export const smallest = `
site: um-bialystok
desk: usc-12
phone: { vendor: yealink, url: http://10.20.30.40, passwordFile: phone.password }
listen: { host: 10.20.30.41, tokenFile: phone.token }
broker: { url: mqtts://broker.example:8883 }
`
