import * as v from 'valibot'
import { type CommandErrorCode, commandErrors } from './command-errors.ts'

/** The answer to a command. */
export interface Reply {
  /** Of the command; `null` where it had none that could be read. */
  readonly id: string | null
  readonly ok: boolean
  readonly error?: { readonly code: CommandErrorCode; readonly message: string }
  readonly data?: Readonly<Record<string, unknown>>
}

export const replySchema: v.GenericSchema<Reply> = v.object({
  id: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  ok: v.boolean(),
  error: v.exactOptional(v.object({ code: v.picklist(Object.keys(commandErrors) as CommandErrorCode[]), message: v.string() })),
  data: v.exactOptional(v.record(v.string(), v.unknown())),
})
