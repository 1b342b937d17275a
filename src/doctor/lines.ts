import type { AgentConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createGpio } from '../gpio/index.ts'
import type { Gpio } from '../gpio/port.ts'
import { releaseLamp } from '../lamps/release.ts'
import { type Check, type CheckName, fault, look, ok } from './check.ts'

/** Takes the lines of the header for a moment, as the agent would, and lets them go: the lamp's are dark meanwhile. Only where no agent has them. */
export async function checkLines(config: AgentConfig): Promise<readonly Check[]> {
  const { seat, lamp } = config
  const gpio = createGpio(config.gpio, { log: { warn() {} }, bias: seat.driver === 'gpio' && seat.bias !== undefined })
  return [
    ...(seat.driver === 'gpio' ? [await tried('seat', () => readSeat(gpio, seat))] : []),
    ...(lamp.driver === 'gpio' ? [await tried('lamp', () => openLamp(gpio, lamp))] : []),
  ]
}

async function readSeat(gpio: Gpio, seat: Extract<AgentConfig['seat'], { driver: 'gpio' }>): Promise<Check> {
  const { line, chip, bias, occupied } = seat
  const address = { line, ...(chip === undefined ? {} : { chip }) }
  const input = await gpio.watchInput(address, bias === undefined ? {} : { bias }, () => {})
  const high = input.read()
  await input.close()
  if (high === undefined) return fault('seat', `line ${line} can be had, but not read`)
  return ok('seat', `line ${line} is ${high ? 'high' : 'low'}, which means ${high === (occupied === 'high') ? 'occupied' : 'empty'}: is that so?`)
}

async function openLamp(gpio: Gpio, lamp: Extract<AgentConfig['lamp'], { driver: 'gpio' }>): Promise<Check> {
  await releaseLamp(lamp, { gpio })
  return look('lamp', 'its lines can be had: with the agent running, publish the command lamp.test, and watch all lights come on one after the other')
}

async function tried(name: CheckName, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return fault(name, [error.message.split('\n', 1)[0] ?? '', ...error.faults].join('; '))
  }
}
