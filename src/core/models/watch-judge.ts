import { armInterval, exactRho, missingMinimums, type Moments, tunedProportionBound } from '../../../stats/index.ts'
import { sharesOf } from '../analyze/binary.ts'
import type { ModelWatch } from '../define/definitions.ts'
import { evidenceOf } from '../define/metric-nature.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { dayOf } from './watch.ts'

/** The chance that a champion which keeps all its limits is ever said to break one, over all metrics and days. */
const budget = 0.05
/** Units of a day at which its sequence is tightest. */
const tunedUnits = 2_000

/** What champion traffic of one version reported on one day of UTC (days since 1970-01-01): moments in plan order. */
export type WatchedDay = { day: number; plans: readonly MetricPlan[]; metrics: readonly Moments[] }

/** A limit that was broken: what was seen of how many units, and the end of the range of what is known that lies beyond the limit. */
export type WatchHarm = { metric: string; day: string; limit: number; estimate: number; bound: number; units: number; level: number }

/** Of the d-th day since the version serves (0 for the first): 1/(1·2) + 1/(2·3) + … = 1, over days without end. */
const partOf = (since: number): number => 1 / ((since + 1) * (since + 2))

/** The value, and the end of its range on the good side, for a one-sided level; null where too little is known. */
const worstOf = (plan: MetricPlan, moments: Moments, alpha: number): { estimate: number; bound: number; n: number } | null => {
  const side = plan.direction === 'decrease' ? 'lower' : 'upper'
  const shares = sharesOf(plan, moments)
  if (shares) {
    const { n, successes } = shares
    return n === 0 ? null : { n, estimate: successes / n, bound: tunedProportionBound(successes, n, { alpha, tOpt: tunedUnits }, side) }
  }
  if (plan.kind === 'quantile' || missingMinimums([{ a: moments, b: moments }], evidenceOf(plan)).length > 0) return null
  const { estimate, n, [side]: bound } = armInterval(moments, { alpha: 2 * alpha, rho: exactRho(tunedUnits, 2 * alpha) }, plan.center)
  return estimate === null || bound === null || !Number.isFinite(bound) ? null : { n, estimate, bound }
}

/**
 * Which limits the champion has broken, day by day: its range, at every moment of the day together, lies beyond the limit. Each
 * day has a share of the level, fewer the longer the version serves, so that watching for ever costs no more than the budget.
 * Shares are judged exactly, whatever their number; everything else waits for enough units.
 *
 * @param since the day on which the version became champion; days before it are not its own
 */
export const judgeWatch = ({ limits = {} }: ModelWatch, days: readonly WatchedDay[], since: number): WatchHarm[] => {
  const limited = Object.entries(limits)
  return days.filter(({ day }) => day >= since).flatMap(({ day, plans, metrics }) =>
    limited.flatMap(([metric, limit]): WatchHarm[] => {
      const ordinal = plans.findIndex(({ key }) => key === metric)
      const plan = plans[ordinal]
      if (!plan) return []
      const level = (budget / limited.length) * partOf(day - since)
      const worst = worstOf(plan, metrics[ordinal]!, level)
      if (!worst) return []
      const { estimate, bound, n } = worst
      const broken = plan.direction === 'decrease' ? bound > limit : bound < limit
      return broken ? [{ metric, day: dayOf(day), limit, estimate, bound, units: n, level }] : []
    }))
}

/** What a watch does about it, and where to. `alert`: nothing but telling. */
export type WatchAct = { do: 'alert' | 'rollback' | 'fallback'; to: string | null; why: string | null }

/** Where a champion that breaks its limits can go. */
export type WatchRoads = { previous: string | null; fallbacks: readonly string[]; champion: string; locked: ReadonlySet<string>; actedLately: boolean }

/**
 * What follows from a broken limit. A watch acts once a day: should the version that took over break a limit as well, the cause lies
 * elsewhere, and people are told.
 */
export const watchAct = ({ onHarm = 'alert' }: ModelWatch, { previous, fallbacks, champion, locked, actedLately }: WatchRoads): WatchAct => {
  if (onHarm === 'alert') return { do: 'alert', to: null, why: null }
  if (actedLately) return { do: 'alert', to: null, why: 'the watch has changed the champion less than a day ago' }
  const standIn = fallbacks.find((version) => version !== champion && !locked.has(version)) ?? null
  const to = onHarm === 'fallback' ? (standIn ?? previous) : previous
  return to === null ? { do: 'alert', to: null, why: 'there is no version to go to' } : { do: onHarm, to, why: null }
}
