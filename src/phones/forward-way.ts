import { type AgentConfig, type ForwardWay, forwardWaysOf, ownForwardWays } from '../config/config.ts'
import type { ForwardPort } from './forward-order.ts'

type Vendor = keyof typeof ownForwardWays

/** How the phones of one maker are read and told: by each of their own ways, and by no other. */
export type WayPorts<Maker extends Vendor, Parts> = Readonly<Record<(typeof ownForwardWays)[Maker][number], (parts: Parts) => ForwardPort>>

/** The port of the way that was chosen; `undefined` where that is not one of the phone's own. */
export function portBy<Parts>(
  by: ForwardWay,
  ports: Readonly<Partial<Record<ForwardWay, (parts: Parts) => ForwardPort>>>,
  parts: Parts,
): ForwardPort | undefined {
  return ports[by]?.(parts)
}

/** The way that is taken where the office has not chosen: what the phone does best by itself. */
export function bestWayOf(vendor: Vendor): ForwardWay {
  return ownForwardWays[vendor][0] ?? 'none'
}

export function isWayOf(vendor: Vendor, way: ForwardWay): boolean {
  return forwardWaysOf(vendor).includes(way)
}

/** By which way this desk is forwarded. A telephone that takes no commands has the exchange, where its feature codes are written down. */
export function forwardWayOf({ phone: { vendor }, forwarding, sip }: Pick<AgentConfig, 'phone' | 'forwarding' | 'sip'>): ForwardWay {
  const { by } = forwarding
  if (by !== undefined) return isWayOf(vendor, by) ? by : 'none'
  const own = bestWayOf(vendor)
  const exchange = sip?.forwardOn !== undefined || sip?.forwardNoAnswerOn !== undefined
  return own === 'none' && exchange ? 'exchange' : own
}
