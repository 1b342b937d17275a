// What the guest runs, under systemd as PID 1, with the package installed: `node guest.js NEWER.deb`. It judges nothing. Each step prints one line,
// `FACT {…}`, with what systemd, the kernel, the phone and the journal showed; systemd.test.ts says what it must be.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { nowUs, openOffice } from './office.js'

const [newer] = process.argv.slice(2)
const unit = 'third-ring-agent.service'
const [token, password, caller, substitute] = ['token-for-tests-0123456789', 'secret-of-the-phone', '0857654321', '508112233']
const lamp = 5
/** Nothing is waited for longer than this, by the guest's own clock: an agent starts in some seconds. */
const waitMs = 120_000
/** Asking systemd costs this machine dear: whoever is waited for needs the processor more. */
const askEveryMs = 500

const report = (name, facts) => console.log(`FACT ${JSON.stringify({ name, ...facts })}`)
/** What a program printed; many of them answer by their status, and by a word. The office goes on meanwhile. */
const run = (command, ...words) =>
  new Promise((resolve) => {
    execFile(command, words, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stderr !== '') console.log(stderr.trim())
      resolve((stdout || (typeof error?.code === 'string' ? error.message : '')).trim())
    })
  })
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
async function until(what, holds, everyMs = 100) {
  for (const end = nowUs() + waitMs * 1000; nowUs() < end; await sleep(everyMs)) if (await holds()) return true
  console.log(`in vain: ${what}`)
  return false
}
/** Several properties of the unit in one question. */
async function show(...properties) {
  const said = await run('systemctl', 'show', ...properties.flatMap((property) => ['-p', property]), unit)
  return Object.fromEntries(said.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
/** What the journal has of the unit: systemd's own words and those of the unit's programs, and when each was said. */
async function journal() {
  const said = await run('journalctl', '--no-pager', '-o', 'json', '-u', unit)
  return said.split('\n').flatMap((line) => {
    const { MESSAGE, __MONOTONIC_TIMESTAMP } = line === '' ? {} : JSON.parse(line)
    return typeof MESSAGE === 'string' ? [{ text: MESSAGE, us: Number(__MONOTONIC_TIMESTAMP) }] : []
  })
}

/** A chip of the kernel's gpio-sim with one label of ours; gives what a meter at a line would show. */
function makeChip(label, lines) {
  const config = '/sys/kernel/config/gpio-sim/desk'
  mkdirSync(`${config}/bank0`, { recursive: true })
  writeFileSync(`${config}/bank0/num_lines`, String(lines))
  writeFileSync(`${config}/bank0/label`, label)
  writeFileSync(`${config}/live`, '1')
  const [device, chip] = [`${config}/dev_name`, `${config}/bank0/chip_name`].map((file) => readFileSync(file, 'utf8').trim())
  return { chip, value: (line) => Number(readFileSync(`/sys/devices/platform/${device}/${chip}/sim_gpio${line}/value`, 'utf8')) }
}

/** The phone says that it rings: `OK`, or why there was no answer. */
function ring(call) {
  return new Promise((resolve) => {
    const request = get(`http://127.0.0.1:8787/yealink/${token}/incoming_call?c=${call}&r=${caller}`, (response) => {
      let body = ''
      response.on('data', (bytes) => {
        body += bytes
      })
      response.on('end', () => resolve(body))
    })
    request.on('error', ({ code }) => resolve(code))
  })
}

/** The calls go to the substitute, and the agent answers for it. */
const isForwarded = () => office.target() === substitute && office.shown()?.state === 'on' && office.shown()?.owner === 'agent'

/** A desk whose phone rings and is forwarded: what there is to be put right after its agent. */
async function beBusy(call) {
  const forwarded = await until('the phone is forwarded', isForwarded)
  await ring(call)
  return { forwarded, lit: await until('the lamp is lit', () => chip.value(lamp) === 1) }
}

/** What came of an end: what the unit's programs said, and how long after the agent's death, or after it was told to stop, things were put right. */
async function putRight(fromUs) {
  const since = (await journal()).filter(({ us }) => us >= fromUs)
  const at = (pattern) => since.find(({ text }) => pattern.test(text))?.us
  const endedUs = at(/Main process exited/) ?? at(/^Stopping /)
  const freedUs = office.freedUs() ?? 0
  const secondsSince = (us) => (us === undefined || endedUs === undefined ? undefined : (us - endedUs) / 1e6)
  return {
    said: since.flatMap(({ text }) => (/^usc-12: /.test(text) ? [text] : [])),
    free: office.target() === undefined,
    freedAfterS: freedUs > fromUs ? secondsSince(freedUs) : undefined,
    saidAfterS: secondsSince(since.findLast(({ text }) => /^usc-12: /.test(text))?.us),
    againAfterS: secondsSince(at(/^Start(ing|ed) /)),
  }
}

/** Another start of the agent, from one end to the next beginning: what was put right in between, and whether the absence goes on afterwards. */
async function watchRestart(bring, silent = false) {
  const { MainPID: before, NRestarts } = await show('MainPID', 'NRestarts')
  const busy = await beBusy(`lit-${before}`)
  office.setSilent(silent)
  const fromUs = nowUs()
  // An upgrade ends when the agent is back: what comes before is looked at meanwhile.
  const brought = bring()
  const dark = await until('the lamp is dark', () => chip.value(lamp) === 0)
  const isBack = async () => {
    const { ActiveState, MainPID } = await show('ActiveState', 'MainPID')
    return ActiveState === 'active' && MainPID !== before
  }
  const starting = await until('the agent is starting', async () => (await show('SubState')).SubState === 'start', 250)
  const seen = await putRight(fromUs)
  // What the desk showed before it died is none of the next agent's words.
  office.forget()
  const back = await until('the agent is back', isBack, askEveryMs)
  await brought
  office.setSilent(false)
  const again = await until('the phone is forwarded again', isForwarded)
  return { ...busy, dark, starting, ...seen, back, again, restarts: Number((await show('NRestarts')).NRestarts) - Number(NRestarts) }
}

// The lines as udev gives them, before anything is started.
const chip = makeChip('desk-lines', 8)
await run('udevadm', 'settle')
report('unconfigured', {
  enabled: await run('systemctl', 'is-enabled', unit),
  ...(await show('ActiveState', 'ConditionResult')),
  lines: await run('stat', '-c', '%G %a', `/dev/${chip.chip}`),
})

const office = await openOffice({ site: 'um-test', desk: 'usc-12', substitute: 'usc-13', password, agentUrl: `http://127.0.0.1:8787/yealink/${token}` })
const always = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ')
const lines = [
  'site: um-test',
  'desk: usc-12',
  `phone: { vendor: yealink, mac: 00:15:65:aa:bb:cc, url: "${office.phoneUrl}", username: admin, passwordFile: phone.password }`,
  'listen: { host: 127.0.0.1, tokenFile: phone.token }',
  `lamp: { driver: gpio, line: ${lamp}, chip: desk-lines }`,
  `policy: { flashing: false, workingHours: { holidays: none, week: { ${always} } } }`,
  `substitutes: [ { desk: usc-13, number: "${substitute}" } ]`,
  `broker: { url: "${office.brokerUrl}" }`,
]
writeFileSync('/etc/third-ring/agent.yaml', `${lines.join('\n')}\n`, { mode: 0o640 })
await run('chgrp', 'third-ring', '/etc/third-ring/agent.yaml')
for (const [name, secret] of [
  ['phone.password', password],
  ['phone.token', token],
])
  writeFileSync(`/etc/third-ring/${name}`, `${secret}\n`, { mode: 0o600 })

await run('systemctl', 'start', unit)
const { MainPID: first, ActiveState, SubState, StatusText } = await show('MainPID', 'ActiveState', 'SubState', 'StatusText')
const status = readFileSync(`/proc/${first}/status`, 'utf8')
const word = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]
const credentials = '/run/credentials/third-ring-agent.service'
const namesOf = (command, ids) => Promise.all(ids.map(async (id) => (await run(...command, id)).split(':')[0]))
report('started', {
  state: `${ActiveState} ${SubState}`,
  status: StatusText,
  user: await namesOf(['id', '-nu'], word('Uid')?.split(/\s+/) ?? []),
  groups: (await namesOf(['getent', 'group'], word('Groups')?.trim().split(' ') ?? [])).sort(),
  capabilities: word('CapEff'),
  noNewPrivileges: word('NoNewPrivs'),
  filtered: word('Seccomp'),
  credentials: ['phone.password', 'phone.token', 'broker.password'].map((name) => readFileSync(`${credentials}/${name}`, 'utf8').trim()),
  laidForRelease: await run('stat', '-c', '%U %a', '/run/third-ring', '/run/third-ring/phone.password'),
  journal: [await run('stat', '-c', '%U %a', '/var/lib/third-ring'), statSync('/var/lib/third-ring/journal.mark').isFile()],
  door: await ring('first'),
})

// On leave: an absence that no restart of the agent ends.
await until('the desk is on the broker', office.isOnline)
office.command('absence.set', { kind: 'leave' })

const kill = (signal) => () => run('systemctl', 'kill', '-s', signal, '--kill-whom=main', unit)
report('killed', await watchRestart(kill('KILL')))
report('frozen', { ...(await watchRestart(kill('STOP'))), timeouts: (await journal()).filter(({ text }) => text.includes('Watchdog timeout')).length })
report('upgraded', {
  ...(await watchRestart(() => run('dpkg', '-i', newer), true)),
  version: JSON.parse(readFileSync('/usr/lib/third-ring/package.json', 'utf8')).version,
  config: readFileSync('/etc/third-ring/agent.yaml', 'utf8') === `${lines.join('\n')}\n`,
})

const busy = await beBusy('last')
const stopUs = nowUs()
await run('systemctl', 'stop', unit)
report('stopped', {
  ...busy,
  dark: chip.value(lamp) === 0,
  ...(await putRight(stopUs)),
  laidForRelease: existsSync('/run/third-ring'),
  ...(await show('ActiveState', 'Result')),
})
const text = (await journal()).map((entry) => entry.text).join('\n')
const secrets = [token, password, caller, caller.slice(1), substitute]
report('log', { lines: text.split('\n').length, leaked: secrets.filter((secret) => text.includes(secret)) })
console.log(text)
process.exit(0)
