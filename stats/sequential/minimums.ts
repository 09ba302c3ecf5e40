import { type Moments, addMoments, noMoments, shiftMoments } from '../moments/moments.ts'
import type { Regime } from './stratified.ts'

/** One condition of an asymptotic decision that is not met yet. `share` is an arm's part of the pair's units. */
export type Missing = {
  arm: 'a' | 'b'
  what: 'units' | 'events' | 'non-events' | 'effective events' | 'share'
  current: number
  needed: number
}

/** What kind of number the units carry, which decides what counts as enough of it. */
export type Evidence = {
  /** The metric is a share: outcomes 0 or 1. Events and non-events are counted. */
  share?: boolean
  /** Values may be negative, so they cannot be counted as events; only units are. */
  signed?: boolean
  /** No declared bounds: heavy tails are possible, so more events and a balanced pair are needed. */
  unbounded?: boolean
  /** Centre of the stored X − center·Y; 0 when raw values are stored. */
  center?: number
}

/**
 * Which minimums an asymptotic decision still misses, over all regimes of a pair: 100 units an arm; 20 events and 20
 * non-events an arm for shares, otherwise (ΣX)²/ΣX² ≥ 20 effective events; for unbounded metrics 50 effective events
 * and at least a fifth of the pair in each arm. Below them the sequence errs far more often than its level says
 * (.19–.36 of runs in a 95/5 split), so no rule may act.
 *
 * @returns an empty list when every minimum is met
 */
export const missingMinimums = (regimes: readonly Regime[], evidence: Evidence = {}): Missing[] => {
  const total = (arm: 'a' | 'b'): Moments => {
    const sum = regimes.reduce((all, regime) => addMoments(all, regime[arm]), noMoments)
    return evidence.center ? shiftMoments(sum, -evidence.center) : sum
  }
  const arms = { a: total('a'), b: total('b') }
  const pair = arms.a.n + arms.b.n
  return (['a', 'b'] as const).flatMap((arm) =>
    conditions(arms[arm], pair, evidence)
      .filter(({ current, needed }) => current < needed)
      .map((condition) => ({ arm, ...condition })),
  )
}

/** (ΣX)²/ΣX²: how many equal events carry as much; 0 when nothing happened. Source: Kish (1965). */
export const effectiveEvents = (m: Moments): number => (m.sumXX > 0 ? m.sumX ** 2 / m.sumXX : 0)

const conditions = (m: Moments, pair: number, evidence: Evidence): Omit<Missing, 'arm'>[] => {
  const list: Omit<Missing, 'arm'>[] = [{ what: 'units', current: m.n, needed: 100 }]
  if (evidence.share) {
    // sums stored around a centre come back with rounding in the last digits
    list.push({ what: 'events', current: settle(m.sumX), needed: 20 })
    list.push({ what: 'non-events', current: settle(m.sumY - m.sumX), needed: 20 })
  } else if (!evidence.signed) {
    list.push({ what: 'effective events', current: effectiveEvents(m), needed: evidence.unbounded ? 50 : 20 })
  }
  if (evidence.unbounded) list.push({ what: 'share', current: pair === 0 ? 0 : m.n / pair, needed: 0.2 })
  return list
}

const settle = (count: number): number => {
  const nearest = Math.round(count)
  return Math.abs(count - nearest) < 1e-6 * Math.max(1, Math.abs(count)) ? nearest : count
}
