import type { Desk } from '../../desk/desk.ts'
import { limits, type Substitute } from '../../desk/policy.ts'
import { earliest, type Instant, type Millis, type WallTime } from '../../desk/time.ts'
import { type HubPresence, hubPresenceSchema } from '../../mqtt/hub-messages.ts'
import { deskTopics, hubPresenceTopic } from '../../mqtt/topics.ts'
import type { Part } from '../parts.ts'
import type { BrokerLink, Clock, Emit } from '../ports.ts'
import { followHub } from './hub-availability.ts'
import { type Around, type Neighbour, presenceMaxAgeMs, resumed, staleAt, takesCallsNow } from './neighbour.ts'
import { createPatience, type Patience } from './neighbour-patience.ts'
import { readNeighbourWord } from './neighbour-word.ts'
import { readPayload } from './read-payload.ts'

interface SubstitutesDeps {
  readonly site: string
  /** Whom this desk's calls may go to now. */
  readonly chain: () => readonly Substitute[]
  /** Whether that is the office's directory, which has been checked for circles, and not a list of this desk's own. */
  readonly isChecked: () => boolean
  readonly link: Pick<BrokerLink, 'subscribe' | 'onConnect'>
  /** Whether the broker may keep a desk from reading its neighbours' `availability`, as the office's access list does. */
  readonly hasAccessList: boolean
  readonly clock: Clock
  readonly desk: () => Pick<Desk, 'substitutes'>
  readonly emit: Emit
}

export interface DeskSubstitutes extends Part {
  /** The chain may be another one now. */
  changed(): void
}

interface Watched {
  is: Neighbour
  readonly patience: Patience
  readonly leave: readonly (() => void)[]
}

/**
 * Sees to it that the desk knows of each desk of its chain whether it takes calls, and whose it takes: `substitute.seen`, at each change and at no other time.
 *
 * While the broker is away, what was known is used further: for a day where the chain is the directory's (procedure §4.8, 6), which cannot lead round in a
 * circle whatever its desks do meanwhile; for two and a half minutes where it is a list of this desk's own, of which nobody knows that
 * (`docs/explanation/substitutes.md`).
 */
export function createDeskSubstitutes({ site, chain, isChecked, link, hasAccessList, clock, desk, emit }: SubstitutesDeps): DeskSubstitutes {
  const watched = new Map<string, Watched>()
  let hubOnline = false
  let lostAt: Instant | undefined
  /** After a start the picture is that of an earlier life, of unknown age: only for as long as the first words may take. */
  let everUp = false
  let cancel = (): void => {}
  let running = false
  let leaveHub = (): void => {}

  const pictureMaxMs = (): Millis => (everUp && isChecked() ? limits.directoryMaxAgeMs : presenceMaxAgeMs)
  const around = (): Around => ({ now: clock.now(), pictureMaxMs: pictureMaxMs(), hubOnline, ...(lostAt === undefined ? {} : { lostAt }) })

  function judge(name: string, { is, patience }: Watched): void {
    const known = desk().substitutes[name]
    // The hub's word may come before its own. Until that has come there is nothing to say, unless the hub knows that nobody is there.
    if (known === undefined && is.takesCalls === undefined && is.hub?.online !== false) return
    const now = { takesCalls: takesCallsNow(is, around()), standsInFor: is.hub?.standsInFor ?? known?.standsInFor }
    const { takesCalls, standsInFor } = patience.believed({ takesCalls: known?.takesCalls ?? false, standsInFor: known?.standsInFor }, now, clock.now())
    if ((known?.takesCalls ?? false) === takesCalls && sameList(known?.standsInFor, standsInFor)) return
    emit({ type: 'substitute.seen', desk: name, takesCalls, ...(standsInFor === undefined ? {} : { standsInFor }) })
  }

  function judgeAll(): void {
    if (!running) return
    for (const [name, one] of watched) judge(name, one)
    cancel()
    const stale = [...watched.values()].flatMap(({ is, patience }) => [is.takesCalls === true ? staleAt(is, around()) : undefined, patience.dueAt()])
    const next = earliest(stale.map((at) => (at !== undefined && at > clock.now() ? at : undefined)))
    cancel = next === undefined ? () => {} : clock.wakeAt(next, judgeAll)
  }

  /** What the broker has kept may come before the link says that it is up. */
  function resume(): void {
    if (lostAt === undefined) return
    const before = around()
    for (const one of watched.values()) one.is = resumed(one.is, before)
    lostAt = undefined
    everUp = true
  }

  function change(name: string, to: Partial<Neighbour>): void {
    const one = watched.get(name)
    if (one === undefined) return
    one.is = { ...one.is, ...to }
    judgeAll()
  }

  function hearPresence(name: string, payload: Buffer, retained: boolean): void {
    resume()
    const word = readNeighbourWord(payload)
    // Taken back: the desk is gone from the office.
    if (word === undefined) return void (payload.length === 0 && change(name, { takesCalls: false }))
    change(name, { takesCalls: word.takesCalls, heardAt: retained ? saidAt(word.at) : clock.now() })
  }

  /** What the broker kept may be of last week. Where one of the two clocks is wrong, or no time is said, the desk's next word is waited for. */
  function saidAt(at: WallTime = Number.NaN): Instant {
    const ageMs = clock.wall() - at
    const isPlausible = clock.synced() && ageMs > -presenceMaxAgeMs
    return isPlausible ? clock.now() - Math.max(0, ageMs) : Number.NEGATIVE_INFINITY
  }

  /** Where nobody is named to the broker there is no access list, and often no hub either: a will says at once that an agent is gone. */
  function hearAvailability(name: string, payload: Buffer): void {
    resume()
    change(name, { gone: payload.toString() === 'offline' })
  }

  /** It stays as it was said last while the line is away: what is known of a neighbour is used further, and so is the hub's word of it. */
  function hearHub(online: boolean): void {
    resume()
    hubOnline = online
    judgeAll()
  }

  function hearHubsWord(name: string, payload: Buffer): void {
    resume()
    const presence = readPayload<HubPresence>(hubPresenceSchema, payload)
    if (presence !== undefined) change(name, { hub: { online: presence.online, standsInFor: presence.standsInFor } })
    else if (payload.length === 0) forgetHub(name)
  }

  function forgetHub(name: string): void {
    const one = watched.get(name)
    if (one === undefined) return
    const { hub: _, ...rest } = one.is
    one.is = rest
    judgeAll()
  }

  function watchAll(): void {
    if (!running) return
    const wanted = new Set(chain().map((each) => each.desk))
    for (const [name, { leave }] of [...watched]) {
      if (wanted.has(name)) continue
      watched.delete(name)
      for (const each of leave) each()
    }
    for (const name of wanted) if (!watched.has(name)) watch(name)
    judgeAll()
  }

  function watch(name: string): void {
    const known = desk().substitutes[name]
    const patience = createPatience()
    const is = { heardAt: clock.now(), ...(known?.takesCalls === true && !everUp ? { takesCalls: true } : {}) }
    watched.set(name, { is, patience, leave: [] })
    const topics = deskTopics(site, name)
    const leave = [
      link.subscribe(topics.of('presence'), (payload, retained) => hearPresence(name, payload, retained)),
      ...(hasAccessList ? [] : [link.subscribe(topics.of('availability'), (payload) => hearAvailability(name, payload))]),
      link.subscribe(hubPresenceTopic(site, name), (payload) => hearHubsWord(name, payload)),
    ]
    // What comes at once has changed it already.
    watched.set(name, { is: watched.get(name)?.is ?? is, patience, leave })
  }

  function lost(): void {
    lostAt ??= clock.now()
    judgeAll()
  }

  return {
    async start() {
      running = true
      lostAt = clock.now()
      link.onConnect(() => {
        resume()
        judgeAll()
      })
      leaveHub = followHub({ site, link, clock }, hearHub, lost)
      watchAll()
    },
    async stop() {
      running = false
      cancel()
      for (const leave of [leaveHub, ...[...watched.values()].flatMap((each) => each.leave)]) leave()
    },
    changed: watchAll,
  }
}

function sameList(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
