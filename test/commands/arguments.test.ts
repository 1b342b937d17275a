import { describe, expect, test } from 'vitest'
import { type Command, type Given, type Program, runCommandLine } from '../../src/commands/arguments.ts'
import { ConfigurationError } from '../../src/errors.ts'

/** Runs a command line of an invented program and keeps what it said. */
async function run(words: readonly string[], behave: (given: Given) => 0 | 1 | 2 = () => 0) {
  const said = { code: -1, out: '', err: '', given: undefined as Given | undefined }
  const agent: Command = {
    name: 'agent',
    summary: 'run a desk',
    options: {
      config: { type: 'string', value: 'FILE', short: 'c', required: true, description: 'the configuration' },
      verbose: { type: 'boolean', description: 'say more' },
    },
    run: (given) => {
      said.given = given
      return behave(given)
    },
  }
  const replay: Command = { name: 'replay', summary: 'replay a journal', operands: ['JOURNAL'], options: {}, run: async (given) => agent.run(given, streams) }
  const program: Program = { name: 'third-ring', summary: 'third-ring, in one sentence', version: '1.2.3', commands: [agent, replay] }
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
  said.code = await runCommandLine(program, words, streams)
  return said
}

describe('help', () => {
  test.each([[['--help']], [['-h']], [['help']]])('%j lists the commands on standard output', async (words) => {
    const { code, out, err } = await run(words)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('third-ring, in one sentence')
    expect(out).toMatch(/^ {2}agent --config FILE {2}run a desk$/m)
    expect(out).toMatch(/^ {2}replay JOURNAL {7}replay a journal$/m)
  })

  test.each([[['agent', '--help']], [['agent', '-h']], [['help', 'agent']], [['agent', '--config', 'x', '--help', '--nonsense']]])(
    '%j describes one command, whatever else is wrong',
    async (words) => {
      const { code, out, given } = await run(words)
      expect(code).toBe(0)
      expect(given).toBeUndefined()
      expect(out).toMatch(/^Usage: third-ring agent --config FILE$/m)
      expect(out).toMatch(/^ {2}-c, --config FILE {2}the configuration \(required\)$/m)
      expect(out).toMatch(/^ {2}--verbose {10}say more$/m)
    },
  )

  test('no command at all is wrong usage, answered with the help', async () => {
    const { code, out, err } = await run([])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: third-ring <command>')
  })

  test('--version prints the version alone', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' })
  })
})

describe('a good command line', () => {
  test.each([[['agent', '--config', 'a.yaml', '--verbose']], [['agent', '--verbose', '--config=a.yaml']], [['agent', '-c', 'a.yaml', '--verbose']]])(
    '%j',
    async (words) => {
      const { code, given } = await run(words)
      expect(code).toBe(0)
      expect([given?.text('config'), given?.flag('verbose'), given?.operands]).toEqual(['a.yaml', true, []])
    },
  )

  test('gives the operands in order, and what is not said is absent', async () => {
    const { given } = await run(['replay', '--', '-odd-name'])
    expect([given?.operands, given?.text('config'), given?.flag('verbose')]).toEqual([['-odd-name'], undefined, false])
  })

  test.each([0, 1, 2] as const)('ends with the command’s own code %d', async (code) => {
    expect((await run(['agent', '-c', 'a'], () => code)).code).toBe(code)
  })
})

describe('wrong usage: code 2, every fault on a line of its own', () => {
  const hint = 'third-ring: try third-ring agent --help\n'
  test.each([
    [['agnet'], 'agnet: is not a command; did you mean agent? third-ring --help lists them\n'],
    [['zzzzzz'], 'zzzzzz: is not a command; third-ring --help lists them\n'],
    [['help', 'agnet'], 'agnet: is not a command; did you mean agent? third-ring --help lists them\n'],
    [['--config', 'a'], '--config: is not an option of third-ring itself; an option follows its command\n'],
    [['agent'], `--config: is missing; it names the file\n${hint}`],
    [
      ['agent', '--confg', 'a'],
      `--confg: is not an option here; did you mean --config?\n--config: is missing; it names the file\na: is one argument too many\n${hint}`,
    ],
    [['agent', '--config'], `--config: needs a value, FILE\n${hint}`],
    [['agent', '--config', '--verbose'], `--config: needs a value, FILE\n${hint}`],
    [['agent', '--config='], `--config: needs a value, FILE\n${hint}`],
    [['agent', '-c', 'a', '--verbose=yes'], `--verbose: takes no value\n${hint}`],
    [['agent', '-c', 'a', '-c', 'b'], `-c: is given twice\n${hint}`],
    [['agent', '-c', 'a', 'b', 'c'], `b: is one argument too many\nc: is one argument too many\n${hint}`],
    [['agent', '-c', 'a', '--__proto__', '--constructor'], expect.stringMatching(/^--__proto__: is not an option here\n--constructor: is not an option here/)],
    [['replay'], 'JOURNAL: is missing\nthird-ring: try third-ring replay --help\n'],
  ])('%j', async (words, err) => {
    const said = await run(words)
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toEqual(err)
    expect(said.given).toBeUndefined()
  })
})

describe('an error that a person must mend', () => {
  test('is printed as its faults, one a line, and ends with 2', async () => {
    const said = await run(['agent', '-c', 'a'], () => {
      throw new ConfigurationError('CONFIG_INVALID', 'a has 2 faults:', ['desk: is missing', 'site: is missing'])
    })
    expect(said).toMatchObject({ code: 2, out: '', err: 'desk: is missing\nsite: is missing\n' })
  })

  test.each(['LISTEN_FAILED', 'STORE_FAILED', 'DRIVER_UNAVAILABLE'] as const)('%s is no wrong configuration: 1', async (code) => {
    const said = await run(['agent', '-c', 'a'], () => {
      throw new ConfigurationError(code, 'listen.port: 8787 is taken')
    })
    expect(said).toMatchObject({ code: 1, err: 'listen.port: 8787 is taken\n' })
  })

  test('is printed for commands that fail later, too', async () => {
    const said = await run(['replay', 'j'], () => {
      throw new ConfigurationError('USAGE', 'j: is no journal')
    })
    expect(said).toMatchObject({ code: 2, err: 'j: is no journal\n' })
  })

  test('a fault of ours is not caught', async () => {
    await expect(
      run(['agent', '-c', 'a'], () => {
        throw new TypeError('ours')
      }),
    ).rejects.toThrow('ours')
  })
})
