/**
 * An idle minute of two agents side by side: one as it is, and one with the bridge on a serial cable, its lamp and its seat. Processor time, memory, and
 * what passes over the cable. The cable is a pair of pseudo-terminals made by socat (Debian's package); the bridge is its real program, emulated.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { printTable, ratio } from './figures.ts'
import { createStage, startAgentProcess } from './stage.ts'

const settleMs = 10_000
const minuteMs = 60_000
const socat = '/usr/bin/socat'

if (!existsSync(socat)) {
  console.error('third-ring: this bench needs socat: apt-get install socat')
  process.exit(1)
}
const stage = await createStage()
const [agentEnd, boardEnd] = [join(stage.directory, 'agent-end'), join(stage.directory, 'board-end')]
const children: ChildProcess[] = [spawn(socat, [`pty,raw,echo=0,link=${agentEnd}`, `pty,raw,echo=0,link=${boardEnd}`], { stdio: 'ignore' })]
while (!existsSync(boardEnd)) await sleep(50)
const board = spawn(process.execPath, ['--import', 'tsx', 'bench/board.ts', boardEnd], { stdio: ['ignore', 'pipe', 'inherit'] })
children.push(board)
let bytes = { said: 0, heard: 0 }
board.stdout.on('data', (text: Buffer) => {
  const line = text.toString().trim().split('\n').at(-1)
  if (line !== undefined && line !== '') bytes = JSON.parse(line)
})

const sides = [
  { name: 'agent', running: await startAgentProcess(stage, 'plain') },
  {
    name: 'agent with the bridge, seat and lamp on it',
    running: await startAgentProcess(stage, 'bridged', { hardware: { bridge: { path: agentEnd }, seat: { driver: 'bridge' }, lamp: { driver: 'bridge' } } }),
  },
]
await sleep(settleMs)
const before = { cpuMs: sides.map(({ running }) => running.cpuMs()), bytes }
await sleep(minuteMs)
const cpuMs = sides.map(({ running }, side) => running.cpuMs() - (before.cpuMs[side] ?? 0))
const memory = sides.map(({ running }) => running.memory())
const [plainMs = 0] = cpuMs
const [plainMegabytes = 0] = memory

printTable(
  'an idle minute',
  ['', 'processor time', '÷ agent', 'resident memory', '÷ agent'],
  sides.map(({ name }, side) => [
    name,
    `${(cpuMs[side] ?? 0).toFixed(0)} ms`,
    ratio(cpuMs[side] ?? 0, plainMs),
    `${(memory[side] ?? 0).toFixed(1)} MB`,
    ratio(memory[side] ?? 0, plainMegabytes),
  ]),
)
console.log(`\nOver the cable in that minute: ${bytes.said - before.bytes.said} bytes from the bridge, ${bytes.heard - before.bytes.heard} to it.`)

for (const { running } of sides) await running.stop()
for (const child of children.reverse()) child.kill('SIGTERM')
await stage.stop()

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
