import type { ForwardingKind } from './emulated-phone.ts'
import type { GrandstreamOptions } from './grandstream.ts'
import type { TelephoneControl } from './telephone.ts'

/** `update`: `config_get` and `config_update`; `values`: `api.values.get` and `api.values.post`, where older ones have names for their targets. */
export type SettingsForm = 'update' | 'values' | 'values-with-names'

/** Longer values were dropped without a word by a phone that said `success` (reference/grandstream.md §1.3). */
const valueLengthMax = 256
const kinds: readonly (readonly [kind: ForwardingKind, pValue: string, name: string])[] = [
  ['always', '29092', 'forward_0'],
  ['busy', '29093', 'busyForward_0'],
  ['no-answer', '29094', 'delayedForward_0'],
]
const ringSeconds = '139'

/** What is written down beside what is in force: the targets, and how long it rings. */
export interface StoredValues {
  get(name: string, control: TelephoneControl): string | undefined
  set(name: string, value: string, control: TelephoneControl): void
}

export function createStoredValues({ settings, targetIsInForce }: GrandstreamOptions): StoredValues {
  const written = new Map<string, string>()
  let seconds = 12

  const kindOf = (name: string): ForwardingKind | undefined =>
    kinds.find(([, pValue, alias]) => name === (settings === 'values-with-names' ? alias : pValue))?.[0]

  return {
    get(name, { forwarding }) {
      if (name === ringSeconds) return String(seconds)
      const kind = kindOf(name)
      return kind === undefined ? undefined : (forwarding.shown()[kind]?.target ?? written.get(kind) ?? '')
    },
    set(name, value, { forwarding }) {
      const kind = kindOf(name)
      if (name === ringSeconds) seconds = Number(value)
      if (kind === undefined) return
      if (value === '') {
        written.delete(kind)
        if (forwarding.inForce()[kind] !== undefined) forwarding.told(kind, undefined)
      } else if (targetIsInForce === true) forwarding.told(kind, value, seconds * 1000)
      else written.set(kind, value)
    },
  }
}

export interface SettingsRequest {
  readonly name: string
  readonly url: URL
  readonly method: string
  readonly body: string
  readonly control: TelephoneControl
  readonly form: SettingsForm | undefined
  readonly stored: StoredValues
}

type SettingsAnswer = { readonly status: number; readonly body: string }

export function isSettings(name: string): boolean {
  return /^(config_get|config_update|api\.values\.(get|post))$/.test(name)
}

export function answerSettings({ name, url, method, body, control, form, stored }: SettingsRequest): SettingsAnswer {
  const newer = name.startsWith('config_')
  if (form === undefined || newer !== (form === 'update')) return { status: 404, body: '' }
  if (name === 'config_get') {
    const configs = (url.searchParams.get('pvalues') ?? '').split(',').flatMap((pvalue) => {
      const value = stored.get(pvalue, control)
      return value === undefined ? [] : [{ alias: '', pvalue, value }]
    })
    return json({ configs })
  }
  if (name === 'api.values.get') {
    const asked = (new URLSearchParams(body).get('request') ?? '').split(':')
    const values = asked.flatMap((each) => {
      const value = stored.get(plain(each), control)
      return value === undefined ? [] : [[each, value] as const]
    })
    return json({ response: 'success', body: Object.fromEntries(values) })
  }
  if (name === 'config_update' && method !== 'PUT') return { status: 501, body: '' }
  write(name === 'config_update' ? Object.entries(valuesOf(body)) : [...new URLSearchParams(body)], control, stored)
  // Whatever has become of it.
  return json({ response: 'success', body: true })
}

function write(values: readonly (readonly [string, string])[], control: TelephoneControl, stored: StoredValues): void {
  if (control.faults.ignoresValues === true || control.faults.lie === true) return
  // The ring time is there before the target that it belongs to.
  for (const [name, value] of [...values].sort(([one]) => (plain(one) === ringSeconds ? -1 : 1))) {
    if (value.length <= valueLengthMax) stored.set(plain(name), value, control)
  }
}

function valuesOf(body: string): Record<string, string> {
  const { alias, pvalue }: { alias?: Record<string, string>; pvalue?: Record<string, string> } = JSON.parse(body)
  return { ...alias, ...pvalue }
}

function plain(name: string): string {
  return name.replace(/^P(?=\d+$)/, '')
}

function json(value: unknown): SettingsAnswer {
  return { status: 200, body: JSON.stringify(value) }
}
