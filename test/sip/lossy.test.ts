import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import type { OutgoingRequest, SipOutcome } from '../../src/sip/ports.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { ask, branchOf, type Heard, has, hear, respond, value } from './stand-in.ts'
import { createLink, createVirtualClock, type Link, optionsFor, type VirtualClock } from './virtual.ts'

const requestsEach = 12
const challenge = 'WWW-Authenticate: Digest realm="pbx", nonce="n", algorithm=MD5, qop="auth"'

/** A server of its own making: it answers each transaction once, says that again when it is asked again, and repeats a final answer to INVITE until its ACK. */
function createServer(clock: VirtualClock, link: Link) {
  const answers = new Map<string, string>()
  const handled: string[] = []
  const acknowledged = new Set<string>()
  const said: string[] = []

  function answerOnce(heard: Heard): string {
    handled.push(`${heard.method} ${value(heard, 'call-id')} ${value(heard, 'cseq')}`)
    if (heard.method === 'CANCEL') return respond(heard, 200, 'OK')
    if (!has(heard, 'authorization')) return respond(heard, 401, 'Unauthorized', { headers: [challenge] })
    return respond(heard, 200, 'OK', { headers: ['Contact: <sip:pbx@192.0.2.1>'] })
  }

  function repeatUntilAck(heard: Heard, answer: string, waitMs: number, untilMs: number): void {
    const call = `${value(heard, 'call-id')} ${value(heard, 'cseq').split(' ')[0]}`
    if (acknowledged.has(call) || clock.now() > untilMs) return
    link.send(answer)
    clock.after(waitMs, () => repeatUntilAck(heard, answer, Math.min(2 * waitMs, 4000), untilMs))
  }

  link.onReceive((text) => {
    const heard = hear(text)
    if (heard.method === undefined) {
      said.push(`${heard.status} ${branchOf(heard)}`)
      return
    }
    if (heard.method === 'ACK') {
      acknowledged.add(`${value(heard, 'call-id')} ${value(heard, 'cseq').split(' ')[0]}`)
      return
    }
    const key = `${heard.method} ${branchOf(heard)}`
    const before = answers.get(key)
    const answer = before ?? answerOnce(heard)
    answers.set(key, answer)
    if (heard.method !== 'INVITE') link.send(answer)
    else if (before === undefined) repeatUntilAck(heard, answer, 500, clock.now() + 32_000)
  })
  return { handled, said, acknowledged }
}

/** The server's own requests, each repeated as a server repeats it until it is answered. */
function notify(clock: VirtualClock, link: Link, said: readonly string[], number: number): void {
  const branch = `z9hG4bKnotify${number}`
  const text = ask('NOTIFY', branch, { toTag: 'o', cseq: number, callId: `dialog-${number % 3}`, headers: ['Event: dialog'] })
  const until = clock.now() + 32_000
  const again = (waitMs: number): void => {
    if (clock.now() >= until || said.some((line) => line.endsWith(` ${branch}`))) return
    link.send(text)
    clock.after(waitMs, () => again(Math.min(2 * waitMs, 4000)))
  }
  again(500)
}

/** A quarter of an hour on a bad line. */
async function life(seed: number) {
  const random = createRandom(seed)
  const [lost, doubled] = [0.1 + random() * 0.4, random() * 0.3]
  const clock = createVirtualClock()
  const link = createLink(clock, () => {
    if (random() < lost) return []
    const delay = Math.floor(random() * 400)
    return random() < doubled ? [delay, delay + Math.floor(random() * 700)] : [delay]
  })
  const server = createServer(clock, link)
  const stack = createSipStack(optionsFor(clock, createRandom(seed + 1000), { password: () => 'pw' }).options, link.udp)
  const told: string[] = []
  stack.onRequest(({ headers }) => {
    told.push(`${headers['call-id']} ${headers['cseq']}`)
    return { status: 200 }
  })
  await stack.start()
  const outcomes: (SipOutcome | undefined)[] = []
  for (let number = 0; number < requestsEach; number += 1) {
    const method = ['OPTIONS', 'SUBSCRIBE', 'INVITE'][number % 3] ?? ''
    const request: OutgoingRequest = { method, uri: 'sip:pbx.test', from: '<sip:101@pbx.test>;tag=o', to: '<sip:pbx.test>', callId: `call-${number}`, cseq: 1 }
    const outcome = method === 'INVITE' ? stack.invite(request).outcome : stack.request(request)
    void outcome.then((what) => {
      outcomes[number] = what
    })
    notify(clock, link, server.said, number + 1)
    await clock.pass(random() * 20_000)
  }
  await clock.pass(300_000)
  return { outcomes, told, server, fromUs: link.fromUs, pending: clock.pending(), health: stack.health(), lost }
}

describe('over a line that loses, doubles, delays and reorders', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'seed %i: each is handled once on both sides, every outcome comes, nothing is left, and it is the same again',
    async (seed) => {
      const once = await life(seed)
      const { outcomes, told, server, health } = once
      // Who asks twice is told twice, but each transaction of ours is one to the server, and each of its own one to us.
      expect(new Set(server.handled).size).toBe(server.handled.length)
      expect(new Set(told).size).toBe(told.length)
      expect(outcomes).toHaveLength(requestsEach)
      for (const outcome of outcomes) expect(outcome?.kind === 'timeout' || (outcome?.kind === 'response' && outcome.response.status === 200)).toBe(true)
      // What has ended well has been acknowledged, as often as it took.
      const accepted = outcomes.flatMap((outcome, number) => (number % 3 === 2 && outcome?.kind === 'response' ? [`call-${number} ${outcome.cseq}`] : []))
      if (once.lost < 0.35) for (const call of accepted) expect(server.acknowledged).toContain(call)
      expect(once.pending).toBe(0)
      expect(health).toMatchObject({ underWay: 0, answersKept: 0, refused: 0, strangers: 0, failed: 0, unsent: 0, forgotten: 0 })
      expect(Number(health['requests']) + Number(health['responses'])).toBe(health['received'])
      expect(await life(seed)).toEqual(once)
    },
  )

  test('most of them end well', async () => {
    const lives = await Promise.all(Array.from({ length: 10 }, (_, index) => life(index + 100)))
    const outcomes = lives.flatMap((one) => one.outcomes)
    expect(outcomes.filter((outcome) => outcome?.kind === 'response').length).toBeGreaterThan(outcomes.length * 0.9)
  })
})
