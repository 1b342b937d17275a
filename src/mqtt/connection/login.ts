import type { BrokerAccess } from './connection.ts'

/** Which of the desk's passwords is tried next. */
export interface Login {
  /** What to connect with now: the files are read again each time, since somebody may be changing them. */
  next(): BrokerAccess
  accepted(): void
  /** The broker does not take the password. True if there is another one, worth an attempt at once. */
  refused(): boolean
}

/**
 * While a password is being changed there are two: the new one, and the one before. That which the broker took last is tried first, so that neither the desk
 * nor the broker has to be changed at one moment: until the broker knows the new one the old one serves, and afterwards the new one.
 */
export function createLogin(read: () => BrokerAccess): Login {
  const turnedDown = new Set<string>()
  let taken: string | undefined
  let tried: string | undefined
  let passwords: readonly string[] = []

  const choose = (): string | undefined =>
    passwords.find((each) => each === taken && !turnedDown.has(each)) ?? passwords.find((each) => !turnedDown.has(each)) ?? passwords[0]

  return {
    next() {
      const { password, olderPassword, ...access } = read()
      passwords = [password, olderPassword].flatMap((each) => each ?? [])
      tried = choose()
      return { ...access, ...(tried === undefined ? {} : { password: tried }) }
    },
    accepted() {
      taken = tried
      turnedDown.clear()
    },
    refused() {
      if (tried !== undefined) turnedDown.add(tried)
      if (passwords.some((each) => !turnedDown.has(each))) return true
      turnedDown.clear()
      return false
    },
  }
}
