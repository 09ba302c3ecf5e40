import { addPairs, drawn, exactRho, type Level, noPairs, oneSidedP, type Moments, noMoments, pairedContrast, pairedRelative, type PairSums } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { type Contrast, keyOf, type Measured } from './compare.ts'
import { finite, gainOf, interval, unknown } from './intervals.ts'
import { levelsOf, protectiveUnits, unitsOf } from './levels.ts'
import type { Verdict } from './report.ts'

/** Pairs before anything is said of harm. */
const leastPairs = 100
/**
 * Units that were planned for a comparison of two arms are so many times as many as the pairs that do the same, where the
 * two answers of a unit go together with a correlation of one half.
 */
const unitsPerPair = 4

/** What a candidate has answered in the shadow of the control, in these epochs. */
const totalOf = (input: AnalysisInput, variant: number, epochs: readonly EpochData[]) => {
  const numbers = new Set(epochs.map(({ epoch }) => epoch))
  const own = (input.shadows ?? []).find((one) => one.variant === variant)?.epochs.filter(({ epoch }) => numbers.has(epoch)) ?? []
  return {
    pairs: own.reduce((sum, { pairs }) => sum + pairs, 0),
    missing: own.reduce((sum, { missing }) => sum + missing, 0),
    of: (ordinal: number): PairSums => own.reduce((sum, { metrics }) => addPairs(sum, metrics[ordinal] ?? noPairs), noPairs),
  }
}

/** Units that a candidate has answered beside the control. */
export const pairsOf = (input: AnalysisInput, variant: number, epochs: readonly EpochData[]): number => totalOf(input, variant, epochs).pairs

const momentsOf = (n: number, sum: number, squares: number): Moments =>
  n === 0 ? noMoments : { n, sumX: sum, sumY: n, sumXX: squares, sumXY: sum, sumYY: n }

/**
 * The epochs as if each pair were a unit of both arms: what an absolute limit looks at, which knows one variant alone. A unit
 * that both answered has one value of a metric each.
 */
export const pairedEpochs = (input: AnalysisInput, control: number, variant: number, epochs: readonly EpochData[]): EpochData[] => {
  const own = new Map((input.shadows ?? []).find((one) => one.variant === variant)?.epochs.map((one) => [one.epoch, one]))
  return epochs.map((epoch) => {
    const { pairs = 0, metrics = [] } = own.get(epoch.epoch) ?? {}
    const armOf = (side: 'A' | 'B') => ({
      units: pairs, reporting: pairs, outcomes: pairs,
      metrics: metrics.map((sums) => (sums === null ? noMoments : side === 'A' ? momentsOf(sums.n, sums.sumA, sums.sumAA) : momentsOf(sums.n, sums.sumB, sums.sumBB))),
    })
    return { ...epoch, arms: epoch.arms.map((arm, ordinal) => (ordinal === control ? armOf('A') : ordinal === variant ? armOf('B') : arm)) }
  })
}

/** Values are kept as their distance from a centre; a ratio needs them whole. */
const around = ({ n, sumA, sumB, sumAA, sumBB, ...rest }: PairSums, center: number): PairSums => {
  const whole = (sum: number, squares: number): number => squares + 2 * center * sum + n * center * center
  return { ...rest, n, sumA: sumA + n * center, sumB: sumB + n * center, sumAA: whole(sumA, sumAA), sumBB: whole(sumB, sumBB) }
}

const tuned = ({ alpha }: Level, units: number): Level => ({ alpha, rho: exactRho(Math.max(1, units / unitsPerPair), alpha, 1) })

/**
 * One metric of a candidate in the shadow against the control, by the differences within each unit. Guardrails
 * are judged, as anywhere; whatever would decide is only shown: nobody was served.
 */
export const compareShadow = (input: AnalysisInput, measured: Measured, control: number, variant: number, epochs: readonly EpochData[]): Contrast => {
  const { metric, plan, ordinal } = measured
  const total = totalOf(input, variant, epochs)
  const sums = total.of(ordinal)
  const { estimate, se, correlation, disagreement } = pairedContrast(sums)
  const levels = levelsOf(input, metric, ordinal)
  const [gain, harm] = [tuned(levels.gain, unitsOf(input, ordinal)), tuned(levels.harm, protectiveUnits)]
  const judged = metric.role === 'guardrail' && metric.margin !== undefined
  const at = estimate === null || se === null || !(se > 0) ? null : { estimate, se, n: sums.n }
  const up = plan.direction === 'increase'
  const difference = at === null ? { ...unknown, estimate: finite(estimate) } : interval(up ? drawn(at, gain, harm) : drawn(at, harm, gain))
  const margin = metric.margin ?? 0
  const { lower, upper } = gainOf(difference, plan.direction)
  const missing = sums.n < leastPairs ? [{ what: 'units' as const, arm: 'b' as const, current: sums.n, needed: leastPairs }] : []
  const verdict: Verdict = input.epochs.every(({ arms }) => (arms[control]?.units ?? 0) === 0) ? 'NO_TRAFFIC'
    : missing.length > 0 ? 'INSUFFICIENT'
      : upper !== null && upper < -margin ? 'FAIL'
        : lower !== null && lower > -margin ? 'PASS' : 'INCONCLUSIVE'
  const ratio = pairedRelative(around(sums, plan.center))
  const relative = ratio === null || !(ratio.se > 0) ? { ...unknown, estimate: finite(ratio?.estimate ?? null) }
    // of a negative control more is less
    : interval(up === (sums.sumA + sums.n * plan.center > 0) ? drawn({ ...ratio, n: sums.n }, gain, harm) : drawn({ ...ratio, n: sums.n }, harm, gain))
  const pValue = at === null ? null : oneSidedP(at, gain.rho, up ? 'greater' : 'less', up ? -margin : margin)
  return {
    comparison: {
      metric: metric.metric, role: metric.role, variant: keyOf(input, variant), control: keyOf(input, control),
      difference, relative, pValue: finite(pValue), significant: judged && verdict === 'PASS', verdict: judged || missing.length > 0 ? verdict : 'INCONCLUSIVE',
      evidence: { value: pValue === null ? null : finite(1 / Math.max(pValue, 1e-300)), needed: 1 / gain.alpha, decides: judged },
      paired: { pairs: sums.n, correlation: finite(correlation), disagreement: finite(disagreement), missing: total.missing },
    },
    variant, against: control, measured, missing, waiting: null, taken: null, warnings: [],
  }
}
