import type { Desk } from '../../desk/desk.ts'

/** How a desk stands, in one sentence for a technician. Nothing of callers, and nothing of the seat. */
export function statusOf(name: string, { phone, frozen }: Desk, brokerConnected: boolean): string {
  const words = [
    phone.reachable === undefined ? 'nothing heard of the phone yet' : phone.reachable ? 'the phone answers' : 'the phone cannot be reached',
    brokerConnected ? 'the broker is connected' : 'the broker is away',
    ...(frozen ? ['all automation is frozen'] : []),
  ]
  return `Desk ${name}: ${words.join(', ')}.`
}
