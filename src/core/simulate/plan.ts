import type { Violation } from '../../errors.ts'
import type { CreateExperiment, MetricDefinition } from '../define/definitions.ts'
import { contextOf } from '../contextual/stage.ts'
import { earlierOf, isBandit } from '../define/bandit-stage.ts'
import { requireDurationMs } from '../define/duration.ts'
import { isShare } from '../define/metric-nature.ts'
import { planOf } from '../analyze/metric-plan.ts'
import { plannedBake, stepsOf } from '../decide/position.ts'
import type { SimulationRequest } from './request.ts'

const dayMs = 86_400_000
/** A run looks at most so often: sequences do not care, and a look costs far more than a unit. */
const mostLooks = 250
/** Values that may be drawn in all runs: some minutes of one core. */
const mostDraws = 2e9
const mostAnalyses = 4e7

/** How a request is simulated, and what it costs. */
export type SimulationPlan = { lookMs: number; looks: number; units: number; draws: number }

/**
 * Looks at every tenth of an epoch, but no more than 250 in a run: an always-valid sequence errs no more often when it
 * is looked at more often.
 */
export const simulationPlan = (definition: CreateExperiment, { traffic, runs, truth }: SimulationRequest): SimulationPlan => {
  const durationMs = requireDurationMs(definition.policy.maxDuration)
  const lookMs = Math.max(durationMs / mostLooks, Math.min(durationMs, requireDurationMs(definition.epochLength) / 10))
  const units = (traffic.unitsPerDay * durationMs) / dayMs
  const came = units * (1 + traffic.returning)
  const perUnit = definition.metrics.reduce((sum, { metric }) => sum + (truth[metric]?.outcomesPerUnit ?? 1), 0)
  return { lookMs, looks: Math.ceil(durationMs / lookMs), units, draws: runs * came * Math.max(1, perUnit) }
}

/** What keeps a request from being simulated; empty when it can be. */
export const checkSimulation = (
  definition: CreateExperiment,
  metrics: ReadonlyMap<string, MetricDefinition>,
  request: SimulationRequest,
): Violation[] => {
  const violations: Violation[] = []
  const report = (path: string, message: string): void => void violations.push({ path, message })
  const variants = definition.variants.map(({ key }) => key)
  const control = definition.variants.find((variant) => variant.control)?.key

  for (const [index, { metric, covariate }] of definition.metrics.entries()) {
    const truth = request.truth[metric]
    const known = metrics.get(metric)
    if (!known) continue
    if (known.kind === 'quantile') {
      report(`experiment.metrics[${index}].metric`, `"${metric}" is a quantile, which is not simulated, since a mean and a spread do not tell its tail: take a share beyond a threshold`)
      continue
    }
    if (covariate) report(`experiment.metrics[${index}].covariate`, 'is not simulated, since nothing is told of what it explains: leave it out')
    if (!truth) {
      report(`truth.${metric}`, 'is missing: what is the baseline of this metric, and what are the effects of the variants?')
      continue
    }
    const share = isShare(planOf(known))
    if (share && !(truth.baseline > 0 && truth.baseline < 1)) report(`truth.${metric}.baseline`, `must lie in (0, 1) for a share, is ${truth.baseline}`)
    if (!share && truth.spread === undefined) report(`truth.${metric}.spread`, 'is needed: the standard deviation of one outcome')
    for (const [variant, effect] of Object.entries(truth.effects)) {
      const at = `truth.${metric}.effects.${variant}`
      if (!variants.includes(variant)) report(at, `there is no variant "${variant}"`)
      else if (variant === control) report(at, 'is the control, which effects are told against')
      else if (share && !(truth.baseline + effect >= 0 && truth.baseline + effect <= 1)) report(at, `makes the share ${truth.baseline + effect}, outside [0, 1]`)
    }
  }
  for (const metric of Object.keys(request.truth)) {
    if (!definition.metrics.some((one) => one.metric === metric)) report(`truth.${metric}`, 'the experiment has no such metric')
  }
  for (const variant of Object.keys(request.silence ?? {})) {
    if (!variants.includes(variant)) report(`silence.${variant}`, `there is no variant "${variant}"`)
  }
  if (contextOf(definition)) report('experiment.stages', 'are contextual, which is not simulated: no attributes are drawn')
  if (earlierOf(definition) !== null) report('experiment.stages', 'take over what was learnt earlier, which is not simulated: leave `priors` out')
  definition.stages.forEach((stage, at) => {
    if (stage.allocation === 'shadow') report(`experiment.stages[${at}].allocation`, 'is not simulated, since nothing is told of how a unit\u2019s two answers go together: leave it out')
    if (stage.allocation === 'switch' && stage.gate !== null) report(`experiment.stages[${at}].gate`, 'waits for a person, who is not simulated: leave it out')
    stepsOf(stage).forEach(({ gate, audience }, step) => {
      const path = `experiment.stages[${at}].steps[${step}]`
      if (gate !== null) report(`${path}.gate`, 'waits for a person, who is not simulated: leave it out')
      if (audience !== null) report(`${path}.audience`, 'is not simulated, since no attributes are drawn: let the coverage grow instead')
    })
  })
  const planned = simulationPlan(definition, request)
  const { looks, units } = planned
  // a bake may last as long again
  const times = plannedBake(definition) ? 2 : 1
  const draws = times * planned.draws
  const each = times * request.runs * looks * variants.length * variants.length * Math.max(1, definition.metrics.length)
  // epochs whose weights moved do not merge: each look goes over all that were before it
  const analyses = definition.stages.some(isBandit) ? (each * Math.max(20, looks)) / 20 : each
  if (draws > mostDraws) {
    report('runs', `${request.runs} runs of ${Math.round(units).toLocaleString('en')} units draw ${draws.toExponential(1)} values, at most ${mostDraws.toExponential(0)} can be finished: lower runs, traffic.unitsPerDay or policy.maxDuration`)
  } else if (analyses > mostAnalyses) {
    report('runs', `${request.runs} runs compare too much, ${analyses.toExponential(1)} times of at most ${mostAnalyses.toExponential(0)}: lower runs`)
  }
  return violations
}
