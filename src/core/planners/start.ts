import { priorsFrom } from '../adaptive/priors.ts'
import { isBandit } from '../define/bandit-stage.ts'
import type { ExperimentDefinition, Frozen } from '../define/definitions.ts'
import { freeze } from '../define/freeze.ts'
import { firstPosition } from '../decide/position.ts'
import { servedIn } from '../decide/stage-checks.ts'
import { trafficOf } from '../analyze/weights.ts'
import type { Context, Refusal } from '../decide/wish.ts'
import { type Planner, refuseLocked, refuseUnready } from './planner.ts'

/** What the bandit of a definition starts from; null when it starts from nothing. */
const takenOver = (definition: ExperimentDefinition, { earlier }: Context): NonNullable<Frozen['priors']> | Refusal | null => {
  const at = definition.stages.findIndex(isBandit)
  const stage = definition.stages[at]
  if (!isBandit(stage) || !stage.priors) return null
  const { from, discount } = stage.priors
  const path = `stages[${at}].priors.from`
  if (!earlier) return { refused: 'invalid_definition', path, message: `there is no experiment "${from}"` }
  const priors = priorsFrom(earlier, definition, discount)
  return typeof priors === 'string' ? { refused: 'invalid_definition', path, message: priors } : priors
}

export const start: Planner = (experiment, wish, context) => {
  const { definition, variants } = experiment
  const { champion, metrics } = context
  const control = variants.find((variant) => variant.control)
  const locked = champion === null ? refuseLocked(wish, control?.version, context) : null
  if (locked) return locked
  const unready = refuseUnready(experiment, wish, context, variants.map(({ key }) => key), [servedIn(experiment, firstPosition.stage)])
  if (unready) return unready
  const priors = takenOver(definition, context)
  if (priors && 'refused' in priors) return priors
  const { frozen, ...plans } = freeze(definition, metrics)
  return {
    state: 'running',
    frozen: priors ? { ...frozen, priors } : frozen,
    ...plans,
    position: firstPosition,
    next: { cause: 'action', scope: 'new', ...trafficOf(definition, firstPosition, variants) },
    ...(definition.metrics.some(({ role }) => role === 'guardrail') ? {} : { told: { unguarded: true } }),
    ...(champion === null && control ? { champion: control.version, championBefore: null } : {}),
  }
}
