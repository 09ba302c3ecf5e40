import type { Analysis, Condition } from '../analyze/analysis.ts'
import { candidatesOf, healthCondition, lockConditionsOf } from './conditions.ts'
import type { Proposal } from './decision.ts'
import { drillConditions } from '../drills/standing.ts'
import { openWords } from './evidence.ts'
import { freezeConditions, holdConditions } from './hold-conditions.ts'
import { gateConditions } from './step-conditions.ts'

/**
 * What must hold before everybody is switched over: nothing is compared before that, so nothing has to be proven; the
 * bake finds what it finds. Whom to switch to must be beyond question.
 */
export const switchConditions = (analysis: Analysis): Condition[] => {
  const candidates = candidatesOf(analysis)
  return [
    ...candidates.flatMap((arm) => lockConditionsOf(analysis, arm)),
    ...holdConditions(analysis),
    ...freezeConditions(analysis),
    ...drillConditions(analysis.input),
    { kind: 'candidate', text: 'one candidate is left to switch to', met: candidates.length === 1, current: String(candidates.length), needed: '1, or a person promotes one' },
    ...gateConditions(analysis.input.experiment),
    healthCondition(analysis),
  ]
}

const evidenceOf = (analysis: Analysis, conditions: Condition[]): Proposal['evidence'] =>
  ({ digest: analysis.digest, scope: analysis.input.experiment.scope, asOf: analysis.report.asOf, conditions, ...(analysis.report.bake && { bake: analysis.report.bake }) })

/** Everybody is switched over, and the bake begins. */
export const switches = (analysis: Analysis): Proposal[] => {
  const { definition, variants } = analysis.input.experiment
  const conditions = switchConditions(analysis)
  const [arm] = candidatesOf(analysis)
  if (arm === undefined || !conditions.every(({ met }) => met)) return []
  const gate = conditions.find(({ kind }) => kind === 'gate')
  return [{
    action: 'promote', variant: variants[arm]?.key ?? null, rule: 'switch',
    reason: `${gate ? 'The gate was approved' : 'Nothing stands against it'}: everybody is switched over, and the bake begins.`,
    allowed: definition.policy.mode === 'auto' && definition.policy.autoPromote,
    evidence: evidenceOf(analysis, conditions),
  }]
}

/** What the switch waits for, once for each first reason. */
export const switchesHeld = (analysis: Analysis): (Proposal & { why: string })[] => {
  const conditions = switchConditions(analysis)
  const open = conditions.filter(({ met }) => !met)
  const [first] = open
  if (!first) return []
  return [{
    action: 'promote', variant: null, rule: 'conditions', allowed: false, why: first.kind,
    reason: `The switch waits: ${open.map(openWords).join('; ')}.`, evidence: evidenceOf(analysis, conditions),
  }]
}
