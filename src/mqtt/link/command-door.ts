import * as v from 'valibot'
import type { Clock } from '../../agent/ports.ts'
import type { Millis, WallTime } from '../../desk/time.ts'
import { type Bucket, leftNow } from '../../token-bucket.ts'
import { commandErrors, type DoorErrorCode } from '../command-errors.ts'
import { type CommandName, commands, isCommandName } from '../commands.ts'
import type { LinkLimits } from '../limits.ts'
import { isoTime } from '../wire-form.ts'
import type { CommandMemory } from './command-memory.ts'

/** What is to become of one message on a command's topic. */
export type CommandVerdict =
  | { readonly type: 'ignore' }
  | {
      readonly type: 'refuse'
      readonly id: string | null
      /** Left out where there is no such command: a name that anybody could have written goes nowhere. */
      readonly name?: CommandName
      readonly error: { readonly code: DoorErrorCode; readonly message: string }
    }
  | { readonly type: 'take'; readonly id: string; readonly name: CommandName; readonly body: Readonly<Record<string, unknown>> }

export interface CommandDoor {
  judge(name: string, payload: Uint8Array, retained: boolean): CommandVerdict
  counters(): { readonly taken: number; readonly refused: number; readonly ignored: number }
}

/**
 * Stands before everything that commands can do (contract §4). A retained command is a ghost: it is ignored and counted. Each other one is taken or
 * answered with an error; one and the same command is never taken twice. Whatever arrives, also what cannot be read, counts for the rate.
 */
export function createCommandDoor(memory: CommandMemory, clock: Pick<Clock, 'now' | 'wall'>, limits: LinkLimits): CommandDoor {
  const counters = { taken: 0, refused: 0, ignored: 0 }
  const rate = createRate(clock, limits)

  function judge(topic: string, payload: Uint8Array, retained: boolean): CommandVerdict {
    // An empty payload is how a retained message is taken back.
    if (retained || payload.length === 0) return { type: 'ignore' }
    const name = isCommandName(topic) ? topic : undefined
    const body = payload.length > limits.commandBytesMax ? undefined : readBody(payload)
    const id = idOf(body, limits)
    const refuse = (code: DoorErrorCode, detail?: string): CommandVerdict => refusal(id, name, code, detail)
    if (!rate.takes()) return refuse('TOO_MANY')
    if (payload.length > limits.commandBytesMax) return refuse('TOO_LARGE')
    if (body === undefined || id === null) return refuse('BAD_BODY', `it needs an id, a text of 1 to ${limits.commandIdLengthMax} characters`)
    if (name === undefined) return refuse('UNKNOWN_COMMAND')
    const wall = clock.wall()
    const expires = readInstant(body['expires'])
    if (expires === undefined) return refuse('BAD_BODY', 'it needs expires, an ISO 8601 time or milliseconds since 1970')
    const clocks = `it expires at ${isoTime(expires)}, and the clock of this desk says ${isoTime(wall)}`
    if (expires <= wall) return refuse('EXPIRED', clocks)
    if (expires > wall + limits.commandLifeMaxMs) return refuse('EXPIRES_TOO_LATE', clocks)
    const parsed = v.safeParse(commands[name].body, body)
    if (!parsed.success) return refuse('BAD_BODY', parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join('; '))
    if (!memory.takes(id, expires, wall)) return refuse('REPEATED')
    return { type: 'take', id, name, body: parsed.output }
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

function refusal(id: string | null, name: CommandName | undefined, code: DoorErrorCode, detail?: string): CommandVerdict {
  const message = detail === undefined ? commandErrors[code] : `${commandErrors[code]}: ${detail}`
  return { type: 'refuse', id, ...(name === undefined ? {} : { name }), error: { code, message } }
}

function readBody(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function idOf(body: Readonly<Record<string, unknown>> | undefined, { commandIdLengthMax }: LinkLimits): string | null {
  const id = body?.['id']
  return typeof id === 'string' && id.length > 0 && id.length <= commandIdLengthMax ? id : null
}

/** The moments that ISO 8601 and JavaScript can name, in milliseconds either side of 1970. */
const wallMax: Millis = 8_640_000_000_000_000

function readInstant(value: unknown): WallTime | undefined {
  const wall = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : value
  return typeof wall === 'number' && Math.abs(wall) <= wallMax ? wall : undefined
}

/** So many at once, then so many a second. */
function createRate(clock: Pick<Clock, 'now'>, { commandBurst, commandsPerSecond }: LinkLimits): { takes(): boolean } {
  const pace = { burst: commandBurst, perSecond: commandsPerSecond }
  let bucket: Bucket | undefined
  return {
    takes() {
      const nowMs = clock.now()
      const left = leftNow(bucket, nowMs, pace)
      bucket = { left: left < 1 ? left : left - 1, atMs: nowMs }
      return left >= 1
    },
  }
}
