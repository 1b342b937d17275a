import * as v from 'valibot'
import type { Clock } from '../agent/ports.ts'
import type { Instant, Millis, WallTime } from '../desk/time.ts'
import type { LinkLimits } from './limits.ts'
import { isoTime } from './messages.ts'

/** The commands of contract §4. */
export const commandNames = [
  'hold',
  'replay',
  'lamp.test',
  'forward.set',
  'forward.clear',
  'absence.set',
  'absence.clear',
  'callback.promise',
  'callback.done',
  'freeze',
  'unfreeze',
  'identify',
] as const
export type CommandName = (typeof commandNames)[number]

const id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(32))
const deskId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of a desk'))
const sequence = v.pipe(v.number(), v.integer(), v.minValue(1))
const instant = v.pipe(v.string(), v.isoTimestamp())
const nothing = v.object({})

/** What each command says besides `id` and `expires`. Further fields are ignored. */
export const commandSchemas: Readonly<Record<CommandName, v.GenericSchema<unknown, Readonly<Record<string, unknown>>>>> = {
  hold: v.object({ call: v.exactOptional(id) }),
  replay: v.object({ epoch: v.string(), from: sequence, to: sequence }),
  'lamp.test': nothing,
  'forward.set': v.object({ target: v.exactOptional(deskId) }),
  'forward.clear': nothing,
  'absence.set': v.object({ until: v.exactOptional(instant) }),
  'absence.clear': nothing,
  'callback.promise': v.object({ call: v.exactOptional(id), callback: v.exactOptional(id), promisedAt: v.exactOptional(instant) }),
  'callback.done': v.object({ callback: id }),
  freeze: nothing,
  unfreeze: nothing,
  identify: nothing,
}

/** Why a command is answered with an error before anybody looks at what it asks. */
export const commandErrors = {
  TOO_LARGE: 'the body is longer than 4096 bytes',
  BAD_BODY: 'the body is not the JSON object that this command needs',
  UNKNOWN_COMMAND: 'there is no command of this name',
  NOT_SERVED: 'this version of the agent, or this desk, does not have this command',
  EXPIRED: 'the command has expired',
  EXPIRES_TOO_LATE: 'a command must expire within a minute',
  REPEATED: 'a command with this id has been taken before',
  TOO_MANY: 'too many commands at once',
} as const
export type CommandError = keyof typeof commandErrors

/** What is to become of one message on a command's topic. */
export type CommandVerdict =
  | { readonly type: 'ignore' }
  | { readonly type: 'refuse'; readonly id: string | null; readonly error: { readonly code: CommandError; readonly message: string } }
  | { readonly type: 'take'; readonly id: string; readonly name: CommandName; readonly body: Readonly<Record<string, unknown>> }

export interface CommandDoor {
  judge(name: string, payload: Uint8Array, retained: boolean): CommandVerdict
  counters(): { readonly taken: number; readonly refused: number; readonly ignored: number }
}

/**
 * Stands before everything that commands can do (contract §4). A retained command is a ghost: it is ignored and counted. Each other one is taken or
 * answered with an error; one and the same command is never taken twice, since its id is remembered for as long as it is valid.
 */
export function createCommandDoor(served: readonly CommandName[], clock: Pick<Clock, 'now' | 'wall'>, limits: LinkLimits): CommandDoor {
  const counters = { taken: 0, refused: 0, ignored: 0 }
  const rate = createRate(clock, limits)
  const memory = createIdMemory(limits)

  function judge(name: string, payload: Uint8Array, retained: boolean): CommandVerdict {
    // An empty payload is how a retained message is taken back.
    if (retained || payload.length === 0) return { type: 'ignore' }
    if (payload.length > limits.commandBytesMax) return refuse(null, 'TOO_LARGE')
    const body = readBody(payload)
    const commandId = body?.['id']
    if (body === undefined || typeof commandId !== 'string' || commandId.length === 0) return refuse(null, 'BAD_BODY', 'it needs an id, a text')
    if (commandId.length > limits.commandIdLengthMax) return refuse(null, 'BAD_BODY', `its id is longer than ${limits.commandIdLengthMax}`)
    if (!rate.takes()) return refuse(commandId, 'TOO_MANY')
    if (!isCommandName(name)) return refuse(commandId, 'UNKNOWN_COMMAND')
    if (!served.includes(name)) return refuse(commandId, 'NOT_SERVED')
    const wall = clock.wall()
    const expires = readInstant(body['expires'])
    if (expires === undefined) return refuse(commandId, 'BAD_BODY', 'it needs expires, an ISO 8601 time or milliseconds since 1970')
    const clocks = `it expires at ${isoTime(expires)}, and the clock of this desk says ${isoTime(wall)}`
    if (expires <= wall) return refuse(commandId, 'EXPIRED', clocks)
    if (expires > wall + limits.commandLifeMaxMs) return refuse(commandId, 'EXPIRES_TOO_LATE', clocks)
    const parsed = v.safeParse(commandSchemas[name], body)
    if (!parsed.success) return refuse(commandId, 'BAD_BODY', parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join('; '))
    if (!memory.isNew(commandId, expires, wall)) return refuse(commandId, 'REPEATED')
    return { type: 'take', id: commandId, name, body: parsed.output }
  }

  return {
    judge(name, payload, retained) {
      const verdict = judge(name, payload, retained)
      counters[verdict.type === 'take' ? 'taken' : verdict.type === 'refuse' ? 'refused' : 'ignored'] += 1
      return verdict
    },
    counters: () => ({ ...counters }),
  }
}

function refuse(id: string | null, code: CommandError, detail?: string): CommandVerdict {
  return { type: 'refuse', id, error: { code, message: detail === undefined ? commandErrors[code] : `${commandErrors[code]}: ${detail}` } }
}

function isCommandName(name: string): name is CommandName {
  return (commandNames as readonly string[]).includes(name)
}

function readBody(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** The moments that ISO 8601 and JavaScript can name, in milliseconds either side of 1970. */
const wallMax: Millis = 8_640_000_000_000_000

function readInstant(value: unknown): WallTime | undefined {
  const wall = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : value
  return typeof wall === 'number' && Math.abs(wall) <= wallMax ? wall : undefined
}

/** So many at once, then so many a second. */
function createRate(clock: Pick<Clock, 'now'>, { commandBurst, commandsPerSecond }: LinkLimits): { takes(): boolean } {
  let tokens = commandBurst
  let at: Instant | undefined
  return {
    takes() {
      const now = clock.now()
      tokens = Math.min(commandBurst, tokens + ((now - (at ?? now)) / 1000) * commandsPerSecond)
      at = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}

/** The ids of commands that are still valid. What is forgotten has expired; should the memory be full, nothing new is believed to be new. */
function createIdMemory({ commandIdsMax }: LinkLimits): { isNew(id: string, expires: WallTime, wall: WallTime): boolean } {
  const expiries = new Map<string, WallTime>()
  return {
    isNew(id, expires, wall) {
      for (const [known, until] of expiries) if (until <= wall) expiries.delete(known)
      if (expiries.has(id) || expiries.size >= commandIdsMax) return false
      expiries.set(id, expires)
      return true
    },
  }
}
