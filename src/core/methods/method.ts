import type { Compared, Epoch2x2, Level, Missing, Spending } from '../../../stats/index.ts'
import type { Interval } from '../analyze/report.ts'

/** Looks that were taken, kept between ticks: an old look is never computed again. Plain JSON. */
export type PlannedLooks = {
  /** Of the test that lets the variant win, and of the one that shows it worse; as long as `units`. */
  gain: { information: number; boundary: number | null; spent: number }[]
  harm: { information: number; boundary: number | null; spent: number }[]
  /** Units of the pair at each look. */
  units: number[]
  /** What the last look said: it stands until the next one. */
  said: Said
}

/** What a test says of one comparison. */
export type Said = {
  difference: Interval
  relative: Interval
  /** One-sided toward promotion, over all comparisons with the control; null where the method has none. */
  pValue: number | null
  /** The variant wins: it is better, or not worse by the margin. */
  wins: boolean
  /** It is worse by more than the margin. */
  loses: boolean
  evidence: { value: number | null; needed: number }
}

/** Where a method that looks at planned times stands. */
export type LookReport = {
  /** Looks taken, of how many planned. */
  taken: number
  planned: number
  /** Fraction of the planned information at the last look, its boundary in standard errors, and the statistic there. */
  information: number | null
  boundary: number | null
  /** Units of the pair at which the next look is due; null when all were taken. */
  nextAt: number | null
}

/**
 * One comparison as a method is asked to judge it. `compared` is the confidence sequence of the same data: its
 * estimates, standard errors and minimums serve every method.
 */
export type Question = {
  compared: Compared
  direction: 'increase' | 'decrease'
  levels: { gain: Level; harm: Level }
  /** How much worse the variant may be and still win; at least 0, in units of the metric. */
  margin: number
  /** Worse by more than this, it loses. */
  harmMargin: number
  /** Comparisons that α is shared by: p-values are multiplied by it. */
  hypotheses: number
  /** Every closed epoch as counts of 0 and 1, in order; null where units are not 0 or 1. */
  blocks: () => Epoch2x2[] | null
  plan: LookPlan
  /** Looks taken before; null when none were. */
  before: PlannedLooks | null
}

/** When a method that plans its looks takes them. */
export type LookPlan = {
  /** Units of the pair that are the whole information. */
  units: number
  /** Fractions of it, ascending; the last is 1. */
  looks: readonly number[]
  spending: Spending
  /** Whether the planned time has come, where the one look is planned by time and not by units. */
  due: boolean | null
}

export type Answer = Said & {
  missing: Missing[]
  /** Why nothing is decided now, as a phrase: "400 of 10,000 units of the fixed horizon". */
  waiting: string | null
  /** Whether waiting means that there is nothing to read yet (INSUFFICIENT), or only nothing to decide. */
  insufficient: boolean
  /** What a reader must know, as sentences about this pair. */
  notes: string[]
  look?: LookReport
  /** A look that this analysis takes, to be kept. */
  taken?: PlannedLooks
}

export type Method = (question: Question) => Answer
