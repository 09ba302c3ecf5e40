import { requireCount, requireFinite, requireOpenUnit, requirePositive } from '../check.ts'
import type { Bucket } from './buckets.ts'

/**
 * DDSketch: values counted in buckets whose edges grow by the factor γ = (1 + accuracy)/(1 − accuracy), so any quantile
 * is known within the relative error `accuracy`. Which bucket a value falls into depends on the value alone, so
 * sketches merge exactly, in any order, by adding counts: a roll-up table of (bucket, count) rows is a sketch.
 *
 * Buckets have one integer each, in the order of the values: 0 holds |x| ≤ smallest; i > 0 holds the values in
 * (smallest·γ^(i−1), smallest·γ^i]; −i holds their negatives. The last bucket on either side takes everything beyond
 * and is open to infinity. There are 2·`lastBucket` + 1 of them and never more: 11,055 with the default scale (they
 * fit a smallint), of which a metric fills those between its least and its greatest value, 231 per factor of 10.
 *
 * Source: Masson, Rim and Lee (2019), "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
 * guarantees", VLDB 12(12), Proposition 3.
 */
export type SketchScale = {
  /** Relative error of values, in (0, 1). */
  accuracy: number
  /** Magnitudes up to it count as 0; above 0. */
  smallest: number
  /** Magnitudes above it are told apart no more; above `smallest`. */
  largest: number
}

/** Half a percent, from 1e-9 to 1e15. A scale is frozen with its metric: sketches of two scales never merge. */
export const sketchScale: SketchScale = { accuracy: 0.005, smallest: 1e-9, largest: 1e15 }

/** Counts per bucket. Plain JSON; keys are the integers of the buckets, empty buckets are left out. */
export type Sketch = { scale: SketchScale; counts: Record<string, number> }

const factor = ({ accuracy }: SketchScale): number => (1 + accuracy) / (1 - accuracy)

const logFactor = ({ accuracy }: SketchScale): number => Math.log1p(accuracy) - Math.log1p(-accuracy)

/** Number of the last bucket on the positive side. */
export const lastBucket = (scale: SketchScale): number => {
  requireOpenUnit('scale.accuracy', scale.accuracy)
  requirePositive('scale.smallest', scale.smallest)
  requirePositive('scale.largest', scale.largest)
  if (!(scale.largest > scale.smallest)) throw new RangeError('scale.largest must be above scale.smallest')
  return Math.ceil(Math.log(scale.largest / scale.smallest) / logFactor(scale))
}

/** smallest·γ^i, the greatest value of bucket i > 0. */
const upperEdge = (index: number, scale: SketchScale): number => scale.smallest * factor(scale) ** index

/**
 * The bucket of a value: what ingestion stores.
 *
 * @throws {RangeError} when the value is not finite or the scale is none
 */
export const bucketOf = (value: number, scale: SketchScale = sketchScale): number => {
  requireFinite('value', value)
  const last = lastBucket(scale)
  const size = Math.abs(value)
  if (size <= scale.smallest) return 0
  let index = Math.min(last, Math.max(1, Math.ceil(Math.log(size / scale.smallest) / logFactor(scale))))
  // the logarithm rounds; the edges decide
  while (index < last && size > upperEdge(index, scale)) index++
  while (index > 1 && size <= upperEdge(index - 1, scale)) index--
  return value < 0 ? -index : index
}

/**
 * The values a bucket may hold: (from, to] for positive ones, [from, to) for negative ones, [from, to] for 0.
 *
 * @throws {RangeError} when there is no such bucket
 */
export const bucketEdges = (bucket: number, scale: SketchScale = sketchScale): { from: number; to: number } => {
  const last = lastBucket(scale)
  const index = Math.abs(bucket)
  if (!(Number.isInteger(bucket) && index <= last)) {
    throw new RangeError(`bucket must be an integer from ${-last} to ${last}, got ${bucket}`)
  }
  if (index === 0) return { from: -scale.smallest, to: scale.smallest }
  const [near, far] = [upperEdge(index - 1, scale), index === last ? Infinity : upperEdge(index, scale)]
  return bucket > 0 ? { from: near, to: far } : { from: -far, to: -near }
}

/** The value that stands for all of a bucket: within `accuracy` of each, relatively; 0 for bucket 0. */
export const bucketValue = (bucket: number, scale: SketchScale = sketchScale): number => {
  const { from, to } = bucketEdges(bucket, scale)
  if (bucket === 0) return 0
  if (!Number.isFinite(from) || !Number.isFinite(to)) return bucket > 0 ? from : to
  return (2 * from * to) / (from + to)
}

/** @throws {RangeError} when a value is not finite */
export const sketchOf = (values: Iterable<number>, scale: SketchScale = sketchScale): Sketch => {
  const counts: Record<string, number> = {}
  for (const value of values) {
    const bucket = bucketOf(value, scale)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  return { scale, counts }
}

/** From stored rows; rows of the same bucket add up. Revisions may have left counts of 0, which vanish. */
export const sketchFromRows = (
  rows: Iterable<{ bucket: number; count: number }>, scale: SketchScale = sketchScale,
): Sketch => {
  const counts: Record<string, number> = {}
  for (const { bucket, count } of rows) counts[bucket] = (counts[bucket] ?? 0) + count
  for (const [bucket, count] of Object.entries(counts)) {
    requireCount(`count of bucket ${bucket}`, count)
    bucketEdges(Number(bucket), scale)
    if (count === 0) delete counts[bucket]
  }
  return { scale, counts }
}

/**
 * Both together: exactly the sketch of all the values at once.
 *
 * @throws {RangeError} when the scales differ
 */
export const mergeSketches = (a: Sketch, b: Sketch): Sketch => {
  for (const key of ['accuracy', 'smallest', 'largest'] as const) {
    if (a.scale[key] !== b.scale[key]) throw new RangeError(`sketches of two scales do not merge: ${key} differs`)
  }
  const rows = [a, b].flatMap(({ counts }) =>
    Object.entries(counts).map(([bucket, count]) => ({ bucket: Number(bucket), count })))
  return sketchFromRows(rows, a.scale)
}

/** The buckets in the order of their values, for the functions that read quantiles. */
export const sketchBuckets = ({ scale, counts }: Sketch): Bucket[] =>
  Object.entries(counts)
    .map(([bucket, count]) => {
      requireCount(`counts[${bucket}]`, count)
      return { number: Number(bucket), count }
    })
    .filter(({ count }) => count > 0)
    .sort((one, other) => one.number - other.number)
    .map(({ number, count }) => ({ ...bucketEdges(number, scale), value: bucketValue(number, scale), count }))
