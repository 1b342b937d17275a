import { type Desk, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Fact } from '../../src/desk/event.ts'
import type { Policy } from '../../src/desk/policy.ts'
import { parseDialogInfo } from '../../src/sip/watch/dialog-info.ts'
import { compare, type Fusion, nothingFused } from '../../src/sip/watch/fusion.ts'
import { type ExchangeView, type HoldSemantics, viewOf } from '../../src/sip/watch/line-view.ts'
import { type Picture, takeNotify } from '../../src/sip/watch/picture.ts'
import { mondayNine, policy } from '../desk/script.ts'

const start = 3_600_000

/** A desk with two sources: what its phone says, and what its exchange shows; in virtual time, through the real core. */
export interface TwoSources {
  desk: Desk
  readonly effects: Stamped[]
  /** What the exchange had the desk told, and when. */
  readonly told: { at: number; fact: Fact }[]
  /** At this many milliseconds after the start, the phone says something by itself. */
  phone(ms: number, ...facts: readonly Fact[]): TwoSources
  /** Something that the phone does not post: a reading, the clock, a person's command. */
  fact(ms: number, ...facts: readonly Fact[]): TwoSources
  /** A NOTIFY with this body. `asked`: it answers our own SUBSCRIBE. */
  notify(ms: number, body: string, options?: { cseq?: number; asked?: boolean }): TwoSources
  /** The subscription is gone. */
  down(ms: number): TwoSources
  wait(ms: number): TwoSources
  /** Each call that was said to be over or missed, with who it was. */
  outcomes(): string[]
}

export function twoSources(options: { semantics?: HoldSemantics; watched?: string; changes?: Partial<Policy> } = {}): TwoSources {
  const { semantics = 'ignore', watched = '101', changes = {} } = options
  const rules: Policy = { ...policy, ...changes }
  let fusion: Fusion = nothingFused
  let picture: Picture | undefined
  let view: ExchangeView | undefined
  let due: number | undefined
  let spoke = false
  let cseq = 0

  function tell(at: number, fact: Fact): void {
    const taken = take(self.desk, { ...fact, at }, rules)
    self.desk = taken.desk
    self.effects.push(...taken.effects)
  }

  function assess(at: number, unsolicited: boolean): void {
    for (let round = 0, first = true; round < 8; round += 1, first = false) {
      const compared = compare(fusion, {
        view,
        unsolicited: unsolicited && first,
        gap: unsolicited && first && picture?.gap === true,
        desk: self.desk,
        phoneSpeaks: spoke,
        at,
      })
      fusion = compared.fusion
      due = compared.due
      for (const fact of compared.facts) {
        self.told.push({ at: at - start, fact })
        tell(at, fact)
      }
      if (compared.facts.length === 0) return
    }
    throw new Error('the exchange does not come to rest')
  }

  function upTo(at: number): void {
    while (due !== undefined && due <= at) assess(Math.max(due, self.desk.at), false)
  }

  const self: TwoSources = {
    desk: emptyDesk(start),
    effects: [],
    told: [],
    phone(ms, ...facts) {
      upTo(start + ms)
      for (const fact of [...facts, { type: 'phone.heard' } as const]) tell(start + ms, fact)
      spoke = true
      assess(start + ms, false)
      return self
    },
    fact(ms, ...facts) {
      upTo(start + ms)
      for (const fact of facts) tell(start + ms, fact)
      assess(start + ms, false)
      return self
    },
    notify(ms, body, { cseq: given, asked = false } = {}) {
      upTo(start + ms)
      cseq = given ?? cseq + 1
      const info = parseDialogInfo(body)
      const next = info === undefined ? undefined : takeNotify(picture, cseq, info)
      if (next === undefined) return self
      picture = next
      view = viewOf(picture, watched, semantics)
      assess(start + ms, !asked)
      return self
    },
    down(ms) {
      upTo(start + ms)
      picture = undefined
      view = undefined
      assess(start + ms, false)
      return self
    },
    wait(ms) {
      upTo(start + ms)
      tell(start + ms, { type: 'tick' })
      assess(start + ms, false)
      return self
    },
    outcomes: () =>
      self.effects.flatMap((effect) => {
        if (effect.type !== 'notice') return []
        const who = effect.caller ?? ''
        if (effect.name === 'call.missed') return [`missed ${who}`]
        if (effect.name === 'callback.opened') return [`callback ${who}`]
        if (effect.name === 'call.answered') return [`answered ${effect.data.direction} ${who}`]
        return effect.name === 'call.ended' ? [`ended ${effect.data.direction} ${who}`] : []
      }),
  }
  for (const fact of [
    { type: 'agent.started', version: 'test' },
    { type: 'clock.set', wall: mondayNine, synced: true },
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.capable', hold: true, forward: [] },
    { type: 'seat.seen', occupied: true },
  ] as const)
    tell(start, fact)
  self.effects.length = 0
  return self
}
