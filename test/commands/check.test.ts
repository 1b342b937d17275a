import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../src/commands/arguments.ts'
import { check } from '../../src/commands/check.ts'
import { smallest, temporaryDirectory } from '../config/temporary.ts'

const directory = temporaryDirectory()
const examples = join(import.meta.dirname, '..', '..', 'examples')

async function runCheck(...words: string[]) {
  const said = { code: -1, out: '', err: '' }
  const streams = {
    out: (text: string) => {
      said.out += text
    },
    err: (text: string) => {
      said.err += text
    },
    terminal: false,
    colour: false,
  }
  said.code = await runCommandLine({ name: 'third-ring', summary: '', version: '0', commands: [check] }, ['check', ...words], streams)
  return said
}

const broken = directory.write('broken.yaml', `${smallest}polcy: {}\nlog: { level: loud }\n`)

describe('check', () => {
  test('says what a good file will run, and which secrets are still missing', async () => {
    const { code, out, err } = await runCheck(join(examples, 'yealink.yaml'))
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('is a good configuration of an agent.')
    expect(out).toContain('yealink at http://10.20.30.40, commands as admin')
    expect(out).toContain('at 10.20.30.41:8787, from 10.20.30.40')
    expect(out).toMatch(/Before it can run:\n {2}phone\.passwordFile: .* does not exist; .*\n {2}listen\.tokenFile: .* does not exist/)
  })

  test('says of a telephone on SIP alone whom it hears, and by which way its calls would go', async () => {
    const file = readFileSync(join(examples, 'exchange.yaml'), 'utf8')
    const silent = await runCheck(directory.write('silent.yaml', file))
    expect(silent.out).toMatch(/analogue, no adapter is heard[\s\S]*exchange {2}10\.20\.30\.5, as 101\n {2}absence {3}nobody is forwarded\n/)
    const coded = file.replaceAll('# forwardO', 'forwardO')
    const { out } = await runCheck(directory.write('coded.yaml', coded))
    expect(out).toContain('absence   calls go to whom the directory names, by exchange (no-answer)')
    expect(out).toMatch(/To be mended:\n {2}policy\.forwardKind: is no-answer, and sip has the code for every call alone/)
    const always = await runCheck(directory.write('always.yaml', `${coded}policy: { forwardKind: always }\n`))
    expect(always.out).toContain('by exchange (always)')
    expect(always.out).not.toContain('To be mended')
  })

  test('is content once the secrets are there, and never prints them', async () => {
    directory.write('phone.password', 'sesame-open')
    directory.write('phone.token', 'sesame-0123456789')
    const { code, out } = await runCheck(directory.write('good.yaml', smallest))
    expect(code).toBe(0)
    expect(out).not.toMatch(/Before it can run|To be mended|sesame/)
    expect((await runCheck(directory.write('good.yaml', smallest), '--json')).out).not.toContain('sesame')
  })

  test('warns of a secret that everybody can read, and of a password in clear', async () => {
    directory.write('phone.token', 'sesame-0123456789', 0o644)
    directory.write('broker.password', 'b')
    const text = smallest.replace('{ url: mqtts://broker.example:8883 }', '{ url: mqtt://broker.example, passwordFile: broker.password }')
    const { code, out } = await runCheck(directory.write('warn.yaml', text))
    expect(code).toBe(0)
    expect(out).toMatch(/To be mended:\n {2}listen\.tokenFile: .* can be read by every user.*\n {2}broker\.url: sends the password in clear/)
  })

  test.each(['mqtt://127.0.0.1', 'mqtt://localhost:1883', 'mqtt://[::1]', 'mqtts://broker.example'])('does not mind a password to %s', async (url) => {
    directory.write('phone.token', 'sesame-0123456789')
    const text = smallest.replace('{ url: mqtts://broker.example:8883 }', `{ url: "${url}", passwordFile: broker.password }`)
    expect((await runCheck(directory.write('loop.yaml', text))).out).not.toContain('in clear')
  })

  test('says all that is wrong, one a line, and ends with 2', async () => {
    expect(await runCheck(broken)).toEqual({
      code: 2,
      out: '',
      err: 'polcy: is not a key here; did you mean policy?\nlog.level: must be fatal, error, warn, info, debug or trace, not "loud"\n',
    })
  })

  test('knows a hub', async () => {
    const { code, out } = await runCheck(join(examples, 'hub.yaml'))
    expect(code).toBe(0)
    expect(out).toContain('is a good configuration of a hub.')
    expect(out).toContain('embedded, at 127.0.0.1:1883')
    expect(out).toContain('record  in memory')
    const lasting = directory.write('hub.yaml', 'site: um-bialystok\nstore: { directory: /var/lib/third-ring-hub }\n')
    expect((await runCheck('--hub', lasting)).out).toContain('record  /var/lib/third-ring-hub')
    expect((await runCheck('--hub', join(examples, 'yealink.yaml'))).err).toMatch(/^desk: is not a key here/m)
  })

  test('says that a file is not there', async () => {
    const { code, err } = await runCheck(join(directory.path, 'none.yaml'))
    expect(code).toBe(2)
    expect(err).toMatch(/none\.yaml: does not exist; copy one of the files in examples\/ and change it\n$/)
  })
})

describe('the phones of a hub’s warden', () => {
  const hub = (text: string) => {
    directory.write('phones.yaml', text)
    return directory.write('with-warden.yaml', 'site: um-bialystok\nwarden: { graceMs: 60000, phonesFile: phones.yaml }\n')
  }
  const phone = 'vendor: yealink, url: "http://10.20.30.40", passwordFile: phone.password'

  test('are counted, and a password that is not there is told of', async () => {
    directory.write('phone.password', 'sesame-open')
    const good = await runCheck(hub(`phones: { usc-12: { ${phone} } }`))
    expect(good.code).toBe(0)
    expect(good.out).toContain('warden  frees 1 phone, 60 s after the agent is gone')
    expect(good.out).not.toContain('Before it can run')
    const { code, out } = await runCheck(hub(`phones: { usc-12: { ${phone.replace('phone.password', 'none')} } }`))
    expect(code).toBe(0)
    expect(out).toMatch(/Before it can run:\n {2}warden\.phones\.usc-12\.passwordFile: .*none does not exist/)
  })

  test('have all their faults told at once', async () => {
    const { code, err } = await runCheck(hub('phones: { usc-12: { vendor: yealink }, usc-13: { vendor: analogue } }'))
    expect(code).toBe(2)
    expect(err).toMatch(/warden\.phones\.usc-12\.url: is missing[\s\S]*warden\.phones\.usc-12\.passwordFile[\s\S]*warden\.phones\.usc-13\.forwarding\.by/)
  })

  test('need not be there yet', async () => {
    const { code, out } = await runCheck(directory.write('no-phones.yaml', 'site: um\nwarden: { phonesFile: nowhere.yaml }\n'))
    expect(code).toBe(0)
    expect(out).toMatch(/warden\.phonesFile: .*nowhere\.yaml does not exist/)
  })
})

describe('a directory of substitutes', () => {
  const reception = '  reception: { number: "6000", staffed: true }\n'
  const round = `desks:\n  usc-12: { number: "6012", substitutes: [usc-14] }\n  usc-14: { number: "6014", substitutes: [usc-12, reception] }\n${reception}`
  const circle = 'desks.usc-12.substitutes[0]: leads round in a circle, usc-12 → usc-14 → usc-12; take one of these out\n'

  test('is told apart, and what it comes to is said', async () => {
    const { code, out } = await runCheck(join(examples, 'directory.yaml'))
    expect(code).toBe(0)
    expect(out).toContain('directory.yaml is a good directory of substitutes.')
    expect(out).toContain('desks    4, of which 3 have substitutes')
    expect(out).toContain('staffed  reception')
    expect(JSON.parse((await runCheck('--json', join(examples, 'directory.yaml'))).out)).toMatchObject({ ok: true, kind: 'directory', warnings: [] })
  })

  test('has all its faults told, one a line, and ends with 2', async () => {
    expect(await runCheck(directory.write('round.yaml', round))).toEqual({ code: 2, out: '', err: circle })
    const { code, out } = await runCheck('--json', directory.write('round.yaml', round))
    expect([code, JSON.parse(out)]).toEqual([2, { ok: false, code: 'CONFIG_INVALID', faults: [circle.trim()] }])
  })

  test('what works and is hardly meant is told', async () => {
    const three = ['a', 'b', 'c'].map((name, place) => `  ${name}: { number: "${place}", substitutes: [reception] }\n`).join('')
    const { code, out } = await runCheck(directory.write('three.yaml', `desks:\n${three}${reception}`))
    expect(code).toBe(0)
    expect(out).toMatch(/To be mended:\n {2}desks\.reception\.absenteesMax: is the only substitute of 3 desks/)
  })

  test('is looked at with its hub', async () => {
    const hub = directory.write('hub-with.yaml', 'site: um\ndirectory: office.yaml\n')
    expect((await runCheck(hub)).out).toMatch(/Before it can run:\n {2}directory: .*office\.yaml does not exist; examples\/directory\.yaml shows/)
    directory.write('office.yaml', round)
    expect(await runCheck(hub)).toEqual({ code: 2, out: '', err: `directory.${circle}` })
    directory.write('office.yaml', `desks:\n${reception}`)
    const { code, out } = await runCheck(hub)
    expect([code, out]).toEqual([0, expect.stringMatching(/directory {2}\/.*office\.yaml/)])
  })
})

describe('the phones of a warden', () => {
  test('are looked at with their hub, and their faults told with those of the directory', async () => {
    const hub = directory.write('hub-warden.yaml', 'site: um\ndirectory: both.yaml\nwarden: { phonesFile: none.yaml }\n')
    directory.write('both.yaml', 'desks:\n  usc-12: { number: "6012", staffed: true }\n')
    expect((await runCheck(hub)).out).toMatch(/Before it can run:\n {2}warden\.phonesFile: .*none\.yaml does not exist/)
    const both = directory.write('hub-both.yaml', 'site: um\ndirectory: bad.yaml\nwarden: { phonesFile: phones.yaml }\n')
    directory.write('bad.yaml', 'desks:\n  usc-12: { number: "6012" }\n')
    directory.write('phones.yaml', 'phones:\n  usc-12: { vendor: yealink }\n')
    const { code, err } = await runCheck(both)
    expect([code, err.split('\n')]).toEqual([
      2,
      [
        expect.stringMatching(/^directory\.desks\.usc-12: has nobody/),
        expect.stringMatching(/^warden\.phones\.usc-12\.url: is missing/),
        expect.stringMatching(/^warden\.phones\.usc-12\.passwordFile: is missing/),
        '',
      ],
    ])
    directory.write('bad.yaml', 'desks:\n  usc-12: { number: "6012", staffed: true }\n')
    directory.write('phones.yaml', 'phones:\n  usc-12: { vendor: yealink, url: "http://10.20.30.40", passwordFile: none.password }\n')
    const good = await runCheck(both)
    expect(good.code).toBe(0)
    expect(good.out).toMatch(/Before it can run:\n {2}warden\.phones\.usc-12\.passwordFile: /)
    expect(good.out).toContain('warden     frees 1 phone, 180 s after the agent is gone')
  })
})

describe('the warden’s phones by themselves', () => {
  test('are told apart, with the passwords that are still missing', async () => {
    const file = directory.write('alone.yaml', 'phones: { usc-12: { vendor: yealink, url: "http://10.20.30.40", passwordFile: none } }\n')
    const { code, out } = await runCheck(file)
    expect(code).toBe(0)
    expect(out).toMatch(
      /alone\.yaml is a good list of the phones of a warden\.\n\n {2}phones {2}usc-12\n\nBefore it can run:\n {2}phones\.usc-12\.passwordFile: /,
    )
  })

  test('have all their faults told, one a line', async () => {
    const { code, err } = await runCheck(directory.write('alone.yaml', 'phones: { usc-12: { vendor: yealink } }\n'))
    expect([code, err.match(/^phones\.usc-12\.(?:url|passwordFile): is missing/gm)?.length]).toEqual([2, 2])
  })
})

describe('check --json', () => {
  test('prints one object for a good file', async () => {
    const { code, out } = await runCheck('--json', join(examples, 'yealink.yaml'))
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ok: true, kind: 'agent', toDo: [expect.any(String), expect.any(String)], warnings: [], config: { desk: 'usc-12' } })
  })

  test('and for one with faults, with the same code as without', async () => {
    const { code, out, err } = await runCheck(broken, '--json')
    expect([code, err]).toEqual([2, ''])
    expect(JSON.parse(out)).toEqual({ ok: false, code: 'CONFIG_INVALID', faults: [expect.stringMatching(/^polcy: /), expect.stringMatching(/^log\.level: /)] })
  })
})
