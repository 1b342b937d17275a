import { type AgentConfig, type ForwardWay, ownForwardWays } from '../config/config.ts'

type Vendor = AgentConfig['phone']['vendor']

export function isWayOf(vendor: Vendor, way: ForwardWay): boolean {
  return way === 'exchange' || way === 'none' || ownForwardWays[vendor].includes(way)
}

/** What the phone does best by itself. */
function ownWayOf(vendor: Vendor): ForwardWay {
  return ownForwardWays[vendor][0] ?? 'none'
}

/** By which way this desk is forwarded. A telephone that takes no commands has the exchange, where its feature codes are written down. */
export function forwardWayOf({ phone: { vendor }, forwarding, sip }: Pick<AgentConfig, 'phone' | 'forwarding' | 'sip'>): ForwardWay {
  const { by } = forwarding
  if (by !== undefined) return isWayOf(vendor, by) ? by : 'none'
  const own = ownWayOf(vendor)
  const exchange = sip?.forwardOn !== undefined || sip?.forwardNoAnswerOn !== undefined
  return own === 'none' && exchange ? 'exchange' : own
}
