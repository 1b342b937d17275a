import type { HttpClient } from '../http-client.ts'
import { meaning } from './answer.ts'
import { type PhoneConfigReading, parsePhoneConfig } from './phonecfg.ts'

export type SettingsReading = { readonly reading: PhoneConfigReading } | { readonly outcome: 'refused' | 'unreachable' | 'unsupported'; readonly fault: string }

/**
 * The guides print brackets around each part of the query, and people use it without; which of them a firmware wants to see is not known
 * (reference/yealink.md §2.5).
 */
const spellings = ['/servlet?phonecfg=get&accounts=1&dnd=1&fw=1', '/servlet?phonecfg=get[&accounts=1][&dnd=1][&fw=1]'] as const

/** Reads `phonecfg`. A phone that leaves its forwarding out is asked in the other spelling, once. */
export function createSettings(client: HttpClient): () => Promise<SettingsReading> {
  let spelling: (typeof spellings)[number] | undefined

  async function ask(path: string): Promise<SettingsReading> {
    const answer = await client.ask({ path })
    if (answer.kind === 'withdrawn' || answer.kind === 'unreachable') return { outcome: 'unreachable', fault: 'reason' in answer ? answer.reason : '' }
    if (answer.kind === 'refused') return { outcome: 'refused', fault: answer.reason }
    const reading = meaning(answer) === 'done' ? parsePhoneConfig(answer.body) : undefined
    return reading === undefined ? { outcome: 'unsupported', fault: unreadable(answer.status) } : { reading }
  }

  return async () => {
    const first = await ask(spelling ?? spellings[0])
    if (spelling !== undefined || !('reading' in first)) return first
    spelling = spellings[0]
    if (first.reading.forwarding.length > 0) return first
    const second = await ask(spellings[1])
    if (!('reading' in second) || second.reading.forwarding.length === 0) return first
    spelling = spellings[1]
    return second
  }
}

function unreadable(status: number): string {
  if (status >= 300 && status < 400) return 'the phone sends us elsewhere: if its web page is reached by https only, write phone.url so'
  return `the phone answered ${status} without its settings: is remote control by Action URI enabled?`
}
