import { marginInterval, marginLogE, perUnitMoments } from '../../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import { blocksOf } from './binary.ts'
import { type Contrast, keyOf } from './compare.ts'
import type { ExperimentMetric } from '../define/definitions.ts'
import type { Guardrail } from './guardrails.ts'
import { interval, unknown } from './intervals.ts'
import { levelsOf } from './levels.ts'
import { betOnHarm, told } from '../methods/margin-bet.ts'
import type { MetricPlan } from './metric-plan.ts'
import { type Pool, poolsOf } from './pools.ts'
import type { Verdict } from './report.ts'
import { completenessKey, reportableEpochs } from '../define/reporting.ts'
import { isPipelineSilent } from './silence.ts'

const plan: MetricPlan = {
  key: completenessKey, name: 'silence', kind: 'conversion', measure: completenessKey, direction: 'decrease',
  denominator: null, threshold: null, cap: null, center: 0, min: null, max: null,
}

/** A pool whose one metric is that a unit reported nothing in time: with equal weights the bet is on the sums. */
const silenceIn = ({ weights, arms }: Pool) => ({
  weights,
  arms: arms.map(({ units, reporting, timely = reporting }) => {
    const silent = Math.max(0, units - timely)
    return { metrics: [perUnitMoments(units, silent, silent)] }
  }),
})

/**
 * Does a variant leave more of its units without a report than the control does? A model that crashes reports nothing,
 * and its silence must count against it; a report after `reportBy` comes too late to be one. Only epochs count whose units have all had their time; the margin bet judges
 * (exact at any look, under drift and any weights). Where all fall silent nobody is to blame: NO_OUTCOME, which holds.
 */
export const completenessGuardrails = (input: AnalysisInput, control: number, tested: readonly number[]): Guardrail[] => {
  const frozen = input.experiment.frozen?.completeness
  if (!frozen) return []
  const { margin, reportBy } = frozen
  const metric: ExperimentMetric = { metric: completenessKey, role: 'guardrail', margin }
  const { harm: fails, gain: passes } = levelsOf(input, metric, -1)
  const pools = poolsOf(reportableEpochs(input)).map(silenceIn)
  const silent = isPipelineSilent(input)
  return tested.map((arm) => {
    const blocks = blocksOf(pools, plan, 0, control, arm) ?? []
    const bet = betOnHarm(blocks, 'decrease')
    const harm = blocks.length === 0 ? unknown : told(interval(marginInterval(bet, { lower: fails.alpha, upper: passes.alpha })))
    const logPass = marginLogE(bet, margin, 'pass')
    const judged = (): Verdict => {
      if (blocks.length === 0) return 'INSUFFICIENT'
      if (silent) return 'NO_OUTCOME'
      if (marginLogE(bet, margin, 'fail') >= -Math.log(fails.alpha)) return 'FAIL'
      return logPass >= -Math.log(passes.alpha) ? 'PASS' : 'INCONCLUSIVE'
    }
    const verdict = judged()
    const contrast: Contrast = {
      comparison: {
        metric: completenessKey, role: 'guardrail', variant: keyOf(input, arm), control: keyOf(input, control),
        difference: harm, relative: unknown, pValue: null, significant: verdict === 'PASS', verdict,
        evidence: { value: null, needed: 1 / passes.alpha, decides: true },
      },
      variant: arm, against: control, measured: { metric, plan, ordinal: 0 },
      missing: [], waiting: `units have until ${reportBy} after their exposure to report`, taken: null, warnings: [],
    }
    return { metric: completenessKey, variant: keyOf(input, arm), ordinal: arm, verdict, harm, margin, by: 'margin', contrast }
  })
}
