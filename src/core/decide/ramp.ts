import type { Analysis, Condition } from '../analyze/analysis.ts'
import { candidatesOf, healthCondition, lockConditionsOf, splitCondition } from './conditions.ts'
import type { Proposal } from './decision.ts'
import { openWords } from './evidence.ts'
import { freezeConditions, holdConditions } from './hold-conditions.ts'
import { harmsOf } from './kills.ts'
import { coverageAt, nextPosition, type Position, positionOf, positionWords } from './position.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { checkConditions, enteredNext } from './stage-checks.ts'
import { gateConditions, stepConditions } from './step-conditions.ts'
import { percent, plural } from '../describe/wording.ts'

/**
 * What must hold before the next step or stage; empty where none is left. Nothing has to pass: more of what shows no harm
 * is what finds it, and a promotion asks for the rest.
 */
export const rampConditions = (analysis: Analysis): Condition[] => {
  const { experiment } = analysis.input
  if (nextPosition(experiment.definition, positionOf(experiment)) === null) return []
  const racing = candidatesOf(analysis)
  const harmful = harmsOf(analysis).filter(({ ordinal }) => racing.includes(ordinal))
  const harm = [...new Set(harmful.map(({ contrast, variant }) => `${variant} on ${nameOf(contrast.measured.plan)}`))]
  return [
    ...racing.flatMap((arm) => lockConditionsOf(analysis, arm)),
    ...holdConditions(analysis),
    ...freezeConditions(analysis),
    ...stepConditions(analysis),
    { kind: 'guardrail', text: 'no guardrail shows harm', met: harm.length === 0, current: harm.length === 0 ? 'none' : harm.join(', '), needed: 'none' },
    splitCondition(analysis),
    healthCondition(analysis),
    ...gateConditions(experiment),
    ...checkConditions(analysis.input, enteredNext(experiment)),
  ]
}

/** "25 % of the users take part": what a position gives. */
export const givenAt = ({ input: { experiment: { definition } } }: Analysis, position: Position): string =>
  `${percent(coverageAt(definition, position))} of the ${plural(definition.unit, 2)} take part`

/** The next step or stage, once its conditions hold. */
export const ramps = (analysis: Analysis): Proposal[] => {
  const { experiment } = analysis.input
  const { definition } = experiment
  const [here, next] = [positionOf(experiment), nextPosition(definition, positionOf(experiment))]
  const conditions = rampConditions(analysis)
  if (next === null || !conditions.every(({ met }) => met)) return []
  return [{
    action: 'ramp', variant: null, rule: next.stage === here.stage ? 'next-step' : 'next-stage', allowed: definition.policy.mode === 'auto',
    reason: `On to ${positionWords(definition, next)}, where ${givenAt(analysis, next)}: ${conditions.filter(({ kind }) => kind === 'dwell' || kind === 'step-units')
      .map(({ text, current }) => `${text}: ${current}`).join('; ')}.`,
    evidence: {
      digest: analysis.digest, scope: experiment.scope, asOf: analysis.report.asOf, position: here, conditions,
      guardrails: analysis.report.guardrails, sampleRatio: analysis.report.sampleRatio,
    },
  }]
}

/** A step that everything but a gate, a check, a lock or a freeze window speaks for: it waits, and the ledger says for what. */
export const rampsHeld = (analysis: Analysis): (Proposal & { why: string })[] => {
  const { experiment } = analysis.input
  const here = positionOf(experiment)
  const open = rampConditions(analysis).filter(({ met }) => !met)
  const [first] = open
  const told = new Set<Condition['kind']>(['gate', 'check', 'lock', 'freeze'])
  if (!first || !open.every(({ kind }) => told.has(kind))) return []
  return [{
    action: 'ramp', variant: null, rule: 'conditions', allowed: false, why: `${first.kind}:${here.stage}.${here.step}`,
    reason: `It stays at ${positionWords(experiment.definition, here)}: ${open.map(openWords).join('; ')}.`,
    evidence: { digest: analysis.digest, asOf: analysis.report.asOf, position: here, conditions: open },
  }]
}
