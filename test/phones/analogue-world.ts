import type { LogWord } from '../../src/config/config.ts'
import type { Fact } from '../../src/desk/event.ts'
import { type Evidence, fuse, lineDue } from '../../src/phones/analogue/fusion.ts'
import { analogueLimits as limits } from '../../src/phones/analogue/limits.ts'
import { unknownLine } from '../../src/phones/analogue/line.ts'
import { createRandom } from '../../src/simulator/random.ts'

/** What goes wrong between a real telephone and what is heard of it. */
export interface Mishaps {
  readonly log: boolean
  readonly bridge: boolean
  /** Words of the log come late by up to so much, and some twice. */
  readonly lateMs?: number
  readonly loseWord?: boolean
  readonly loseStatus?: boolean
  /** Starts of the microcontroller in the middle of a call. */
  readonly reboots?: number
  /** The bridge is not heard for a while. */
  readonly outage?: boolean
}

/** A call as it was. */
export interface RealCall {
  readonly begunAt: number
  readonly incoming: boolean
  readonly answered: boolean
  readonly bursts: number
  readonly by?: 'remote-bye' | 'local-bye'
  readonly endAt: number
}

export interface Told {
  readonly at: number
  readonly evidence: Evidence
}
interface Wire {
  readonly at: number
  readonly what: 'burst' | 'silence' | 'up' | 'down' | 'boot' | 'second'
}
interface Word {
  readonly at: number
  readonly word: LogWord
  readonly call: number
}
type Between = (least: number, most: number) => number

const recognisedMs = 60
const onHookMs = 450
const ringOverMs = 8000

/** Some calls, one after another, and all that is heard of them. The same seed makes the same. */
export function createWorld(seed: number, mishaps: Mishaps): { readonly calls: readonly RealCall[]; readonly told: readonly Told[]; readonly endAt: number } {
  const random = createRandom(seed)
  const between: Between = (least, most) => least + Math.floor(random() * (most - least + 1))
  const [calls, wire, words]: [RealCall[], Wire[], Word[]] = [[], [], []]
  let at = 2000
  for (let index = between(1, 3); index > 0; index -= 1) {
    const call = live(
      between,
      at,
      (when, what) => wire.push({ at: when, what }),
      (when, word) => words.push({ at: when, word, call: calls.length }),
    )
    calls.push(call)
    at = call.endAt + between(10_000, 60_000)
  }
  const told = [...(mishaps.log ? logOf(words, calls.length, between, mishaps) : []), ...(mishaps.bridge ? bridgeOf(wire, calls, at, between, mishaps) : [])]
  return { calls, told: told.sort((one, other) => one.at - other.at), endAt: at }
}

function live(between: Between, begunAt: number, wire: (at: number, what: Wire['what']) => void, say: (at: number, word: LogWord) => void): RealCall {
  const incoming = between(1, 10) <= 7
  const answered = !incoming || between(1, 3) > 1
  let at = begunAt
  let bursts = 0
  if (incoming) {
    at += between(300, 20_000)
    say(begunAt, 'localRing')
    say(begunAt + 10, 'ringStart')
    for (let burst = begunAt + 200; burst < at; burst += 5000) {
      bursts += 1
      wire(burst + recognisedMs, 'burst')
      wire(Math.max(burst + recognisedMs + 1, Math.min(burst + 1000, at)), 'silence')
    }
  }
  if (!answered) {
    say(at, 'ringStop')
    say(at + 10, 'callCancelled')
    return { begunAt, incoming, answered, bursts, endAt: at }
  }
  wire(at + recognisedMs, 'up')
  say(at, 'offHook')
  if (incoming) say(at + 30, 'callStarted')
  else {
    at += between(2000, 9000)
    say(at, 'remoteConnect')
  }
  at += between(500, 60_000)
  const by = between(0, 1) === 0 ? 'remote-bye' : 'local-bye'
  if (by === 'remote-bye') say(at, 'remoteDisconnect')
  const endAt = by === 'remote-bye' ? at + between(200, 8000) : at
  say(endAt, 'onHook')
  say(at + 10, 'callCompleted')
  wire(endAt + onHookMs, 'down')
  return { begunAt, incoming, answered, bursts, by, endAt }
}

function logOf(words: readonly Word[], calls: number, between: Between, { lateMs = 0, loseWord = false }: Mishaps): readonly Told[] {
  const lost = Array.from({ length: calls }, (_, call) => {
    const mine = words.filter((word) => word.call === call)
    return loseWord ? mine[between(0, mine.length - 1)] : undefined
  })
  return words.flatMap((word) => {
    if (lost.includes(word)) return []
    const evidence: Evidence = { source: 'syslog', word: { word: word.word } }
    const first = { at: word.at + between(0, lateMs), evidence }
    return lateMs > 0 && between(1, 3) === 1 ? [first, { at: word.at + between(0, 250), evidence }] : [first]
  })
}

/** As the microcontroller counts: a status at each change and each second. */
function bridgeOf(wire: readonly Wire[], calls: readonly RealCall[], endAt: number, between: Between, mishaps: Mishaps): readonly Told[] {
  const within = (): number => {
    const call = calls[between(0, calls.length - 1)]
    return call === undefined ? 0 : between(call.begunAt, call.endAt + 1000)
  }
  const boots = Array.from({ length: mishaps.reboots ?? 0 }, (): Wire => ({ at: within(), what: 'boot' }))
  const seconds = Array.from({ length: Math.ceil(endAt / 1000) }, (_, index): Wire => ({ at: index * 1000, what: 'second' }))
  const awayFrom = mishaps.outage === true ? within() : Number.POSITIVE_INFINITY
  const awayUntil = awayFrom + between(500, 60_000)
  const told: Told[] = []
  const mcu = { up: false, offHook: false, rings: 0, ringing: false, burstAt: 0, bootAt: -60_000, deafUntil: 0, restarted: false, lost: false }
  for (const { at, what } of [...wire, ...boots, ...seconds].sort((one, other) => one.at - other.at)) {
    if (what === 'up' || what === 'down') mcu.up = what === 'up'
    if (what === 'boot') Object.assign(mcu, { bootAt: at, deafUntil: at + between(300, 2000), rings: 0, ringing: false, offHook: false, restarted: true })
    if (at < mcu.deafUntil || what === 'boot') continue
    if (at - mcu.bootAt > 500) mcu.offHook = mcu.up
    if (what === 'burst' || what === 'silence') mcu.ringing = what === 'burst'
    if (what === 'burst') mcu.rings += 1
    if (mcu.ringing) mcu.burstAt = at
    if (mcu.offHook || at - mcu.burstAt > ringOverMs) Object.assign(mcu, { rings: 0, ringing: false })
    if (at >= awayFrom && at < awayUntil) {
      if (at >= awayFrom + 3000 && !mcu.lost) told.push({ at, evidence: { source: 'bridge', lost: true } })
      mcu.lost = at >= awayFrom + 3000
    } else if (mishaps.loseStatus !== true || between(1, 7) > 1) {
      const { ringing, rings, offHook, restarted } = mcu
      const status = { ringing, rings, offHook, occupied: true, flashes: 0, uptimeMs: at - mcu.bootAt }
      told.push({ at, evidence: { source: 'bridge', status, restarted } })
      mcu.restarted = false
    }
  }
  return told
}

/** What the line makes of it, each of its own deadlines at its instant. */
export function factsOf(told: readonly Told[], untilMs: number): readonly Fact[] {
  let line = unknownLine
  const facts: Fact[] = []
  const one = (evidence: Evidence, at: number): void => {
    const fused = fuse(line, evidence, at, limits)
    line = fused.line
    facts.push(...fused.facts)
  }
  for (const { at, evidence } of [...told, { at: untilMs, evidence: { source: 'time' } as Evidence }]) {
    for (let due = lineDue(line); due !== undefined && due <= at; due = lineDue(line)) one({ source: 'time' }, due)
    one(evidence, at)
  }
  return facts
}
