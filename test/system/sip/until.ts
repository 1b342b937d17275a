/** Real programs on a machine that does much else: a limit that only something broken reaches. */
const patienceMs = 60_000
const oftenMs = 20

/** Waits until the probe gives something; says what was waited for, and what was known at the end, if it never does. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  known = () => '',
  everyMs = oftenMs,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (performance.now() > giveUpAt) throw new Error(`waited ${patienceMs / 1000} s in vain: ${what}. ${known()}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
