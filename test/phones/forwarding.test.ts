import { forwardingContract } from './forwarding.ts'

forwardingContract({ vendor: 'yealink', by: 'phone', set: 'confirmed', undone: 'confirmed', reads: true })
