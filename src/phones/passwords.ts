/** Which of a phone's passwords is used. Phones lock out who tries too often, so that how often is the whole point of this. */
export interface Passwords {
  current(): string
  worked(): void
  /** The phone does not take it. True if there is another one to try at once, which is so at most once until one has worked. */
  refused(): boolean
}

/**
 * One further attempt, and only where the office has written down two passwords because one of them is being changed. If the phone takes neither, each later
 * attempt, after its back-off, is a single one again: now with the one, now with the other. A file that was changed begins anew.
 */
export function createPasswords(read: () => readonly string[]): Passwords {
  let written: readonly string[] = []
  let used = 0
  let tried = false

  function look(): void {
    const now = read()
    if (now.length === written.length && now.every((each, index) => each === written[index])) return
    const kept = now.indexOf(written[used] ?? '')
    // What the phone takes at present stays in use for as long as it is written down.
    used = kept >= 0 && !tried ? kept : 0
    written = now
    tried = false
  }

  return {
    current() {
      look()
      return written[used] ?? ''
    },
    worked() {
      tried = false
    },
    refused() {
      const first = !tried
      tried = true
      if (written.length < 2) return false
      used = (used + 1) % written.length
      return first
    },
  }
}
