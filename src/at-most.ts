import type { Millis } from './desk/time.ts'

/** Waits for the work, but not for ever. What it came to, or `undefined` if it is not done by then; it goes on all the same. */
export async function atMost<Result>(waitMs: Millis, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, waitMs, undefined)
  })
  try {
    return await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
  }
}
