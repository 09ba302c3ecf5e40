import { marginInterval, marginLogE, perUnitMoments } from '../../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import { blocksOf } from './binary.ts'
import { type Contrast, keyOf } from './compare.ts'
import type { ExperimentMetric } from '../define/definitions.ts'
import { type DailyGuardrail, isOwnDay } from './generation-tests.ts'
import { dayAt, dayName } from './generations.ts'
import type { Guardrail } from './guardrails.ts'
import { interval, unknown } from './intervals.ts'
import { levelsOf } from './levels.ts'
import { betOnHarm, told } from '../methods/margin-bet.ts'
import type { MetricPlan } from './metric-plan.ts'
import { type Pool, poolsOf } from './pools.ts'
import type { Verdict } from './report.ts'
import { completenessKey, reportableEpochs, silentAfterMs } from '../define/reporting.ts'
import { isPipelineSilent } from './silence.ts'
import { span } from '../describe/wording.ts'

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

const silenceMetric = ({ experiment: { frozen } }: AnalysisInput): ExperimentMetric =>
  ({ metric: completenessKey, role: 'guardrail', margin: frozen?.completeness?.margin ?? 0 })

/** What the bet says of the silence of each variant in these pools, at these levels. */
const silenceOf = (
  input: AnalysisInput, pools: ReturnType<typeof silenceIn>[], control: number, tested: readonly number[], { harm: fails, gain: passes }: ReturnType<typeof levelsOf>,
): Guardrail[] => {
  const metric = silenceMetric(input)
  const { margin = 0 } = metric
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
      missing: [], waiting: `who is silent is known ${span(silentAfterMs(input.experiment))} after the end of an epoch`, taken: null, warnings: [],
    }
    return { metric: completenessKey, variant: keyOf(input, arm), ordinal: arm, verdict, harm, margin, by: 'margin', contrast }
  })
}

/**
 * Does a variant leave more of its units without a report than the control does? A model that crashes reports nothing,
 * and its silence must count against it; a report after `reportBy` comes too late to be one. Only epochs count whose units have all had their time; the margin bet judges
 * (exact at any look, under drift and any weights). Where all fall silent nobody is to blame: NO_OUTCOME, which holds.
 */
export const completenessGuardrails = (input: AnalysisInput, control: number, tested: readonly number[]): Guardrail[] =>
  input.experiment.frozen?.completeness
    ? silenceOf(input, poolsOf(reportableEpochs(input)).map(silenceIn), control, tested, levelsOf(input, silenceMetric(input), -1))
    : []

/** Days that are judged at a time: the last two of which all units of an epoch have had their time. */
const judgedDays = 2

/**
 * The same of those who came new on one day, each day a test of its own: a variant that falls silent late is found among
 * them, where the many who reported before outweigh them in the scope. Whoever comes again is not looked at: who was
 * assigned late in a day may report on the next.
 *
 * @returns nothing where scopes were not counted, as when that was decided by
 */
export const completenessDays = (input: AnalysisInput, control: number, tested: readonly number[]): DailyGuardrail[] => {
  const { frozen, reopened = null } = input.experiment
  if (!frozen?.completeness || reopened === null) return []
  const byDay = Map.groupBy(reportableEpochs(input), ({ startedAt }) => dayAt(startedAt.getTime()))
  return [...byDay].filter(([day]) => isOwnDay(input, day)).slice(-judgedDays).flatMap(([day, epochs]) =>
    silenceOf(input, poolsOf(epochs).map(silenceIn), control, tested, levelsOf(input, silenceMetric(input), -1, day))
      .map((one) => ({ ...one, day: dayName(day) })))
}
