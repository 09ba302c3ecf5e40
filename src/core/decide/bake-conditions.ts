import type { Analysis, Condition } from '../analyze/analysis.ts'
import { healthCondition, splitCondition } from './conditions.ts'
import { freezeConditions, holdConditions } from './hold-conditions.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import type { Verdict } from '../analyze/report.ts'
import { count, plural } from '../describe/wording.ts'

/** Verdicts that say neither that there is harm nor that any could have been seen. */
const blind = new Set<Verdict>(['NO_TRAFFIC', 'NO_OUTCOME', 'ERROR'])

/**
 * What must hold before a bake ends well: enough units, in order, and no harm shown by those that report. Nothing has to
 * pass. A freeze window stops the end, which is a promotion, never the way back.
 */
export const bakeConditions = (analysis: Analysis): Condition[] => {
  const { report, input, guardrails, daily, windowed } = analysis
  const { unit } = input.experiment.definition
  const { units = 0, needed = 0 } = report.bake ?? {}
  return [
    ...holdConditions(analysis),
    { kind: 'bake', text: `${plural(unit, 2)} in the bake`, met: units >= needed, current: count(units), needed: count(needed) },
    ...freezeConditions(analysis),
    ...guardrails.map(({ contrast, verdict }): Condition => ({
      kind: 'guardrail', text: `${nameOf(contrast.measured.plan)} shows no harm`, met: verdict !== 'FAIL' && !blind.has(verdict),
      current: verdict === 'FAIL' ? 'harm' : blind.has(verdict) ? 'nothing reported' : 'none shown', needed: 'none shown',
    })),
    ...daily.filter(({ verdict }) => verdict === 'FAIL').map(({ contrast, day }): Condition => ({
      kind: 'guardrail', text: `${nameOf(contrast.measured.plan)} shows no harm on any day`, met: false, current: `harm on ${day}`, needed: 'none shown',
    })),
    ...windowed.filter(({ verdict }) => verdict === 'FAIL').map(({ contrast }): Condition => ({
      kind: 'guardrail', text: `${nameOf(contrast.measured.plan)} shows no harm in its last windows`, met: false, current: 'beyond its limit', needed: 'none shown',
    })),
    splitCondition(analysis),
    healthCondition(analysis),
  ]
}
