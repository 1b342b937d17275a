/** Real programs on a machine that does much else: a limit that only something broken reaches. */
const patienceMs = 30_000
const intervalMs = 20

/** Waits until the probe gives something; says what was waited for, and what was known at the end, if it never does. */
export async function until<T>(what: string, probe: () => T | undefined | false | Promise<T | undefined | false>, known = () => ''): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (performance.now() > giveUpAt) throw new Error(`waited ${patienceMs / 1000} s in vain: ${what}. ${known()}`)
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
