import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readBrokerFiles } from '../../src/config/broker-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'third-ring-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string): string => {
  writeFileSync(join(directory, name), `this is ${name}`)
  return join(directory, name)
}

test('what is named is read, and nothing else', () => {
  expect(readBrokerFiles({})).toEqual({})
  expect(readBrokerFiles({ caFile: file('ca.pem') })).toEqual({ ca: 'this is ca.pem' })
  const all = { caFile: file('ca.pem'), certFile: file('desk.crt'), keyFile: file('desk.key') }
  expect(readBrokerFiles(all)).toEqual({ ca: 'this is ca.pem', cert: 'this is desk.crt', key: 'this is desk.key' })
})

test.each(['caFile', 'certFile', 'keyFile'])('a %s that cannot be read is named by its key, with the next step', (key) => {
  const missing = join(directory, 'missing')
  expect(() => readBrokerFiles({ [key]: missing })).toThrow(
    expect.objectContaining({ code: 'SECRET_UNREADABLE', message: expect.stringMatching(`^broker.${key}: ${missing} cannot be read; put it there`) }),
  )
})
