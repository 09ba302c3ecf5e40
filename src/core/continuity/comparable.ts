import type { Json } from '../../assign/snapshot.ts'
import type { Violation } from '../../errors.ts'
import { differencesOf } from '../declare/differences.ts'
import type { ExperimentDefinition } from '../define/definitions.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'

const asJson = (value: object): Record<string, Json> =>
  JSON.parse(JSON.stringify(value)) as Record<string, Json>

/**
 * What two definitions must have in common for the evidence of one to count in the other: who is compared with whom, by
 * which numbers, at which levels. Not names, layers, freeze windows, nor who is told.
 */
export const comparableOf = (definition: ExperimentDefinition): Record<string, Json> => {
  const { model, unit, stickiness, window, reportBy, epochLength, audience, segments, drift, metrics, stages } = definition
  // when a person is asked is up to those who run it
  const policy = { ...definition.policy, freeze: undefined, mode: undefined, autoPromote: undefined, autoKill: undefined }
  const variants = definition.variants.map(({ key, version, control }) => ({ key, version, control: control === true }))
  return asJson({
    model, unit, stickiness, window, reportBy, epochLength, audience, segments, drift, variants, metrics, stages, policy,
  })
}

/** A metric as it is counted; what reports call it changes no number. */
export const countedAs = (plan: MetricPlan): Record<string, Json> => asJson({ ...plan, name: undefined })

const told = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

const memberOf = (value: unknown, path: string): unknown =>
  path.split(/[.[\]]+/).filter(Boolean).reduce<unknown>(
    (of, name) => (typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined), value,
  )

/** Every place in which two values differ, in words. @param at what the paths begin with */
export const mismatches = (learned: unknown, here: unknown, at = ''): Violation[] =>
  differencesOf(learned, here).map((path) => ({
    path: `${at}${at !== '' && path !== '' && !path.startsWith('[') ? '.' : ''}${path}`,
    message: `is ${told(memberOf(here, path))} here, and was ${told(memberOf(learned, path))} where it was learned`,
  }))
