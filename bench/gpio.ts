/**
 * What the lines of the header cost an agent in memory: the agent with seat and lamp on simulated lines beside one without, in a virtual machine with
 * Debian's own kernel (`test/system/vm/`; it installs what it needs). The machine is emulated: nothing is said about time.
 */
import { boot } from '../test/system/vm/boot.ts'
import { prepareKernel } from '../test/system/vm/kernel.ts'
import { checkout, workFolder } from '../test/system/vm/run.ts'
import { printTable, ratio } from './figures.ts'

const drivers = ['onoff', 'gpiod']
const limitSeconds = 900

interface Memory {
  readonly agent: number
  readonly children: number
}
interface Seen {
  readonly driver: string
  readonly failed?: string
  readonly without: Memory
  readonly with: Memory
}

const plan = JSON.stringify({ header: 'pinctrl-bcm2711', expanderLines: 16, cases: drivers.map((driver) => ['memory', driver]) })
const words = [process.execPath, '--no-opt', `${checkout}/test/system/gpio/guest.js`, plan]
const log = `${workFolder('logs')}/bench-gpio.log`
const { lines } = await boot({ kernel: await prepareKernel(), tree: '/', shares: [], init: 'none', run: words, log, limitSeconds })
const seen = lines.flatMap((line) => (line.startsWith('CASE ') ? [JSON.parse(line.slice('CASE '.length)) as Seen] : []))
const fault = seen.find(({ failed }) => failed !== undefined)?.failed
if (fault !== undefined || seen.length !== drivers.length) {
  console.error(`third-ring: the guest could not measure (${fault ?? 'no word of it'}); all that it printed is in ${log}`)
  process.exit(1)
}

const megabytes = (value: number): string => `${value.toFixed(1)} MB`
printTable(
  'resident memory when all is quiet, seat and three lights on the header',
  ['driver', 'agent without', 'agent with', '÷ without', 'its helper programs'],
  seen.map(({ driver, without, with: lit }) => [
    driver,
    megabytes(without.agent),
    megabytes(lit.agent),
    ratio(lit.agent, without.agent),
    lit.children === 0 ? 'none' : megabytes(lit.children),
  ]),
)
