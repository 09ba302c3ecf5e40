import type { Analysis } from '../analyze/analysis.ts'
import { bakeOf, championChanged } from '../analyze/bake.ts'
import type { Proposal } from './decision.ts'
import { evidenceFor, openWords } from './evidence.ts'
import { harmEvidence, harmsOf, harmWords } from './kills.ts'
import { count, plural } from '../describe/wording.ts'

/**
 * What is to be done in a bake: back to the former champion when a guardrail shows harm, whatever the policy does with
 * harm elsewhere; an end when enough units came without. Losers are nobody's concern any more: the decision has been made.
 */
export const bakeProposals = (analysis: Analysis): Proposal[] => {
  const { input, report } = analysis
  const { variants, definition } = input.experiment
  const { mode, autoKill } = definition.policy
  const arms = bakeOf(input.experiment)
  const winner = arms && variants[arms.winner]
  if (!arms || !winner) return []
  const variant = winner.key
  const evidence = { ...evidenceFor(analysis, arms.winner), conditions: analysis.conditions }
  if (input.champion !== undefined && input.champion !== winner.version) {
    return [{
      action: 'rollback', variant, rule: championChanged, allowed: mode === 'auto', evidence: { ...evidence, champion: input.champion },
      reason: `Somebody made ${input.champion ?? 'no version'} champion instead of ${winner.version}: there is nothing left to bake.`,
    }]
  }
  const harmful = harmsOf(analysis)
  const [first] = harmful
  if (first) {
    const told = { ...evidence, ...harmEvidence(analysis, first), conditions: analysis.conditions }
    return [{ action: 'rollback', variant, rule: 'bake-harm', allowed: mode === 'auto' && autoKill, evidence: told, reason: harmful.map(harmWords).join(' ') }]
  }
  if (!analysis.conditions.every(({ met }) => met)) return []
  const { units = 0 } = report.bake ?? {}
  return [{
    action: 'promote', variant, rule: 'bake-over', allowed: mode === 'auto', evidence,
    reason: `${count(units)} ${plural(definition.unit, units)} came without harm.`,
  }]
}

/** A bake that has its units, but cannot end because its data is not in order or nothing is reported. */
export const bakeHeld = (analysis: Analysis): (Proposal & { why: string })[] => {
  const open = analysis.conditions.filter(({ met }) => !met)
  const [first] = open
  if (!first || first.kind === 'bake' || harmsOf(analysis).length > 0) return []
  return [{
    action: 'promote', variant: analysis.input.experiment.winner, rule: 'conditions', allowed: false, why: first.kind,
    reason: `The bake goes on: ${open.map(openWords).join('; ')}.`,
    evidence: { digest: analysis.digest, conditions: analysis.conditions, bake: analysis.report.bake },
  }]
}
