import type { MqttClient } from 'mqtt'
import type { Millis } from '../../desk/time.ts'
import { linkLimits } from '../limits.ts'
import { type BrokerAccess, openConnection } from './connection.ts'
import { type LinkFault, linkFault } from './link-fault.ts'

/** For the DISCONNECT, after the broker has the message. */
const closeWithinMs: Millis = 400

/** After these the other protocol is tried: one broker says that it does not know MQTT 5, another one just closes. */
const protocolReasons: readonly LinkFault['reason'][] = ['protocol', 'closed-early']

/**
 * One message on one connection of its own, and nothing else: no will, no subscription, no second attempt but for the older protocol and the older password.
 * Gives why the broker does not have it, or `undefined` once it has said that it does. A broker that is silent is asked once; only one that says no, or
 * closes, is asked again, so that it takes hardly more than the given time. Never throws.
 */
export async function publishOnce(access: BrokerAccess, topic: string, payload: string, withinMs: Millis): Promise<LinkFault | undefined> {
  const { olderPassword, ...newer } = access
  const fault = await withEither(newer, topic, payload, withinMs)
  if (fault?.reason !== 'wrong-password' || olderPassword === undefined) return fault
  return withEither({ ...newer, password: olderPassword }, topic, payload, withinMs)
}

/** In MQTT 5, then in 3.1.1 if need be. */
async function withEither(access: BrokerAccess, topic: string, payload: string, withinMs: Millis): Promise<LinkFault | undefined> {
  const fault = await attempt(access, 5, topic, payload, withinMs)
  return fault !== undefined && protocolReasons.includes(fault.reason) ? attempt(access, 4, topic, payload, withinMs) : fault
}

function attempt(access: BrokerAccess, version: 4 | 5, topic: string, payload: string, withinMs: Millis): Promise<LinkFault | undefined> {
  return new Promise<LinkFault | undefined>((resolve) => {
    let outcome: LinkFault | 'delivered' | undefined
    function finish(result: LinkFault | 'delivered'): void {
      outcome ??= result
      void connection.end(closeWithinMs)
    }
    function opened(client: MqttClient): void {
      client.publish(topic, payload, { qos: 1 }, (error) => {
        if (error === undefined || error === null) finish('delivered')
        // MQTT 5 says no in its PUBACK; any other error is that of the connection, which closes.
        else if ('code' in error && typeof error.code === 'number') finish(linkFault('publish-denied'))
      })
    }
    const patience = setTimeout(() => finish(linkFault('no-answer')), withinMs)
    const limits = { ...linkLimits, connectTimeoutMs: withinMs }
    const closed = (reason: LinkFault): void => {
      clearTimeout(patience)
      resolve(outcome === 'delivered' ? undefined : (outcome ?? reason))
    }
    const connection = openConnection(access, version, undefined, limits, { opened, message: () => {}, closed })
  })
}
