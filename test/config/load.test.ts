import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadAgentConfig, loadConfig, loadHubConfig } from '../../src/config/load.ts'
import { policyDefaults } from '../../src/desk/policy.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { smallest, temporaryDirectory } from './temporary.ts'

const directory = temporaryDirectory()
const nowhere = {}

function errorOf(run: () => unknown): ConfigurationError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a good file', () => {
  test('gets every default of the contract', () => {
    const { workingHours, ...numbers } = loadAgentConfig(directory.write('a.yaml', smallest), nowhere).policy
    expect(numbers).toEqual(policyDefaults)
    const office = ['07:30-15:30']
    expect(workingHours).toEqual({
      timezone: 'Europe/Warsaw',
      week: { mon: office, tue: office, wed: office, thu: office, fri: office, sat: [], sun: [] },
      holidays: 'pl',
      exceptions: {},
    })
  })

  test('gets the defaults that depend on other keys and on its place', () => {
    const config = loadAgentConfig(directory.write('a.yaml', smallest), nowhere)
    expect(config).toMatchObject({
      phone: { username: 'admin', passwordFile: join(directory.path, 'phone.password') },
      listen: { port: 8787, syslogPort: 5514, allow: ['10.20.30.40'], tokenFile: join(directory.path, 'phone.token') },
      admin: { host: '127.0.0.1', port: 8788 },
      seat: { driver: 'none' },
      lamp: { driver: 'none' },
      substitutes: [],
      broker: { username: 'usc-12' },
      store: { directory: join(directory.path, 'var', 'usc-12') },
      privacy: { callerReference: 'off' },
      homeAssistant: { discovery: false, prefix: 'homeassistant' },
      log: { level: 'info' },
    })
  })

  test('keeps what it says itself', () => {
    const text = `${smallest}policy: { seatGraceMs: 9000, workingHours: { week: { mon: ["08:00-17:00"] } } }
store: { directory: /var/lib/third-ring }
numbers: { extensions: [{ pattern: 6xxx, prefix: "+4885869" }], shared: [85 879 7979] }
admin: { port: 9000 }
`
    const config = loadAgentConfig(directory.write('own.yaml', text), nowhere)
    expect(config.policy).toMatchObject({ seatGraceMs: 9000, workingHours: { week: { mon: ['08:00-17:00'], tue: ['07:30-15:30'], sun: [] } } })
    expect(config.store.directory).toBe('/var/lib/third-ring')
    expect(config.numbers).toMatchObject({ countryCode: '48', extensions: [{ pattern: '6xxx', prefix: '+4885869' }], shared: ['85 879 7979'] })
    expect(config.admin).toEqual({ host: '127.0.0.1', port: 9000 })
  })

  test.each([
    ['001565AABBCC', '001565aabbcc'],
    ['00:15:65:aa:bb:cc', '001565aabbcc'],
    ['00-15-65-AA-BB-CC', '001565aabbcc'],
    ['0015.65aa.bbcc', '001565aabbcc'],
    ['001565112233', '001565112233'],
    ['805e12345678', '805e12345678'],
    ['12345678901e', '12345678901e'],
  ])('knows the MAC address %s', (written, read) => {
    const text = smallest.replace('vendor: yealink', `vendor: yealink, mac: ${written}`)
    expect(loadAgentConfig(directory.write('mac.yaml', text), nowhere).phone.mac).toBe(read)
  })

  test('keeps the digits of bare numbers where text is meant', () => {
    const text = `${smallest.replace('usc-12', '0405')}substitutes: [{ desk: 15, number: 0014 }]\npolicy: { emergencyNumbers: [112, 0997] }\n`
    const config = loadAgentConfig(directory.write('digits.yaml', text), nowhere)
    expect(config).toMatchObject({ desk: '0405', substitutes: [{ desk: '15', number: '0014' }], policy: { emergencyNumbers: ['112', '0997'] } })
  })

  test('cannot be changed afterwards, at any depth', () => {
    const config = loadAgentConfig(directory.write('a.yaml', smallest), nowhere)
    expect(() => Object.assign(config.policy.workingHours.week, { mon: [] })).toThrow(TypeError)
    expect(() => Object.assign(config.listen.allow, ['10.0.0.1'])).toThrow(TypeError)
  })

  test('may begin with a byte order mark and have DOS line ends', () => {
    expect(loadAgentConfig(directory.write('dos.yaml', `\ufeff${smallest.trim().replaceAll('\n', '\r\n')}\r\n`), nowhere).desk).toBe('usc-12')
  })
})

describe('files named in it', () => {
  const file = directory.write('files.yaml', smallest.replace('passwordFile: phone.password', 'passwordFile: $CREDENTIALS_DIRECTORY/phone-password'))
  const credentials = join(directory.path, 'credentials')
  mkdirSync(credentials)

  test('are credentials of the unit where it has them', () => {
    directory.write('credentials/phone.token', 'x')
    const config = loadAgentConfig(file, { CREDENTIALS_DIRECTORY: credentials, STATE_DIRECTORY: '/var/lib/third-ring' })
    expect(config.phone).toMatchObject({ passwordFile: join(credentials, 'phone-password') })
    expect(config.listen.tokenFile).toBe(join(credentials, 'phone.token'))
    expect(config.store.directory).toBe('/var/lib/third-ring')
  })

  test('are beside the configuration if they are there', () => {
    const beside = directory.write('beside.token', 'x')
    directory.write('credentials/beside.token', 'x')
    const text = smallest.replace('phone.token', 'beside.token')
    expect(loadAgentConfig(directory.write('beside.yaml', text), { CREDENTIALS_DIRECTORY: credentials }).listen.tokenFile).toBe(beside)
  })

  test('are the credential of that name where there is no such file', () => {
    const credential = directory.write('credentials/roots.token', 'x')
    const text = smallest.replace('phone.token', 'elsewhere/roots.token')
    expect(loadAgentConfig(directory.write('roots.yaml', text), { CREDENTIALS_DIRECTORY: credentials }).listen.tokenFile).toBe(credential)
  })

  test.each(['', '\n'])('are not the credential where that is only the unit’s word for none: %j', (nothing) => {
    directory.write('credentials/none.token', nothing)
    const text = smallest.replace('phone.token', 'none.token')
    const { listen } = loadAgentConfig(directory.write('none.yaml', text), { CREDENTIALS_DIRECTORY: credentials })
    expect(listen.tokenFile).toBe(join(directory.path, 'none.token'))
  })

  test('keep the name of the credential where there is no unit, so that its reader can say so', () => {
    expect(loadAgentConfig(file, nowhere).phone).toMatchObject({ passwordFile: '$CREDENTIALS_DIRECTORY/phone-password' })
  })
})

describe('a file that cannot be used', () => {
  test('with faults: each in the error, one a line', () => {
    const error = errorOf(() => loadAgentConfig(directory.write('bad.yaml', `${smallest}polcy: {}\nlog: { level: loud }\n`), nowhere))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.faults).toEqual(['polcy: is not a key here; did you mean policy?', 'log.level: must be fatal, error, warn, info, debug or trace, not "loud"'])
    expect(error.message).toContain('bad.yaml has 2 faults:\n  polcy: ')
  })

  test.each([
    ['missing.yaml', undefined, /missing\.yaml: does not exist; copy one of the files in examples\//],
    ['empty.yaml', '# nothing\n', /^configuration: is empty/],
    ['latin.yaml', Buffer.from('site: Bia\xb3ystok\n', 'latin1'), /^configuration: is not UTF-8 text/],
    ['huge.yaml', `# ${'x'.repeat(262_144)}\n${smallest}`, /^configuration: is larger than 262144 bytes/],
    ['broken.yaml', 'site: a\ndesk: [\n', /^line \d+, column \d+: is not YAML: /],
  ])('%s', (name, content, fault) => {
    const file = content === undefined ? join(directory.path, name) : directory.write(name, content)
    const error = errorOf(() => loadAgentConfig(file, nowhere))
    expect(error.code).toBe('CONFIG_UNREADABLE')
    expect(error.faults).toEqual([expect.stringMatching(fault)])
  })

  test('a directory', () => {
    expect(errorOf(() => loadAgentConfig(directory.path, nowhere)).faults).toEqual([expect.stringMatching(/is a directory; name the file in it$/)])
  })
})

describe('the hub', () => {
  test('runs a broker of its own on this machine if it is told of none', () => {
    const config = loadHubConfig(directory.write('hub.yaml', 'site: um-bialystok\n'), nowhere)
    expect(config).toEqual({
      site: 'um-bialystok',
      http: { host: '127.0.0.1', port: 8080 },
      broker: { embedded: { host: '127.0.0.1', port: 1883 } },
      log: { level: 'info' },
    })
    expect(Object.isFrozen(config.broker)).toBe(true)
  })

  test('connects to the broker that it is told of', () => {
    const text = 'site: a\nbroker: { url: mqtts://b, username: hub, passwordFile: hub.password, caFile: /etc/ca.pem }\n'
    expect(loadHubConfig(directory.write('hub.yaml', text), nowhere).broker).toEqual({
      url: 'mqtts://b',
      username: 'hub',
      passwordFile: join(directory.path, 'hub.password'),
      caFile: '/etc/ca.pem',
    })
  })

  test('is told apart from a desk by its keys', () => {
    expect(loadConfig(directory.write('a.yaml', smallest), false, nowhere).kind).toBe('agent')
    expect(loadConfig(directory.write('hub.yaml', 'site: a\nhttp: {}\n'), false, nowhere).kind).toBe('hub')
    expect(errorOf(() => loadConfig(directory.write('a.yaml', smallest), true, nowhere)).faults).toContainEqual(
      expect.stringMatching(/^desk: is not a key here/),
    )
  })
})
