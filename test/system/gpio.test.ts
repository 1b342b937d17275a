import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import { boot } from './vm/boot.ts'
import { type Kernel, prepareKernel } from './vm/kernel.ts'
import { checkout, needs, workFolder } from './vm/run.ts'
import { debianTree } from './vm/tree.ts'

/**
 * The agent itself on real kernels, in three guests: this machine's Debian with its own kernel and with the one of Debian 13's backports, which number
 * the lines differently, and Debian 13, whose gpiod tools have another syntax than Debian 12's. What each guest saw is judged here.
 */
const guests = {
  own: [
    ['chips'],
    ['call', 'onoff'],
    ['killed', 'onoff'],
    ['stopped', 'onoff'],
    ['examined', 'onoff'],
    ['call', 'gpiod'],
    ['stopped', 'gpiod'],
    ...refusals(['wrong-line', 'no-chip', 'in-use', 'no-permission'], 'onoff'),
  ],
  backports: [['chips'], ['call', 'onoff'], ['stopped', 'onoff']],
  trixie: [['call', 'gpiod'], ['killed', 'gpiod'], ['stopped', 'gpiod'], ...refusals(['in-use', 'no-permission'], 'gpiod')],
} as const
function refusals(names: readonly string[], driver: string): readonly (readonly [string, string])[] {
  return names.map((name) => [name, driver])
}
type Guest = keyof typeof guests

/** What the guest saw of one case; see gpio/guest.js. */
type Case = Readonly<Record<string, unknown>>

/** By this machine's clock, and beside whatever else it does: one that takes longer has hung. In the guest nothing is waited for in vain for more than minutes of its own. */
const guestLimitSeconds = 3600
const prepareLimitSeconds = 1200
const header = 'pinctrl-bcm2711'
/** Different, so that the header's base is another one even where both kernels count alike. */
const expanderLines = { own: 16, backports: 8, trixie: 8 }
const [seat, ...lamps] = [27, 17, 22, 23]
const seen: Record<Guest, readonly Case[]> = { own: [], backports: [], trixie: [] }

beforeAll(
  async () => {
    needs('/usr/bin/gpiomon', 'gpiod')
    requireOnoff()
    const own = prepareKernel()
    // The first guest mostly waits: what the others need is fetched meanwhile.
    const backports = own.then(() => prepareKernel('trixie-backports'))
    const tree = backports.then(() => debianTree('trixie', ['gpiod', 'nodejs']))
    const first = own.then((kernel) => run('own', kernel, '/'))
    const others = Promise.all([backports, tree]).then(async ([kernel, trixie]) => {
      await run('backports', kernel, '/')
      await run('trixie', kernel, trixie)
    })
    await Promise.all([first, others])
  },
  (2 * guestLimitSeconds + prepareLimitSeconds) * 1000,
)

/** An optional package: without a compiler npm leaves it out and says nothing. */
function requireOnoff(): void {
  try {
    createRequire(import.meta.url)('onoff')
  } catch (error) {
    throw new Error(`onoff cannot be loaded: ${(error as Error).message}\nNext: apt-get install g++ make python3, then npm ci`)
  }
}

async function run(guest: Guest, kernel: Kernel, tree: string): Promise<void> {
  const log = `${workFolder('logs')}/gpio-${guest}.log`
  const shares = tree === '/' ? [] : [{ path: checkout, at: checkout }]
  const plan = JSON.stringify({ header, expanderLines: expanderLines[guest], cases: guests[guest] })
  // Node as this machine has it, with the onoff that was compiled for it; another tree has its own.
  const node = tree === '/' ? process.execPath : '/usr/bin/node'
  const words = [node, '--no-opt', `${checkout}/test/system/gpio/guest.js`, plan]
  const { status, lines } = await boot({ kernel, tree, shares, init: 'none', run: words, log, limitSeconds: guestLimitSeconds })
  seen[guest] = lines.flatMap((line) => (line.startsWith('CASE ') ? [JSON.parse(line.slice('CASE '.length)) as Case] : []))
  if (status !== 0) throw new Error(`the guest ${guest} ended with ${status}; all that it printed is in ${log}:\n${lines.slice(-20).join('\n')}`)
}

/** The facts of a case; fails with what the guest waited for in vain. */
function factsOf(guest: Guest, name: string, driver?: string): Case {
  const found = seen[guest].find((each) => each['name'] === name && (each['driver'] ?? undefined) === driver)
  const failed = seen[guest].find((each) => each['failed'] !== undefined && (each['driver'] ?? undefined) === driver)
  if (found === undefined || found['failed'] !== undefined) throw new Error(`${guest}: ${name} was not seen: ${failed?.['failed'] ?? 'no word of it'}`)
  return found
}

interface SysfsChip {
  readonly label: string
  readonly base: number
  readonly lines: number
}
const chipsOf = (guest: Guest): readonly SysfsChip[] => factsOf(guest, 'chips')['chips'] as readonly SysfsChip[]
const headerOf = (guest: Guest): SysfsChip | undefined => chipsOf(guest).find(({ label }) => label === header)

describe('numbers of the lines', () => {
  test('two kernels and two chips: the base is another each time, and never 0', () => {
    const bases = [...chipsOf('own'), ...chipsOf('backports')].map(({ base }) => base)
    expect(bases).not.toContain(0)
    expect(new Set(bases).size).toBeGreaterThan(2)
    expect(headerOf('own')?.base).not.toBe(headerOf('backports')?.base)
  })

  test('the kernel of the backports counts from 512, and the header is not the first chip', () => {
    expect(Math.min(...chipsOf('backports').map(({ base }) => base))).toBe(512)
    expect(headerOf('backports')?.base).toBe(520)
  })

  test.each(['own', 'backports'] as const)('%s: the lines that the agent has are those of the chip with the label', (guest) => {
    const base = headerOf(guest)?.base ?? Number.NaN
    expect(factsOf(guest, 'call', 'onoff')['exported']).toEqual([seat ?? 0, ...lamps].map((line) => base + line).sort((one, other) => one - other))
  })
})

describe.each([
  ['own', 'onoff'],
  ['own', 'gpiod'],
  ['backports', 'onoff'],
  ['trixie', 'gpiod'],
] as const)('a call on %s with %s', (guest, driver) => {
  /** The steady patterns with gpiod: see gpio/guest.js. */
  const blinks = driver === 'onoff'
  const rowsOf = (fact: string): readonly string[] => factsOf(guest, 'call', driver)[fact] as readonly string[]

  test('the lamps are opened dark', () => {
    expect(factsOf(guest, 'call', driver)['atRest']).toBe('000')
  })

  test('from the third ring on all three show it', () => {
    const rows = rowsOf('thirdRing')
    if (blinks) expect(count(rows, '000')).toBeGreaterThanOrEqual(2)
    expect(count(rows, '111')).toBeGreaterThanOrEqual(blinks ? 3 : 1)
    expect(rows.at(-1)).toMatch(blinks ? /^(000|111)$/ : /^111$/)
  })

  test('the seat line goes low in the middle of the call: the middle lamp shows it, then the phone holds the call', () => {
    const rows = rowsOf('warning')
    expect(count(rows, '010')).toBeGreaterThanOrEqual(blinks ? 3 : 1)
    expect(new Set(rows)).toEqual(new Set(blinks ? ['000', '010'] : ['010', ...rows.filter((row) => row === '000')]))
    const { calls, events } = factsOf(guest, 'call', driver)
    expect(calls).toEqual(['held'])
    expect(events).toEqual(expect.arrayContaining(['call.answered', 'hold.warned', 'call.held', 'hold.forced']))
  })

  test('told to stop, the agent leaves them dark and the lines free', () => {
    expect(factsOf(guest, 'stopped', driver)).toMatchObject({ status: 0, afterStop: '000', exported: [] })
  })
})

test('the doctor takes the lines for a moment, says how the contact is, and lets them go dark', () => {
  const { written, ...facts } = factsOf('own', 'examined', 'onoff')
  expect(written).toMatch(/^ok: seat: line 27 is low, which means empty: is that so\?$/m)
  expect(written).toMatch(/^look: lamp: its lines can be had/m)
  expect(facts).toMatchObject({ lamps: '000', exported: [] })
})

const count = (rows: readonly string[], row: string): number => rows.filter((each) => each === row).length

describe('the agent is killed with a lamp lit', () => {
  test('onoff: it stays lit until the unit’s stop command puts it out', () => {
    expect(factsOf('own', 'killed', 'onoff')).toMatchObject({ afterKill: '100', release: 0, afterRelease: '000' })
  })

  test('gpiod: what held the lines dies with it, so it is dark at once; the stop command finds no fault', () => {
    const { children, ...facts } = factsOf('trixie', 'killed', 'gpiod')
    expect(children).toBeGreaterThan(0)
    expect(facts).toMatchObject({ afterKill: '000', release: 0, afterRelease: '000' })
  })
})

describe('an agent that cannot have its lines ends with status 1, says what is there and what to do, and leaves no lamp lit', () => {
  test.each([
    ['own', 'onoff', 'wrong-line', /GPIO54 is not on pinctrl-bcm2711, which has the lines 0 to 53/],
    ['own', 'onoff', 'no-chip', /pinctrl-nowhere.*raspberrypi-exp-gpio.*pinctrl-bcm2711/],
    ['own', 'onoff', 'in-use', /GPIO27 of pinctrl-bcm2711 is in use/],
    ['own', 'onoff', 'no-permission', /may not be (used|opened) by this user: put the user into the group gpio/],
    ['trixie', 'gpiod', 'in-use', /GPIO27 of pinctrl-bcm2711 is in use by "gpiomon"/],
    ['trixie', 'gpiod', 'no-permission', /may not be (used|opened) by this user: put the user into the group gpio/],
  ] as const)('%s, %s: %s', (guest, driver, name, sentence) => {
    const { written, ...facts } = factsOf(guest, name, driver)
    expect(written).toMatch(sentence)
    expect(facts).toMatchObject({ status: 1, lamps: '000', exported: [] })
  })
})
