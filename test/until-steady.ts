import { expect } from 'vitest'

/** Until what is counted has not grown for so long. */
export async function untilSteady(count: () => number, forMs = 150): Promise<void> {
  let before = Number.NaN
  const isSteady = (): boolean => {
    const now = count()
    const same = now === before
    before = now
    return same
  }
  await expect.poll(isSteady, { interval: forMs }).toBe(true)
}
