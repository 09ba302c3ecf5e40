import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

/** Real databases, servers and browsers start in these tests; each file owns what it starts. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    globalSetup: ['test/support/global-postgres.ts'],
    // for what hangs: nothing here measures speed, and the machine may be busy
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // most of the time a test waits for what it started: one file at a time would leave even two cores idle
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'parts', include: ['src/**/*.test.ts', 'stats/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['scripts/**/*.test.ts', 'test/**/*.test.ts'] } },
    ],
  },
})
