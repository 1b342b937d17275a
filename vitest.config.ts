import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** `npm test`: needs no other program. The tests against real programs have a configuration of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**'],
    // Much of it only computes, for as long as the machine lets it: this ends what hangs, and judges nothing.
    testTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // A file waits about half of its time: for a program that starts, a socket, a timer.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
  },
})
