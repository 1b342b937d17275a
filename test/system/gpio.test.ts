import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { boot } from './vm/boot.ts'
import { prepareKernel } from './vm/kernel.ts'
import { checkout, needs, workFolder } from './vm/run.ts'
import { debianTree } from './vm/tree.ts'

/** What the guest saw of one case; see gpio/guest.js. A case that could not be brought to its end has `failed`. */
interface Case {
  readonly name: string
  readonly driver?: string
  readonly [fact: string]: unknown
}
type Plan = readonly (readonly [name: string, driver?: string])[]

const guestLimitSeconds = 600
const header = 'pinctrl-bcm2711'
const cases: Record<'debian' | 'backports' | 'trixie', readonly Case[]> = { debian: [], backports: [], trixie: [] }
const refusals = ['wrong-line', 'no-chip', 'in-use', 'no-permission']

beforeAll(async () => {
  needs('/usr/bin/gpiomon', 'gpiod')
  if (!existsSync(`${checkout}/node_modules/onoff`)) throw new Error('onoff is not installed: it needs a compiler (apt-get install g++ make python3); then `npm ci`')
  // The guests wait most of the time: what the next ones need is fetched meanwhile.
  const own = prepareKernel()
  const backports = own.then(() => prepareKernel('trixie-backports'))
  const tree = backports.then(() => debianTree('trixie', ['gpiod', 'nodejs']))
  await Promise.all([
    (async () => {
      cases.debian = await guest('debian', await own, '/', [['chips'], ['call', 'onoff'], ...refusals.map((name) => [name, 'onoff'] as const), ['call', 'gpiod']])
    })(),
    (async () => {
      const kernel = await backports
      cases.backports = await guest('backports', kernel, '/', [['chips'], ['call', 'onoff']])
      cases.trixie = await guest('trixie', kernel, await tree, [['call', 'gpiod'], ...refusals.map((name) => [name, 'gpiod'] as const)])
    })(),
  ])
}, 1_200_000)

async function guest(name: string, kernel: Awaited<ReturnType<typeof prepareKernel>>, tree: string, plan: Plan): Promise<readonly Case[]> {
  const log = `${workFolder('logs')}/gpio-${name}.log`
  const node = tree === '/' ? process.execPath : '/usr/bin/node'
  const shares = tree === '/' ? [] : [{ path: checkout, at: checkout }]
  const words = [node, '--no-opt', `${checkout}/test/system/gpio/guest.js`, JSON.stringify({ header, cases: plan })]
  const { status, lines } = await boot({ kernel, tree, shares, init: 'none', run: words, log, limitSeconds: guestLimitSeconds })
  if (status !== 0) throw new Error(`the guest ended with ${status}; what it printed is in ${log}:\n${lines.slice(-20).join('\n')}`)
  return lines.flatMap((line) => (line.startsWith('CASE ') ? [JSON.parse(line.slice('CASE '.length)) as Case] : []))
}
