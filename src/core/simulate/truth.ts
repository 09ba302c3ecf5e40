import type { Decision } from '../decide/decision.ts'
import type { CreateExperiment, MetricDefinition } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { SimulationRequest } from './request.ts'

// What nobody knows outside a simulation.

/** One experiment of a request, ready to be run many times. */
export type Design = {
  definition: CreateExperiment
  metrics: ReadonlyMap<string, MetricDefinition>
  request: SimulationRequest
}

/** Are the effects on a metric there already, so long after the start? */
export const isThere = ({ request }: Pick<Design, 'request'>, metric: string, ageMs: number): boolean =>
  ageMs >= requireDurationMs(request.truth[metric]?.from ?? 'PT0S')

/** True values by metric key and variant ordinal. @param ageMs since the start; when all effects are there, unless told */
export const truthsOf = (design: Pick<Design, 'definition' | 'request'>, ageMs = Infinity): Map<string, number[]> =>
  new Map(
    design.definition.metrics.map(({ metric }) => {
      const truth = design.request.truth[metric]
      const there = isThere(design, metric, ageMs)
      return [metric, design.definition.variants.map(({ key }) => (truth?.baseline ?? 0) + (there ? (truth?.effects[key] ?? 0) : 0))]
    }),
  )

/** How much better `arm` truly is than `against`; negative when it is worse. */
export const trueGain = (design: Design, metric: string, arm: number, against: number, ageMs?: number): number => {
  const truth = truthsOf(design, ageMs).get(metric) ?? []
  const difference = (truth[arm] ?? 0) - (truth[against] ?? 0)
  return design.metrics.get(metric)?.direction === 'decrease' ? -difference : difference
}

/** How many more of all units a variant may leave silent than the control. */
const tolerated = 0.02

/** Does a variant truly harm beyond what its guardrails allow? Exactly at the margin it does not. */
const harms = (design: Design, arm: number, control: number, ageMs: number): boolean => {
  const silentOf = (of: number): number => design.request.silence?.[design.definition.variants[of]?.key ?? ''] ?? 0
  return silentOf(arm) - silentOf(control) > tolerated || design.definition.metrics.some((one) => {
    if (one.role !== 'guardrail') return false
    const truth = truthsOf(design, ageMs).get(one.metric) ?? []
    const decreases = design.metrics.get(one.metric)?.direction === 'decrease'
    if (one.limit !== undefined) return decreases ? (truth[arm] ?? 0) > one.limit : (truth[arm] ?? 0) < one.limit
    const margin = one.margin ?? (one.relativeMargin ?? 0) * Math.abs(truth[control] ?? 0)
    return -trueGain(design, one.metric, arm, control, ageMs) > margin * (1 + 1e-9)
  })
}

/** Is a variant truly worse than some other, beyond what the decision metric allows? */
const loses = (design: Design, arm: number, ageMs: number): boolean =>
  design.definition.metrics.some(
    ({ metric, role, margin = 0 }) =>
      role === 'decision' && design.definition.variants.some((_, other) => -trueGain(design, metric, arm, other, ageMs) > margin * (1 + 1e-9)),
  )

/** Was what was decided a mistake, by what is true? @param ageMs of the experiment */
export const isWrong = (design: Design, { action, variant }: Decision, control: number, ageMs: number): boolean => {
  const { definition } = design
  const arm = definition.variants.findIndex(({ key }) => key === variant)
  const stopped = variant === null ? definition.variants.flatMap((_, one) => (one === control ? [] : [one])) : [arm]
  if (action === 'promote') {
    const least = (margin: number | undefined): number => (definition.policy.goal === 'non-inferior' ? -(margin ?? 0) : 0)
    const better = definition.metrics.every(
      ({ metric, role, margin }) => role !== 'decision' || trueGain(design, metric, arm, control, ageMs) > least(margin),
    )
    return !better || harms(design, arm, control, ageMs)
  }
  const goesOn = action === 'roll-through' ? definition.policy.next : undefined
  if (action === 'kill' || action === 'rollback' || action === 'roll-through') {
    return stopped.some((one) => definition.variants[one]?.key !== goesOn && !harms(design, one, control, ageMs) && !loses(design, one, ageMs))
  }
  return false
}
