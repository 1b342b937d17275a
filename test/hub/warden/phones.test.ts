import { mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jsonSchemaText } from '../../../src/config/json-schema.ts'
import { readYaml } from '../../../src/config/yaml.ts'
import { ConfigurationError } from '../../../src/errors.ts'
import { createPhonesFile, loadWardenPhones, secretFaults, validateWardenPhones, wayOf } from '../../../src/hub/warden/phones-file.ts'
import { publishedWardenPhones, wardenPhonesPage } from '../../../src/hub/warden/published.ts'

const yealink = { vendor: 'yealink', url: 'http://10.20.30.40', passwordFile: 'phone.password' }
const sip = { server: 'pbx.um.example', user: '6012', forwardOff: '*73' }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'third-ring-phones-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

describe('the file of the warden’s phones', () => {
  test.each<[string, object, string]>([
    ['a Yealink', yealink, 'phone'],
    ['a Grandstream', { ...yealink, vendor: 'grandstream' }, 'star-codes'],
    ['a Grandstream by its settings', { ...yealink, vendor: 'grandstream', forwarding: { by: 'configuration' } }, 'configuration'],
    ['an analogue telephone, by the exchange', { vendor: 'analogue', sip, forwarding: { by: 'exchange' } }, 'exchange'],
    ['a Yealink that the exchange forwards needs no web interface', { vendor: 'yealink', sip, forwarding: { by: 'exchange' } }, 'exchange'],
  ])('%s', (_, phone, way) => {
    const validated = validateWardenPhones({ phones: { 'usc-12': phone } })
    if ('faults' in validated) throw new Error(JSON.stringify(validated.faults))
    const read = validated.written.phones['usc-12']
    expect(read && wayOf(read)).toBe(way)
    expect(read).toMatchObject({ username: 'admin', substitutes: [] })
  })

  test('is told all its faults at once, each with its place', () => {
    const validated = validateWardenPhones({
      phones: {
        'usc-12': { vendor: 'yealink', forwarding: { by: 'star-codes' } },
        'usc-13': { vendor: 'yealink' },
        'usc-14': { vendor: 'analogue' },
        'usc-15': { vendor: 'grandstream', forwarding: { by: 'exchange' } },
        'usc-16': { vendor: 'analogue', forwarding: { by: 'exchange' }, sip: { server: 'pbx', user: '6016', forwardOn: '*72' } },
      },
    })
    expect('faults' in validated && validated.faults.map(({ path, sentence }) => `${path} ${sentence.replace(/:.*/, '')}`)).toEqual([
      'phones.usc-12.forwarding.by is nothing that a phone of vendor yealink can do',
      'phones.usc-13.url is missing',
      'phones.usc-13.passwordFile is missing',
      'phones.usc-14.forwarding.by leaves no way to free this phone',
      'phones.usc-15.sip is missing',
      'phones.usc-16.sip.forwardOff is missing',
    ])
  })

  test.each<[string, unknown, RegExp]>([
    ['a key that is none', { phones: { 'usc-12': { ...yealink, pasword: 'x' } } }, /phones\.usc-12\.pasword/],
    ['a password in the file itself', { phones: { 'usc-12': { ...yealink, password: 'secret' } } }, /phones\.usc-12\.password/],
    ['a password in the address', { phones: { 'usc-12': { ...yealink, url: 'http://admin:secret@10.0.0.1' } } }, /must not contain a user name or a password/],
    ['a desk that is the hub', { phones: { hub: yealink } }, /hub/],
  ])('%s is a fault, and no secret is repeated', (_, value, fault) => {
    const validated = validateWardenPhones(value)
    const said = JSON.stringify('faults' in validated ? validated.faults : [])
    expect(said).toMatch(fault)
    expect(said).not.toContain('secret')
  })

  test('has its passwords beside it, and says which of them cannot be used', () => {
    const path = folder()
    writeFileSync(join(path, 'phones.yaml'), JSON.stringify({ phones: { 'usc-12': yealink, 'usc-13': { ...yealink, passwordFile: 'other' } } }))
    writeFileSync(join(path, 'phone.password'), 'secret\n', { mode: 0o600 })
    const loaded = loadWardenPhones(join(path, 'phones.yaml'), {})
    expect(loaded.phones['usc-12']?.passwordFile).toBe(join(path, 'phone.password'))
    expect(secretFaults(loaded).map(({ path: place }) => place)).toEqual(['phones.usc-13.passwordFile'])
    expect(() => loadWardenPhones(join(path, 'nothing.yaml'), {})).toThrow(ConfigurationError)
  })

  test('is read again when it or a password has changed, and a bad one changes nothing but is told', () => {
    const path = folder()
    const [file, password] = [join(path, 'phones.yaml'), join(path, 'phone.password')]
    const write = (name: string, text: string, second: number) => {
      writeFileSync(name, text, { mode: 0o600 })
      utimesSync(name, second, second)
    }
    const said: object[] = []
    const log = { info: () => {}, warn: (fields: object) => void said.push(fields) }
    write(file, JSON.stringify({ phones: { 'usc-12': yealink } }), 1)
    write(password, 'secret', 1)
    const phones = createPhonesFile(file, log)
    expect([phones.look(), phones.look()]).toEqual([true, false])
    write(password, 'another', 2)
    expect([phones.look(), phones.look()]).toEqual([true, false])
    write(file, 'phones: [', 3)
    expect([phones.look(), phones.look()]).toEqual([true, false])
    expect(phones.faults()).toHaveLength(1)
    expect(Object.keys(phones.current().phones)).toEqual(['usc-12'])
    // A link that leads to itself stands for a card that fails: not even its date can be had.
    rmSync(file)
    symlinkSync(file, file)
    expect([phones.look(), phones.look()]).toEqual([true, false])
    expect([phones.faults().length, Object.keys(phones.current().phones)]).toEqual([1, ['usc-12']])
    rmSync(file)
    write(file, JSON.stringify({ phones: {} }), 4)
    expect([phones.look(), phones.faults(), Object.keys(phones.current().phones)]).toEqual([true, [], []])
    expect(said).toHaveLength(2)
    expect(JSON.stringify(said)).not.toMatch(/secret|another/)
  })
})

describe('the published form of the file', () => {
  const reference = (name: string) => readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8')

  test('is as fresh as the code; else run npm run docs', () => {
    expect(reference(publishedWardenPhones.file)).toBe(jsonSchemaText(publishedWardenPhones))
    expect(reference(wardenPhonesPage.file)).toBe(wardenPhonesPage.fill(reference(wardenPhonesPage.file)))
  })

  test('the guide’s own example is a good one', () => {
    const guide = readFileSync(new URL('../../../docs/guides/warden.md', import.meta.url), 'utf8')
    const example = /```yaml\n(phones:[\s\S]*?)```/.exec(guide)?.[1] ?? ''
    const read = readYaml(example)
    expect(validateWardenPhones('value' in read ? read.value : undefined)).toHaveProperty('written')
  })
})
