import { textLengthMax } from '../call-ref.ts'

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

/** A number in any address that a phone writes around it is shorter. What was cut is nobody's number that we know. */
const valueLengthMax = 256

/**
 * Reads the INI text leniently: sections in any order, unknown ones passed over, values that make no sense left out. Without patterns: what a phone sends is as
 * long as an answer may be, and one that begins and ends with blanks of any number takes hours over it.
 */
export function parsePhoneConfig(text: string): PhoneConfigReading | undefined {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  for (const line of text.split('\n').map((each) => each.trim())) {
    const isHead = line.startsWith('[') && line.length > 2 && line.indexOf(']') === line.length - 1
    const equals = line.indexOf('=')
    if (isHead) {
      section = new Map()
      sections.set(line.slice(1, -1).toLowerCase(), section)
    } else if (equals > 0) {
      const value = line.slice(equals + 1).trim()
      section.set(line.slice(0, equals).trim().toLowerCase(), value.slice(0, valueLengthMax))
    }
  }
  if (sections.size === 0) return undefined
  const firmware = sections.get('status')?.get('firmwareversion')?.slice(0, textLengthMax)
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
