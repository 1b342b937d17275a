// What the guest runs, under systemd as PID 1, with the package installed: `node guest.js NEWER.deb`. It judges nothing. Each step prints one line,
// `FACT {…}`, with what systemd, the kernel and the journal showed; systemd.test.ts says what it must be.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'

const [newer] = process.argv.slice(2)
const unit = 'third-ring-agent.service'
const [token, password, caller] = ['token-for-tests-0123456789', 'secret-of-the-phone', '0857654321']
const lamp = 5
/** The guest is slow. Nothing is waited for longer than this. */
const waitMs = 600_000
/** Asking systemd costs this machine dear: whoever is waited for needs the processor more. */
const askEveryMs = 2000

const report = (name, facts) => console.log(`FACT ${JSON.stringify({ name, ...facts })}`)
const run = (command, ...words) => {
  try {
    return execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
  } catch (error) {
    // Many of them answer by their status, and by a word.
    return `${error.stdout ?? error.message}`.trim()
  }
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
async function until(what, holds, everyMs = 100) {
  for (const end = Date.now() + waitMs; Date.now() < end; await sleep(everyMs)) if (await holds()) return true
  console.log(`in vain: ${what}`)
  return false
}
const show = (property) => run('systemctl', 'show', '--value', '-p', property, unit)
const journal = (unitName = unit) => run('journalctl', '--no-pager', '-o', 'cat', '-u', unitName)
const countOf = (word) => journal().split(word).length - 1
const pid = () => Number(show('MainPID'))
const isUp = () => show('ActiveState') === 'active'

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

/** What `release` says, whatever came of it: where this machine's processor has to do for many it may find its nine seconds over. The lamp itself is looked at. */
const released = () => countOf('usc-12: the lamp (gpio)')

/** Another start of the agent, from one end to the next beginning: whether the lamp was dark in between, and who put it out. */
async function watchRestart(before, bring) {
  await ring(`lit-${before}`)
  const lit = await until('the lamp is lit', () => chip.value(lamp) === 1)
  const [earlier, restarts] = [released(), Number(show('NRestarts'))]
  await bring()
  const dark = await until('the lamp is dark', () => chip.value(lamp) === 0)
  const back = await until('the agent is back', () => isUp() && pid() !== before, askEveryMs)
  return { lit, dark, back, released: released() - earlier, restarts: Number(show('NRestarts')) - restarts }
}

// The lines as udev gives them, before anything is started.
const chip = makeChip('desk-lines', 8)
run('udevadm', 'settle')
report('unconfigured', {
  enabled: run('systemctl', 'is-enabled', unit),
  state: show('ActiveState'),
  result: show('ConditionResult'),
  lines: run('stat', '-c', '%G %a', `/dev/${chip.chip}`),
})

const lines = [
  'site: um-test',
  'desk: usc-12',
  'phone: { vendor: yealink, url: http://127.0.0.1:9, passwordFile: phone.password }',
  'listen: { host: 127.0.0.1, tokenFile: phone.token }',
  `lamp: { driver: gpio, line: ${lamp}, chip: desk-lines }`,
  'policy: { flashing: false }',
  'broker: { url: mqtt://127.0.0.1:1883 }',
]
writeFileSync('/etc/third-ring/agent.yaml', `${lines.join('\n')}\n`, { mode: 0o640 })
run('chgrp', 'third-ring', '/etc/third-ring/agent.yaml')
for (const [name, secret] of [
  ['phone.password', password],
  ['phone.token', token],
])
  writeFileSync(`/etc/third-ring/${name}`, `${secret}\n`, { mode: 0o600 })
// This machine's processor is emulated, where a compiler at run time costs more than it gains.
mkdirSync(`/run/systemd/system/${unit}.d`, { recursive: true })
writeFileSync(`/run/systemd/system/${unit}.d/slow.conf`, '[Service]\nTimeoutStartSec=600\nTimeoutStopSec=300\nEnvironment=NODE_OPTIONS=--jitless\n')
run('systemctl', 'daemon-reload')

run('systemctl', 'start', unit)
const first = pid()
const status = readFileSync(`/proc/${first}/status`, 'utf8')
const word = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]
const credentials = '/run/credentials/third-ring-agent.service'
report('started', {
  state: `${show('ActiveState')} ${show('SubState')}`,
  status: show('StatusText'),
  user: word('Uid')
    ?.split(/\s+/)
    .map((id) => run('id', '-nu', id)),
  groups: word('Groups')
    ?.trim()
    .split(' ')
    .map((id) => run('getent', 'group', id).split(':')[0])
    .sort(),
  capabilities: word('CapEff'),
  noNewPrivileges: word('NoNewPrivs'),
  filtered: word('Seccomp'),
  credentials: ['phone.password', 'phone.token', 'broker.password'].map((name) => readFileSync(`${credentials}/${name}`, 'utf8').trim()),
  laidForRelease: run('stat', '-c', '%U %a', '/run/third-ring', '/run/third-ring/phone.password'),
  journal: [run('stat', '-c', '%U %a', '/var/lib/third-ring'), statSync('/var/lib/third-ring/journal.mark').isFile()],
  door: await ring('first'),
  version: JSON.parse(readFileSync('/usr/lib/third-ring/package.json', 'utf8')).version,
})

report('frozen', {
  ...(await watchRestart(pid(), () => run('systemctl', 'kill', '-s', 'STOP', '--kill-whom=main', unit))),
  timeouts: countOf('Watchdog timeout'),
})
report('killed', await watchRestart(pid(), () => run('systemctl', 'kill', '-s', 'KILL', '--kill-whom=main', unit)))
report('upgraded', {
  ...(await watchRestart(pid(), () => run('dpkg', '-i', newer))),
  version: JSON.parse(readFileSync('/usr/lib/third-ring/package.json', 'utf8')).version,
  config: readFileSync('/etc/third-ring/agent.yaml', 'utf8') === `${lines.join('\n')}\n`,
})

await ring('last')
const lit = await until('the lamp is lit', () => chip.value(lamp) === 1)
const earlier = released()
run('systemctl', 'stop', unit)
report('stopped', {
  lit,
  dark: chip.value(lamp) === 0,
  released: released() - earlier,
  laidForRelease: existsSync('/run/third-ring'),
  inTime: journal().split('usc-12: the lamp (gpio)').at(-1).startsWith(' is dark'),
  state: show('ActiveState'),
  result: show('Result'),
})
const text = journal()
report('log', { lines: text.split('\n').length, leaked: [token, password, caller, caller.slice(1)].filter((secret) => text.includes(secret)) })
console.log(text)
