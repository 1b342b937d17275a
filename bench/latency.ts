/**
 * From a phone's action URL to the event at the broker's subscriber: the agent beside the floor, against one broker in one run. The agent's way has the
 * tolerant listener, the rules, and a synchronous write to the disk before anything is published; the floor's has none of them.
 */
import { printTable, quantile, ratio } from './figures.ts'
import { createStage, get, type Running, type Stage, startAgentProcess, startFloorProcess, token } from './stage.ts'

const calls = 200
const warmUpCalls = 20
/** Slower than the agent's own rate limit for one phone, as any phone is. */
const betweenMs = 60
const answerMaxMs = 5000

const steps = [
  { event: 'incoming_call', says: 'third-ring.call.alerting' },
  { event: 'call_established', says: 'third-ring.call.answered' },
  { event: 'call_terminated', says: undefined },
] as const

const pause = () => new Promise((resolve) => setTimeout(resolve, betweenMs))

/** One event: the time from before the phone connects until the subscriber has the message. */
async function time(stage: Stage, program: Running, desk: string, call: number, { event, says }: (typeof steps)[number]): Promise<number | undefined> {
  const path = `/yealink/${token}/${event}?c=${call}&r=0857654321`
  if (says === undefined) {
    await get(program.port, path)
    return undefined
  }
  const arrived = stage.arrival(({ topic, payload }) => {
    if (topic !== `third-ring/v1/bench/${desk}/event`) return false
    return desk === 'floor' ? JSON.parse(payload).type === event : JSON.parse(payload).type === says
  }, answerMaxMs)
  const startedMs = performance.now()
  await get(program.port, path)
  return (await arrived).atMs - startedMs
}

const stage = await createStage()
const programs = [
  { desk: 'agent', program: await startAgentProcess(stage, 'agent'), samples: [] as number[] },
  { desk: 'floor', program: await startFloorProcess(stage), samples: [] as number[] },
]
for (let call = 1; call <= warmUpCalls + calls; call += 1) {
  for (const step of steps) {
    for (const { desk, program, samples } of programs) {
      const ms = await time(stage, program, desk, call, step)
      if (ms !== undefined && call > warmUpCalls) samples.push(ms)
      await pause()
    }
  }
}
for (const { program } of programs) await program.stop()
await stage.stop()

const [agent = [], floor = []] = programs.map(({ samples }) => samples)
const row = (name: string, samples: readonly number[]) => [name, ...[0.5, 0.99].map((share) => `${quantile(samples, share).toFixed(2)} ms`)]
printTable(
  `latency: action URL to the event at the subscriber, ${agent.length} events of ${calls} calls`,
  ['', 'p50', 'p99'],
  [
    row('agent', agent),
    row('bare node:http + MQTT.js', floor),
    ['ratio', ...[0.5, 0.99].map((share) => ratio(quantile(agent, share), quantile(floor, share)))],
  ],
)
