import { missingTerm, valueOf } from '../../core/analyze/contributions.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { AttributedOutcome, Deps } from '../../deps.ts'
import { invalid, ServiceError } from '../../errors.ts'
import type { Assignment } from '../../token/token.ts'
import { identityOf } from './identity.ts'
import type { OutcomeInput } from './read-outcome.ts'

/** How far a caller's clock may be ahead of ours. */
const SKEW_MS = 5 * 60_000
/** Unknown measures make us look for a newer snapshot, but not each of a thousand. */
const FRESH_MS = 100

export type AttributeDeps = Pick<Deps, 'live' | 'tokens' | 'scopes' | 'units' | 'now'>

/** One text for everything that is wrong with a token, so that guessing teaches nothing. */
const badToken = (): ServiceError =>
  new ServiceError('bad_token', 'this token was not issued here', { violations: [{ path: 'token', message: 'was not issued here' }] })

/** @throws {ServiceError} in_future or out_of_range */
const timeOf = (at: string | null, now: number): number => {
  if (at === null) return now
  const time = Date.parse(at)
  if (time > now + SKEW_MS) throw invalid('in_future', 'at', 'lies in the future')
  if (!(time >= 0)) throw invalid('out_of_range', 'at', 'lies before 1970')
  return time
}

/** The experiment that was named must be the token's, as far as what runs here can tell. */
const checkExperiment = (deps: AttributeDeps, named: string | undefined, assignment: Assignment): void => {
  const snapshot = deps.live.current()
  if (named === undefined || assignment.watch || !snapshot) return
  const known = snapshot.experiments.get(named)
  const contradicts = known ? known.id !== assignment.experiment : snapshot.experimentsById.has(assignment.experiment)
  if (contradicts) throw invalid('invalid_body', 'experiment', 'the token belongs to another experiment')
}

/**
 * What metrics of the scope read must lie within the metric's bounds, with −0 as 0 already, and a composite gets all of
 * its terms or none, where it needs them together.
 */
const checkRange = (measures: Readonly<Record<string, number>>, plans: readonly MetricPlan[]): void => {
  for (const plan of plans) {
    const missing = plan.terms ? missingTerm(plan, measures) : null
    if (missing !== null) {
      throw invalid('missing_measure', `measures.${missing}`, `"${plan.key}" needs it: a ${plan.kind} of several measures takes them in one outcome`)
    }
    const value = valueOf(plan, measures)
    if (value === undefined) continue
    const [path, must] = plan.measure === null ? ['measures', `make ${value} of "${plan.key}", which must be`] : [`measures.${plan.measure}`, 'must be']
    if (plan.min !== null && value < plan.min) throw invalid('out_of_range', path, `${must} at least ${plan.min}`)
    if (plan.max !== null && value > plan.max) throw invalid('out_of_range', path, `${must} at most ${plan.max}`)
  }
}

const reads = ({ measure, denominator, terms }: MetricPlan, name: string): boolean =>
  measure === name || denominator === name || (terms?.some((term) => term.measure === name) ?? false)

const unknownMeasure = (deps: AttributeDeps, measures: Readonly<Record<string, number>>, plans: readonly MetricPlan[]): string | null => {
  const known = deps.live.measures()
  for (const name in measures) {
    if (!known.has(name) && !plans.some((plan) => reads(plan, name))) return name
  }
  return null
}

export type Attribute = {
  (input: OutcomeInput): AttributedOutcome | Promise<AttributedOutcome>
  /** The scope of the assignment that was found before this error; null where none was. */
  scopeOf(error: ServiceError): number | null
}

/**
 * From a body to an outcome that ingestion can store: whose it is, what identifies it, and that every number
 * means something. At once where everything is at hand; else a scope, a unit or a new metric is looked up.
 *
 * @throws {ServiceError} bad_token, unknown_unit, unknown_measure, missing_measure, out_of_range, in_future, invalid_body
 */
export const createAttribute = (deps: AttributeDeps): Attribute => {
  const scopes = new WeakMap<ServiceError, number>()

  const complete = (input: OutcomeInput, assignment: Assignment, plans: readonly MetricPlan[], at: number): AttributedOutcome => {
    checkRange(input.measures, plans)
    const { key, digest } = identityOf(input, assignment)
    return { assignment, key, digest, revision: input.revision, id: input.id, at, measures: input.measures }
  }

  /** A metric made elsewhere a moment ago may not have reached this node. */
  const afterRefresh = async (input: OutcomeInput, assignment: Assignment, plans: readonly MetricPlan[], at: number) => {
    if (deps.live.ageMs() > FRESH_MS) await deps.live.refresh()
    const unknown = unknownMeasure(deps, input.measures, plans)
    if (unknown !== null) throw invalid('unknown_measure', `measures.${unknown}`, 'no metric reads this measure')
    return complete(input, assignment, plans, at)
  }

  const withPlans = (input: OutcomeInput, assignment: Assignment, plans: readonly MetricPlan[]) => {
    const at = timeOf(input.at, deps.now())
    if (unknownMeasure(deps, input.measures, plans) !== null) return afterRefresh(input, assignment, plans, at)
    return complete(input, assignment, plans, at)
  }

  const planned = (input: OutcomeInput, assignment: Assignment) => {
    const known = deps.scopes.known(assignment.scope)
    if (known) return withPlans(input, assignment, known)
    return deps.scopes.load(assignment.scope).then((plans) => {
      if (plans === null) throw badToken()
      return withPlans(input, assignment, plans)
    })
  }

  const withAssignment = (input: OutcomeInput, assignment: Assignment) => {
    const noted = (error: unknown): never => {
      if (error instanceof ServiceError) scopes.set(error, assignment.scope)
      throw error
    }
    try {
      const found = planned(input, assignment)
      return found instanceof Promise ? found.catch(noted) : found
    } catch (error) {
      return noted(error)
    }
  }

  const withoutToken = async (input: OutcomeInput): Promise<AttributedOutcome> => {
    const assignment = await deps.units.latest(input.experiment as string, input.unit as string)
    if (!assignment) throw invalid('unknown_unit', 'unit', 'was never exposed to this experiment')
    return withAssignment(input, assignment)
  }

  const attribute = (input: OutcomeInput) => {
    if (input.token === undefined) return withoutToken(input)
    const assignment = deps.tokens.verify(input.token)
    if (!assignment) throw badToken()
    checkExperiment(deps, input.experiment, assignment)
    return withAssignment(input, assignment)
  }
  return Object.assign(attribute, { scopeOf: (error: ServiceError) => scopes.get(error) ?? null })
}
