import { randomBytes, timingSafeEqual } from 'node:crypto'
import { topicRoot } from '../mqtt/topics.ts'
import { brokerUser, hubUser } from './broker/acl.ts'
import { type Broker, type Credentials, createBroker } from './broker/broker.ts'
import type { HubOptions } from './hub.ts'
import { type ListenAddress, urlHost } from './listen.ts'
import { eventTopics, officeTopics } from './office.ts'
import type { HubBrokerAccess, Recorder } from './recorder.ts'

/** A broker inside the hub. */
export interface EmbeddedBroker {
  readonly embedded: ListenAddress & { readonly credentials?: Credentials; readonly open?: boolean }
}

/** The embedded broker with a user of the hub's own, known to nobody and new at each start; or the way to the external one. */
export async function startBroker(
  options: HubOptions,
  running: (stop: () => Promise<void>) => void,
  receive: Recorder['receive'],
): Promise<{ readonly broker?: Broker; readonly access: HubBrokerAccess | (() => HubBrokerAccess) }> {
  if ('external' in options.broker) return { access: options.broker.external }
  const { embedded } = options.broker
  const secret = randomBytes(24).toString('base64url')
  const isSecret = (password: Buffer) => password.length === secret.length && timingSafeEqual(password, Buffer.from(secret))
  const credentials: Credentials = (username, password) => {
    if (username === hubUser) return isSecret(password) ? brokerUser('admin', hubUser, { site: '+' }) : undefined
    return embedded.credentials?.(username, password)
  }
  const filters = officeTopics.map((name) => `${topicRoot}/${options.site}/+/${name}`)
  const broker = createBroker({ ...embedded, credentials, log: options.log, keep: { filters, receive: byHand(receive) } })
  running(broker.stop)
  const address = await broker.start()
  return { broker, access: { url: `mqtt://${urlHost(embedded.host)}:${address.port}`, username: hubUser, password: secret } }
}

/** A level that asks to be kept is said just now all the same; an event that does is a ghost already. */
function byHand(receive: Recorder['receive']): Recorder['receive'] {
  return (topic, payload, retained) => receive(topic, payload, retained && [...eventTopics].some((name) => topic.endsWith(`/${name}`)))
}
