/** What was measured of one promise, and whether it holds. */
export type Measured = {
  what: string
  /** What it ran through: the service whole (HTTP, store, engine, ledger), or the simulator's analysis and rules alone, or `stats` alone. */
  through: 'service' | 'simulator' | 'statistics'
  runs: number
  measured: string
  aim: string
  kept: boolean
}

export type Options = {
  /** How much of the full number of runs, above 0 up to 1. */
  part: number
  seed: number
  /** Runs that came to an end. */
  progress(runs: number): void
}

export type Item = {
  /** Number of the promise, and a word: `1-false-alarms`. */
  key: string
  title: string
  /** Runs when `part` is 1. */
  runs: number
  measure(options: Options): Promise<Measured[]>
}

/** So many runs of `full`, at least `least`. */
export const runsOf = (part: number, full: number, least = 1): number => Math.max(least, Math.round(full * part))

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** The largest count that chance alone allows at `share` in `runs`, three standard errors and one above: few runs refute only what is plainly off. */
export const allowed = (share: number, runs: number): number =>
  Math.floor(share * runs + 3 * Math.sqrt(share * (1 - share) * runs)) + (runs < 100 ? 1 : 0)

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}
