import { createConnection } from 'node:net'
import { between, chance } from '../../../src/simulator/random.ts'
import type { Answer, Truth, Word } from './truth.ts'

export interface TelephoneOptions {
  readonly port: number
  /** What every action URL begins with: `/yealink/<token>`. */
  readonly path: string
  readonly random: () => number
  readonly truth: Truth
  /** Which of the agent's lives this is, and whether it has been told to stop. */
  readonly life: () => { readonly number: number; readonly ending: boolean }
}

/** A telephone that is never silent: call after call, each action URL as soon as the one before it was answered. */
export interface BusyTelephone {
  /** Resolves when the agent has taken something in this life, or the telephone was stopped. */
  heard(life: number): Promise<void>
  stop(): Promise<void>
}

const gapMaxMs = 18
const answerMaxMs = 5000

export function createBusyTelephone({ port, path, random, truth, life }: TelephoneOptions): BusyTelephone {
  let calls = 0
  /** Who rang in vain and has not been called back yet. */
  const missed: string[] = []
  let stopped = false
  let waiting: { readonly life: number; readonly tell: () => void }[] = []

  /** Says it, and whether anybody listened. */
  async function say(word: Word, call: number, number: string): Promise<boolean> {
    await pause(between(random, 0, gapMaxMs))
    const { number: at } = life()
    const query = `m=001565aabbcc&c=${call}&u=6012&r=sip:${number}@pbx.example&l=sip:6012@pbx.example&n=Żaneta Łoś`
    const outcome = await send(port, `${path}/${word}?${query}`)
    // Between the word and its answer the agent may have been told to stop; it may then have answered without taking it.
    const answer = outcome === 'taken' && life().ending ? 'unknown' : outcome
    truth.said.push({ life: at, word, call, number, answer })
    if (answer === 'taken') {
      for (const { tell } of waiting.filter((one) => one.life <= at)) tell()
      waiting = waiting.filter((one) => one.life > at)
    }
    return outcome !== 'turned-away'
  }

  async function callOnce(): Promise<void> {
    calls += 1
    const id = calls
    const words = chooseCall(random)
    const owed = words[0] === 'outgoing_call' ? missed.shift() : undefined
    const number = owed ?? `+4885${String(1_000_000 + calls)}`
    if (words.includes('missed_call')) missed.push(number)
    for (const word of words) {
      if (stopped || (await say(word, id, number))) continue
      await untilListening(port, () => stopped)
      // A telephone does not wait for its helper: half of the calls are over by now, the others go on.
      if (chance(random, 0.5)) return
    }
  }

  const running = (async () => {
    while (!stopped) await callOnce()
    for (const { tell } of waiting) tell()
  })()

  return {
    heard: (number) => new Promise((tell) => void (stopped ? tell() : waiting.push({ life: number, tell }))),
    async stop() {
      stopped = true
      await running
    },
  }
}

function chooseCall(random: () => number): readonly Word[] {
  if (chance(random, 0.1)) return ['incoming_call', 'missed_call']
  if (chance(random, 0.15)) return ['outgoing_call', 'call_established', 'call_terminated']
  const holds = Array.from({ length: chance(random, 0.6) ? 1 + Math.floor(random() * 2) : 0 }, (): Word[] => ['hold', 'unhold']).flat()
  return ['incoming_call', 'call_established', ...holds, 'call_terminated']
}

/** One GET as a telephone writes it: raw spaces and letters, and nothing but the first line of the answer is read. */
function send(port: number, target: string): Promise<Answer> {
  return new Promise((resolve) => {
    let connected = false
    const socket = createConnection({ port, host: '127.0.0.1', timeout: answerMaxMs }, () => {
      connected = true
      socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
    })
    const done = (answer: Answer): void => {
      socket.destroy()
      resolve(answer)
    }
    const cut = (): void => done(connected ? 'unknown' : 'turned-away')
    socket.once('data', (text) => done(/^HTTP\/1\.1 200 /.test(text.toString('latin1')) ? 'taken' : 'turned-away'))
    socket.once('error', cut).once('close', cut).once('timeout', cut)
  })
}

export async function untilListening(port: number, givenUp: () => boolean): Promise<void> {
  while (!givenUp()) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' }, () => {
        socket.destroy()
        resolve(true)
      }).on('error', () => resolve(false))
    })
    if (open) return
    await pause(25)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
