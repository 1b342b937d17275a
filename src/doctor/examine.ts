import type { OpenSerial } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import { checkBridge } from './bridge.ts'
import { checkBroker } from './broker.ts'
import { type Check, checkNames, notFitted, ok } from './check.ts'
import { checkExchange } from './exchange.ts'
import { checkSubstitutes, substitutesOf } from './forwarding.ts'
import { checkLines } from './lines.ts'
import { checkPhone } from './phone.ts'
import { checkClock, checkDisk, checkListener, checkSecrets, checkSyslog } from './place.ts'
import { askAgent, checksOfRunning, lampOf } from './running.ts'

/** What a person would check by hand at a desk. An agent that runs is asked for what it has under its hands; otherwise each thing is tried. */
export async function examine(config: AgentConfig, openSerial?: OpenSerial): Promise<readonly Check[]> {
  const { secrets, checks } = checkSecrets(config)
  const place = [...checks, checkClock(), await checkDisk(config)]
  const health = await askAgent(config)
  const admin = `http://${config.admin.host}:${config.admin.port}/healthz`
  if (health !== undefined)
    return inOrder([ok('agent', `runs, and is asked at ${admin}`), ...place, ...checksOfRunning(health, config), ...substitutesOf(health, config)])
  return inOrder([
    ok('agent', `does not run (nothing answers at ${admin}): the desk is examined without it`),
    ...place,
    await checkPhone(config, secrets),
    ...(await checkExchange(config, secrets)),
    ...checkSubstitutes(config),
    await checkListener(config),
    ...(config.phone.vendor === 'analogue' ? [await checkSyslog(config)] : []),
    ...(await checkBridge(config, openSerial)),
    ...(config.seat.driver === 'none' ? [notFitted('seat', 'no sensor is configured')] : []),
    ...(config.lamp.driver === 'gpio' ? [] : [lampOf(config)]),
    ...(await checkLines(config)),
    ...(await checkBroker(config, secrets)),
  ])
}

function inOrder(checks: readonly Check[]): readonly Check[] {
  return checks.toSorted((one, other) => checkNames.indexOf(one.name) - checkNames.indexOf(other.name))
}
