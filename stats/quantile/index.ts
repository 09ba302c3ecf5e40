export { type Bucket, bucketsOf, countAtMost, countOf, distribution, orderStatistic, quantileOf } from './buckets.ts'
export { type QuantileArms, compareClusteredQuantiles, compareQuantiles } from './compare.ts'
export { type QuantileDifference, quantileDifference } from './difference.ts'
export { type OrderStatistics, clusterInflation, orderStatistics, quantileEstimate } from './effect.ts'
export { type QuantileInterval, type QuantileRanks, quantileInterval, quantileRanks } from './ranks.ts'
export { type QuantileTuning, quantileBoundary, quantileSequence } from './sequence.ts'
export {
  type Sketch, type SketchScale, bucketEdges, bucketOf, bucketValue, lastBucket, mergeSketches, sketchBuckets,
  sketchFromRows, sketchOf, sketchScale,
} from './sketch.ts'
export { type QuantileTest, quantileTest } from './two-sample.ts'
