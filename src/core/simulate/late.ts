import { addMoments, type Moments, noMoments } from '../../../stats/index.ts'
import type { EpochData } from '../analyze/analysis-input.ts'

/** What one arm's units of one epoch add to a metric later than they came. */
export type Late = { epoch: number; arm: number; metric: number; moments: Moments }

/** Outcomes on their way, by the look at which they are there. */
export type OnTheWay = Map<number, Map<string, Late>>

export const sendLate = (way: OnTheWay, look: number, { epoch, arm, metric, moments }: Late): void => {
  const then = way.get(look) ?? new Map<string, Late>()
  way.set(look, then)
  const key = `${epoch}:${arm}:${metric}`
  then.set(key, { epoch, arm, metric, moments: addMoments(then.get(key)?.moments ?? noMoments, moments) })
}

/** What is there by this look. */
export const arrivedBy = (way: OnTheWay, look: number): Late[] => {
  const arrived = [...(way.get(look)?.values() ?? [])]
  way.delete(look)
  return arrived
}

/**
 * Epochs with what has arrived for them. What belongs to none of them, being summed with earlier ones, goes into the
 * last that began before it; what is older than all is of a scope that is over, and lost.
 */
export const receive = (epochs: readonly EpochData[], arrived: readonly Late[]): EpochData[] => {
  if (arrived.length === 0) return [...epochs]
  const placeOf = (late: Late): number => epochs.findLastIndex(({ epoch }) => epoch <= late.epoch)
  return epochs.map((one, place) => {
    const own = arrived.filter((late) => placeOf(late) === place)
    if (own.length === 0) return one
    const arms = one.arms.map((arm, ordinal) => ({
      ...arm,
      metrics: arm.metrics.map((sums, metric) =>
        own.filter((late) => late.arm === ordinal && late.metric === metric).reduce((sum, late) => addMoments(sum, late.moments), sums)),
    }))
    return { ...one, arms }
  })
}
