export type Interval = { estimate: number | null; lower: number | null; upper: number | null }

export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INSUFFICIENT' | 'NO_TRAFFIC' | 'NO_OUTCOME' | 'ERROR'

/** `null` bounds are unbounded: too little is known to exclude anything on that side. */
export type Comparison = {
  metric: string
  role: string
  variant: string
  control: string
  difference: Interval
  relative: Interval
  /** One-sided toward promotion, times (K − 1); null where nothing can be said yet, and where the method has none. */
  pValue: number | null
  significant: boolean
  verdict: Verdict
  evidence: { value: number | null; needed: number; decides: boolean }
  /** Of a metric with a covariate: the slope, and the part of the variance that adjusting removed; null while unknown. */
  adjusted?: { theta: number; reduction: number | null; covariate: string }
  /** Units still inside their outcome window, and what they would say. */
  immature?: { units: number; estimate: number | null }
  /** Where a method that plans its looks stands: fraction and boundary of the last one, units at the next one. */
  /** Of a shadow: units that both answered, how their values go together, the part in which they differ; units that the shadow did not report. */
  paired?: { pairs: number; correlation: number | null; disagreement: number | null; missing: number }
  look?: { taken: number; planned: number; information: number | null; boundary: number | null; nextAt: number | null }
}

export type VariantReport = {
  key: string
  version: string
  weight: number
  units: number
  outcomes: number
  reportRate: number | null
  probabilityBest: number | null
  expectedLoss: number | null
  metrics: Record<string, Interval & { n: number }>
}

/**
 * One window of a variant's traffic against its absolute limit: at least so many units in a row. `excess`: how far beyond the
 * limit they lie, worse being larger, with the end that decides. `to` is null while it goes on.
 */
export type LimitWindow = { from: string; to: string | null; units: number; excess: Pick<Interval, 'estimate' | 'lower'>; broken: boolean }

/** A guardrail on the units with one value of a segment; `units`: of the variant. */
export type SegmentHarm = { segment: string; value: string; verdict: Verdict; harm: Interval; units: number }

export type GuardrailReport = {
  metric: string
  variant: string
  verdict: Verdict
  harm: Interval
  margin: number
  /** Of a guardrail that is judged by the values of a segment: the one that speaks most against the variant. */
  worst?: SegmentHarm
  /** The same of every value, the worst first; absent in older analyses. */
  values?: SegmentHarm[]
  /** The open day (today or yesterday, UTC) that speaks most against the variant; absent where days are not judged apart. */
  generation?: { day: string; verdict: Verdict; harm: Interval }
  /** Of an absolute limit the variant's last windows, oldest first, at most five; absent before there are three. */
  windows?: { verdict: Verdict; last: LimitWindow[] }
}

/** Units with one value of a segment; intervals two-sided at α, without a verdict, for they are many and decide nothing. */
export type SegmentReport = {
  segment: string
  value: string
  variants: { key: string; units: number; outcomes: number; metrics: Record<string, Interval & { n: number }> }[]
  comparisons: { metric: string; variant: string; control: string; difference: Interval; relative: Interval }[]
}

/** The bake of a policy: `variant` is null until somebody was promoted. */
export type BakeReport = {
  variant: string | null
  control: string
  /** Share of the units that the control keeps. */
  keep: number
  /** Matured units so far, of how many. */
  units: number
  needed: number
  /** Per guardrail the least harm that `needed` units find four times out of five; relative where its margin is; null while unknown. */
  detectable: { metric: string; harm: number | null }[]
}

/**
 * Where an experiment is among its stages, counted from 1. `coverage`: the share of the units that take part; `since`: of
 * the step, ISO 8601, null before the start; `next`: what comes after it, null where that is a promotion.
 */
export type StageReport = {
  number: number
  of: number
  allocation: string
  step: { number: number; of: number } | null
  coverage: number
  since: string | null
  words: string
  next: string | null
}

/** The analysis of one experiment at one moment, from one database snapshot. */
export type Report = {
  experiment: string
  state: string
  epoch: number
  asOf: string
  analysis: number | null
  units: number
  method: string
  alpha: number
  summary: {
    headline: string
    sub: string
    next: string
    /** `wait`: roughly how long an unmet one takes, in words; absent where nothing foretells it. */
    conditions: { text: string; met: boolean; current: string; needed: string; wait?: string }[]
    /** What would take the verdict back, as sentences; absent in older analyses. */
    reversals?: string[]
  }
  variants: VariantReport[]
  comparisons: Comparison[]
  sampleRatio: { observed: number[]; expected: number[]; pValue: number | null; verdict: Verdict }
  guardrails: GuardrailReport[]
  health: { check: string; verdict: Verdict; text: string }[]
  segments: SegmentReport[]
  /** Absent where there is one stage without steps, in a bake, and in older analyses. */
  stage?: StageReport
  /** Absent where the policy has no bake. */
  bake?: BakeReport
  warnings: string[]
  latestDecision: { id: number; action: string; at: string; reason: string; status: string } | null
}
