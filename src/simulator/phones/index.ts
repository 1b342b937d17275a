export { actionUrlsIn } from './action-urls.ts'
export type { EmulatedCall, EmulatedPhone, Faults, ReceivedControl } from './emulated-phone.ts'
export { createGrandstreamPhone, type GrandstreamOptions } from './grandstream.ts'
export { createYealinkPhone, type YealinkOptions } from './yealink.ts'
