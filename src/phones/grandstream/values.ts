import type { PhoneMemory } from '../driver.ts'
import type { ForwardTold } from '../forward-order.ts'
import { isPassing } from '../http-client.ts'
import { toldUnreadably } from './cti-answer.ts'
import type { PageAnswer, Session } from './session.ts'

/** By the names that the phone gave them, `P` left off: `29094`, `delayedForward_0`. */
export type ValuesReading = { readonly values: ReadonlyMap<string, string> } | { readonly outcome: 'refused' | 'unreachable' | 'unsupported' }

/** The phone's settings by P-value or name. */
export interface Values {
  /** All of these that the phone knows. */
  read(names: readonly string[]): Promise<ValuesReading>
  /** `taken` says that the phone said `success`, which it also says of a value that it passed over (reference/grandstream.md §2.5): read it back. */
  write(values: Readonly<Record<string, string>>, goAhead: () => boolean): Promise<ForwardTold>
}

/** Newer firmware has `config_get` and `config_update`, older `api.values.get` and `api.values.post` (reference/grandstream.md §2.5). */
type Form = 'update' | 'values'

/** Reads and writes in the form that this firmware has: found out by the first reading, and remembered. */
export function createValues(session: Session, memory: PhoneMemory, url: string): Values {
  const memoryKey = `settings/grandstream/${new URL(url).host.slice(0, 100)}`
  const remembered = memory.recall(memoryKey)
  let form: Form | undefined = remembered === 'update' || remembered === 'values' ? remembered : undefined

  async function readBy(which: Form, names: readonly string[]): Promise<ValuesReading> {
    const answer = await session.page(
      which === 'update'
        ? { method: 'GET', name: 'config_get', query: { pvalues: names.map((name) => (isNumber(name) ? name : `:${name}`)).join(',') } }
        : { method: 'POST', name: 'api.values.get', form: { request: names.map(withLetter).join(':') } },
    )
    if (answer.kind === 'refused' || answer.kind === 'unreachable') return { outcome: answer.kind }
    // A form that has worked before is not unknown now. Of one that never has, no status says what it means.
    if (answer.kind === 'unreadable' && form !== undefined && isPassing(answer.status)) return { outcome: 'unreachable' }
    const values = answer.kind === 'json' ? (which === 'update' ? listed(answer.value['configs']) : named(answer.value['body'])) : undefined
    return values === undefined ? { outcome: 'unsupported' } : { values }
  }

  function learn(found: Form): void {
    form = found
    memory.remember(memoryKey, found)
  }

  return {
    async read(names) {
      if (form !== undefined) return readBy(form, names)
      for (const which of ['update', 'values'] as const) {
        const reading = await readBy(which, names)
        if ('outcome' in reading && reading.outcome !== 'unsupported') return reading
        if (!('values' in reading)) continue
        learn(which)
        return reading
      }
      return { outcome: 'unsupported' }
    },
    async write(values, goAhead) {
      const entries = Object.entries(values)
      const urgency = { command: true, goAhead }
      const numbers = Object.fromEntries(entries.filter(([name]) => isNumber(name)))
      const names = Object.fromEntries(entries.filter(([name]) => !isNumber(name)))
      return told(
        await session.page(
          form === 'values'
            ? { method: 'POST', name: 'api.values.post', form: Object.fromEntries(entries.map(([name, value]) => [withLetter(name), value])), ...urgency }
            : { method: 'PUT', name: 'config_update', json: { alias: names, pvalue: numbers }, ...urgency },
        ),
      )
    },
  }
}

function told(answer: PageAnswer): ForwardTold {
  switch (answer.kind) {
    case 'json':
      return answer.value['response'] === 'error' ? 'unsupported' : 'taken'
    case 'unreadable':
      return toldUnreadably(answer.status)
    case 'unreachable':
      return answer.sent ? 'lost' : 'unreachable'
    default:
      return answer.kind
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name)
}
function withLetter(name: string): string {
  return isNumber(name) ? `P${name}` : name
}

/** `{"configs":[{"alias":"…","pvalue":"29094","value":"6014"}]}` */
function listed(configs: unknown): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(configs)) return undefined
  const values = new Map<string, string>()
  for (const config of configs) {
    if (typeof config !== 'object' || config === null) continue
    const { pvalue, alias, value }: Readonly<Record<string, unknown>> = { ...config }
    for (const name of [pvalue, alias]) if (isText(name) && String(name) !== '') keep(values, String(name), value)
  }
  return values
}

/** `{"response":"success","body":{"P29094":"6014"}}` */
function named(body: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(body)) keep(values, name, value)
  return values
}

function keep(values: Map<string, string>, name: string, value: unknown): void {
  if (isText(value)) values.set(name.replace(/^P(?=\d+$)/, ''), String(value))
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
