import { contributions, overflowing } from '../core/analyze/contributions.ts'
import { isWeighed } from '../core/contextual/stage.ts'
import { dayAt, type Generation, generationEpoch, generationUnit } from '../core/analyze/generations.ts'
import type { MetricPlan } from '../core/analyze/metric-plan.ts'
import { isObserved, nothingObserved } from '../core/analyze/observed.ts'
import { sketchCodes } from '../core/analyze/quantiles.ts'
import type { AttributedOutcome, Exposure, OutcomeResult, Scopes } from '../deps.ts'
import { invalid, ServiceError } from '../errors.ts'
import type { ExposureRow, OutcomeRow, Verdict } from '../store/ingest/rows.ts'

/** An outcome ready to be stored, with the exposure that its token proves. */
export type Prepared = { row: OutcomeRow; exposure: ExposureRow; bytes: number }

export type Answer = OutcomeResult | ServiceError

const none: readonly number[] = []

/** What a row costs in memory besides its measures, roughly. */
const ROW_BYTES = 600

/** The unit enters the generation of its day anew, while that day lasts. */
const onItsDay = ({ unit, epoch, time, generation }: Exposure, today: number): ExposureRow['generation'] => {
  const day = dayAt(time)
  if (!generation || day < today) return undefined
  const { scope, strata } = generation
  const at = generationEpoch(day, strata === null ? 0 : epoch)
  return { scope, unit: generationUnit(unit, day), epoch: at, first: strata === 'exposed' }
}

/**
 * A reported exposure as a row; where nothing was drawn the chance was 1.
 *
 * @param now milliseconds since 1970
 */
export const exposureRow = (exposure: Exposure, rebuilt: boolean, now: number): ExposureRow => {
  const { scope, unit, epoch, variant, propensity, time, observed } = exposure
  return {
    scope,
    unit,
    epoch,
    variant,
    propensity: propensity ?? 1,
    exposed: time,
    rebuilt,
    observed,
    generation: onItsDay(exposure, dayAt(now)),
  }
}

const tooLarge = ({ measure, key }: MetricPlan): ServiceError =>
  measure === null ? invalid('out_of_range', 'measures', `make a value of "${key}" that is too large to be summed`)
    : invalid('out_of_range', `measures.${measure}`, 'is too large to be summed')

/**
 * Compute what an outcome adds to its unit, and to the same unit on the day of its receipt.
 *
 * @param now when it was received, milliseconds since 1970
 * @throws {ServiceError} out_of_range for a number so large that sums over it would mean nothing
 */
export const prepare = (
  outcome: AttributedOutcome, plans: readonly MetricPlan[], generation: Generation | null, now: number,
): Prepared => {
  const { assignment, key, digest, revision, id, at } = outcome
  const added = contributions(plans, outcome.measures)
  const plan = overflowing(plans, added)
  if (plan) throw tooLarge(plan)
  const measures = JSON.stringify(outcome.measures)
  const { scope, unit, variant } = assignment
  const experiment = assignment.watch ? -assignment.experiment : assignment.experiment
  const exposure = exposureRow({ ...assignment, generation }, true, now)
  const observed = isObserved(plans)
  const weighed = isWeighed(plans)
  if (observed) exposure.observed = nothingObserved(plans)
  const daily = generation
    ? { scope: generation.scope, unit: generationUnit(unit, dayAt(now)), ...contributions(generation.metrics, outcome.measures) }
    : undefined
  const codes = observed ? sketchCodes(plans, outcome.measures) : none
  return {
    row: { experiment, scope, key, digest, revision, id, unit, variant, at, measures, observed, weighed, codes, ...added, generation: daily },
    exposure,
    bytes: measures.length * 2 + ROW_BYTES,
  }
}

/**
 * The same with the plans of the outcome's scope.
 *
 * @throws {ServiceError} unknown_unit when its experiment was deleted
 */
export const prepareWith = async (scopes: Scopes, outcome: AttributedOutcome, now: number): Promise<Prepared> => {
  const { scope } = outcome.assignment
  const plans = scopes.known(scope) ?? (await scopes.load(scope))
  if (!plans) throw new ServiceError('unknown_unit', 'this experiment does not exist any more')
  return prepare(outcome, plans, scopes.generation(scope), now)
}

/** Prepare each, and answer all with what `store` answers those that could be. */
export const answerEach = async (
  { scopes, now }: { scopes: Scopes; now: () => number },
  outcomes: readonly AttributedOutcome[],
  store: (items: Prepared[]) => Promise<Answer[]>,
): Promise<Answer[]> => {
  const prepared: (Prepared | ServiceError)[] = []
  for (const outcome of outcomes) {
    try {
      prepared.push(await prepareWith(scopes, outcome, now()))
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
