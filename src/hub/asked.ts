import { randomUUID } from 'node:crypto'
import { hubLimits } from './limits.ts'
import { readPayload } from './payload.ts'

/** What a desk answered to a command, or why there is no answer. */
export interface CommandAnswer {
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly message: string }
  readonly data?: Readonly<Record<string, unknown>>
}

/** Commands that wait for their answer. */
export interface Asked {
  /** The id under which to ask (the given one, or a new one), and the answer, which comes in any case. Without an id too many are waiting. */
  ask(waitMs: number, id?: string): { readonly id?: string; readonly answer: Promise<CommandAnswer> }
  /** One message on a `reply` topic; answers to others' questions are none of ours. */
  answer(payload: Uint8Array): void
  giveUp(): void
}

export function createAsked(): Asked {
  const waiting = new Map<string, (answer: CommandAnswer) => void>()
  const settle = (id: string, answer: CommandAnswer) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  }
  return {
    ask(waitMs, id = randomUUID()) {
      if (waiting.size >= hubLimits.commandsMax) return { answer: Promise.resolve(failure('BUSY', 'Too many commands are waiting for their answers.')) }
      const answer = new Promise<CommandAnswer>((resolve) => {
        const timer = setTimeout(() => settle(id, failure('NO_ANSWER', 'The desk did not answer in time.')), waitMs)
        waiting.set(id, (given) => {
          clearTimeout(timer)
          resolve(given)
        })
      })
      return { id, answer }
    },
    answer(payload) {
      const reply = readPayload.reply(payload)
      if (reply === undefined || reply.id === null) return
      const { error, data } = reply
      settle(reply.id, {
        ok: reply.ok,
        ...(error ? { error: { code: error.code, message: error.message.slice(0, hubLimits.textMax) } } : {}),
        ...(data ? { data } : {}),
      })
    },
    giveUp() {
      for (const id of [...waiting.keys()]) settle(id, failure('STOPPING', 'The hub is stopping.'))
    },
  }
}

export function failure(code: string, message: string): CommandAnswer {
  return { ok: false, error: { code, message } }
}
