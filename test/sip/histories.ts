import fc from 'fast-check'
import type { Fact } from '../../src/desk/event.ts'
import { asterisk, type KamailioDialog, kamailio } from './documents.ts'
import { type TwoSources, twoSources } from './two-sources.ts'

/** One call as it really was. Instants in milliseconds from the start. */
export interface TrueCall {
  readonly id: string
  readonly number: string
  readonly direction: 'in' | 'out'
  readonly startsAt: number
  readonly answeredAt?: number
  readonly endsAt: number
}

/** What happens to one message on its way: it comes, it is lost, or it comes twice, the second time so much later. */
export type Fate = 'comes' | 'lost' | { readonly againAfterMs: number }
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>('comes') },
  { weight: 3, arbitrary: fc.constant<Fate>('lost') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 900 }).map((againAfterMs): Fate => ({ againAfterMs })) },
)

/** What becomes of each of a call's words: of the phone's and of the exchange's, and how late each is. */
export interface Troubles {
  readonly phone: readonly Fate[]
  readonly exchange: readonly Fate[]
  readonly lateMs: readonly number[]
}
export const troubles: fc.Arbitrary<Troubles> = fc.record({
  phone: fc.array(fate, { minLength: 18, maxLength: 18 }),
  exchange: fc.array(fate, { minLength: 18, maxLength: 18 }),
  lateMs: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 36, maxLength: 36 }),
})
export const noTroubles: Troubles = { phone: [], exchange: [], lateMs: [] }

export type Shape = 'asterisk' | 'kamailio'

/** Calls one after the other; at Kamailio outgoing ones, too, and sometimes somebody who rings in vain while another call goes on. */
export function calls(shape: Shape): fc.Arbitrary<readonly TrueCall[]> {
  const one = fc.record({
    out: fc.boolean(),
    answered: fc.boolean(),
    ringMs: fc.integer({ min: 3000, max: 20_000 }),
    talkMs: fc.integer({ min: 3000, max: 90_000 }),
    gapMs: fc.integer({ min: 3000, max: 90_000 }),
    second: fc.boolean(),
  })
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((each) => {
    let at = 10_000
    return each.flatMap(({ out, answered, ringMs, talkMs, gapMs, second }, index): TrueCall[] => {
      const startsAt = at
      const answeredAt = startsAt + ringMs
      const endsAt = answered ? answeredAt + talkMs : answeredAt
      at = endsAt + gapMs
      const direction = out && shape === 'kamailio' ? 'out' : 'in'
      const first: TrueCall = { id: `d${index}`, number: `08576543${20 + index}`, direction, startsAt, endsAt, ...(answered ? { answeredAt } : {}) }
      const room = answered && talkMs > 12_000 && second
      return room
        ? [first, { id: `w${index}`, number: `06007008${20 + index}`, direction: 'in', startsAt: answeredAt + 3000, endsAt: answeredAt + 8000 }]
        : [first]
    })
  })
}

interface Word {
  readonly at: number
  readonly call: TrueCall
  readonly what: 'begins' | 'answered' | 'ends'
}

function wordsOf(history: readonly TrueCall[]): readonly Word[] {
  return history.flatMap((call): Word[] => [
    { at: call.startsAt, call, what: 'begins' },
    ...(call.answeredAt === undefined ? [] : [{ at: call.answeredAt, call, what: 'answered' as const }]),
    { at: call.endsAt, call, what: 'ends' },
  ])
}

function factOf({ call, what }: Word): Fact {
  const ref = { phoneId: call.id, remote: call.number }
  if (what === 'begins') return { type: call.direction === 'in' ? 'call.delivered' : 'call.originated', ref }
  return what === 'answered' ? { type: 'call.established', ref } : { type: 'call.cleared', ref, cause: 'unknown' }
}

/** What the exchange shows just after this instant. */
function documentAt(history: readonly TrueCall[], at: number, shape: Shape): string {
  const begun = history.filter(({ startsAt }) => startsAt <= at)
  if (shape === 'kamailio') {
    const shown = begun.filter(({ endsAt }) => at < endsAt + 10_000)
    return kamailio(
      shown.toReversed().map(({ id, number, direction, answeredAt, endsAt }): KamailioDialog => {
        const state = at >= endsAt ? 'terminated' : answeredAt !== undefined && at >= answeredAt ? 'confirmed' : 'early'
        return { id, remote: number, direction: direction === 'in' ? 'recipient' : 'initiator', state }
      }),
    )
  }
  const live = begun.filter(({ endsAt }) => at < endsAt)
  const ringing = live.find(({ answeredAt }) => answeredAt === undefined || at < answeredAt)
  if (ringing !== undefined) return asterisk({ state: 'early', remote: ringing.number })
  return asterisk({ state: live.length > 0 ? 'confirmed' : 'terminated' })
}

/** Lives through the history with these troubles; at the end the exchange is asked once more, as a refresh does. */
export function live(history: readonly TrueCall[], shape: Shape, { phone, exchange, lateMs }: Troubles): TwoSources {
  const words = wordsOf(history)
  const world = twoSources().notify(0, shape === 'kamailio' ? '' : asterisk({ state: 'terminated' }), { asked: true })
  const sent = words.toSorted((one, other) => one.at - other.at).map((word, index) => ({ word, cseq: index + 2 }))
  const steps = sent.flatMap(({ word, cseq }, index) => {
    const tell = (): unknown => world.phone(now, factOf(word))
    const show = (): unknown => world.notify(now, documentAt(history, word.at, shape), { cseq })
    return [
      ...arrivals(phone[index], word.at + (lateMs[index] ?? 0)).map((at) => ({ at, run: tell })),
      ...arrivals(exchange[index], word.at + (lateMs[index + 18] ?? 0)).map((at) => ({ at, run: show })),
    ]
  })
  let now = 0
  for (const { at, run } of steps.toSorted((one, other) => one.at - other.at)) {
    now = at
    run()
  }
  const end = Math.max(...history.map(({ endsAt }) => endsAt)) + 20_000
  return world.notify(end, documentAt(history, end, shape), { cseq: words.length + 2, asked: true }).wait(end + 200_000)
}

function arrivals(what: Fate | undefined, at: number): readonly number[] {
  if (what === 'lost') return []
  return what === undefined || what === 'comes' ? [at] : [at, at + what.againAfterMs]
}

/** At least one of the two says each thing: what nobody says, nobody can know. */
export function heardBySomebody({ phone, exchange, lateMs }: Troubles): Troubles {
  return { phone: phone.map((one, index) => (one === 'lost' && exchange[index] === 'lost' ? 'comes' : one)), exchange, lateMs }
}
