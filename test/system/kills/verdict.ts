import { createHmac } from 'node:crypto'
import type { Said, Truth, Word } from './truth.ts'

/**
 * The independent consumer's judgement: what it was sent, against what the telephone did. It knows the published interface (docs/reference/mqtt.md) and
 * nothing of the program. Every sentence that comes back is a fault.
 */
export interface Judged {
  readonly faults: readonly string[]
  /** Each event once, in order. */
  readonly events: readonly ConsumerEvent[]
  readonly repeated: number
  readonly starts: number
  /** Action URLs that the agent had answered in a life that was killed, and that are in no event: the un-flushed moment before the kill. */
  readonly unflushed: number
}

export interface ConsumerEvent {
  readonly id: string
  readonly epoch: string
  readonly sequence: number
  readonly type: string
  readonly timeMs: number
  readonly data: Readonly<Record<string, unknown>>
  readonly json: string
}

/** By how much the clock of a desk may be put right without anybody being told. */
const clockStepMinMs = 1000

export function judge(payloads: readonly string[], truth: Truth, key: string): Judged {
  const faults: string[] = []
  const say = (sentence: string): void => void (faults.length < 20 && faults.push(sentence))
  const { events, repeated } = withoutRepeats(payloads, say)
  judgeNumbers(events, say)
  judgeTimes(events, say)
  judgeCalls(events, say)
  const segments = betweenStarts(events, say)
  const unflushed = judgeLives(segments, truth, key, say)
  return { faults, events, repeated, starts: segments.length, unflushed }
}

type Say = (sentence: string) => void

function withoutRepeats(payloads: readonly string[], say: Say): { events: ConsumerEvent[]; repeated: number } {
  const known = new Map<string, string>()
  const events: ConsumerEvent[] = []
  let repeated = 0
  for (const json of payloads) {
    const { id, sequence, type, time, data } = JSON.parse(json)
    const before = known.get(id)
    if (before !== undefined) {
      repeated += 1
      if (before !== json) say(`${id} came as ${before} and as ${json}`)
      continue
    }
    known.set(id, json)
    const cut = id.lastIndexOf('-')
    if (Number(id.slice(cut + 1)) !== Number(sequence) || sequence.length !== 12) say(`${id} says that it is number ${sequence}`)
    events.push({ id, epoch: id.slice(0, cut), sequence: Number(sequence), type: type.replace('third-ring.', ''), timeMs: Date.parse(time), data, json })
  }
  return { events, repeated }
}

/** One epoch; 1, 2, 3 … complete and in order. */
function judgeNumbers(events: readonly ConsumerEvent[], say: Say): void {
  const epochs = new Set(events.map(({ epoch }) => epoch))
  if (epochs.size !== 1) say(`${epochs.size} epochs: ${[...epochs].join(', ')}`)
  const wrong = events.findIndex(({ sequence }, index) => sequence !== index + 1)
  if (wrong >= 0) say(`in place ${wrong + 1} comes event ${events[wrong]?.sequence}`)
}

/** Time never runs backwards by more than a clock may be put right in silence, and nothing lasts less than nothing. */
function judgeTimes(events: readonly ConsumerEvent[], say: Say): void {
  let latest = Number.NEGATIVE_INFINITY
  for (const { sequence, type, timeMs, data } of events) {
    if (Number.isNaN(timeMs) || timeMs < latest - clockStepMinMs) say(`event ${sequence} happened ${latest - timeMs} ms before an earlier one`)
    latest = Math.max(latest, timeMs)
    for (const [name, value] of Object.entries(data)) {
      if (name.endsWith('Ms') && type !== 'clock.stepped' && !((value as number) >= 0)) say(`event ${sequence}: ${name} is ${value}`)
    }
  }
}

/** Each call and each callback goes through its states, once. */
function judgeCalls(events: readonly ConsumerEvent[], say: Say): void {
  const stories = new Map<string, string[]>()
  for (const { type, data } of events) {
    const [kind = '', word = ''] = type.split('.')
    const name = kind === 'call' || kind === 'callback' ? `${kind} ${data[kind]}` : undefined
    if (name !== undefined && word !== 'contradiction') stories.set(name, [...(stories.get(name) ?? []), word])
  }
  for (const [name, words] of stories) {
    if (!(name.startsWith('callback') ? callbackStory : callStory).test(words.join(' '))) say(`${name}: ${words.join(' ')}`)
  }
}

/** A call is missed or ended once, and nothing of it is answered, held or taken back that was not so before. */
const callStory = /^(alerting ?)?(ring ?)*(answered ?(held ?resumed ?)*(held ?)?)?((hung-up-first ?)?ended( hung-up-first)?|missed)?$/
const callbackStory = /^opened( (attempted|due|overdue|opened))*( closed)?$/

/** From one `agent.started` to the next. After `agent.stopping` nothing is said by that agent any more. */
function betweenStarts(events: readonly ConsumerEvent[], say: Say): ConsumerEvent[][] {
  const segments: ConsumerEvent[][] = []
  let stopping = false
  for (const event of events) {
    if (event.type === 'agent.started') segments.push([])
    else if (segments.length === 0 || stopping) say(`event ${event.sequence}, ${event.type}, belongs to no running agent`)
    stopping = event.type === 'agent.stopping'
    segments.at(-1)?.push(event)
  }
  return segments
}

type State = 'absent' | 'ringing' | 'dialling' | 'talking' | 'held' | 'over'

/** What an action URL makes of a call, and what is said of it at once; a call of which the beginning went by is taken up where the telephone is. */
const effects: Readonly<Record<Word, Readonly<Partial<Record<State, readonly [State, readonly string[]]>>>>> = {
  incoming_call: { absent: ['ringing', ['call.alerting']] },
  outgoing_call: { absent: ['dialling', []] },
  call_established: {
    absent: ['talking', ['call.answered']],
    ringing: ['talking', ['call.answered']],
    dialling: ['talking', ['call.answered']],
  },
  hold: { absent: ['held', ['call.answered', 'call.held']], ringing: ['held', ['call.answered', 'call.held']], talking: ['held', ['call.held']] },
  unhold: { absent: ['talking', ['call.answered']], ringing: ['talking', ['call.answered']], held: ['talking', ['call.resumed']] },
  call_terminated: { ringing: ['over', []], dialling: ['over', ['call.ended']], talking: ['over', ['call.ended']], held: ['over', ['call.ended']] },
  missed_call: { absent: ['over', []], ringing: ['over', []] },
}
const direct = new Set(['call.alerting', 'call.answered', 'call.held', 'call.resumed', 'call.ended'])

/** One that the telephone's words speak of, on the side of what was said: which call of the telephone's, and what the wire calls its number. */
interface Told {
  readonly type: string
  readonly caller: string
}

/**
 * What one agent said of calls is exactly what a beginning of what the telephone told it comes to: nothing invented, nothing twice, nothing left out in
 * the middle, nothing told by the wrong agent. One that was allowed to stop has left nothing out at all.
 */
function judgeLives(segments: readonly (readonly ConsumerEvent[])[], truth: Truth, key: string, say: Say): number {
  const lives = new Map<number, Said[]>()
  for (const said of truth.said) lives.set(said.life, [...(lives.get(said.life) ?? []), said])
  const callers = new Map<string, string>()
  const states = new Map<number, State>()
  let [last, unflushed] = [0, 0]
  for (const segment of segments) {
    const told = segment.filter(isDirect).map((event): Told => ({ type: event.type, caller: callerOf(event, callers) }))
    if (told.length === 0) continue
    const life = [...lives.keys()].find((one) => one > last && explain(lives.get(one) ?? [], told, states, key) !== undefined)
    const explained = life === undefined ? undefined : explain(lives.get(life) ?? [], told, states, key)
    if (life === undefined || explained === undefined) {
      say(`events ${segment[0]?.sequence} to ${segment.at(-1)?.sequence}: no life of the agent explains ${told.map(({ type }) => type).join(' ')}`)
      return unflushed
    }
    last = life
    for (const [call, state] of explained.states) states.set(call, state)
    const rest = (lives.get(life) ?? []).slice(explained.place).filter(({ answer }) => answer === 'taken')
    const untold = rest.filter(({ word, call }) => (effects[word][states.get(call) ?? 'absent']?.[1] ?? []).length > 0)
    if (truth.ends.get(life) === 'stopped' && untold.length > 0) say(`life ${life} was allowed to stop and did not tell ${untold.map(({ word }) => word)}`)
    unflushed += untold.length
  }
  return unflushed
}

/** A call that the agent gave up by itself is told of by no word of the telephone's. */
function isDirect({ type, data }: ConsumerEvent): boolean {
  return direct.has(type) && data['cause'] !== 'lost'
}

/** Whose call it is: some events name the call alone, after an earlier one that named both. */
function callerOf({ data }: ConsumerEvent, known: Map<string, string>): string {
  const [call, caller] = [String(data['call']), data['caller']]
  if (typeof caller === 'string') known.set(call, caller)
  return known.get(call) ?? 'nobody'
}

/** How much of what the telephone said in a life it takes to come to exactly these events; `undefined` if no beginning of it does. */
function explain(said: readonly Said[], told: readonly Told[], before: ReadonlyMap<number, State>, key: string) {
  const states = new Map<number, State>()
  let expected: Told[] = []
  let place = 0
  for (const { type, caller } of told) {
    for (let one = said[place]; expected.length === 0 && one !== undefined; one = said[place]) {
      place += 1
      const effect = effects[one.word][states.get(one.call) ?? before.get(one.call) ?? 'absent']
      if (one.answer === 'turned-away' || effect === undefined) continue
      states.set(one.call, effect[0])
      expected = effect[1].map((each) => ({ type: each, caller: callerReference(key, one.number) }))
    }
    const [next, ...rest] = expected
    if (next?.type !== type || next.caller !== caller) return undefined
    expected = rest
  }
  return expected.length > 0 ? undefined : { place, states }
}

/** Contract §4: base32 (RFC 4648) of HMAC-SHA-256 of the number, ten characters. Written apart from the agent's own. */
export function callerReference(key: string, number: string): string {
  const bits = [...createHmac('sha256', key).update(number).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return Array.from({ length: 10 }, (_, index) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)]).join('')
}
