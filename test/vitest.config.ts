import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Real databases, servers and browsers start in these tests; each file owns what it starts. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['src/**/*.test.ts', 'stats/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // most of the time a test waits for what it started: one file at a time would leave even two cores idle
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
