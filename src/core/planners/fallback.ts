import { firstHealthy, noStandInWords, standInOf } from '../breaker/stand-in.ts'
import type { StandIn, VariantState } from '../define/experiment-state.ts'
import { conflict, type Planner } from './planner.ts'
import { reallocated, turnBreakers } from './traffic.ts'

/** Out of service, and looked at by no breaker, until a person lets it back in. */
const takenOut = ({ breaker, ...variant }: VariantState, standIn: StandIn, since: string, epoch: number): VariantState => ({
  ...variant, status: 'quarantined',
  breaker: { state: 'open', since, opened: breaker?.opened ?? [], series: breaker?.series ?? 1, from: epoch, probes: 0, standIn },
})

/**
 * The control stops serving, and the first healthy version stands in for it; units keep their variant. What the engine did by
 * itself ends when the control is well; by a person's word it lasts until a person lets the control back in, for they may see
 * harm that no metric shows.
 */
export const fallback: Planner = (experiment, wish, context) => {
  if (wish.variants) return turnBreakers(experiment, wish, context)
  const { definition, model, variants, epoch } = experiment
  const control = variants.find((one) => one.control)
  if (!control || !context.standIns) return conflict('fallback: there is nothing that could stand in')
  const { key, version: own } = control
  if (wish.variant && wish.variant !== key) {
    return { refused: 'invalid_definition', path: 'variant', message: `fallback is for the control, "${key}"; disable and kill take others out` }
  }
  const present = standInOf(variants)
  if (present?.manual) {
    return conflict(`fallback: version ${present.version} stands in for "${key}" already, by a person's word; enable with the variant "${key}" ends it`)
  }
  const since = context.standIns.now.toISOString()
  const version = present?.version ?? firstHealthy(context.standIns.versions, variants, [own])
  if (version === null) {
    const named = definition.fallbacks ?? context.fallbacks ?? []
    return conflict(`fallback: ${noStandInWords(key, model, { named, own: definition.fallbacks !== undefined })}`)
  }
  const standIn: StandIn = { ...(present ?? { version, since, failed: [] }), manual: true }
  const after = variants.map((one) => (one === control ? takenOut(one, standIn, since, epoch + 1) : one))
  const told = { fallback: { from: own, to: version }, considered: context.standIns.versions }
  return { ...reallocated(experiment, after, 'same'), variant: key, told }
}
