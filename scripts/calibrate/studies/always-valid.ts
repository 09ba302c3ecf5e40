import {
  anytimeRadius, criticalValue, criticalValueOneSided, equalTimes, exactRho, missingMinimums, msprt, msprtTau2, normalQuantile, optimalG, scheduleAt,
} from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import { type Kind, kinds, levelAt, noSums, push, ratioVariance, type Sums, type Unit } from '../streams.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'

export const units = 10_000
export const alpha = 0.05

/** Critical values at every n of the pair, so that a look after each unit costs a comparison. */
const tableOf = (critical: (information: number, alpha: number) => number, sides: 1 | 2): Float64Array => {
  const rho = exactRho(units, alpha, sides)
  return Float64Array.from({ length: units + 1 }, (_, n) => (n === 0 ? Infinity : critical(n * rho ** 2, alpha)))
}

/** Half-widths in standard errors, by units of the pair. A broken method is another table. */
export type Critical = { twoSided: Float64Array; oneSided: Float64Array }
export const shipped: Critical = { twoSided: tableOf(criticalValue, 2), oneSided: tableOf(criticalValueOneSided, 1) }

const g = optimalG(units, 2, alpha)
/** Half-widths of the linear model with an intercept and the arm. */
const linear = Float64Array.from({ length: units + 1 }, (_, n) => (n < 3 ? Infinity : anytimeRadius(n - 2, n, g, alpha)))

const looks = 10
/** Boundaries of ten planned looks by O'Brien–Fleming spending, by units of the pair. */
const scheduled = new Map(
  scheduleAt({ alpha }, equalTimes(looks)).looks.map(({ information, boundary }) => [Math.round(information * units), boundary ?? Infinity]),
)

const fixedHorizon = normalQuantile(1 - alpha / 2)

const momentsOf = ({ n, x, y, xx, xy, yy }: Sums) => ({ n, sumX: x, sumY: y, sumXX: xx, sumXY: xy, sumYY: yy })

/** Enough of everything for an asymptotic method to decide; asked only where a boundary is crossed, which is rare. */
export const mayDecide = (kind: Kind, a: Sums, b: Sums): boolean =>
  missingMinimums([{ a: momentsOf(a), b: momentsOf(b) }], { share: kind.share, unbounded: kind.unbounded }).length === 0

export type Situation = { kind: Kind; shareB: number; drift: boolean; effect: number }

/**
 * One experiment with a look after every unit. `effect` is b − a; margins lie exactly at it when it is negative, so
 * every rejection counted here is wrong.
 */
export const watch = (random: Random, { kind, shareB, drift, effect }: Situation, critical: Critical): Measured => {
  const [a, b] = [noSums(), noSums()]
  const unit: Unit = { x: 0, y: 0 }
  const stop = Math.floor(Math.exp(Math.log(400) + random.uniform() * Math.log(units / 400)))
  const wrong = { interval: 0, win: 0, harm: 0, fixed: 0, linear: 0, scheduled: 0, msprt: 0 }
  const tau2 = msprtTau2(alpha, kind.spread, units / 2)
  let covered: number | null = null
  for (let n = 1; n <= units; n++) {
    const level = levelAt(drift, n / units)
    const inB = random.uniform() < shareB
    kind.draw(random, inB ? effect : 0, level, unit)
    push(inB ? b : a, unit)
    if (a.n < 100 || b.n < 100) continue
    const error = b.x / b.y - a.x / a.y - effect
    const score = error / Math.sqrt(ratioVariance(a) + ratioVariance(b))
    if (n === stop && mayDecide(kind, a, b)) covered = Math.abs(score) <= critical.twoSided[n]! ? 1 : 0
    // NaN while neither arm has had an event
    if (!(Math.abs(score) > fixedHorizon)) continue
    if (wrong.fixed === 0 && mayDecide(kind, a, b)) wrong.fixed = 1
    if (wrong.interval === 0 && Math.abs(score) > critical.twoSided[n]! && mayDecide(kind, a, b)) wrong.interval = 1
    if (wrong.win === 0 && score > critical.oneSided[n]! && mayDecide(kind, a, b)) wrong.win = 1
    if (wrong.harm === 0 && -score > critical.oneSided[n]! && mayDecide(kind, a, b)) wrong.harm = 1
    if (wrong.linear === 0 && Math.abs(score) > linear[n]! && mayDecide(kind, a, b)) wrong.linear = 1
    if (Math.abs(score) > (scheduled.get(n) ?? Infinity) && mayDecide(kind, a, b)) wrong.scheduled = 1
    if (shareB === 0.5 && wrong.msprt === 0) {
      const pairs = Math.min(a.n, b.n)
      const at = msprt({ pairs, difference: error, variance: pairs * (error / score) ** 2 }, tau2)
      if (at && at.pValue <= alpha && mayDecide(kind, a, b)) wrong.msprt = 1
    }
  }
  return {
    'interval misses': wrong.interval,
    'wrong win': wrong.win,
    'wrong harm': wrong.harm,
    'linear model misses': wrong.linear,
    'ten planned looks miss': wrong.scheduled,
    ...(shareB === 0.5 ? { 'mSPRT rejects': wrong.msprt } : {}),
    'fixed interval misses': wrong.fixed,
    ...(covered === null ? {} : { 'covers at a random stop': covered }),
  }
}

const splits = [['50/50', 0.5], ['80/20', 0.2], ['95/5', 0.05]] as const
/** Asymptotic methods may err by a tenth more than they say. */
const tolerated = 0.055

const cellOf = (kind: Kind, [split, shareB]: (typeof splits)[number], drift: boolean, harm: boolean): Cell => {
  // a harm of a tenth of a standard deviation, exactly at the margin
  const effect = harm ? -0.1 * Math.min(kind.spread, kind.baseline * 5) : 0
  const measures = ['interval misses', 'wrong win', 'wrong harm', 'linear model misses', ...(shareB === 0.5 ? ['mSPRT rejects'] : [])]
  const claims: Claim[] = measures.map((measure) => ({ measure, atMost: tolerated }))
  // spends all of α by the last look, and that of a normal score: its error lies around α, not below
  claims.push({ measure: 'ten planned looks miss', atMost: 0.075 })
  // a heavy tail in 5 % of the units is never decided, nor are a handful of events
  const decides = kind.share ? units * shareB * (kind.baseline + effect) >= 40 : !(kind.unbounded && shareB < 0.2)
  if (decides) claims.push({ measure: 'covers at a random stop', atLeast: 1 - tolerated })
  // shows that the simulation can tell a broken method
  if (shareB === 0.5 && !(kind.share && kind.baseline < 0.1)) claims.push({ measure: 'fixed interval misses', atLeast: 0.2 })
  const labels = { metric: kind.name, split, baseline: drift ? 'drifts' : 'steady', truth: harm ? 'harm at the margin' : 'no difference' }
  return {
    key: [kind.name, split, labels.baseline, harm ? 'margin' : 'null'].join(' '),
    labels, claims, runs: 3_000, quick: 40,
    run: (random) => watch(random, { kind, shareB, drift, effect }, shipped),
  }
}

export const alwaysValid: Study = {
  name: 'always-valid',
  title: 'Errors under a look after every unit',
  about: [
    `The share of runs of ${units.toLocaleString('en')} units in which a method at α = ${alpha} ever errs, looking after every unit once its minimums are met. *Interval`,
    'misses*: the two-sided asymptotic confidence sequence excludes the true difference at any look. *Wrong win* and *wrong harm*: one-sided sequences. *Linear model*, *mSPRT*: these',
    'methods after every unit. *Ten planned looks*: group-sequential. *Fixed interval misses*: the ordinary 95 % interval, looked at after every unit. A drifting baseline rises by half and falls again, twice, for both arms alike.',
  ].join('\n'),
  cells: kinds.flatMap((kind) =>
    splits.flatMap((split) => [false, true].flatMap((drift) => [false, true].map((harm) => cellOf(kind, split, drift, harm)))),
  ),
  plots: [
    {
      name: 'steady', title: 'Runs that ever err, steady baseline, no difference', where: { baseline: 'steady', truth: 'no difference' },
      category: 'metric split', measures: ['interval misses', 'fixed interval misses'], reference: alpha,
    },
    {
      name: 'drift', title: 'Runs that ever err, drifting baseline, harm exactly at the margin',
      where: { baseline: 'drifts', truth: 'harm at the margin' },
      category: 'metric split', measures: ['interval misses', 'wrong harm', 'fixed interval misses'], reference: alpha,
    },
  ],
}
