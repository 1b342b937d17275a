import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'

/**
 * Tells of refused clients of the broker. A client that tries again each second is told of at once, then at most once a minute for the same reason, with how
 * often it was: a journal of 86,400 equal lines a day hides the one that matters. `now` is a monotonic clock in milliseconds.
 */
export function createRefusalLog(log: HubLog, now: () => number): (reason: string, user: string | undefined) => void {
  const told = new Map<string, { at: number; times: number }>()
  return (reason, user) => {
    const key = `${reason} ${user ?? ''}`
    const before = told.get(key)
    if (before !== undefined && now() - before.at < hubLimits.refusalLogMs) {
      before.times += 1
      return
    }
    const times = (before?.times ?? 0) + 1
    if (told.size >= hubLimits.desksMax) told.clear()
    told.set(key, { at: now(), times: 0 })
    log.warn({ user, reason, ...(times === 1 ? {} : { times }) }, 'the broker has refused a client, or what it sent')
  }
}
