import * as v from 'valibot'
import { absenceKinds } from '../desk/absence.ts'
import { callbackCauses } from '../desk/callback.ts'
import { namePattern } from '../name-form.ts'
import type { CommandErrorCode } from './command-errors.ts'
import { count } from './wire-form.ts'

/** What a desk obeys by a fact that it takes. */
export type DeskCommandName =
  | 'hold'
  | 'lamp.test'
  | 'forward.set'
  | 'forward.clear'
  | 'absence.set'
  | 'absence.clear'
  | 'callback.promise'
  | 'callback.done'
  | 'callback.accept'
  | 'freeze'
  | 'unfreeze'
  | 'identify'
/** What the line to the broker answers by itself. */
export type LineCommandName = 'replay'
export type CommandName = DeskCommandName | LineCommandName

type Body = Readonly<Record<string, unknown>>

/** One command of contract §4. */
export interface Command<By extends 'desk' | 'line' = 'desk' | 'line'> {
  readonly by: By
  /** Whether a person may give it from the page; the others are between programs. */
  readonly page: boolean
  /** What it says besides `id` and `expires`. Further fields are ignored. */
  readonly body: v.GenericSchema<unknown, Body>
  /** `data` of the answer, where there is any. */
  readonly data?: v.GenericSchema<unknown, Body>
  /** What it does, for the reference. */
  readonly does: string
  /** Why it may be refused although it was understood. */
  readonly refuses: readonly CommandErrorCode[]
}

const id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(32))
const deskId = v.pipe(v.string(), v.regex(namePattern, 'must be the name of a desk'))
const epoch = v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))
/** As a number, or as events have it. */
const sequence = v.union([
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(999_999_999_999)),
  v.pipe(v.string(), v.regex(/^(?!0+$)\d{1,12}$/, 'must be 1 to 12 digits')),
])
/** The last moment that ISO 8601 names with four digits for its year. What is later, or before 1970, could not be said back. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
/** ISO 8601, or milliseconds since 1970. */
const instant = v.union([v.pipe(v.string(), v.isoTimestamp()), v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(lastInstant))])
/** A desk of the chain, by its name or by the number under which it stands there. */
const substitute = v.pipe(v.string(), v.regex(/^(?:[a-z0-9][a-z0-9-]{0,31}|\+?[0-9*#]{1,32})$/, 'must be the name of a desk, or its number'))
const nothing = v.object({})

type CommandTable = { readonly [Name in DeskCommandName]: Command<'desk'> } & { readonly [Name in LineCommandName]: Command<'line'> }

/** Every command: all that the door, the desk, the hub's page and the reference know of them. */
export const commands: CommandTable = {
  hold: {
    by: 'desk',
    page: true,
    body: v.object({ call: v.exactOptional(id) }),
    data: v.object({ call: id }),
    does: 'puts the connected call on hold, once',
    refuses: ['NO_CALL', 'NOT_CAPABLE', 'IN_PROGRESS', 'NOT_ALLOWED'],
  },
  replay: {
    by: 'line',
    page: false,
    body: v.object({ epoch, from: sequence, to: sequence }),
    data: v.object({ from: count, to: count, sent: count, next: v.nullable(sequence) }),
    does: 'the kept events of that epoch once more, on `event/replay`',
    refuses: ['BAD_RANGE', 'UNKNOWN_EPOCH', 'NOT_KEPT', 'NOT_READABLE', 'NOT_PUBLISHED', 'BUSY'],
  },
  'lamp.test': { by: 'desk', page: true, body: nothing, does: 'each lamp in turn, for five seconds', refuses: [] },
  'forward.set': {
    by: 'desk',
    page: true,
    body: v.object({ target: v.exactOptional(substitute), until: v.exactOptional(instant) }),
    does: 'forwards the calls now, to that desk of the chain or to the first that can take them, until somebody works here again; for twelve hours at most',
    refuses: ['NOT_CAPABLE', 'NO_SUBSTITUTE', 'BY_HAND', 'BAD_TIME'],
  },
  'forward.clear': {
    by: 'desk',
    page: true,
    body: nothing,
    does: 'ends forwarding of ours, and forwards nothing for an hour or until the seat is taken',
    refuses: [],
  },
  'absence.set': {
    by: 'desk',
    page: true,
    body: v.object({ until: v.exactOptional(instant), kind: v.exactOptional(v.picklist(absenceKinds)) }),
    does: 'declares an absence: `leave`, `lunch`, `remote` (working elsewhere) or `in-person` (serving somebody in the house, which is none)',
    refuses: ['BAD_TIME'],
  },
  'absence.clear': { by: 'desk', page: true, body: nothing, does: 'ends it', refuses: [] },
  'callback.promise': {
    by: 'desk',
    page: true,
    body: v.object({ call: v.exactOptional(id), callback: v.exactOptional(id), promisedAt: v.exactOptional(instant) }),
    does: 'promises a call',
    refuses: ['NO_CALLER', 'BAD_TIME'],
  },
  'callback.done': {
    by: 'desk',
    page: true,
    body: v.object({ callback: id }),
    does: 'closes a callback that was settled otherwise',
    refuses: ['NO_CALLBACK'],
  },
  'callback.accept': {
    by: 'desk',
    page: false,
    body: v.object({ from: deskId, callback: id, cause: v.picklist(callbackCauses), promisedAt: v.exactOptional(instant) }),
    data: v.object({ callback: id }),
    does: 'takes over a promise of another desk whose clerk is away; the number stays there',
    refuses: ['OWN_DESK', 'TOO_MANY_CALLBACKS'],
  },
  freeze: { by: 'desk', page: true, body: nothing, does: 'all automation off, lamp dark: an evacuation', refuses: [] },
  unfreeze: { by: 'desk', page: true, body: nothing, does: 'and on again', refuses: [] },
  identify: { by: 'desk', page: true, body: nothing, does: 'shows which desk this is, on the lamp, for half a minute', refuses: [] },
}

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

/** Whether a person may give this command from the hub's page. */
export function isPageCommand(name: string): boolean {
  return isCommandName(name) && commands[name].page
}
