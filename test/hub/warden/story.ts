import { dueOf, emptyWarden, takeWarden, type WardenCore } from '../../../src/hub/warden/core.ts'
import type { WardenEffect, WardenFact } from '../../../src/hub/warden/fact.ts'
import { type WardenLimits, wardenLimits } from '../../../src/hub/warden/limits.ts'
import type { UndoOutcome } from '../../../src/hub/warden/outcome.ts'
import { keptOf } from '../../../src/hub/warden/picture.ts'
import { type KeptWard, type KnownLease, leaseOf } from '../../../src/hub/warden/ward.ts'
import { between, chance, createRandom } from '../../../src/simulator/random.ts'
import { graceMs, minute, wallAtZero } from './time.ts'

/**
 * An office in which everything dies: agents, the hub, its line, phones; in invented time, by a seed. It knows what the warden cannot know, and writes
 * down each breach of what the warden promises.
 */
export interface Story {
  readonly breaches: readonly string[]
  /** Everything that was done, for comparing two runs. */
  readonly log: readonly string[]
  readonly undone: number
  readonly foreignKept: number
  readonly restarts: number
  /** Forwardings of agents that nobody heard, which the warden finds and says. */
  readonly unclaimed: number
}

interface Phone {
  forwarded?: { readonly target: string; readonly by: 'agent' | 'person' }
  powered: boolean
  lies: boolean
}
interface Agent {
  alive: boolean
  /** Whether the broker has it. One that was cut off lives on, and the broker tells its will. */
  connected: boolean
  stuck: boolean
  lease?: { readonly until: number; readonly state: KnownLease['state'] }
}
interface Place {
  readonly desk: string
  readonly phone: Phone
  readonly agent: Agent
  /** What the broker keeps of it. */
  retained: { availability?: 'online' | 'offline'; state?: { readonly at: number; readonly lease?: Agent['lease'] } }
}

const leaseMs = 30 * minute
const renewMs = 5 * minute
const substitute = 'usc-99'
/** By then a phone whose agent is dead must be free, once everything that the warden needs is there and stays. */
export const boundMs = graceMs + wardenLimits.settleMs + wardenLimits.retryLastMs + 2 * wardenLimits.attemptMs + minute

export function playStory(seed: number, options: { readonly embedded: boolean; readonly limits?: Partial<WardenLimits> }): Story {
  const random = createRandom(seed)
  const settings = { graceMs, limits: { ...wardenLimits, ...options.limits } }
  const places = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, index): Place => {
    return { desk: `usc-${index}`, phone: { powered: true, lies: false }, agent: { alive: true, connected: true, stuck: false }, retained: {} }
  })
  const [breaches, log]: [string[], string[]] = [[], []]
  /** Desks whose agents forwarded while they were cut off. */
  const unheard = new Set<string>()
  let [now, undone, foreignKept, restarts, unclaimed] = [0, 0, 0, 0, 0]
  let kept: ReadonlyMap<string, KeptWard> = new Map()
  let hub: { core: WardenCore; hears: boolean; hearsSince: number } | undefined
  let answers: { readonly at: number; readonly of: typeof hub; readonly facts: () => readonly WardenFact[] }[] = []
  const say = (sentence: string) => void log.push(`${now} ${sentence}`)

  const tell = (...facts: readonly WardenFact[]) => {
    for (const fact of facts) {
      if (hub === undefined) return
      const taken = takeWarden(hub.core, { ...fact, at: now, wall: wallAtZero + now }, settings)
      hub.core = taken.core
      kept = keptOf(hub.core)
      for (const effect of taken.effects) atPhone(effect)
    }
  }

  function atPhone(effect: WardenEffect): void {
    const place = places.find(({ desk }) => desk === effect.desk) as Place
    const asked = hub
    const later = (facts: () => readonly WardenFact[]) => void answers.push({ at: now + Math.round(between(random, 50, 4000)), of: asked, facts })
    if (effect.type === 'look') {
      later(() => look(place))
      return
    }
    judgeOrder(place)
    later(() => [{ type: 'undid', desk: effect.desk, order: effect.order, outcome: undo(place) }])
  }

  function look({ desk, phone }: Place): readonly WardenFact[] {
    const goes = phone.powered && phone.forwarded?.target === substitute
    return [{ type: 'looked', desk, ok: phone.powered, ...(goes ? { seen: { kind: 'no-answer' as const, target: substitute } } : {}) }]
  }

  /** A live agent that the hub can hear, and whose lease runs, must not be touched. */
  function judgeOrder({ desk, agent }: Place): void {
    say(`order ${desk}`)
    const runs = agent.lease !== undefined && agent.lease.until > now && !agent.stuck
    if (agent.alive && agent.connected && runs && hub?.hears === true) breaches.push(`${now} ${desk}: a live agent’s lease was undone`)
    if (hub !== undefined && !agent.connected && now - hub.hearsSince < graceMs)
      breaches.push(`${now} ${desk}: undone before the grace of a warden that has only just begun to hear`)
  }

  /** As the forwarder has it: what a fresh reading shows to be another target is not ours. */
  function undo({ desk, phone }: Place): UndoOutcome {
    if (!phone.powered) return 'unreachable'
    if (phone.forwarded === undefined) return 'found-free'
    if (phone.forwarded.target !== substitute) {
      foreignKept += 1
      return 'foreign'
    }
    if (phone.forwarded.by === 'person') breaches.push(`${now} ${desk}: what a person had set was undone`)
    if (phone.lies) return 'contradicted'
    delete phone.forwarded
    undone += 1
    say(`freed ${desk}`)
    return 'confirmed'
  }

  /** The broker keeps it and tells whoever hears. */
  function publish(place: Place, what: 'availability' | 'state', retained = false): void {
    const { desk } = place
    if (hub === undefined || !hub.hears) return
    const { availability, state } = place.retained
    if (what === 'availability' && availability !== undefined) tell({ type: 'availability', desk, online: availability === 'online' })
    if (what === 'state' && state !== undefined) {
      const { lease } = state
      const said = lease && { ...lease, kind: 'no-answer' as const, target: substitute, until: wallAtZero + lease.until }
      const found = leaseOf({ at: wallAtZero + state.at, phone: {}, calls: [], forwarding: { state: 'on', lease: said ?? null } })
      tell({ type: 'lease', desk, ...found })
    }
    say(`${retained ? 'kept' : 'told'} ${desk} ${what}`)
  }
  function speak(place: Place): void {
    if (!place.agent.connected) return
    place.retained.state = { at: now, ...(place.agent.lease === undefined ? {} : { lease: place.agent.lease }) }
    publish(place, 'state')
  }
  function appear(place: Place): void {
    if (!brokerIsThere() || !place.agent.alive) return
    place.agent.connected = true
    place.retained.availability = 'online'
    publish(place, 'availability')
    speak(place)
  }
  function vanish(place: Place): void {
    if (!place.agent.connected) return
    place.agent.connected = false
    if (!brokerIsThere()) return
    place.retained.availability = 'offline'
    publish(place, 'availability')
  }
  const brokerIsThere = () => !options.embedded || hub !== undefined

  function hear(on: boolean): void {
    // The line of an embedded broker is the hub itself.
    if (hub === undefined || hub.hears === on) return
    hub.hears = on
    hub.hearsSince = now
    say(on ? 'hears' : 'deaf')
    tell({ type: 'hears', on })
    if (on && !options.embedded) for (const place of places) for (const what of ['availability', 'state'] as const) publish(place, what, true)
  }
  function startHub(): void {
    restarts += 1
    hub = { core: emptyWarden(now, wallAtZero + now, JSON.parse(JSON.stringify([...kept]), undefined).reduce(toMap, new Map())), hears: false, hearsSince: now }
    say('hub starts')
    if (options.embedded) for (const place of places) place.retained = {}
    tell({ type: 'phones', desks: places.map(({ desk }) => desk) })
    hear(true)
  }
  function stopHub(): void {
    hub = undefined
    say('hub dies')
    if (options.embedded) for (const { agent } of places) agent.connected = false
  }

  const deeds: readonly ((place: Place) => void)[] = [
    (place) => forward(place),
    (place) => forward(place),
    (place) => release(place),
    (place) => die(place),
    (place) => revive(place),
    (place) => revive(place),
    (place) => vanish(place),
    (place) => appear(place),
    ({ agent }) => void Object.assign(agent, { stuck: agent.alive && chance(random, 0.5) }),
    ({ phone }) => void Object.assign(phone, { powered: !phone.powered }),
    ({ phone }) => void Object.assign(phone, { powered: true }),
    ({ phone }) => void Object.assign(phone, { lies: chance(random, 0.3) }),
    (place) => personForwards(place),
    () => (hub === undefined ? startHub() : chance(random, 0.3) ? stopHub() : undefined),
    () => (options.embedded ? undefined : hear(chance(random, 0.6))),
  ]
  function forward(place: Place): void {
    const { agent, phone, desk } = place
    if (!agent.alive || agent.stuck || agent.lease !== undefined || phone.forwarded !== undefined || !phone.powered) return
    agent.lease = { until: now + leaseMs, state: 'asked' }
    speak(place)
    phone.forwarded = { target: substitute, by: 'agent' }
    if (agent.connected && (brokerIsThere() || !options.embedded)) unheard.delete(desk)
    else unheard.add(desk)
    say(`forwards ${desk}`)
    if (chance(random, 0.3)) return
    agent.lease = { ...agent.lease, state: 'held' }
    speak(place)
  }
  function release(place: Place): void {
    const { agent, phone } = place
    if (!agent.alive || agent.stuck || agent.lease === undefined) return
    if (phone.powered && phone.forwarded?.by === 'agent') delete phone.forwarded
    else if (!phone.powered) return
    delete agent.lease
    speak(place)
  }
  function die(place: Place): void {
    place.agent.alive = false
    say(`dies ${place.desk}`)
    vanish(place)
    place.agent.connected = false
  }
  /** It reads its phone: ours is adopted with a lease of the journal’s, anything else is let go. */
  function revive(place: Place): void {
    const { agent, phone } = place
    if (agent.alive) return
    agent.alive = true
    agent.stuck = false
    const isOurs = phone.powered && phone.forwarded?.by === 'agent'
    if (isOurs) agent.lease = { until: now + leaseMs, state: 'held' }
    else if (phone.powered) delete agent.lease
    appear(place)
  }
  function personForwards({ phone, agent }: Place): void {
    if (!phone.powered) return
    // To another desk at any time; to the same substitute only where nothing of ours is there to be taken for it.
    const target = chance(random, 0.5) && phone.forwarded === undefined && agent.lease === undefined ? substitute : 'elsewhere'
    phone.forwarded = { target, by: 'person' }
  }
  function renew(): void {
    for (const place of places) {
      const { agent, phone } = place
      if (!agent.alive || agent.stuck || agent.lease === undefined) continue
      if (phone.powered && phone.forwarded?.by !== 'agent') release(place)
      else if (phone.powered) agent.lease = { until: now + leaseMs, state: 'held' }
      else if (agent.lease.until <= now) agent.lease = { ...agent.lease, state: 'releasing' }
      speak(place)
    }
  }

  /** Time goes on by whatever is next: the warden’s deadline, an answer of a phone, the agents’ renewal. */
  function pass(ms: number): void {
    const end = now + ms
    for (;;) {
      const due = hub === undefined ? undefined : dueOf(hub.core, settings)
      const nextRenewal = Math.floor(now / renewMs + 1) * renewMs
      const next = Math.min(due ?? end, nextRenewal, end, ...answers.map(({ at }) => at))
      now = Math.max(now, next)
      const ready = answers.filter(({ at }) => at <= now)
      answers = answers.filter(({ at }) => at > now)
      for (const { facts, of } of ready) {
        const told = facts()
        if (of === hub) tell(...told)
      }
      if (now === nextRenewal) renew()
      tell({ type: 'tick' })
      if (now >= end) return
    }
  }

  startHub()
  for (const place of places) appear(place)
  for (let turn = 0; turn < 60; turn += 1) {
    pass(Math.round(chance(random, 0.3) ? between(random, graceMs, 3 * graceMs) : between(random, 0, 90_000)))
    const place = places[Math.floor(random() * places.length)] as Place
    deeds[Math.floor(random() * deeds.length)]?.(place)
  }
  // From here on everything that the warden needs is there.
  if (hub === undefined) startHub()
  hear(true)
  for (const place of places) {
    Object.assign(place.phone, { powered: true, lies: false })
    if (place.agent.alive && !place.agent.connected) appear(place)
  }
  const dead = places.filter(({ agent }) => !agent.alive)
  pass(boundMs)
  for (const { desk, phone } of dead) {
    if (phone.forwarded?.by === 'agent' && !unheard.has(desk)) breaches.push(`${now} ${desk}: its agent is dead, and it is forwarded still`)
  }
  const stuck = places.filter(({ agent }) => agent.stuck && agent.alive)
  pass(leaseMs + wardenLimits.overdueMs)
  for (const { desk, phone, agent } of stuck) {
    if (phone.forwarded?.by === 'agent' && agent.connected) breaches.push(`${now} ${desk}: its agent hangs, and it is forwarded still`)
  }
  // What an agent set that nobody heard, and that died so, cannot be told from a person's: then at least it is said, at the next look.
  pass(wardenLimits.lookEveryMs)
  for (const { desk, phone } of dead) {
    if (phone.forwarded?.by !== 'agent') continue
    if (hub?.core.wards.get(desk)?.task?.reason === 'unclaimed') unclaimed += 1
    else breaches.push(`${now} ${desk}: its agent was not heard and is dead, and nobody says that it is forwarded`)
  }
  return { breaches, log, undone, foreignKept, restarts, unclaimed }
}

function toMap(map: Map<string, KeptWard>, [desk, ward]: [string, KeptWard]): Map<string, KeptWard> {
  return map.set(desk, ward)
}
