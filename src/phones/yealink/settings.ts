import { type HttpClient, isPassing } from '../http-client.ts'
import { meaning } from './answer.ts'
import { type PhoneConfigReading, parsePhoneConfig } from './phonecfg.ts'

export type SettingsReading = { readonly reading: PhoneConfigReading } | { readonly outcome: 'refused' | 'unreachable' | 'unsupported'; readonly fault: string }

/**
 * The guides print brackets around each part of the query, and people use it without; which of them a firmware wants to see is not known
 * (reference/yealink.md §2.5).
 */
const spellings = ['/servlet?phonecfg=get&accounts=1&dnd=1&fw=1', '/servlet?phonecfg=get[&accounts=1][&dnd=1][&fw=1]'] as const

/** Reads `phonecfg`. A phone that leaves its forwarding out is asked in the other spelling, until it has answered that once. */
export function createSettings(client: HttpClient): () => Promise<SettingsReading> {
  let spelling: (typeof spellings)[number] | undefined

  async function ask(path: string): Promise<SettingsReading> {
    const answer = await client.ask({ path })
    if (answer.kind === 'withdrawn' || answer.kind === 'unreachable') return { outcome: 'unreachable', fault: 'reason' in answer ? answer.reason : '' }
    if (answer.kind === 'refused') return { outcome: 'refused', fault: answer.reason }
    const reading = meaning(answer) === 'done' ? parsePhoneConfig(answer.body) : undefined
    // Taken for a phone that hides its forwarding, one that is busy now would be told without a look at what a person has set there.
    if (reading === undefined) return { outcome: isPassing(answer.status) ? 'unreachable' : 'unsupported', fault: unreadable(answer.status) }
    return { reading }
  }

  return async () => {
    const first = await ask(spelling ?? spellings[0])
    if (spelling !== undefined || !('reading' in first)) return first
    const second = first.reading.forwarding.length > 0 ? undefined : await ask(spellings[1])
    // Not known yet, then, which of them it is: and that nothing was shown is no reading.
    if (second !== undefined && 'outcome' in second && second.outcome !== 'unsupported') return second
    const isSecond = second !== undefined && 'reading' in second && second.reading.forwarding.length > 0
    spelling = spellings[isSecond ? 1 : 0]
    return isSecond ? second : first
  }
}

function unreadable(status: number): string {
  if (status >= 300 && status < 400) return 'the phone sends us elsewhere: if its web page is reached by https only, write phone.url so'
  return `the phone answered ${status} without its settings: is remote control by Action URI enabled?`
}
