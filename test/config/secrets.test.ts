import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AgentConfig } from '../../src/config/config.ts'
import { loadAgentConfig, loadHubConfig } from '../../src/config/load.ts'
import { inspectFiles, readAgentSecrets, readHubSecrets } from '../../src/config/secrets.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { smallest, temporaryDirectory } from './temporary.ts'

const directory = temporaryDirectory()
const token = '0123456789abcdef'
const good = directory.write('good.password', 'p w')

/** A desk whose token file has the given content, and the phone's password is good. */
function withToken(content: string | Buffer, mode?: number): AgentConfig {
  directory.write('phone.token', content, mode)
  return loadAgentConfig(directory.write('a.yaml', smallest.replace('phone.password', good)), {})
}

function faultsOf(config: AgentConfig): readonly string[] {
  try {
    readAgentSecrets(config)
  } catch (error) {
    if (error instanceof ConfigurationError && error.code === 'SECRET_UNREADABLE') return error.faults
    throw error
  }
  return []
}

describe('a secret', () => {
  test.each([token, `${token}\n`, `${token}\r\n`, `\ufeff${token}\n`, 'A-b_C9'.repeat(3)])('is the one line of its file: %j', (content) => {
    expect(readAgentSecrets(withToken(content)).secrets).toEqual({ token: content.replace(/[\ufeff\r\n]/g, ''), phonePassword: 'p w' })
  })

  test('keeps its spaces', () => {
    const config = loadAgentConfig(directory.write('b.yaml', smallest.replace('phone.password', directory.write('spaces', ' p \n'))), {})
    directory.write('phone.token', token)
    expect(readAgentSecrets(config).secrets.phonePassword).toBe(' p ')
  })

  test.each([
    ['', 'is empty; write the secret into it as one line'],
    ['\n', 'is empty; write the secret into it as one line'],
    [`${token}\n${token}\n${token}\n`, 'has more than two lines'],
    [`${token}\n\n`, '(second line, the secret before) is empty; write the secret into it as one line'],
    [`${token}\nshort\n`, expect.stringContaining('(second line, the secret before) must hold 16 to 128 letters')],
    [`${token}\t`, 'has control characters'],
    [token.slice(1), expect.stringContaining('must hold 16 to 128 letters, digits, - or _')],
    ['a'.repeat(129), expect.stringContaining('must hold 16 to 128 letters, digits, - or _')],
    [`${token}/`, expect.stringContaining('must hold 16 to 128 letters, digits, - or _')],
    ['ż'.repeat(16), expect.stringContaining('must hold 16 to 128 letters, digits, - or _')],
    [Buffer.from([0xff, 0xfe, 0x41]), 'is not UTF-8 text'],
    ['x'.repeat(5000), 'is larger than 4096 bytes; is it the right file?'],
  ])('%j is none', (content, sentence) => {
    const config = withToken(content)
    const [fault = ''] = faultsOf(config)
    const place = `listen.tokenFile: ${config.listen.tokenFile} `
    expect(fault.slice(0, place.length)).toBe(place)
    expect(fault.slice(place.length)).toEqual(sentence)
  })

  test('that is being changed has the one before in the line below, and is warned of', () => {
    const older = 'b'.repeat(20)
    const config = withToken(`${token}\r\n${older}\n`)
    expect(readAgentSecrets(config).secrets).toMatchObject({ token, older: { token: older } })
    expect(readAgentSecrets(config).warnings).toEqual([
      `listen.tokenFile: ${config.listen.tokenFile} has two lines: take the second out when the change is over`,
    ])
    directory.write('two.key', `${'k'.repeat(40)}\n${'l'.repeat(40)}`)
    const text = `${smallest.replace('phone.password', good)}privacy: { callerReference: hmac, keyFile: two.key }\n`
    expect(faultsOf(loadAgentConfig(directory.write('two.yaml', text), {}))).toEqual([expect.stringContaining('has more than one line')])
  })

  test('never stands in a fault', () => {
    expect(faultsOf(withToken('sesame')).join()).not.toContain('sesame')
  })

  test('that other users can read is warned of', () => {
    expect(readAgentSecrets(withToken(token, 0o640)).warnings).toEqual([])
    const config = withToken(token, 0o644)
    expect(readAgentSecrets(config).warnings).toEqual([
      `listen.tokenFile: ${config.listen.tokenFile} can be read by every user of this machine; run: chmod o= '${config.listen.tokenFile}'`,
    ])
  })

  test('that is missing is a fault with the next step, beside all others', () => {
    mkdirSync(join(directory.path, 'folder'))
    const text = `${smallest.replace('phone.token', 'folder').replace('phone.password', '$CREDENTIALS_DIRECTORY/phone')}privacy: { callerReference: hmac, keyFile: none.key }\n`
    const config = loadAgentConfig(directory.write('c.yaml', text), {})
    const faults = faultsOf(config)
    expect(faults).toEqual([
      'phone.passwordFile: names the credential phone, which only a systemd unit with LoadCredential= has',
      expect.stringMatching(/^listen\.tokenFile: .*folder is not a file$/),
      expect.stringMatching(/^privacy\.keyFile: .*none\.key does not exist; write the secret into it as one line, then: chmod 600 /),
    ])
    expect(inspectFiles(config).faults).toHaveLength(3)
  })
})

test('the key of caller references must be long, and is read only where it is used', () => {
  directory.write('short.key', 'k'.repeat(31))
  const withKey = (reference: string) =>
    loadAgentConfig(
      directory.write('d.yaml', `${smallest.replace('phone.password', good)}privacy: { callerReference: ${reference}, keyFile: short.key }\n`),
      {},
    )
  directory.write('phone.token', token)
  expect(faultsOf(withKey('hmac'))).toEqual([expect.stringContaining('must hold at least 32 characters')])
  expect(faultsOf(withKey('off'))).toEqual([])
  directory.write('short.key', 'k'.repeat(32))
  expect(readAgentSecrets(withKey('hmac')).secrets.callerReferenceKey).toBe('k'.repeat(32))
})

test('certificates and the broker’s users are looked for, too', () => {
  const cert = directory.write('desk.pem', 'x')
  const text = smallest.replace('phone.password', good).replace('8883 }', `8883, caFile: ca.pem, certFile: ${cert}, keyFile: $CREDENTIALS_DIRECTORY/desk.key }`)
  directory.write('phone.token', token)
  const pathsOf = (config: Parameters<typeof inspectFiles>[0]) => inspectFiles(config).faults.map(({ path }) => path)
  expect(pathsOf(loadAgentConfig(directory.write('e.yaml', text), {}))).toEqual(['broker.caFile', 'broker.keyFile'])
  expect(pathsOf(loadHubConfig(directory.write('f.yaml', 'site: a\nbroker: { embedded: { usersFile: users } }\n'), {}))).toEqual(['broker.embedded.usersFile'])
  expect(pathsOf(loadHubConfig(directory.write('f.yaml', 'site: a\nbroker: { url: mqtts://b, caFile: ca.pem }\n'), {}))).toEqual(['broker.caFile'])
  expect(pathsOf(loadHubConfig(directory.write('f.yaml', 'site: a\n'), {}))).toEqual([])
})

test('the hub’s password is that of its broker', () => {
  directory.write('hub.password', 'h\n')
  const config = loadHubConfig(directory.write('hub.yaml', 'site: a\nbroker: { url: mqtts://b, username: hub, passwordFile: hub.password }\n'), {})
  expect(readHubSecrets(config).secrets).toEqual({ brokerPassword: 'h' })
  expect(readHubSecrets(loadHubConfig(directory.write('hub.yaml', 'site: a\n'), {})).secrets).toEqual({})
})
