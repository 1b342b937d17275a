/** What one agent costs a small machine: its memory when all is quiet, and the time from its start until it says at the broker that it is there. */
import { median, printTable, ratio } from './figures.ts'
import { createStage, type Running, startAgentProcess, startBareNode, startFloorProcess } from './stage.ts'

const rounds = 7
/** Long enough for what a start leaves behind to be collected or to stay. */
const quietMs = 5000

const stage = await createStage()
const sides = [
  { name: 'agent', start: (round: number) => startAgentProcess(stage, `agent-${round}`) },
  { name: 'bare node:http + MQTT.js', start: () => startFloorProcess(stage) },
  { name: 'bare node', start: startBareNode },
].map((side) => ({ ...side, startMs: [] as number[], megabytes: [] as number[] }))

for (let round = 0; round < rounds; round += 1) {
  const running: Running[] = []
  for (const side of sides) {
    const program = await side.start(round)
    side.startMs.push(program.startMs)
    running.push(program)
  }
  await new Promise((resolve) => setTimeout(resolve, quietMs))
  for (const [index, program] of running.entries()) sides[index]?.megabytes.push(program.memory())
  for (const program of running) await program.stop()
}
await stage.stop()

const [agent] = sides
printTable(
  `footprint: median of ${rounds} starts`,
  ['', 'start', 'agent ÷ this', 'resident memory', 'agent ÷ this'],
  sides.map(({ name, startMs, megabytes }) => [
    name,
    `${median(startMs).toFixed(0)} ms`,
    ratio(median(agent?.startMs ?? []), median(startMs)),
    `${median(megabytes).toFixed(1)} MB`,
    ratio(median(agent?.megabytes ?? []), median(megabytes)),
  ]),
)
