import type { Analysis, Condition } from '../analyze/analysis.ts'
import type { Contrast } from '../analyze/compare.ts'
import { conditionsOf, controlOf, scaleOf } from './conditions.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { bound, digitsOf } from '../describe/wording.ts'

/** The first decision metric of a variant against the control. */
export const decisionOf = ({ contrasts }: Analysis, arm: number): Contrast | undefined =>
  contrasts.find(({ variant, measured }) => variant === arm && measured.metric.role === 'decision')

/** What a comparison says, for the reason of an entry. */
export const sentence = (contrast: Contrast): string => {
  const { comparison, measured: { plan } } = contrast
  const { variant, control, difference } = comparison
  const { lower, upper } = difference
  const better = (comparison.verdict === 'PASS') === (plan.direction === 'increase') ? 'higher' : 'lower'
  const scale = scaleOf(contrast)
  const end = (value: number | null, without: string): string =>
    value === null ? without : bound(value * scale.factor, digitsOf(difference, scale), true)
  const range = `the difference is plausibly between ${end(lower, 'anything less')} and ${end(upper, 'anything more')}${scale.words}`
  return `${variant} is ${better} than ${control} on ${nameOf(plan)}: ${range}.`
}

/** Everything a rule looked at, so that the entry can be judged without the data. */
export const evidenceFor = (analysis: Analysis, arm: number): Record<string, unknown> => ({
  digest: analysis.digest,
  scope: analysis.input.experiment.scope,
  asOf: analysis.report.asOf,
  units: { variant: analysis.matured[arm] ?? 0, control: analysis.matured[controlOf(analysis)] ?? 0 },
  comparisons: analysis.contrasts.filter(({ variant }) => variant === arm).map(({ comparison }) => comparison),
  guardrails: analysis.report.guardrails.filter(
    ({ variant }) => variant === analysis.input.experiment.variants[arm]?.key,
  ),
  sampleRatio: analysis.report.sampleRatio,
  conditions: conditionsOf(analysis, arm),
  ...(analysis.report.bake && { bake: analysis.report.bake }),
})

/** What a condition still needs. */
export const openWords = ({ text, current, needed }: Condition): string => `${text} (now ${current}, needed ${needed})`
