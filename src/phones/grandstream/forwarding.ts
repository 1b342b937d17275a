import type { ForwardKind } from '../../desk/policy.ts'
import type { ForwardCommand, ForwardingSeen, ForwardPort, ForwardReading, ForwardTold } from '../forward-order.ts'
import type { WayPorts } from '../forward-way.ts'
import { isPassing } from '../http-client.ts'
import { toldUnreadably } from './cti-answer.ts'
import { parseLines } from './line-status.ts'
import type { OwnDialling } from './own-dialling.ts'
import type { Session } from './session.ts'
import type { Values } from './values.ts'

/** Where the phone keeps its targets: P-values, or on older firmware names of the first account (reference/grandstream.md §4.1). */
const targets: Readonly<Record<ForwardingSeen['kind'], readonly string[]>> = {
  always: ['29092', 'forward_0'],
  busy: ['29093', 'busyForward_0'],
  'no-answer': ['29094', 'delayedForward_0'],
}
const kindsShown = ['always', 'busy', 'no-answer'] as const
/** How long it rings before it forwards on no answer: 1 to 120 s. */
const ringSeconds = '139'
const ringSecondsMax = 120
const names = [...Object.values(targets).flat(), ringSeconds]

const kinds: readonly ForwardKind[] = ['no-answer', 'always']

/** Which of its names the phone has for a kind, by its own answer. */
function nameOf(kind: ForwardingSeen['kind'], values: ReadonlyMap<string, string>): string | undefined {
  return targets[kind].find((name) => values.has(name))
}

function seenIn(values: ReadonlyMap<string, string>, unsure: (kind: ForwardingSeen['kind'], on: boolean) => boolean): readonly ForwardingSeen[] {
  return kindsShown.flatMap((kind) => {
    const target = values.get(nameOf(kind, values) ?? '')?.trim()
    if (target === undefined) return []
    const on = target !== ''
    return [{ kind, on, ...(on ? { target } : {}), ...(unsure(kind, on) ? { unsure: true as const } : {}) }]
  })
}

/**
 * Forwarding by the phone's settings. That a stored target is in force is not known of any model (reference/grandstream.md §4.1) until the phone has said so
 * itself after one of our orders; `proven` tells. An empty target forwards nothing, and that is certain.
 */
function forwardingBySettings(values: Values, proven: () => boolean): ForwardPort {
  let known: ReadonlyMap<string, string> = new Map()
  return {
    kinds,
    async read(): Promise<ForwardReading> {
      const reading = await values.read(names)
      if ('outcome' in reading) return reading
      known = reading.values
      return { forwarding: seenIn(known, (_, on) => on && !proven()) }
    },
    async tell({ on, kind, target, ringMs }, goAhead): Promise<ForwardTold> {
      const name = nameOf(kind, known)
      if (name === undefined) return 'unsupported'
      if (!on) return values.write({ [name]: '' }, goAhead)
      const seconds = String(Math.min(ringSecondsMax, Math.max(1, Math.ceil(ringMs / 1000))))
      return values.write({ [name]: target, ...(kind === 'no-answer' && known.has(ringSeconds) ? { [ringSeconds]: seconds } : {}) }, goAhead)
    },
  }
}

/** The codes that the phone itself understands while *Enable Local Call Features* is on (reference/grandstream.md §4.1). */
const codes: Readonly<Record<ForwardKind, { readonly on: string; readonly off: string }>> = {
  always: { on: '*72', off: '*73' },
  'no-answer': { on: '*92', off: '*93' },
}

export function starCodeOf({ on, kind, target }: Pick<ForwardCommand, 'on' | 'kind' | 'target'>): string {
  return on ? `${codes[kind].on}${target}` : codes[kind].off
}

export interface StarCodeParts {
  readonly session: Session
  readonly values: Values
  readonly dialling: OwnDialling
}

/**
 * Forwarding by the codes that a clerk would dial, dialled by command, and only while no line is in use. The phone's own word, *open* or *close forward*, is
 * the proof. Where we are logged in anyway its settings are read as well: a target that they show is one, none proves nothing unless one was there before.
 */
function forwardingByStarCodes({ session, values, dialling }: StarCodeParts): ForwardPort {
  const shown = new Set<string>()

  async function linesIdle(): Promise<boolean | Extract<ForwardReading, { outcome: unknown }>> {
    const answer = await session.ask('api-get_line_status', { line: '-1' })
    if (answer.kind === 'refused' || answer.kind === 'unreachable') return { outcome: answer.kind }
    if (answer.kind === 'unreadable' && isPassing(answer.status)) return { outcome: 'unreachable' }
    const lines = answer.kind === 'success' ? parseLines(answer.body) : undefined
    return lines === undefined ? { outcome: 'unsupported' } : lines.every(({ state, ref }) => state === 'idle' || dialling.isOurs(ref))
  }

  return {
    kinds,
    async read(): Promise<ForwardReading> {
      const idle = await linesIdle()
      if (typeof idle !== 'boolean') return idle
      // A login only to look would throw out whoever else is in (one session an account).
      if (session.variant() === 'passcode') return { forwarding: [] }
      const reading = await values.read(names)
      // Out of reach for a moment is not hidden: what a person has set there would be written over unseen.
      if ('outcome' in reading) return reading.outcome === 'unreachable' ? reading : { forwarding: [] }
      const forwarding = seenIn(reading.values, (kind, on) => !on && !shown.has(kind))
      for (const { kind, on } of forwarding) if (on) shown.add(kind)
      return { forwarding }
    },
    async tell(command, goAhead): Promise<ForwardTold> {
      const idle = await linesIdle()
      if (typeof idle !== 'boolean') return idle.outcome
      if (!idle) return 'busy'
      const code = starCodeOf(command)
      const answer = await session.ask(
        'api-make_call',
        { phonenumber: code, account: '0' },
        {
          command: true,
          goAhead() {
            const going = goAhead()
            if (going) dialling.dials(code)
            return going
          },
        },
      )
      switch (answer.kind) {
        case 'success':
          return 'taken'
        case 'unreachable':
          return answer.sent ? 'lost' : 'unreachable'
        case 'refused':
          return 'refused'
        case 'unreadable':
          return toldUnreadably(answer.status)
        default:
          return 'unsupported'
      }
    },
  }
}

/** One line a way. */
export const grandstreamPorts: WayPorts<'grandstream', StarCodeParts & { readonly proven: () => boolean }> = {
  'star-codes': forwardingByStarCodes,
  configuration: ({ values, proven }) => forwardingBySettings(values, proven),
}
