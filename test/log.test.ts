import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLog, type LogOptions, maskText } from '../src/log.ts'

/** Everything that the log wrote, and the parsed lines of it. */
function written(use: (log: ReturnType<typeof createLog>) => void, options: Partial<LogOptions> = {}) {
  const parts: string[] = []
  use(createLog({ level: 'info', terminal: false, desk: 'usc-12', destination: { write: (line) => parts.push(line) }, ...options }))
  const text = parts.join('')
  const lines = text.split('\n').filter((line) => line !== '')
  return { text, lines, records: options.terminal ? [] : lines.map((line) => JSON.parse(line)) }
}

describe('a line', () => {
  test('is one JSON object with the desk, the level in words and the time', () => {
    const { records } = written((log) => log.info({ call: 'c7', waitMs: 12_300 }, 'answered'))
    expect(records).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
        desk: 'usc-12',
        call: 'c7',
        waitMs: 12_300,
        msg: 'answered',
      },
    ])
  })

  test('stays one line whatever is in it', () => {
    const { lines } = written((log) => log.info({ note: 'a\nb', deep: { list: [1, { c: 'd\r\ne' }] } }, 'two\nlines'))
    expect(lines).toHaveLength(1)
  })

  test('is not written below the level', () => {
    expect(written((log) => log.debug('quiet')).lines).toEqual([])
    expect(written((log) => log.info('quiet'), { level: 'silent' }).lines).toEqual([])
    expect(written((log) => log.debug('said'), { level: 'debug' }).lines).toHaveLength(1)
  })

  test('has no desk in the hub’s log', () => {
    const parts: string[] = []
    createLog({ level: 'info', terminal: false, destination: { write: (line) => parts.push(line) } }).info('x')
    expect(JSON.parse(parts.join(''))).not.toHaveProperty('desk')
  })
})

describe('on a terminal', () => {
  test('is readable, one line an event, without colours where they are not wanted', () => {
    const { lines } = written((log) => log.warn({ call: 'c7' }, 'phone is silent'), { terminal: true, colour: false })
    expect(lines).toEqual([expect.stringMatching(/^\[\d{2}:\d{2}:\d{2}\.\d{3}\] WARN: phone is silent \{"desk":"usc-12","call":"c7"\}$/)])
  })

  test('is masked as well', () => {
    expect(written((log) => log.warn({ remote: '0858696001' }, 'from +48 85 869 60 01'), { terminal: true, colour: false }).text).not.toMatch(/869/)
  })

  test.each([
    [undefined, true],
    ['', true],
    ['1', false],
  ])('NO_COLOR=%j decides about colours', (value, coloured) => {
    const before = process.env.NO_COLOR
    if (value === undefined) delete process.env.NO_COLOR
    else process.env.NO_COLOR = value
    try {
      expect(written((log) => log.info('x'), { terminal: true }).text.includes('\u001b[')).toBe(coloured)
    } finally {
      if (before === undefined) delete process.env.NO_COLOR
      else process.env.NO_COLOR = before
    }
  })
})

const canaries = {
  number: [
    '0858696001',
    '+48858696001',
    '0048858696001',
    '+48 85 869 60 01',
    '85-869-60-01',
    '(85) 869.60.01',
    '85/869 60 01',
    '%2B48858696001',
    '85%20869%2060%2001',
    '8586960',
  ],
  name: ['Kowalska-Canary', 'Canary%20Jan'],
  secret: ['tok3n-CANARY-0123456789', 'pa55-CANARY', 'dXNlcjpDQU5BUlk='],
} as const

/** The digits of a number in a row, so that any spelling is found. */
const digits = (text: string) => text.replace(/%20|%2B|[^0-9]/gi, '')

describe('never leaves by the log', () => {
  test.each(canaries.number)('the number %s, in any field', (number) => {
    const { text } = written((log) => {
      const child = log.child({ peer: number })
      child.info({ note: `rang from ${number}`, deep: { list: [{ who: number }] }, [number]: 1 }, `call of ${number}; and again ${number}.`)
      child.error(new Error(`cannot call ${number}`))
      child.error({ err: new Error(`cannot call ${number}`, { cause: new Error(number) }) }, 'failed for %s', number)
    })
    expect(text).not.toContain(number)
    expect(digits(text.replace(/"time":"[^"]*"/g, '').replace(/:\d+:\d+/g, ''))).not.toContain(digits(number).slice(0, 7))
  })

  test.each(canaries.secret)('the secret %s, in the fields and places where secrets are', (secret) => {
    const { text } = written((log) => {
      log.info({ password: secret, token: secret, Authorization: secret, deep: { passcode: secret, key: secret, url: `http://a/${secret}` } }, 'fields')
      log.info(`GET /yealink/${secret}/incoming_call`)
      log.info(`GET /grandstream/${secret}/incomingCall?m=1`)
      log.info(`http://10.20.30.40/cgi-bin/api-get_line_status?passcode=${secret}&x=1`)
      log.info(`connecting to mqtts://usc-12:${secret}@broker.example:8883`)
      log.info({ header: `Authorization: Basic ${secret}` }, 'header')
      log.error(new Error(`no route GET /yealink/${secret}/x`))
    })
    expect(text).not.toContain(secret)
    expect(text).toContain('broker.example:8883')
  })

  test.each(canaries.name)('the caller’s name %s', (name) => {
    const { text } = written((log) => {
      log.info({ caller: name, remote: name, display: name }, 'fields')
      log.info(`GET /yealink/abcdefghijklmnop/incoming_call?m=001565aabbcc&n=${name}&r=x`)
    })
    expect(text).not.toContain(name)
  })
})

describe('keeps what is needed', () => {
  test.each([
    '2026-11-22T09:00:12.345Z',
    '2026-11-22',
    '10.20.30.40:8787',
    '192.168.100.200',
    '66.86.0.160',
    'usc-12',
    'c12345',
    '112',
    '601401',
    '/yealink/…/incoming_call',
    'node:net:1234:56',
  ])('%s', (text) => {
    expect(maskText(text)).toBe(text)
  })

  test('a number keeps its last two digits, so that two callers can be told apart by who knows them', () => {
    expect(maskText('from +48 85 869 60 01 to 6014')).toBe('from …01 to 6014')
  })

  test('numbers of milliseconds and the phone’s MAC address are not callers', () => {
    const { records } = written((log) => log.info({ waitMs: 123_456_789, mac: '001565112233', sequence: '000000004711' }, 'x'))
    expect(records[0]).toMatchObject({ waitMs: 123_456_789, mac: '001565112233', sequence: '000000004711' })
  })

  test('a long digit string is masked in reasonable time', () => {
    // Of this process alone: how long it takes by the clock, others on the machine decide.
    const before = process.cpuUsage()
    maskText('1'.repeat(100_000))
    maskText('1 '.repeat(50_000))
    maskText(`${'1.'.repeat(20_000)}x`)
    maskText('/a?'.repeat(5_000))
    maskText('://'.repeat(5_000))
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  })
})

test('every line has reached standard output when the program is killed', () => {
  const root = join(import.meta.dirname, '..')
  const program = `import { createLog } from ${JSON.stringify(join(root, 'src', 'log.ts'))}
    const log = createLog({ level: 'info', terminal: false, desk: 'a' })
    for (let n = 1; n <= 200; n += 1) log.info({ n }, 'last words')
    process.kill(process.pid, 'SIGKILL')`
  const { stdout, signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8', cwd: root })
  expect(signal).toBe('SIGKILL')
  const lines = stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(200)
  expect(JSON.parse(lines[199] ?? '')).toMatchObject({ desk: 'a', n: 200, msg: 'last words' })
})

test('a disk that is full behind standard output ends nothing, and fills no memory', () => {
  const root = join(import.meta.dirname, '..')
  const program = `import { createLog } from ${JSON.stringify(join(root, 'src', 'log.ts'))}
    const log = createLog({ level: 'info', terminal: false, desk: 'a' })
    log.info({}, 'first')
    const before = process.memoryUsage().rss
    for (let n = 1; n <= 1500; n += 1) log.info({ n, long: 'x'.repeat(30_000) }, 'more')
    process.stderr.write(process.memoryUsage().rss - before < 40_000_000 ? 'lives' : 'swells')`
  const full = openSync('/dev/full', 'w')
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: root,
      stdio: ['ignore', full, 'pipe'],
    })
    expect([status, stderr]).toEqual([0, 'lives'])
  } finally {
    closeSync(full)
  }
})
