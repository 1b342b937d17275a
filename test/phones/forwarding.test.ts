import { forwardingContract } from './forwarding.ts'

forwardingContract({ vendor: 'yealink', by: 'phone', set: ['confirmed'], undone: 'confirmed', reads: true })
forwardingContract({ vendor: 'grandstream', by: 'star-codes', set: ['sent'], undone: 'sent', reads: false })
forwardingContract({
  vendor: 'grandstream',
  by: 'configuration',
  // A stored target is no proof until the phone has said once that it forwards.
  set: ['sent', 'confirmed'],
  undone: 'confirmed',
  reads: true,
  bench: { login: 'challenge', settings: 'update', targetIsInForce: true },
})
