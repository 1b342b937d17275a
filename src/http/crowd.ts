/** How many may be in at once: of everybody, of one address, and of all those together who are not expected. */
export interface CrowdLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  readonly strangersMax: number
}

/** Counts who is in, so that neither one address nor all strangers together can crowd out the others. */
export interface Crowd {
  /** False if there is no room for this one; it has not entered then. */
  enter(address: string, stranger: boolean): boolean
  leave(address: string, stranger: boolean): void
}

export function createCrowd(limits: CrowdLimits): Crowd {
  const perAddress = new Map<string, number>()
  let all = 0
  let strangers = 0
  return {
    enter(address, stranger) {
      const same = perAddress.get(address) ?? 0
      if (all >= limits.connectionsMax || same >= limits.connectionsPerAddressMax || (stranger && strangers >= limits.strangersMax)) return false
      perAddress.set(address, same + 1)
      all += 1
      if (stranger) strangers += 1
      return true
    },
    leave(address, stranger) {
      const same = (perAddress.get(address) ?? 1) - 1
      if (same === 0) perAddress.delete(address)
      else perAddress.set(address, same)
      all -= 1
      if (stranger) strangers -= 1
    },
  }
}
