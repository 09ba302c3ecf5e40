export { type Bins, type Counted, binsOf, countInBins } from './bins.ts'
export {
  DRIFT_VALUES, type DriftReading, type DriftReference, driftLimit, driftOf, driftReference, independentValues,
} from './detect.ts'
export { jensenShannon, populationStability, smoothedShares } from './divergence.ts'
