import mqtt, { type MqttClient } from 'mqtt'
import { atMost } from '../at-most.ts'
import { readBrokerFiles } from '../config/broker-files.ts'
import type { AgentConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import { ConfigurationError } from '../errors.ts'
import { classifyFault } from '../mqtt/connection/link-fault.ts'
import { readSeat } from '../seats/reading.ts'
import { type Check, doctorLimits, fault, look, ok } from './check.ts'

/**
 * Connects to the broker once, as this desk but under a client id of its own, so that an agent which runs elsewhere is not thrown off; and, where the
 * seat's sensor is there, waits for a report of it.
 */
export async function checkBroker(config: AgentConfig, secrets: Partial<AgentSecrets>): Promise<readonly Check[]> {
  let client: MqttClient | undefined
  try {
    client = await open(config, secrets)
    const broker = ok('broker', `${config.broker.url} takes this desk as ${config.broker.username}`)
    return config.seat.driver === 'mqtt' ? [broker, await checkSeat(client, config.seat)] : [broker]
  } catch (error) {
    const broker = fault('broker', error instanceof ConfigurationError ? error.message : classifyFault(error).sentence)
    return config.seat.driver === 'mqtt' ? [broker, fault('seat', 'its sensor is on the broker, which cannot be reached')] : [broker]
  } finally {
    await client?.endAsync(true).catch(() => {})
  }
}

/** With the new password, and with the one before if the broker still wants that. */
async function open(config: AgentConfig, { brokerPassword, older }: Partial<AgentSecrets>): Promise<MqttClient> {
  try {
    return await openWith(config, brokerPassword)
  } catch (error) {
    if (older?.brokerPassword === undefined || classifyFault(error).reason !== 'wrong-password') throw error
    return openWith(config, older.brokerPassword)
  }
}

async function openWith({ broker }: AgentConfig, password: string | undefined): Promise<MqttClient> {
  const shared = {
    clientId: `${broker.username}.doctor`,
    reconnectPeriod: 0,
    connectTimeout: doctorLimits.brokerMs,
    ...readBrokerFiles(broker),
    ...(password === undefined ? {} : { username: broker.username, password }),
  }
  try {
    return await mqtt.connectAsync(broker.url, { ...shared, protocolVersion: 5 }, false)
  } catch {
    // Not every broker speaks MQTT 5, and not every one says so; what the second try says is told.
    return await mqtt.connectAsync(broker.url, { ...shared, protocolVersion: 4 }, false)
  }
}

async function checkSeat(client: MqttClient, seat: Extract<AgentConfig['seat'], { driver: 'mqtt' }>): Promise<Check> {
  const heard = new Promise<Check>((resolve) => {
    client.on('message', (_topic, payload, { retain }) => {
      const occupied = readSeat(payload, seat)
      if (occupied === undefined) resolve(fault('seat', `${seat.topic} sends something else than seat.path and seat.occupied expect`))
      // What was so a while ago is no evidence.
      else if (!retain) resolve(ok('seat', `${seat.topic} says that the chair is ${occupied ? 'occupied' : 'empty'}: is that so?`))
    })
  })
  await client.subscribeAsync(seat.topic)
  const silence = look('seat', `${seat.topic} has said nothing for ${doctorLimits.seatMs / 1000} s: sit down or get up, and ask again`)
  return (await atMost(doctorLimits.seatMs, heard)) ?? silence
}
