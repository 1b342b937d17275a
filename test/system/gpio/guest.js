// What the guest runs: `node guest.js PLAN`, where PLAN is JSON: `{ "header": label, "expanderLines": 8, "cases": [["call", "onoff"], …] }`. It judges
// nothing. Each case prints one line, `CASE {…}`, with what the kernel, the phone and the broker showed; gpio.test.ts says what it must be.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exported, makeChip, sysfsChips } from './chips.js'
import { makeDesk, openOffice, sleep, start, until, waitMs } from './desk.js'

const plan = JSON.parse(process.argv[2])
const seat = 27
const lamps = { left: 17, middle: 22, right: 23 }
const lampLines = Object.values(lamps)
const nobody = 65_534
/** A state of the lamps that lasted less than this is one of them being switched after the other. */
const passingMs = 150
/** Long enough for what a start leaves behind to be collected or to stay. */
const quietMs = 15_000

// On a Raspberry Pi, too, the header's chip is not the only one.
makeChip('expander', plan.expanderLines, 'raspberrypi-exp-gpio')
const header = makeChip('header', 54, plan.header)
const office = await openOffice()
const row = () => lampLines.map(header.value).join('')
const report = (name, driver, facts) => console.log(`CASE ${JSON.stringify({ name, driver, ...facts })}`)

const hardware = (driver, change = {}) => {
  const { line = seat, chip } = change
  const where = chip === undefined ? '' : `, chip: ${chip}`
  return [
    `gpio: { driver: ${driver} }`,
    `seat: { driver: gpio, line: ${line}, occupied: high${where} }`,
    `lamp: { driver: gpio, lines: { left: ${lamps.left}, middle: ${lamps.middle}, right: ${lamps.right} }${where} }`,
  ]
}

/** The states of the three lamps, one after another, while the condition holds. */
async function watchLamps(holds) {
  const seen = []
  while (holds()) {
    const now = row()
    const at = performance.now()
    if (seen.at(-1)?.row !== now) seen.push({ row: now, at })
    await sleep(10)
  }
  const ends = performance.now()
  return seen.filter(({ at }, index) => (seen[index + 1]?.at ?? ends) - at >= passingMs).map((state) => state.row)
}

const shows = (pattern) => office.last('state')?.lamp === pattern
const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function startedAgent(config) {
  const agent = start(['agent', '--config', config])
  const failed = agent.ended.then(({ written }) => Promise.reject(new Error(written)))
  await Promise.race([until('the agent runs', () => agent.written.includes('the agent runs') && office.isOnline()), failed])
  return agent
}

/** The desk that a call left behind, with its agent at work. */
let desk

const cases = {
  chips() {
    report('chips', undefined, { kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(), chips: sysfsChips() })
  },

  /** A call from the first ring to the hold. */
  async call(driver) {
    // A new gpioset takes this slow machine longer than a blink lasts: gpiod is tried with the steady patterns.
    office.forget()
    const { phone, config } = await makeDesk(`call-${driver}`, hardware(driver), office.url, { flashing: driver === 'onoff' })
    header.drive(seat, true)
    const agent = await startedAgent(config)
    desk = { phone, config, agent }
    await until('the phone is known', () => office.last('state')?.phone?.reachable === true)
    const facts = { atRest: row(), exported: exported() }
    const call = await phone.ring({ number: '857654321' })
    await until('the third ring', () => shows('ring-warning'))
    facts.thirdRing = await watchLamps(() => shows('ring-warning'))
    await phone.answer(call)
    await until('the call is taken', () => office.last('state')?.calls?.[0]?.state === 'connected')
    await until('dark lamps', () => row() === '000')
    header.drive(seat, false)
    await until('the warning', () => shows('hold-warning'))
    facts.warning = await watchLamps(() => shows('hold-warning'))
    await until('the hold', () => office.events().includes('hold.forced'))
    facts.calls = phone.calls().map(({ state }) => state)
    facts.events = office.events()
    await phone.remoteHangsUp(call)
    report('call', driver, facts)
  },

  /** That agent killed with the left lamp lit, then the command that its unit runs. */
  async killed(driver) {
    const { config, agent } = desk
    // The caller who hung up on hold is to be called back: the left lamp says so, steadily.
    await until('the left lamp lit', () => shows('callbacks') && row() === '100')
    const children = childrenOf(agent.pid)
    agent.kill('SIGKILL')
    await agent.ended
    const facts = { children: children.length }
    await until('its children are gone', () => !children.some(isAlive))
    await sleep(1000)
    facts.afterKill = row()
    facts.release = (await start(['release', '--config', config]).ended).status
    facts.afterRelease = row()
    report('killed', driver, facts)
    await until('the broker has noticed', () => !office.isOnline())
  },

  /** What the doctor says of that desk when no agent runs. */
  async examined(driver) {
    const { written } = await start(['doctor', '--config', desk.config]).ended
    report('examined', driver, { written, lamps: row(), exported: exported() })
  },

  /** What an agent keeps in memory when all is quiet, without the lines and with them; for bench/gpio.ts. */
  async memory(driver) {
    const megabytes = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    const facts = {}
    for (const [name, lines] of [
      ['without', []],
      ['with', hardware(driver)],
    ]) {
      const { phone, config } = await makeDesk(`memory-${name}-${driver}`, lines, office.url, {})
      const agent = await startedAgent(config)
      await sleep(quietMs)
      facts[name] = { agent: megabytes(agent.pid), children: childrenOf(agent.pid).reduce((sum, pid) => sum + megabytes(pid), 0) }
      agent.kill('SIGTERM')
      await agent.ended
      await phone.stop()
    }
    report('memory', driver, facts)
  },

  /** An agent, after a killed one a new one, told to stop. */
  async stopped(driver) {
    const { phone, config, agent } = desk
    const last = agent.exitCode === null && agent.signalCode === null ? agent : await startedAgent(config)
    last.kill('SIGTERM')
    const { status } = await last.ended
    report('stopped', driver, { status, afterStop: row(), exported: exported() })
    await phone.stop()
  },
}

/** An agent that cannot start: what it says, and its status. */
async function refused(name, driver, lines, options) {
  const { phone, config, directory } = await makeDesk(`${name}-${driver}`, lines, office.url, {})
  for (const file of options?.uid === undefined ? [] : [directory, `${directory}/token`, `${directory}/password`]) chownSync(file, options.uid, options.gid)
  const agent = start(['agent', '--config', config], options)
  const { status, written } = await Promise.race([agent.ended, sleep(waitMs).then(() => ({ status: 'still runs', written: agent.written }))])
  agent.kill('SIGKILL')
  await phone.stop()
  report(name, driver, { status, written, lamps: row(), exported: exported() })
}

function openFolders(folder) {
  if (folder === '/') return
  try {
    chmodSync(folder, 0o755)
  } catch (error) {
    if (error.code !== 'EROFS') throw error
  }
  openFolders(dirname(folder))
}

Object.assign(cases, {
  'wrong-line': (driver) => refused('wrong-line', driver, hardware(driver, { line: 54 })),
  'no-chip': (driver) => refused('no-chip', driver, hardware(driver, { chip: 'pinctrl-nowhere' })),
  'no-permission'(driver) {
    // The checkout may lie in a folder of root's. What is changed here is gone with the guest; a share cannot be changed, nor need it be.
    for (const file of [fileURLToPath(import.meta.url), process.execPath]) openFolders(dirname(file))
    return refused('no-permission', driver, hardware(driver), { uid: nobody, gid: nobody })
  },
  async 'in-use'(driver) {
    // Version 2 of the tools takes the chip as an option.
    const isFirst = execFileSync('gpiomon', ['--version'], { encoding: 'utf8' }).includes('v1')
    const words = [...(isFirst ? [] : ['-c']), header.device, String(seat)]
    const monitor = spawn('gpiomon', words, { stdio: 'ignore' })
    // "gpiomon" is what it calls itself towards the kernel.
    await until('gpiomon has the line', () => readFileSync('/sys/kernel/debug/gpio', 'utf8').includes('gpiomon'))
    await refused('in-use', driver, hardware(driver))
    monitor.kill()
    await once(monitor, 'exit')
  },
})

try {
  for (const [name, driver] of plan.cases) {
    const began = performance.now()
    try {
      await cases[name](driver)
    } catch (error) {
      report(name, driver, { failed: error.message })
    }
    console.log(`  ${name} ${driver ?? ''}: ${Math.round(performance.now() - began)} ms`)
  }
} finally {
  await office.close()
}
process.exit(0)
