import type { AgentConfig } from '../config/config.ts'
import { type Check, doctorLimits, fault, look, notFitted, ok } from './check.ts'

/** What `/healthz` of a running agent says; nothing in it is relied on that is not there. */
export type Health = Readonly<Record<string, unknown>>

const bodyBytesMax = 262_144

/** The health of the agent that runs for this desk, or nothing if none does. An agent is asked, never disturbed. */
export async function askAgent({ admin }: AgentConfig): Promise<Health | undefined> {
  if (admin.port === 0) return undefined
  const host = admin.host === '0.0.0.0' ? '127.0.0.1' : admin.host === '::' ? '[::1]' : admin.host.includes(':') ? `[${admin.host}]` : admin.host
  try {
    const answer = await fetch(`http://${host}:${admin.port}/healthz`, { signal: AbortSignal.timeout(doctorLimits.healthMs), redirect: 'error' })
    const text = await answer.text()
    const health: unknown = text.length > bodyBytesMax ? undefined : JSON.parse(text)
    return typeof health === 'object' && health !== null && 'agent' in health ? { ...health } : undefined
  } catch {
    return undefined
  }
}

/** One value deep in the health. */
export function valueIn(health: Health, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), health)
}

/** What a running agent knows of its desk. */
export function checksOfRunning(health: Health, config: AgentConfig): readonly Check[] {
  const checks = [
    phoneOf(health),
    ...exchangeOf(health, config),
    listenerOf(health),
    bridgeOf(health, config),
    seatOf(health, config),
    lampOf(config),
    brokerOf(health),
  ]
  const { phone } = config
  return phone.vendor === 'analogue' ? [...checks, syslogOf(health)] : checks
}

function phoneOf(health: Health): Check {
  const said = valueIn(health, 'phone', 'fault')
  if (typeof said === 'string') return fault('phone', said)
  const reachable = valueIn(health, 'phone', 'reachable')
  if (reachable === true) return ok('phone', 'reachable, by the agent’s last reading')
  return reachable === false ? fault('phone', 'not reachable') : look('phone', 'nothing has been heard of it yet: lift the handset, and ask again')
}

function exchangeOf(health: Health, { sip }: AgentConfig): readonly Check[] {
  if (sip === undefined) return []
  const hint = valueIn(health, 'sip', 'forwarder', 'hint')
  const hints = hint === 'none' || hint === undefined ? [] : [hintOf(String(hint))]
  if (valueIn(health, 'sip', 'watch', 'state') === 'active') return [ok('exchange', `${sip.server} tells of this desk’s calls`), ...hints]
  const said = valueIn(health, 'sip', 'watch', 'fault') ?? 'nothing has been heard of it yet'
  return [fault('exchange', `${sip.server} does not tell of this desk’s calls: ${String(said)}`), ...hints]
}

function hintOf(hint: string): Check {
  if (hint === 'unknown') return fault('forward hint', 'the exchange does not say whether the desk is forwarded')
  return ok('forward hint', `the desk is ${hint === 'on' ? '' : 'not '}forwarded at the exchange`)
}

function listenerOf(health: Health): Check {
  const taken = valueIn(health, 'listener', 'taken')
  const strangers = Number(valueIn(health, 'listener', 'strangers') ?? 0) + Number(valueIn(health, 'listener', 'refused') ?? 0)
  const turnedAway = strangers === 0 ? '' : `, ${strangers} turned away`
  if (typeof taken === 'number' && taken > 0) return ok('listener', `${taken} events taken${turnedAway}`)
  return look('listener', `no event has been taken yet${turnedAway}: lift the handset, and ask again`)
}

function syslogOf(health: Health): Check {
  const count = (name: string): number => Number(valueIn(health, 'phoneDriver', name) ?? 0)
  const others = `${count('unmatched')} of no use, ${count('otherPort')} of another port, ${count('syslogStranger')} from strangers`
  if (count('words') > 0) return ok('syslog', `${count('words')} lines understood, ${others}`)
  if (valueIn(health, 'phoneDriver', 'syslogTaken') === undefined) return notFitted('syslog', 'listen.allow names nobody who may send it')
  return look('syslog', `no line has been understood yet (${others}): stop the agent and run third-ring doctor --calibrate`)
}

function bridgeOf(health: Health, config: AgentConfig): Check {
  if (config.bridge === undefined) return notFitted('bridge', 'none is configured')
  if (valueIn(health, 'bridge', 'connected') === true) return ok('bridge', `connected, firmware ${String(valueIn(health, 'bridge', 'firmware') ?? 'unknown')}`)
  return fault('bridge', `not connected (${String(valueIn(health, 'bridge', 'fault') ?? 'no reason given')}) at ${config.bridge.path}`)
}

function seatOf(health: Health, config: AgentConfig): Check {
  if (config.seat.driver === 'none') return notFitted('seat', 'no sensor is configured')
  if (valueIn(health, 'seat', 'plausible') === false) {
    return fault('seat', 'its sensor contradicts the work at the phone and is not believed: look whether it is stuck')
  }
  return look('seat', `${config.seat.driver}, believed by the agent: sit down and get up during a call, and watch the lamp`)
}

/** Whether it gives light, only a person can see. */
export function lampOf(config: AgentConfig): Check {
  if (config.lamp.driver === 'none') return notFitted('lamp', 'none is configured')
  return look('lamp', `${config.lamp.driver}: with the agent running, publish the command lamp.test, and watch all lights come on one after the other`)
}

function brokerOf(health: Health): Check {
  if (valueIn(health, 'broker', 'connected') === true) {
    return ok('broker', `connected, ${String(valueIn(health, 'broker', 'unsent') ?? 0)} events wait to be sent`)
  }
  return fault('broker', String(valueIn(health, 'broker', 'lastError') ?? 'not connected'))
}
