import { describe, expect, it } from 'vitest'
import { momentsOf } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import { exactRho } from '../sequential/asymptotic-cs.ts'
import { compareRegimes } from '../sequential/comparison.ts'
import { adjustRegimes } from './adjust.ts'
import { compareAdjusted } from './compare.ts'
import {
  type CovariateMoments, type CovariateUnit, addCovariateMoments, adjustNumerators, covariateMomentsOf,
  noCovariateMoments, withCovariate, withoutCovariate,
} from './moments.ts'
import { freezeCovariate, pooledTheta } from './theta.ts'
import { welchAdjusted } from './welch.ts'

const times = <T>(n: number, of: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => of(index))

/** Outcome and covariate with correlation .8, both of variance 1; the outcome has this mean. */
const unit = (random: Random, mean: number): CovariateUnit => {
  const u = random.normal()
  return { x: mean + 0.8 * u + 0.6 * random.normal(), u: 5 + u }
}

const arm = (random: Random, n: number, mean: number): CovariateMoments =>
  covariateMomentsOf(times(n, () => unit(random, mean)))

const level = { alpha: 0.025, rho: exactRho(1_000, 0.025, 1) }
const options = { direction: 'increase', promote: level, harm: level, signed: true } as const

describe('means with a covariate', () => {
  const random = seededRandom(11)
  const regimes = [{ a: arm(random, 2_000, 10), b: arm(random, 1_000, 11) }]

  it('removes about ρ² of the variance', () => {
    const said = adjustRegimes(regimes)
    expect(said.theta).toBeCloseTo(0.8, 1)
    expect(said.reduction).toBeGreaterThan(0.6)
    expect(said.reduction).toBeLessThan(0.68)
    expect(said.warnings).toEqual([])
  })

  it('is the unadjusted comparison at a slope of 0, for which every slope is compared', () => {
    const [plain, zero] = [compareRegimes(regimes, options), compareAdjusted(regimes, { ...options, theta: 0 })]
    expect(zero.difference.lower).toBeCloseTo(plain.difference.lower, 12)
    expect(zero.relative.upper).toBeCloseTo(plain.relative.upper, 12)
    expect(zero.reduction).toBeCloseTo(0, 12)
    const best = compareAdjusted(regimes, options)
    for (const theta of [0.5, 1.1]) {
      expect(compareAdjusted(regimes, { ...options, theta }).difference.se).toBeGreaterThan(best.difference.se ?? 0)
    }
  })

  it('does not depend on where the covariate has its zero, nor on the outcome’s centre', () => {
    const units = times(300, (): CovariateUnit => unit(random, 10))
    const others = times(300, (): CovariateUnit => unit(random, 10))
    const of = (shift: number, center: number) => adjustRegimes([{
      a: covariateMomentsOf(units.map(({ x, u }) => ({ x, u: u + shift })), center),
      b: covariateMomentsOf(others.map(({ x, u }) => ({ x, u: u + shift })), center),
    }], { center })
    const [here, there] = [of(0, 0), of(1_000, 9)]
    expect(there.difference?.estimate).toBeCloseTo(here.difference?.estimate ?? 0, 8)
    expect(there.relative?.variance).toBeCloseTo(here.relative?.variance ?? 0, 8)
  })

  it('covers the truth as often as it says at all looks, and is narrower for it', () => {
    let [missed, narrower] = [0, 0]
    for (let run = 0; run < 300; run++) {
      const random = seededRandom(1_000 + run)
      let [a, b] = [noCovariateMoments, noCovariateMoments]
      let outside = false
      for (let look = 0; look < 10; look++) {
        a = addCovariateMoments(a, arm(random, 100, 10))
        b = addCovariateMoments(b, arm(random, 100, 10.2))
        const { difference } = compareAdjusted([{ a, b }], options)
        outside ||= difference.lower > 0.2 || difference.upper < 0.2
        if (look === 9) {
          const plain = compareRegimes([{ a, b }], options).difference
          narrower += (difference.upper - difference.lower) / (plain.upper - plain.lower) / 300
        }
      }
      if (outside) missed++
    }
    expect(missed / 300).toBeLessThanOrEqual(0.05) // two ends at .025
    expect(narrower).toBeGreaterThan(0.58) // √(1 − .64) = .6
    expect(narrower).toBeLessThan(0.62)
  })

  it('says why when it adjusts nothing, and when the covariate cannot have come first', () => {
    const [some, others] = [momentsOf([[1, 1], [2, 1], [4, 1]]), momentsOf([[1, 1], [3, 1]])]
    const constant = { a: withoutCovariate(some), b: withoutCovariate(others) }
    expect(adjustRegimes([constant])).toMatchObject({ theta: 0, warnings: [{ code: 'covariate_idle' }] })
    expect(compareAdjusted([constant], options).covariateNote).toMatch(/nothing was adjusted/)

    const later = regimes.map(({ a }) => ({
      a, b: covariateMomentsOf(times(500, () => { const { x, u } = unit(random, 11); return { x, u: u + 1 } })),
    }))
    expect(adjustRegimes(later).warnings).toContainEqual({ code: 'covariate_differs' })
    expect(compareAdjusted(later, options).covariateNote).toMatch(/before assignment/)

    const far = times(300, () => { const { x, u } = unit(random, 11); return { x, u: u + 1e9 } })
    const lost = { a: covariateMomentsOf(far.slice(0, 150)), b: covariateMomentsOf(far.slice(150)) }
    expect(adjustRegimes([lost])).toMatchObject({ theta: 0, warnings: [{ code: 'covariate_idle' }] })
  })

  it('is tested at the planned end with the adjusted arms’ degrees of freedom', () => {
    const said = adjustRegimes(regimes)
    const [at, plain] = [welchAdjusted(said), welchAdjusted(adjustRegimes(regimes, { theta: 0 }))]
    expect(at?.se).toBeCloseTo(0.6 * Math.sqrt(1 / 2_000 + 1 / 1_000), 2)
    expect(at?.degrees).toBeGreaterThan(1_500)
    expect(at?.degrees).toBeLessThan(3_000)
    expect(plain?.se).toBeGreaterThan(1.5 * (at?.se ?? 0))
    expect(welchAdjusted(said, 'relative')?.estimate).toBeCloseTo(0.1, 2)
    expect(welchAdjusted(adjustRegimes([]))).toBeNull()
  })

  it('never claims more digits than a covariate that equals the outcome can give', () => {
    const same = (n: number): CovariateMoments =>
      covariateMomentsOf(times(n, () => { const u = random.normal(); return { x: u, u } }))
    const said = adjustRegimes([{ a: same(200), b: same(200) }])
    expect(said.difference?.variance).toBeGreaterThan(0)
    expect(said.difference?.estimate).toBeCloseTo(0, 10)
  })

  it('edges: no unit, one unit, a control at 0, a billion units', () => {
    expect(adjustRegimes([])).toMatchObject({ difference: null, relative: null, theta: 0 })
    const one = covariateMomentsOf([{ x: 3, u: 2 }])
    const alone = compareAdjusted([{ a: one, b: one }], options)
    expect(alone).toMatchObject({ pValue: 1, difference: { estimate: 0, lower: -Infinity, upper: Infinity } })

    const near = compareAdjusted([{ a: arm(random, 500, 0), b: arm(random, 500, 1) }], options)
    expect(near.warnings).toContainEqual({ code: 'control_near_zero' })
    expect(Number.isFinite(near.difference.lower)).toBe(true)
    expect(near.relative.lower).toBe(-Infinity)

    const [{ a, b }] = regimes as [{ a: CovariateMoments; b: CovariateMoments }]
    const grown = (m: CovariateMoments, by: number): CovariateMoments =>
      Object.fromEntries(Object.entries(m).map(([key, sum]) => [key, sum * by])) as CovariateMoments
    const huge = adjustRegimes([{ a: grown(a, 500_000), b: grown(b, 500_000) }])
    expect(huge.theta).toBeCloseTo(adjustRegimes(regimes).theta, 5)
    expect(huge.difference?.variance).toBeCloseTo((adjustRegimes(regimes).difference?.variance ?? 0) / 5e5, 10)

    expect(() => adjustRegimes([{ a: { ...a, sumXU: Number.NaN }, b }])).toThrow(/regimes\[0\]\.a\.sumXU/)
    expect(() => adjustRegimes(regimes, { theta: Infinity })).toThrow(/theta/)
  })

  it('a negative control turns the sign of the lift', () => {
    const said = compareAdjusted([{ a: arm(random, 500, -10), b: arm(random, 500, -9) }], options)
    expect(said.relative.estimate).toBeCloseTo(-0.1, 1)
    expect(said.relative.upper).toBeLessThan(0)
    expect(said.difference.lower).toBeGreaterThan(0)
  })
})

describe('missing covariates', () => {
  it('cost nothing but what they could have given, where those who lack one are different', () => {
    const random = seededRandom(5)
    const draw = (effect: number): { known: CovariateMoments; unknown: CovariateMoments } => {
      const known: CovariateUnit[] = []
      const unknown: CovariateUnit[] = []
      // newcomers have no history, and convert four standard deviations less
      times(1_000, () => (random.uniform() < 0.3
        ? unknown.push({ x: 6 + effect + random.normal(), u: 0 })
        : known.push(unit(random, 10 + effect))))
      return { known: covariateMomentsOf(known), unknown: covariateMomentsOf(unknown) }
    }
    const runs = times(200, () => {
      const [a, b] = [draw(0), draw(0.3)]
      return adjustRegimes([{ a: a.known, b: b.known }, { a: a.unknown, b: b.unknown }])
    })
    const estimates = runs.map((run) => run.difference?.estimate ?? 0)
    const mean = estimates.reduce((sum, estimate) => sum + estimate, 0) / runs.length
    const seen = estimates.reduce((sum, estimate) => sum + (estimate - mean) ** 2, 0) / (runs.length - 1)
    const claimed = runs.reduce((sum, run) => sum + (run.difference?.variance ?? 0), 0) / runs.length
    expect(mean).toBeCloseTo(0.3, 1)
    expect(Math.abs(claimed / seen - 1)).toBeLessThan(0.3)
    expect(claimed).toBeLessThan(2 * (0.7 * 0.37 + 0.3) / 1_000) // unstratified and unadjusted: 2·4.36/1,000
  })
})

describe('missing covariates without a stratum of their own', () => {
  it('are U = V = 0: the error claimed is that of repeated samples, and the others still help', () => {
    const random = seededRandom(6)
    const draw = (effect: number): CovariateMoments => covariateMomentsOf(times(400, () =>
      (random.uniform() < 0.3 ? { x: 10 + effect + random.normal(), u: 0, v: 0 } : unit(random, 10 + effect))))
    const runs = times(500, () => adjustRegimes([{ a: draw(0), b: draw(0.3) }]))
    const estimates = runs.map((run) => run.difference?.estimate ?? 0)
    const seen = estimates.reduce((sum, estimate) => sum + (estimate - 0.3) ** 2, 0) / runs.length
    const claimed = runs.reduce((sum, run) => sum + (run.difference?.variance ?? 0), 0) / runs.length
    expect(Math.abs(claimed / seen - 1)).toBeLessThan(0.2)
    expect(runs[0]?.reduction).toBeGreaterThan(0.35) // .7 of ρ²
    expect(runs[0]?.reduction).toBeLessThan(0.55)
  })
})

describe('ratios with a covariate', () => {
  /** Several outcomes a unit; a trait of the unit moves the outcomes before and after alike. */
  const sessions = (random: Random, n: number, effect: number): CovariateMoments =>
    covariateMomentsOf(times(n, () => {
      const trait = 2 * random.normal()
      const [y, v] = [1 + Math.floor(5 * random.uniform()), 1 + Math.floor(5 * random.uniform())]
      return { x: y * (10 + effect + trait) + random.normal(), y, u: v * (8 + trait) + random.normal(), v }
    }))

  it('claims the variance that repeated samples show, for difference and lift', () => {
    const random = seededRandom(21)
    const runs = times(1_000, () => adjustRegimes([{ a: sessions(random, 200, 0), b: sessions(random, 300, 1) }]))
    for (const [read, truth] of [['difference', 1], ['relative', 0.1]] as const) {
      const estimates = runs.map((run) => run[read]?.estimate ?? 0)
      const claimed = runs.reduce((sum, run) => sum + (run[read]?.variance ?? 0), 0) / runs.length
      const seen = estimates.reduce((sum, estimate) => sum + (estimate - truth) ** 2, 0) / runs.length
      expect(Math.abs(claimed / seen - 1), read).toBeLessThan(0.15)
    }
    // outcome and covariate share the trait but not the numbers of outcomes that weigh it
    expect(runs[0]?.reduction).toBeGreaterThan(0.4)
  })
})

describe('units that report, or not', () => {
  it('count with their covariate all the same: adjusting over reporters alone would move the estimate', () => {
    const random = seededRandom(41)
    const draw = (reports: (u: number) => number): { all: CovariateMoments; reporting: CovariateMoments } => {
      const units = times(400, (): CovariateUnit => {
        const u = random.normal()
        const y = random.uniform() < reports(u) ? 1 : 0
        return { x: y * (10 + u + random.normal()), y, u }
      })
      return { all: covariateMomentsOf(units), reporting: covariateMomentsOf(units.filter(({ y }) => y !== 0)) }
    }
    const runs = times(200, () => {
      const [a, b] = [draw(() => 0.5), draw((u) => (u > 0 ? 0.8 : 0.2))]
      const of = (which: 'all' | 'reporting', theta?: number) =>
        adjustRegimes([{ a: a[which], b: b[which] }], theta === undefined ? {} : { theta }).difference?.estimate ?? 0
      return { plain: of('reporting', 0), all: of('all'), reporting: of('reporting') }
    })
    const mean = (key: 'plain' | 'all' | 'reporting'): number => runs.reduce((sum, run) => sum + run[key], 0) / runs.length
    expect(mean('plain')).toBeGreaterThan(0.4)
    expect(Math.abs(mean('all') - mean('plain'))).toBeLessThan(0.03)
    expect(mean('reporting')).toBeLessThan(0.1)
  })
})

describe('frozen before', () => {
  const random = seededRandom(31)

  it('adjusted moments are the moments of adjusted units', () => {
    const units = times(50, () => ({ ...unit(random, 3), y: 1 + Math.floor(3 * random.uniform()) }))
    const said = adjustNumerators(covariateMomentsOf(units), 0.7, 4)
    const wanted = momentsOf(units.map(({ x, y, u }) => [x - 0.7 * (u - 4), y] as const))
    for (const key of ['n', 'sumX', 'sumY', 'sumXX', 'sumXY', 'sumYY'] as const) {
      expect(said[key]).toBeCloseTo(wanted[key], 9)
    }
  })

  it('slope and reference come from the arms’ own spread, not from the distance between arms', () => {
    const frozen = freezeCovariate([arm(random, 3_000, 0), arm(random, 3_000, 50)])
    expect(frozen.theta).toBeCloseTo(0.8, 1)
    expect(frozen.reference).toBeCloseTo(5, 1)
    expect(freezeCovariate([arm(random, 20, 0)]).theta).toBe(0)
    expect(freezeCovariate([])).toEqual({ theta: 0, reference: 0 })
  })

  it('units without a covariate (U = V = 0) stay as they are', () => {
    const some = covariateMomentsOf([{ x: 3, u: 0, v: 0 }, { x: 5, u: 0, v: 0 }])
    expect(adjustNumerators(some, 0.8, 5)).toMatchObject({ sumX: 8, sumXX: 34 })
  })
})

describe('covariate moments', () => {
  it('one number per unit needs four sums beside the ordinary ones', () => {
    const units = [{ x: 2, y: 3, u: 1 }, { x: 4, y: 1, u: 7 }]
    const whole = covariateMomentsOf(units)
    const plain = momentsOf(units.map(({ x, y }) => [x, y] as const))
    expect(withCovariate(plain, whole)).toEqual(whole)
  })

  it('pool over regimes without what moved between them', () => {
    const random = seededRandom(8)
    const late = (m: number) => covariateMomentsOf(times(400, () => {
      const { x, u } = unit(random, 10)
      return { x: x + m, u: u - m }
    }))
    const [early, drifted] = [{ a: late(0), b: late(0) }, { a: late(20), b: late(20) }]
    expect(pooledTheta([early, drifted])).toBeCloseTo(0.8, 1)
    const together = { a: addCovariateMoments(early.a, drifted.a), b: addCovariateMoments(early.b, drifted.b) }
    expect(pooledTheta([together])).toBeLessThan(-0.9)
  })
})
