import type { Stamped } from '../desk/desk.ts'
import type { Emit, LampDriver, PhoneDriver } from './ports.ts'

/**
 * Hands a wish to its driver and goes on at once. What a phone answers to a hold comes back as a fact; that the call *is* held only the phone's own
 * word says. Lamp and hold never wait for anything else here. What cannot be forwarded in any way says so.
 */
export function createDispatch(phone: Pick<PhoneDriver, 'hold' | 'forwarder'>, lamp: Pick<LampDriver, 'show'>, emit: Emit): (wish: Stamped) => void {
  return (wish) => {
    switch (wish.type) {
      case 'lamp':
        lamp.show(wish.pattern)
        return
      case 'phone.hold':
        void phone.hold(wish.ref, wish.attempt).then((outcome) => emit({ type: 'hold.answered', call: wish.call, attempt: wish.attempt, outcome }))
        return
      case 'phone.forward': {
        const { order, on, kind, target, ringMs } = wish
        const answered = phone.forwarder?.forward({ on, kind, target, ringMs }) ?? Promise.resolve('unsupported' as const)
        void answered.then((outcome) => emit({ type: 'forward.answered', order, outcome }))
        return
      }
      case 'phone.look':
        void (phone.forwarder?.look() ?? Promise.resolve(false)).then((seen) => {
          emit({ type: 'forward.looked', ok: seen === true, ...(seen === 'hidden' ? { hidden: true } : {}) })
        })
        return
      case 'notice':
        return
      default:
        wish satisfies never
    }
  }
}
