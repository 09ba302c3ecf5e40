import type { Bucket } from '../../../stats/index.ts'

/** Shares to places along an axis, and back. */
export type ShareScale = { place: (share: number) => number; share: (place: number) => number; ticks: number[] }

/** Every step from 90 to 99 to 99.9 % takes the same room: tails are what such metrics are about. */
const tail: ShareScale = {
  place: (share) => -Math.log10(1 - share), share: (place) => 1 - 10 ** -place, ticks: [0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999],
}
const even: ShareScale = { place: (share) => share, share: (place) => place, ticks: [0, 0.1, 0.25, 0.5, 0.75, 0.9] }

export const shareScaleOf = (quantile: number): ShareScale => (quantile >= 0.75 ? tail : even)

/** The last share that so many values can tell something of: ten of them lie beyond. At least the quantile itself. */
export const lastShare = (n: number, quantile: number): number => Math.max(quantile, Math.min(0.999, 1 - 10 / Math.max(20, n)))

/** Values below which these ascending shares of the values lie: the quantile function. Null without values. */
export const valuesAt = (buckets: readonly Bucket[], shares: readonly number[]): number[] | null => {
  const n = buckets.reduce((sum, { count }) => sum + count, 0)
  if (n === 0) return null
  let [index, below] = [0, buckets[0]?.count ?? 0]
  return shares.map((share) => {
    // a share times n may be a rounding error above the integer that is meant
    const rank = Math.max(1, Math.ceil(n * share * (1 - 1e-12)))
    while (below < rank && index < buckets.length - 1) below += buckets[++index]?.count ?? 0
    return buckets[index]?.value ?? 0
  })
}
