import cdf from '@stdlib/stats-base-dists-t-cdf'
import quantile from '@stdlib/stats-base-dists-t-quantile'

export const studentCdf = (t: number, degrees: number): number => cdf(t, degrees)
export const studentQuantile = (probability: number, degrees: number): number => quantile(probability, degrees)
