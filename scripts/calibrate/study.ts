import type { Random } from '../../stats/random.ts'

/** What one simulated run measured: rates are 0 or 1, the rest any finite number. */
export type Measured = Readonly<Record<string, number>>

/**
 * What a cell promises of one measure's mean. `atMost` is kept when the upper 99 % Monte-Carlo limit stays below it,
 * `atLeast` when the lower one stays above; a quick look only asks that the opposite limit does not refute it.
 */
export type Claim = { measure: string; atMost?: number; atLeast?: number }

/** One row of a study: a situation that is simulated again and again. */
export type Cell = {
  key: string
  /** What the row is about, column → value. */
  labels: Readonly<Record<string, string>>
  /** Simulated runs; `quick` of them in the short form. */
  runs: number
  quick: number
  claims: readonly Claim[]
  run: (random: Random) => Measured
}

/** Measures drawn over one label, one line for each value of another. */
export type Plot = {
  name: string
  title: string
  /** Only cells that have these labels. */
  where?: Readonly<Record<string, string>>
  category: string
  measures: readonly string[]
  /** A line that decides, such as the nominal level. */
  reference?: number
}

export type Study = { name: string; title: string; about: string; cells: readonly Cell[]; plots?: readonly Plot[] }

/** Sums over runs; adding two of them is running both. */
export type Tally = { runs: number; measures: Record<string, { n: number; sum: number; sumSquares: number }> }

export const noRuns = (): Tally => ({ runs: 0, measures: {} })

export const tally = (sums: Tally, measured: Measured): void => {
  sums.runs++
  for (const [name, value] of Object.entries(measured)) {
    const one = (sums.measures[name] ??= { n: 0, sum: 0, sumSquares: 0 })
    one.n++
    one.sum += value
    one.sumSquares += value * value
  }
}

export const addTally = (into: Tally, from: Tally): void => {
  into.runs += from.runs
  for (const [name, { n, sum, sumSquares }] of Object.entries(from.measures)) {
    const one = (into.measures[name] ??= { n: 0, sum: 0, sumSquares: 0 })
    one.n += n
    one.sum += sum
    one.sumSquares += sumSquares
  }
}
