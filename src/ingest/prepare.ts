import { contributions, overflowing } from '../core/contributions.ts'
import { isWeighed } from '../core/contextual/stage.ts'
import type { MetricPlan } from '../core/metric-plan.ts'
import { isObserved, nothingObserved } from '../core/observed.ts'
import { sketchCodes } from '../core/quantiles.ts'
import type { AttributedOutcome, Exposure, OutcomeResult, Scopes } from '../deps.ts'
import { invalid, ServiceError } from '../errors.ts'
import type { ExposureRow, OutcomeRow, Verdict } from '../store/ingest/rows.ts'

/** An outcome ready to be stored, with the exposure that its token proves. */
export type Prepared = { row: OutcomeRow; exposure: ExposureRow; bytes: number }

export type Answer = OutcomeResult | ServiceError

const none: readonly number[] = []

/** What a row costs in memory besides its measures, roughly. */
const ROW_BYTES = 600

/** A reported exposure as a row; where nothing was drawn the chance was 1. */
export const exposureRow = (
  { scope, unit, epoch, variant, propensity, time, observed }: Exposure, rebuilt: boolean,
): ExposureRow => ({
  scope,
  unit,
  epoch,
  variant,
  propensity: propensity ?? 1,
  exposed: time,
  rebuilt,
  observed,
})

const tooLarge = ({ measure, key }: MetricPlan): ServiceError =>
  measure === null ? invalid('out_of_range', 'measures', `make a value of "${key}" that is too large to be summed`)
    : invalid('out_of_range', `measures.${measure}`, 'is too large to be summed')

/**
 * Compute what an outcome adds to its unit.
 *
 * @throws {ServiceError} out_of_range for a number so large that sums over it would mean nothing
 */
export const prepare = (outcome: AttributedOutcome, plans: readonly MetricPlan[]): Prepared => {
  const { assignment, key, digest, revision, at } = outcome
  const added = contributions(plans, outcome.measures)
  const plan = overflowing(plans, added)
  if (plan) throw tooLarge(plan)
  const measures = JSON.stringify(outcome.measures)
  const { scope, unit, variant } = assignment
  const experiment = assignment.watch ? -assignment.experiment : assignment.experiment
  const exposure = exposureRow(assignment, true)
  const observed = isObserved(plans)
  const weighed = isWeighed(plans)
  if (observed) exposure.observed = nothingObserved(plans)
  const codes = observed ? sketchCodes(plans, outcome.measures) : none
  return {
    row: { experiment, scope, key, digest, revision, unit, variant, at, measures, observed, weighed, codes, ...added },
    exposure,
    bytes: measures.length * 2 + ROW_BYTES,
  }
}

/**
 * The same with the plans of the outcome's scope.
 *
 * @throws {ServiceError} unknown_unit when its experiment was deleted
 */
export const prepareWith = async (scopes: Scopes, outcome: AttributedOutcome): Promise<Prepared> => {
  const { scope } = outcome.assignment
  const plans = scopes.known(scope) ?? (await scopes.load(scope))
  if (!plans) throw new ServiceError('unknown_unit', 'this experiment does not exist any more')
  return prepare(outcome, plans)
}

/** Prepare each, and answer all with what `store` answers those that could be. */
export const answerEach = async (
  scopes: Scopes,
  outcomes: readonly AttributedOutcome[],
  store: (items: Prepared[]) => Promise<Answer[]>,
): Promise<Answer[]> => {
  const prepared: (Prepared | ServiceError)[] = []
  for (const outcome of outcomes) {
    try {
      prepared.push(await prepareWith(scopes, outcome))
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      prepared.push(error)
    }
  }
  const stored = (await store(prepared.filter((item): item is Prepared => !(item instanceof ServiceError)))).values()
  return prepared.map((item) => (item instanceof ServiceError ? item : (stored.next().value as Answer)))
}

/** What the caller is told. */
export const answerOf = (verdict: Verdict): Answer =>
  verdict === 'absent' ? new ServiceError('unknown_unit', 'this unit was never exposed here') : verdict
