/**
 * Runs that ever erred, of so many without any difference (10,000 units, two equal arms, a look after every unit, α = 0.05):
 * an excerpt of stats/calibration/always-valid.json, which `npm run calibrate` writes.
 */
export const watchedRuns: readonly { metric: string; words: string; runs: number; fixed: number; sequential: number }[] = [
  { metric: 'binary 1 %', words: 'Shares near 1 %', runs: 3_000, fixed: 433, sequential: 23 },
  { metric: 'binary 5 %', words: 'Shares near 5 %', runs: 3_000, fixed: 955, sequential: 48 },
  { metric: 'binary 50 %', words: 'Shares near 50 %', runs: 3_000, fixed: 1_346, sequential: 58 },
  { metric: 'revenue', words: 'Revenue', runs: 3_000, fixed: 1_197, sequential: 49 },
  { metric: 'ratio', words: 'Ratios', runs: 3_000, fixed: 1_307, sequential: 50 },
  { metric: 'latency', words: 'Latency', runs: 3_000, fixed: 1_374, sequential: 58 },
]

/** What the level allows. */
export const allowedShare = 0.05
