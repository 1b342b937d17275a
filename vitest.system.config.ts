import { defineConfig } from 'vitest/config'

/** `npm run test:system`: real programs. One file at a time, since they share this machine's processors; how many such lanes there are says scripts/system-tests.js. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    // Other lanes have the processors, too: these end what hangs, and judge nothing.
    testTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: 'forks',
  },
})
