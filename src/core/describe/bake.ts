import type { Analysis } from '../analyze/analysis.ts'
import { fallbackView } from '../breaker/view.ts'
import { scaleOf } from '../decide/conditions.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { count, decimal, digitsFor, percent, plural, relativeScale } from './wording.ts'

const unitWords = ({ input }: Analysis, units: number): string => `${count(units)} ${plural(input.experiment.definition.unit, units)}`

/** "slow worse by 3.1 per 100, cost worse by 4 %": what the bake finds; null while nothing is known. */
const found = ({ report, guardrails }: Analysis): string | null => {
  const words = (report.bake?.detectable ?? []).flatMap(({ metric, harm }) => {
    const guardrail = guardrails.find((one) => one.metric === metric)
    if (harm === null || !guardrail) return []
    const scale = guardrail.by === 'relativeMargin' ? relativeScale : scaleOf(guardrail.contrast)
    return [`${nameOf(guardrail.contrast.measured.plan)} worse by ${decimal(harm * scale.factor, digitsFor(harm * scale.factor))}${scale.words}`]
  })
  return words.length === 0 ? null : words.join(', ')
}

/** What a bake of this size finds, and so what it may miss. */
export const detectableWords = (analysis: Analysis): string => {
  const { bake } = analysis.report
  if (!bake) return ''
  const size = `${unitWords(analysis, bake.needed)}, ${percent(bake.keep)} of them on ${bake.control},`
  const words = found(analysis)
  if (words !== null) return `${size} find this harm four times out of five: ${words}. Smaller harm may stay unseen.`
  return analysis.guardrails.length === 0 ? 'There is no guardrail that could show harm.' : `How small a harm ${size} find is not known yet.`
}

/** What serves instead of a winner whose breaker is not closed; null while it serves. */
const quarantined = ({ input: { experiment: { variants } } }: Analysis, winner: string | null): string | null => {
  const out = variants.some(({ key, status }) => key === winner && status === 'quarantined')
  return out ? (fallbackView(variants)?.version ?? variants.find(({ control }) => control)?.key ?? null) : null
}

/** The headline of a bake, and of a promotion that was baked; null elsewhere. */
export const bakeHeadline = (analysis: Analysis): string | null => {
  const { state, scopeKind } = analysis.input.experiment
  const { bake } = analysis.report
  if (scopeKind !== 'bake' || !bake) return null
  const out = quarantined(analysis, bake.variant)
  if (state === 'baking' && out) return `${bake.variant} is quarantined: ${out} serves instead.`
  if (state === 'baking') return `${bake.variant} serves ${percent(1 - bake.keep)} since its promotion: no harm shown so far.`
  return state !== 'promoted' ? null
    : bake.units >= bake.needed ? `${bake.variant} was promoted, and ${unitWords(analysis, bake.units)} since then showed no harm.`
      : `${bake.variant} was promoted; its bake ended early, after ${unitWords(analysis, bake.units)}.`
}

/** What ends the bake. */
export const bakeNext = (analysis: Analysis): string => {
  const { bake } = analysis.report
  const { policy } = analysis.input.experiment.definition
  if (!bake) return ''
  const [end, back] = [policy.mode === 'auto', policy.mode === 'auto' && policy.autoKill]
  const after = bake.units >= bake.needed ? 'The bake has its units.' : `The bake ends after ${unitWords(analysis, bake.needed - bake.units)} more.`
  return `${after} ${end ? `Then everyone gets ${bake.variant}` : 'A person decides when it ends'}; harm ${back ? 'brings' : 'calls for a person to bring'} ${bake.control} back.`
}
