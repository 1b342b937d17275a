import type { OnRequest } from '../../http/listener.ts'
import type { Emit } from '../ports.ts'

/** Tells the desk of each event that the phone posts, whatever it says: a phone that is there and posts nothing is the failure that nobody sees. */
export function hearing(receive: OnRequest, emit: Emit): OnRequest {
  return (request) => {
    const status = receive(request)
    // After its answer, and after the facts that the driver makes of it.
    if (status === 200) setImmediate(() => emit({ type: 'phone.heard' }))
    return status
  }
}
