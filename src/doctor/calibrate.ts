import type { BridgeStatus } from '../bridge/bridge.ts'
import { type AnaloguePhoneConfig, type ListenConfig, type LogWord, logWords } from '../config/config.ts'
import { analogueLimits } from '../phones/analogue/limits.ts'
import { createWordParser, type LogLine, maskedText } from '../phones/analogue/syslog.ts'
import { createSyslogListener } from '../phones/analogue/syslog-listener.ts'

/** What to do at the desk, and which lines of the log should come of it. */
export const steps: readonly (readonly [what: string, words: readonly LogWord[]])[] = [
  ['lift the handset, wait for the dial tone, put it down', ['offHook', 'onHook']],
  ['call the desk from a mobile, let it ring three times, hang up the mobile', ['localRing', 'ringStart', 'ringStop', 'callCancelled']],
  ['call the desk, lift the handset, let the MOBILE hang up first, put the handset down', ['callStarted', 'remoteDisconnect']],
  ['call the desk, lift the handset, put the HANDSET down first', ['callCompleted']],
  ['call the mobile from the desk, answer there, press R twice, put the handset down', ['remoteConnect', 'flash', 'hold', 'unhold']],
]

export interface Calibration {
  /** What has been matched, how often. */
  readonly heard: Readonly<Record<LogWord, number>>
  readonly unmatched: number
  readonly otherPort: number
  readonly strangers: number
  readonly otherMac: number
}

export interface CalibrateOptions {
  readonly phone: AnaloguePhoneConfig
  readonly listen: ListenConfig
  readonly print: (line: string) => void
  /** Resolves when it has been long enough. */
  readonly until: Promise<unknown>
  /** Told once it listens, on which port. */
  readonly listening?: (port: number) => void
  /** The bridge, where there is one and it is free. */
  readonly bridge?: { onStatus(listener: (status: BridgeStatus) => void): void }
}

/** Listens to the adapter and prints each line as it comes, without numbers and names, and what it was understood as. Rejects with LISTEN_FAILED. */
export async function calibrate({ phone, listen, print, until, listening, bridge }: CalibrateOptions): Promise<Calibration> {
  const portInLog = phone.portInLog ?? phone.port - 1
  const parser = createWordParser(phone.patterns, analogueLimits)
  const heard = Object.fromEntries(logWords.map((word) => [word, 0])) as Record<LogWord, number>
  const counts = { unmatched: 0, otherPort: 0 }

  function onLine({ text }: LogLine): void {
    const word = parser.parse(text, performance.now())
    if (word === undefined) counts.unmatched += 1
    else if (word.portInLog !== undefined && word.portInLog !== portInLog) counts.otherPort += 1
    else heard[word.word] += 1
    const other = word?.portInLog !== undefined && word.portInLog !== portInLog ? `, port ${word.portInLog} in the log: not this telephone’s` : ''
    print(`${(word === undefined ? '-' : word.word).padEnd(16)} ${maskedText(text)}${other}`)
  }

  const listener = createSyslogListener({
    host: listen.host,
    port: listen.syslogPort,
    allow: listen.allow,
    ...(phone.mac === undefined ? {} : { mac: phone.mac }),
    limits: analogueLimits,
    now: () => performance.now(),
    log: { debug() {}, info() {}, warn() {} },
    onLine,
  })
  await listener.start()
  try {
    listening?.(listener.port)
    bridge?.onStatus(onlyChanges(print))
    await until
  } finally {
    await listener.stop()
  }
  return { heard, ...counts, strangers: listener.counters.stranger, otherMac: listener.counters.otherMac }
}

/** A status comes each second; what has not changed is not printed again. */
function onlyChanges(print: (line: string) => void): (status: BridgeStatus) => void {
  let before = ''
  return ({ ringing, rings, offHook, flashes }) => {
    const now = `${offHook ? 'up' : 'down'}, ${ringing ? 'ringing' : 'quiet'}, rings ${rings}, flashes ${flashes}`
    if (now !== before) print(`${'bridge'.padEnd(16)} handset ${now}`)
    before = now
  }
}

/** What the installer should do about it. */
export function advice({ heard, unmatched, otherPort, strangers, otherMac }: Calibration): readonly string[] {
  const total = Object.values(heard).reduce((sum, count) => sum + count, 0) + unmatched + otherPort
  const missing = logWords.filter((word) => heard[word] === 0 && word !== 'refer')
  const lines: string[] = []
  if (total === 0) {
    lines.push('Nothing came. At the adapter: P207 is this machine and its port, P208 is 1 (DEBUG); here: listen.allow has the address of the adapter.')
  }
  if (strangers > 0) lines.push(`Lines from an address that listen.allow does not have: ${strangers}.`)
  if (otherMac > 0) lines.push(`Lines that named another adapter than phone.mac: ${otherMac}.`)
  if (otherPort > 0) lines.push(`Lines about another port: ${otherPort}. If they were about this telephone, set phone.portInLog to the number in them.`)
  if (total === 0 || missing.length === 0) return lines
  return [
    ...lines,
    `Never matched: ${missing.join(', ')}.`,
    'If the line was there in other words, write a part of it that is always the same, and (?<port>\\d) where the port stands:',
    '',
    'phone:',
    '  patterns:',
    ...missing.map((word) => `    # ${word}: 'words of that line, port (?<port>\\d)'`),
  ]
}
