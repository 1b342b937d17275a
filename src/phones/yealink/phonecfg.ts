/** What `phonecfg=get` tells: firmware, do-not-disturb, forwarding. Never the state of calls (reference/yealink.md §2.5). */
export interface PhoneConfigReading {
  readonly firmware?: string
  readonly dnd?: boolean
  readonly forwarding: readonly { readonly kind: 'always' | 'busy' | 'no-answer'; readonly on: boolean; readonly target?: string }[]
}

const kinds = [
  ['forward_always', 'always'],
  ['forward_busy', 'busy'],
  ['forward_noanswer', 'no-answer'],
] as const

/** Reads the INI text leniently: sections in any order, unknown ones passed over, values that make no sense left out. */
export function parsePhoneConfig(text: string): PhoneConfigReading | undefined {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1]
    if (name !== undefined) {
      section = new Map()
      sections.set(name.toLowerCase(), section)
      continue
    }
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) section.set(key.toLowerCase(), value)
  }
  if (sections.size === 0) return undefined
  const firmware = sections.get('status')?.get('firmwareversion')
  const dnd = onOff(sections.get('dnd')?.get('state'))
  return {
    ...(firmware === undefined || firmware === '' ? {} : { firmware }),
    ...(dnd === undefined ? {} : { dnd }),
    forwarding: kinds.flatMap(([name, kind]) => {
      const on = onOff(sections.get(name)?.get('state'))
      const target = sections.get(name)?.get('target')
      return on === undefined ? [] : [{ kind, on, ...(target === undefined || target === '' ? {} : { target }) }]
    }),
  }
}

function onOff(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (/^(on|1|enabled?)$/i.test(value)) return true
  return /^(off|0|disabled?)$/i.test(value) ? false : undefined
}
