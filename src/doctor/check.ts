/**
 * What came of one check. `look`: no machine can see it (a lamp's light, a phone that posts only when somebody telephones), or it works and is not as it
 * should be; the sentence says what a person should do.
 */
export interface Check {
  readonly state: 'ok' | 'fault' | 'not fitted' | 'look'
  readonly name: CheckName
  readonly sentence: string
}

export const checkNames = [
  'agent',
  'secrets',
  'phone',
  'exchange',
  'forward hint',
  'substitutes',
  'warden',
  'listener',
  'syslog',
  'bridge',
  'seat',
  'lamp',
  'broker',
  'clock',
  'disk',
] as const
export type CheckName = (typeof checkNames)[number]

export const ok = (name: CheckName, sentence: string): Check => ({ state: 'ok', name, sentence })
export const fault = (name: CheckName, sentence: string): Check => ({ state: 'fault', name, sentence })
export const notFitted = (name: CheckName, sentence: string): Check => ({ state: 'not fitted', name, sentence })
export const look = (name: CheckName, sentence: string): Check => ({ state: 'look', name, sentence })

/** How long each check may take. */
export const doctorLimits = {
  /** For the agent's own health page. */
  healthMs: 2000,
  /** For each answer of the exchange: a request over UDP is repeated for longer, but nobody waits at a keyboard for that. */
  exchangeMs: 4000,
  /** For the broker's answer. */
  brokerMs: 5000,
  /** For a report of a seat sensor: most repeat themselves more often. */
  seatMs: 5000,
  /** A microcontroller that was just reset by the opening of its port greets within four seconds. */
  bridgeMs: 8000,
  /** Free space below which a journal will soon be in trouble. */
  diskFreeBytesMin: 50_000_000,
} as const

/** `ok: phone: …`, one line a check. */
export function checkLine({ state, name, sentence }: Check): string {
  return `${state}: ${name}: ${sentence}`
}
