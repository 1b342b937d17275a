import type { Stamped } from '../desk/desk.ts'
import type { Lease } from '../desk/lease.ts'
import type { Millis } from '../desk/time.ts'
import type { Clock, Emit } from './ports.ts'

/** How long an order waits for the medium. A card that takes longer is as good as full: nobody could say afterwards whose forwarding it was. */
export const journalWithinMs: Millis = 3000

type Order = Extract<Stamped, { type: 'phone.forward' }>

interface WriteAheadDeps {
  readonly clock: Clock
  /** As it is now, and not when the order was given. */
  readonly lease: () => Lease | undefined
  readonly send: (order: Order) => void
  readonly emit: Emit
}

/** Whether a wish has to be on the medium before it goes out: what sets a forwarding. What undoes one, looks, holds or lights waits for nothing. */
export function isWrittenAhead(wish: Stamped): wish is Order {
  return wish.type === 'phone.forward' && wish.on
}

/**
 * Journal before command (procedure INV-3): an order that sets a forwarding is sent when its lease is on the medium, and only if the desk still asks for it
 * then; the clerk may have come back while the card was slow. What cannot be written in time is answered with `unjournalled`, and nothing is sent.
 */
export function createWriteAhead({ clock, lease, send, emit }: WriteAheadDeps): (order: Order, written: Promise<boolean>) => void {
  return (order, written) => {
    let over = false
    const conclude = (isWritten: boolean): void => {
      if (over) return
      over = true
      giveUp()
      const now = lease()
      if (now?.state !== 'asked' || now.order !== order.order) return
      if (isWritten) send(order)
      else emit({ type: 'forward.answered', order: order.order, outcome: 'unjournalled' })
    }
    const giveUp = clock.wakeAt(clock.now() + journalWithinMs, () => conclude(false))
    void written.then(conclude)
  }
}
