import { onTestFinished } from 'vitest'
import { createListener, type Listener, type ListenerLimits, type ListenerOptions, type OnRequest, type ReceivedRequest } from '../../src/http/listener.ts'

export const silentLog = { debug: (): void => {}, error: (): void => {} }

export interface Heard extends Listener {
  /** What got through to the phones' side, in order. */
  readonly requests: ReceivedRequest[]
}

/** A listener on a port of its own, gone when the test is over. It knows the event names that the tests use, and one token. */
export async function listen(
  options: {
    limits?: Partial<ListenerLimits>
    allow?: readonly string[]
    host?: string
    onRequest?: OnRequest
    onTurnedAway?: ListenerOptions['onTurnedAway']
  } = {},
): Promise<Heard> {
  const requests: ReceivedRequest[] = []
  const listener = createListener({
    host: options.host ?? '127.0.0.1',
    port: 0,
    allow: options.allow ?? ['127.0.0.1'],
    log: silentLog,
    onRequest(request) {
      requests.push(request)
      if (options.onRequest !== undefined) return options.onRequest(request)
      if (request.path[1] !== 'TOKEN') return 403
      return request.path.length === 3 ? 200 : 404
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.onTurnedAway === undefined ? {} : { onTurnedAway: options.onTurnedAway }),
  })
  await listener.start()
  onTestFinished(() => listener.stop())
  return Object.defineProperties(listener, { requests: { value: requests } }) as Heard
}
