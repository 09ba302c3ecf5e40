import { bucketOf } from '../../../stats/index.ts'
import type { MetricPlan } from './metric-plan.ts'

/** Bits of a code that hold the bucket, and what is added so that it is not negative; a sketch has fewer than 2^14 a side. */
const bucketBits = 15
const bucketOffset = 2 ** (bucketBits - 1)

/**
 * One number for each value that a sketch counts: which metric (ordinal from 1), and the bucket of its value. The
 * statements take it apart again: `code >> 15` and `(code & 32767) - 16384`.
 */
export const sketchCodes = (plans: readonly MetricPlan[], measures: Readonly<Record<string, number>>): number[] =>
  plans.flatMap(({ kind, measure }, index) => {
    const value = kind === 'quantile' && measure !== null ? measures[measure] : undefined
    return value === undefined ? [] : [(index + 1) * 2 ** bucketBits + bucketOf(value) + bucketOffset]
  })
