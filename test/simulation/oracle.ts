import type { Event } from '../../src/desk/event.ts'

/**
 * What the office's procedure asks of a clean day, worked out a second time and in another way: from each call's own times, afterwards, with the
 * procedure's numbers written out. It shares no code with the rules.
 */
export interface Expected {
  /** `p3 rings 3 in the rule, not strictly` */
  readonly answers: readonly string[]
  readonly misses: readonly string[]
  /** Attempts, by the phone's own id of the call. */
  readonly holds: readonly string[]
  readonly holdNotices: readonly string[]
  readonly waits: readonly string[]
  readonly verdicts: readonly string[]
  readonly open: readonly string[]
  /** What the lamp shows from the instant on. */
  lampAt(at: number): string
}

interface Span {
  readonly from: number
  readonly to: number
}
interface Story {
  readonly id: string
  readonly remote: string
  readonly incoming: boolean
  readonly from: number
  readonly behind: boolean
  answered?: number
  ended: number
  cause: string
  readonly words: { at: number; word: string }[]
}

/** One spelling for the few numbers that the simulation uses. */
function spelled(remote: string): string {
  const digits = remote.replace(/\D/g, '')
  if (digits === '6014') return '+48858696014'
  return `+48${digits.slice(-9)}`
}

export function expected(events: readonly Event[]): Expected {
  const stories = storiesOf(events)
  const absences = absencesOf(events)
  const hooks = events.flatMap((event) => (event.type === 'phone.hook' ? [{ at: event.at, hook: event.hook }] : []))
  const capable = events.some((event) => event.type === 'phone.capable' && event.hold)
  const departures = stories.flatMap((story) => absences.flatMap((absence) => departureOf(story, absence, capable)))
  const ledger = ledgerOf(stories, events.at(-1)?.at ?? 0)
  return {
    answers: inOrder(stories.filter(({ incoming, answered }) => incoming && answered !== undefined).map((story) => [story.answered ?? 0, answerOf(story)])),
    misses: inOrder(stories.flatMap(missOf)),
    holds: inOrder(departures.flatMap(({ id, asks }) => asks.map((at, index): [number, string] => [at, `${id} ${at} ${index + 1}`]))),
    holdNotices: inOrder(departures.flatMap(({ notices }) => notices)),
    waits: inOrder(stories.flatMap(waitsOf)),
    verdicts: inOrder(stories.flatMap((story) => verdictOf(story, hooks))),
    open: ledger(Number.POSITIVE_INFINITY).map(({ number, misses, tries }) => `${number} misses ${misses} tries ${tries}`),
    lampAt: (at) => lampAt(at, stories, departures, ledger),
  }
}

function inOrder(said: readonly (readonly [number, string])[]): string[] {
  return [...said].sort(([one], [other]) => one - other).map(([, text]) => text)
}

function storiesOf(events: readonly Event[]): Story[] {
  const stories: Story[] = []
  for (const event of events) {
    if (!('ref' in event)) continue
    const { phoneId = '', remote } = event.ref
    const story = stories.find(({ id }) => id === phoneId)
    const { at } = event
    if (event.type === 'call.delivered' || event.type === 'call.originated') {
      const behind = stories.some((other) => other.ended > at && (other.answered !== undefined || !other.incoming))
      const fresh = { id: phoneId, remote: remote ?? 'withheld', incoming: event.type === 'call.delivered', from: at, behind, cause: '' }
      stories.push({ ...fresh, ended: Number.POSITIVE_INFINITY, words: [] })
    } else if (story !== undefined && event.type === 'call.established') story.answered = at
    else if (story !== undefined && event.type === 'call.cleared') Object.assign(story, { ended: at, cause: event.cause })
    else if (story !== undefined) story.words.push({ at, word: event.type === 'call.muted' ? `muted ${event.on}` : event.type })
  }
  return stories
}

/** The times between a word and the one that undoes it; the end of the call undoes everything. */
function spans(story: Story, from: string, to: string): Span[] {
  return story.words
    .filter(({ word }) => word === from)
    .map(({ at }) => ({ from: at, to: Math.min(story.ended, ...story.words.filter((later) => later.at >= at && later.word === to).map((later) => later.at)) }))
}
const heldSpans = (story: Story): Span[] => spans(story, 'call.held', 'call.retrieved')

/** The times in which the clerk and the other party could hear each other, as far as the phone is concerned. */
function talkSpans(story: Story): Span[] {
  const { answered } = story
  if (answered === undefined) return []
  const held = heldSpans(story)
  return [answered, ...held.map(({ to }) => to)].map((from, index) => ({ from, to: held[index]?.from ?? story.ended })).filter(({ from, to }) => from < to)
}

function absencesOf(events: readonly Event[]): Span[] {
  const seen = events.flatMap((event) => (event.type === 'seat.seen' ? [event] : []))
  return seen.flatMap((event, index) => {
    if (event.occupied || seen[index - 1]?.occupied !== true) return []
    return [{ from: event.at, to: seen.slice(index).find(({ occupied }) => occupied)?.at ?? Number.POSITIVE_INFINITY }]
  })
}

/** III.1: ring n starts at 5(n−1) s; before the fourth it is in the rule, up to 11 s strictly. A call behind another one does not count. */
function answerOf({ id, from, behind, answered = 0 }: Story): string {
  if (behind) return `${id} waiting`
  const seconds = (answered - from) / 1000
  return `${id} rings ${Math.floor(seconds / 5) + 1} ${seconds < 15} ${seconds <= 11}`
}

function missOf({ id, incoming, answered, ended, cause, behind }: Story): (readonly [number, string])[] {
  if (!incoming || answered !== undefined || cause === 'answered-elsewhere') return []
  const said = behind ? 'busy' : cause === 'unknown' ? 'unresolved' : cause
  return [[ended + (cause === 'unknown' ? 30_000 : 2000), `${id} ${said}`]]
}

interface Departure {
  readonly id: string
  readonly asks: readonly number[]
  readonly notices: readonly (readonly [number, string])[]
  readonly warning: Span | undefined
  /** From when to when the lamp says that the phone would not hold. */
  readonly failed: Span | undefined
}

/**
 * III.8: warned at 6 s, held at 8 s if still away, asked once more after 1.5 s without an answer, then given up. A phone that cannot hold is not asked:
 * from 8 s on the lamp tells of it for as long as the seat's word is fresh, which here is 10 s, since it is said but once.
 */
function departureOf(story: Story, absence: Span, capable: boolean): Departure[] {
  const talk = talkSpans(story).find(({ from, to }) => from <= absence.from && absence.from < to)
  if (talk === undefined || story.remote === '112') return []
  const { id } = story
  const left = absence.from
  // What is due at the same moment as a word of the phone or the seat comes first.
  const stillAway = (ms: number): boolean => absence.to >= left + ms && talk.to >= left + ms
  const warning = stillAway(6000) ? { from: left + 6000, to: Math.min(left + 8000, absence.to, talk.to) } : undefined
  if (!capable) {
    const warned: Departure['notices'] = warning === undefined ? [] : [[left + 6000, `${id} warned`]]
    const unheld = { from: left + 8000, to: Math.min(absence.to, talk.to, left + 10_001) }
    return [{ id, asks: [], notices: warned, warning, failed: stillAway(8000) ? unheld : undefined }]
  }
  const asks = stillAway(8000) ? [left + 8000, ...(stillAway(9500) ? [left + 9500] : [])] : []
  const notices: (readonly [number, string])[] = []
  if (warning !== undefined) notices.push([left + 6000, `${id} warned`])
  const giveUp = asks.length === 0 ? Number.POSITIVE_INFINITY : (asks.at(-1) ?? 0) + 1500
  // The clerk was back in time for the second try but the phone had not answered: given up as well.
  if (talk.to >= giveUp) notices.push([giveUp, `${id} unconfirmed`])
  else if (asks.length > 0) notices.push([talk.to, `${id} forced`])
  // A phone that holds after all, within ten seconds of the last time it was asked, did as it was told.
  if (talk.to >= giveUp && talk.to < story.ended && talk.to < (asks.at(-1) ?? 0) + 10_000) notices.push([talk.to, `${id} forced`])
  const failedTo = Math.min(absence.to, talk.to)
  const failed = asks.length > 0 && failedTo > giveUp ? { from: giveUp, to: failedTo } : undefined
  return [{ id, asks, notices, warning, failed }]
}

/** III.16: each 45 s, and once at two minutes; a muted microphone is the same. */
function waitsOf(story: Story): (readonly [number, string])[] {
  const waits = [...heldSpans(story), ...spans(story, 'muted true', 'muted false')]
  return waits.flatMap(({ from, to }) => {
    const said: (readonly [number, string])[] = []
    for (let at = from + 45_000; at <= to; at += 45_000) said.push([at, `${story.id} long ${at - from}`])
    if (from + 120_000 <= to) said.push([from + 120_000, `${story.id} overdue`])
    return said
  })
}

/** III.12, by the table of evidence: the protocol's word, else the handset, else nobody knows. */
function verdictOf(story: Story, hooks: readonly { at: number; hook: string }[]): (readonly [number, string])[] {
  const { id, answered, ended, cause } = story
  if (answered === undefined || ended === Number.POSITIVE_INFINITY) return []
  const say = (by: string): (readonly [number, string])[] => [[ended + 400, `${id} ${by}`]]
  if (cause === 'remote-bye') return say('remote')
  if (cause === 'local-bye') return say('local')
  if (heldSpans(story).length > 0) return say('unknown')
  const handset = hooks.findLast(({ at }) => at <= answered)?.hook === 'off'
  if (!handset) return say('unknown')
  const down = hooks.find(({ at, hook }) => hook === 'on' && at >= answered)?.at
  if (down === undefined || down - ended >= 400) return say('remote')
  const beforeMs = ended - down
  return say(beforeMs >= 400 && beforeMs <= 2000 ? 'local' : 'unknown')
}

interface Owed {
  readonly number: string
  misses: number
  tries: number
}

/** III.3a: who is owed a call at an instant. One person, one obligation; a conversation with them ends it. */
function ledgerOf(stories: readonly Story[], end: number): (at: number) => Owed[] {
  const talks = stories.flatMap((story) =>
    [story.answered, ...heldSpans(story).map(({ to }) => to)].map((at) => ({ at: at ?? -1, number: spelled(story.remote), story })),
  )
  const happened: { at: number; apply(open: Map<string, Owed>): void }[] = []
  const spoken = (number: string, from: number, to: number): boolean =>
    talks.some((talk) => talk.number === number && talk.at >= from && talk.at < to && talk.at < talk.story.ended)
  for (const story of stories) {
    const number = spelled(story.remote)
    const callable = !['withheld', '858797979', '112'].includes(story.remote)
    const [miss] = missOf(story)
    if (miss !== undefined && callable && !spoken(number, story.ended, miss[0])) {
      happened.push({
        at: miss[0],
        apply(open) {
          const owed = open.get(number) ?? { number, misses: 0, tries: 0 }
          open.set(number, { ...owed, misses: owed.misses + 1 })
        },
      })
    }
    const onHold = heldSpans(story).some(({ to }) => to === story.ended)
    if (onHold && callable && story.cause !== 'local-bye' && !spoken(number, story.ended, story.ended + 2000)) {
      happened.push({ at: story.ended + 2000, apply: (open) => void open.set(number, open.get(number) ?? { number, misses: 0, tries: 0 }) })
    }
    if (!story.incoming && story.answered === undefined && callable) {
      happened.push({
        at: story.ended + 2000,
        apply(open) {
          const owed = open.get(number)
          if (owed !== undefined) open.set(number, { ...owed, tries: owed.tries + 1 })
        },
      })
    }
  }
  // What was due at the moment of a word comes before the word.
  for (const { at, number, story } of talks) if (at >= 0 && at < story.ended) happened.push({ at: at + 0.5, apply: (open) => void open.delete(number) })
  happened.sort((one, other) => one.at - other.at)
  return (at) => {
    const open = new Map<string, Owed>()
    for (const one of happened) if (one.at < Math.min(at, end) + 0.75) one.apply(open)
    return [...open.values()].sort((one, other) => (one.number < other.number ? -1 : 1))
  }
}

function lampAt(at: number, stories: readonly Story[], departures: readonly Departure[], ledger: (at: number) => Owed[]): string {
  const within = (span: Span | undefined): boolean => span !== undefined && span.from <= at && at < span.to
  if (departures.some(({ warning }) => within(warning))) return 'hold-warning'
  if (departures.some(({ failed }) => within(failed))) return 'hold-unconfirmed'
  const ringing = stories.filter((story) => story.incoming && within({ from: story.from, to: story.answered ?? story.ended }))
  const engaged = stories.some((story) => within({ from: story.incoming ? (story.answered ?? story.ended) : story.from, to: story.ended }))
  if (ringing.length > 0 && !engaged) {
    const longest = Math.max(...ringing.map(({ from }) => at - from))
    if (longest >= 15_000) return 'ring-overdue'
    if (longest >= 10_000) return 'ring-warning'
    return longest >= 5000 ? 'ring-second' : 'ring-first'
  }
  const waits = stories.flatMap((story) => [...heldSpans(story), ...spans(story, 'muted true', 'muted false')]).filter(within)
  const waited = Math.max(0, ...waits.map(({ from }) => at - from))
  if (waited >= 120_000) return 'hold-overdue'
  if (waited >= 45_000) return 'hold-long'
  if (ringing.length > 0) return 'call-waiting'
  return ledger(at).length > 0 ? 'callbacks' : 'dark'
}
