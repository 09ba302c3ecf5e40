import { featuresOf } from '../../assign/context.ts'
import type { Attributes, Json, Observes } from '../../assign/snapshot.ts'
import { contextOf } from '../contextual/stage.ts'
import type { CreateExperiment } from '../define/definitions.ts'
import type { MetricPlan } from './metric-plan.ts'

/** What was known of a unit when it was exposed; frozen with its exposure. */
export type Observed = {
  /** By metric ordinal; null where nothing is known. Empty when no metric has a covariate. */
  covariates: readonly (number | null)[]
  /** Values of the declared segments; null where the request had none. Empty when none is declared. */
  segments: readonly (string | null)[]
  /** By which a contextual bandit drew; absent where none does. */
  features?: readonly number[]
}

/** Longer values are no "few values": they count as any other one. */
export const longestSegmentValue = 64

/** Squares of larger numbers, summed, would leave the range of a double. */
const largestCovariate = 1e100
const smallestCovariate = 1e-100

/** What an experiment wants to know of its units; undefined when it declares nothing. */
export const observesOf = ({ metrics, segments = [], stages = [] }: Pick<CreateExperiment, 'metrics' | 'segments'> & Partial<Pick<CreateExperiment, 'stages'>>): Observes | undefined => {
  const context = contextOf({ stages })
  const covariates = metrics.some(({ covariate }) => covariate !== undefined)
    ? metrics.map(({ covariate }) => (covariate && 'attribute' in covariate ? covariate.attribute : null))
    : []
  return covariates.length > 0 || segments.length > 0 || context ? { covariates, segments, ...(context && { context }) } : undefined
}

const own = (attributes: Attributes, name: string): Json | undefined => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)

/** A covariate is a number; true and false are 1 and 0. Everything else is not known. */
const numberOf = (value: Json | undefined): number | null => {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'number' || !(Math.abs(value) <= largestCovariate)) return null
  return Math.abs(value) < smallestCovariate ? 0 : value
}

/** A segment's value is a text, a number or a truth value. */
const textOf = (value: Json | undefined): string | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null

/** What the attributes of a request tell of it. */
export const observe = ({ covariates, segments, context }: Observes, attributes: Attributes): Observed => ({
  covariates: covariates.map((name) => (name === null ? null : numberOf(own(attributes, name)))),
  segments: segments.map((name) => textOf(own(attributes, name))),
  ...(context && { features: featuresOf(context, attributes) }),
})

const needs = new WeakMap<readonly MetricPlan[], boolean>()

/** Does any metric of this scope have a covariate, segments or a sketch? Asked for each outcome, so it is remembered. */
export const isObserved = (plans: readonly MetricPlan[]): boolean => {
  const known = needs.get(plans)
  if (known !== undefined) return known
  const answer = plans.some(({ kind, covariate, segmented }) => kind === 'quantile' || covariate !== undefined || segmented === true)
  needs.set(plans, answer)
  return answer
}

/**
 * What a token tells of its unit: nothing. A history is looked up all the same; what the request told is added when the
 * exposure itself arrives.
 */
export const nothingObserved = (plans: readonly MetricPlan[]): Observed | undefined =>
  plans.some(({ covariate }) => covariate !== undefined) ? { covariates: plans.map(() => null), segments: [] } : undefined
