/**
 * Runs the tests against real programs, after installing those that are missing from Debian's packages. Parameters go on to vitest:
 * `npm run test:system -- mosquitto` runs the files whose names have that word.
 *
 * What went wrong is said once more at the very end, since the whole says more than anybody reads.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installMissing } from './debian-programs.js'
import { root, run } from './run.js'

/**
 * Without words the tests run in three lanes at one time: those that mostly wait for an emulated machine; those that mostly wait for as long as calls, alarms
 * and the death of an agent really take, or for what another program does; and all others, which keep the processors busy. Within a lane one file follows the other.
 */
const lanes = [
  { name: 'machines', tests: ['gpio', 'systemd', 'package', 'firmware', 'bridge'] },
  {
    name: 'waits',
    tests: [
      ...['death-matrix', 'demo', 'desk', 'absence-calls', 'sip-calls', 'sip-forwarding', 'sip-exchange', 'sip-programs', 'sip-stack'],
      ...['rabbitmq', 'gap-repair', 'prometheus', 'mosquitto', 'mosquitto-clock', 'broker-running', 'offline', 'wrong-clock', 'secrets'],
      ...['asyncapi', 'home-assistant', 'node-red', 'dashboard'],
    ],
  },
]

/**
 * Each lane sees its own mounts alone. Else a program of another lane that has a namespace of its own (a Debian tree is entered in one) keeps a small disk
 * that is mounted meanwhile, and a test that unmounts it has the old one, read-only as it was, when it mounts it again.
 */
const apart = spawnSync('unshare', ['--mount', 'true']).status === 0 ? ['unshare', '--mount'] : []

/** Files that may be looked at a second time. More that fail at once are no accident of three lanes on one machine. */
const secondLooksMax = 3
/** Lines of what a failed test says that are repeated at the end. */
const reasonLinesMax = 12

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.system.config.ts']
const words = process.argv.slice(2)

installMissing(words)
run(process.execPath, [fileURLToPath(new URL('set-up.js', import.meta.url))], { failed: 'the checkout could not be set up' })
if (words.length > 0) run(process.execPath, [...vitest, ...words])
else process.exitCode = (await runLanes()) ? 0 : 1

/** The lanes that have a name say at their end what they have to say, so that it is not mixed with what the others say as they go. */
async function runLanes() {
  const fileOf = (test) => `test/system/${test}.test.ts`
  const named = lanes.map(({ name, tests }) => runLane(name, [...vitest, ...tests.map(fileOf)]))
  // A machine that is emulated has a clock of its own, and patience only for so long, as has a caller; the others have more.
  const excluded = lanes.flatMap(({ tests }) => tests).flatMap((test) => ['--exclude', fileOf(test)])
  const others = runLane('all others', [...vitest, ...excluded], { niceness: 10, output: 'inherit' })
  const ended = await Promise.all([others, ...named])
  for (const { name, said, seconds } of ended) {
    process.stdout.write(Buffer.concat(said))
    console.log(`third-ring: ${name} took ${seconds} s`)
  }
  const failed = ended.filter(({ passed }) => !passed)
  for (const lane of failed) sayWhatFailed(lane)
  return failed.length === 0 || (await secondLook(failed))
}

/**
 * Three lanes share the processors, and a real program's patience ends while another lane has them. So what failed beside others is run once more alone, for
 * everybody to see, and that run is the verdict: a fault of ours fails there too.
 */
async function secondLook(failed) {
  const files = failed.flatMap((lane) => lane.failures.map(({ file }) => file))
  const unexplained = failed.filter(({ failures }) => failures.length === 0)
  for (const { name } of unexplained) console.log(`third-ring: ${name} failed, and no file of it says why: see what it said above`)
  if (unexplained.length > 0 || files.length > secondLooksMax) return false
  console.log(`third-ring: ${files.join(', ')} failed beside the others; once more, alone …`)
  const alone = await runLane('alone', [...vitest, ...files], { output: 'inherit' })
  if (!alone.passed) sayWhatFailed(alone)
  else console.log(`third-ring: ${files.join(', ')} FAILED BESIDE THE OTHERS AND PASSED ALONE: read above why, and mend it`)
  return alone.passed
}

async function runLane(name, parameters, { niceness = 0, output = 'pipe' } = {}) {
  const startedMs = performance.now()
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-lane-'))
  const report = join(directory, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const [command, ...asked] = [...apart, 'nice', '-n', String(niceness), process.execPath, ...parameters, ...reporters]
  const child = spawn(command, asked, { cwd: root, stdio: ['ignore', output, output] })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => said.push(text))
  const [status] = await once(child, 'close')
  const failures = failuresOf(report)
  rmSync(directory, { recursive: true })
  return { name, passed: status === 0, failures, said, seconds: Math.round((performance.now() - startedMs) / 1000) }
}

/** The files that failed, each with its tests that did and what they say. A file that did not come as far as its tests says so itself. */
function failuresOf(report) {
  let files
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults
  } catch {
    return [] // vitest did not come as far as its report: what it said tells why
  }
  return files
    .filter(({ status }) => status === 'failed')
    .map(({ name, message, assertionResults }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed').map((test) => `${test.fullName}\n${test.failureMessages.join('\n')}`)
      return { file: relative(root, name), reasons: tests.length > 0 ? tests : [message] }
    })
}

function sayWhatFailed({ name, failures }) {
  for (const { file, reasons } of failures) for (const reason of reasons) console.log(`third-ring: failed (${name}): ${file}: ${inShort(reason)}`)
}

/** Without the way through vitest's own files. */
function inShort(reason) {
  const ours = reason.split('\n').filter((line) => !line.includes('/node_modules/'))
  return ours.slice(0, reasonLinesMax).join('\n  ')
}
