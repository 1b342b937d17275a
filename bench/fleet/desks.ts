/**
 * Many desks in one process, told what to do by the bench over IPC: `tsx desks.ts URL COUNT FIRST`. Reports how many are connected, when each came back,
 * and how many events each has numbered.
 */
import { createSimulatedDesk } from './desk.ts'

/** Desks that connect at one moment in the first start; a building's power comes back for all of them, and each has its own wait then. */
const startBatch = 200
const reportEveryMs = 50

const [url = '', count = '0', first = '0'] = process.argv.slice(2)
const desks = Array.from({ length: Number(count) }, (_, index) => createSimulatedDesk(`d${Number(first) + index}`, url))
let timer: NodeJS.Timeout | undefined
let owed = 0

const connected = () => desks.reduce((sum, { link }) => sum + (link.health().connected ? 1 : 0), 0)
const numbered = () => desks.reduce((sum, desk) => sum + desk.sequence(), 0)
const unsent = () => desks.reduce((sum, { link }) => sum + link.health().unsent, 0)

async function start(): Promise<void> {
  for (let index = 0; index < desks.length; index += startBatch) {
    const batch = desks.slice(index, index + startBatch)
    for (const { link } of batch) await link.start()
    while (connected() < index + batch.length) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** So many events a second over all desks, at random; the timer's own lateness is made up for. */
function load(perSecond: number): void {
  clearInterval(timer)
  owed = 0
  let at = performance.now()
  timer = setInterval(() => {
    const now = performance.now()
    owed += ((now - at) / 1000) * perSecond
    at = now
    for (; owed >= 1; owed -= 1) desks[Math.floor(Math.random() * desks.length)]?.say()
  }, 10)
}

process.on('message', (order: { readonly do: 'start' | 'load' | 'rest' | 'end'; readonly perSecond?: number }) => {
  if (order.do === 'start') void start()
  if (order.do === 'load') load(order.perSecond ?? 0)
  if (order.do === 'rest') clearInterval(timer)
  if (order.do === 'end') process.exit(0)
})
setInterval(() => process.send?.({ connected: connected(), numbered: numbered(), unsent: unsent() }), reportEveryMs)
