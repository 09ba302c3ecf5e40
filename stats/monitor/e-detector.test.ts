import { describe, expect, it } from 'vitest'
import type { Epoch2x2 } from '../exact/two-by-two.ts'
import { type Random, seededRandom } from '../random.ts'
import { momentsOf, noMoments, perUnitMoments } from '../moments/moments.ts'
import { BASELINE_UNITS, addBoundedDays, addPairEpoch, addUnitDays, healthyMean, healthyRate, newPairDetector } from './degradation.ts'
import {
  type Detector, alarmed, boundedIncrements, bucketIncrements, detect, detectorLog, detectorThreshold, meanIncrements, newDetector,
} from './e-detector.ts'

describe('an update', () => {
  it('adds a fresh bet (sr) or restarts a losing one (cusum)', () => {
    const up = Math.log(1.5)
    const sr = detect(detect(newDetector('sr'), [up]), [up])
    expect(Math.exp(detectorLog(sr))).toBeCloseTo(1.5 * (1.5 + 1), 12)
    const lost = detect(newDetector('cusum'), [Math.log(0.5)])
    expect(Math.exp(detectorLog(detect(lost, [up])))).toBeCloseTo(1.5, 12)
    expect(detectorLog(newDetector())).toBe(-Infinity)
    expect(alarmed(newDetector(), 10)).toBe(false)
  })

  it('of a bucket is the product of its units, and starts a bet for each of them', () => {
    const [m0, lambdas] = [0.1, [2]]
    const [failed, fine] = [meanIncrements(1, m0, lambdas)[0] ?? 0, meanIncrements(0, m0, lambdas)[0] ?? 0]
    expect(bucketIncrements(3, 20, m0, lambdas)[0]).toBeCloseTo(3 * failed + 17 * fine, 12)
    const state = detect(detect(newDetector(), [0]), bucketIncrements(3, 20, m0, lambdas), 20)
    expect(Math.exp(detectorLog(state))).toBeCloseTo(Math.exp(3 * failed + 17 * fine) * 21, 9)
    expect(state.updates).toBe(21)
  })

  it('averages bets, neither overflows nor underflows, and stays plain data', () => {
    let state: Detector = newDetector()
    for (let i = 0; i < 200; i++) state = detect(state, bucketIncrements(0, 10_000, 0.2))
    expect(Number.isFinite(detectorLog(state))).toBe(true)
    for (let i = 0; i < 200; i++) state = detect(state, bucketIncrements(10_000, 10_000, 0.2))
    expect(detectorLog(state)).toBeGreaterThan(1e6)
    expect(Number.isFinite(detectorLog(state))).toBe(true)
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    expect(JSON.parse(JSON.stringify(newDetector()))).toEqual(newDetector())
  })

  it('names what it refuses', () => {
    expect(() => detect(newDetector(), [])).toThrow(/logIncrements/)
    expect(() => detect(detect(newDetector(), [0, 0]), [0])).toThrow(/logIncrements/)
    expect(() => detect(newDetector(), [Number.NaN])).toThrow(/logIncrements\[0\]/)
    expect(() => detect(newDetector(), [0], 0)).toThrow(/units/)
    expect(() => meanIncrements(1.2, 0.1)).toThrow(/x must/)
    expect(() => meanIncrements(1, 0.1, [10])).toThrow(/lambda/)
    expect(() => bucketIncrements(3, 2, 0.1)).toThrow(/y must/)
    expect(() => alarmed(newDetector(), 1)).toThrow(/threshold/)
    expect(() => detectorThreshold(0, 100)).toThrow(/detectors/)
  })
})

describe('false alarms', () => {
  const m0 = 0.1

  /** Units until the alarm, at most 20,000: values arrive in buckets, and fail together in storms while all is well. */
  const runLength = (random: Random, rate: number, bucket: number, threshold: number, claimed = m0): number => {
    let state: Detector = newDetector()
    let storm = false
    while (state.updates < 20_000) {
      storm = random.uniform() < (storm ? 0.8 : 0.05)
      // a storm and a calm have the same mean over both, and each bucket's is at most the rate claimed
      let failures = 0
      for (let unit = 0; unit < bucket; unit++) if (random.uniform() < (storm ? rate : rate * 0.7)) failures++
      state = addUnitDays(state, failures, bucket, claimed)
      if (alarmed(state, threshold)) break
    }
    return state.updates
  }

  const meanLength = (rate: number, bucket: number, claimed = m0): number => {
    const lengths = Array.from({ length: 120 }, (_, seed) => runLength(seededRandom(seed), rate, bucket, 500, claimed))
    return lengths.reduce((sum, n) => sum + n, 0) / lengths.length
  }

  it('are at least the threshold of units apart, however they are grouped', () => {
    expect(meanLength(m0, 1)).toBeGreaterThan(500)
    expect(meanLength(m0, 20)).toBeGreaterThan(500)
  })

  it('come sooner when the healthy rate is claimed too low, or the rate has doubled', () => {
    expect(meanLength(m0, 20, 0.04)).toBeLessThan(300)
    expect(meanLength(2 * m0, 20)).toBeLessThan(250)
  })
})

describe('the healthy rate', () => {
  it('is known from 2,000 units on, and leaves a margin above the bound', () => {
    expect(healthyRate(100, BASELINE_UNITS - 1)).toBeNull()
    const low = healthyRate(10, BASELINE_UNITS) ?? 0
    expect(low).toBeGreaterThan(0.005 + 0.01)
    expect(low).toBeLessThan(0.035)
    const high = healthyRate(1_000, BASELINE_UNITS) ?? 0
    expect(high).toBeGreaterThan(0.6)
    expect(high).toBeLessThan(0.7)
    expect(healthyRate(1_950, BASELINE_UNITS)).toBeNull()
    expect(healthyRate(0, BASELINE_UNITS)).toBeGreaterThan(0.01)
    expect(() => healthyRate(3, 2)).toThrow(/successes/)
  })

  it('an empty bucket changes nothing', () => {
    expect(addUnitDays(newDetector(), 0, 0, 0.1)).toEqual(newDetector())
  })
})

describe('means of values in [0, 1]', () => {
  const [m0, threshold] = [0.3, 1_000]
  type Unit = readonly [x: number, y: number]
  /** A unit with one to four values around a level of its own, whose mean over all units is `mean`. */
  const unitOf = ({ uniform }: Random, mean: number): Unit => {
    const level = Math.min(1, Math.max(0, mean + 0.2 * (uniform() - 0.5)))
    const values = 1 + Math.floor(uniform() * 4)
    let x = 0
    for (let value = 0; value < values; value++) x += uniform() < 0.5 ? 0.5 * level : 1.5 * level
    return [x, values]
  }
  const bucketOf = (random: Random, mean: number, size: number) => momentsOf(Array.from({ length: size }, () => unitOf(random, mean)))
  const single = (random: Random, mean: number): Unit => [random.uniform() < 0.5 ? mean * 0.4 : mean * 1.6, 1]

  it('are bet on as units of 0 and 1 are, where they are such', () => {
    const [exact, bounded] = [bucketIncrements(7, 40, 0.1), boundedIncrements(perUnitMoments(40, 7, 7), 0.1)]
    bounded.forEach((log, index) => expect(log).toBeCloseTo(exact[index]!, 12))
  })

  it('are never bet on with more than the bet on each unit would have won', () => {
    const random = seededRandom(5)
    for (let run = 0; run < 200; run++) {
      const units = Array.from({ length: 1 + Math.floor(random.uniform() * 12) }, () => unitOf(random, 0.05 + 0.6 * random.uniform()))
      const moments = momentsOf(units)
      const mean = moments.sumY / moments.n
      const most = mean + Math.sqrt(Math.max(0, moments.sumYY / moments.n - mean ** 2) * (moments.n - 1))
      const lambdas = [0.05, 0.4, 0.8].map((stake) => stake / m0)
      const single = lambdas.map((lambda) => units.reduce((sum, [x, y]) => sum + Math.log1p((lambda * (x - m0 * y)) / most), 0))
      boundedIncrements(moments, m0, lambdas).forEach((log, index) => expect(log).toBeLessThanOrEqual(single[index]! + 1e-9))
    }
  })

  it('alarm by unit N in at most N of every threshold runs while the mean is the healthy one', () => {
    const within = 250
    for (const draw of [(random: Random) => momentsOf(Array.from({ length: 10 }, () => single(random, m0))), (random: Random) => bucketOf(random, m0, 10)]) {
      let alarms = 0
      for (let seed = 0; seed < 1_000; seed++) {
        const random = seededRandom(seed)
        let state = newDetector()
        while (state.updates < within && !alarmed(state, threshold)) state = addBoundedDays(state, draw(random), m0)
        if (alarmed(state, threshold)) alarms++
      }
      // N/c = 0.25, and four standard errors of a thousand runs would be 0.055
      expect(alarms / 1_000).toBeLessThanOrEqual(within / threshold)
    }
  })

  it('find a shift of a narrow distribution that units of 0 and 1 with the same mean would hide', () => {
    const updatesUntil = (draw: (random: Random) => Unit): number => {
      const random = seededRandom(3)
      let state = newDetector()
      while (state.updates < 20_000 && !alarmed(state, 1e6)) state = addBoundedDays(state, momentsOf(Array.from({ length: 50 }, () => draw(random))), m0)
      return state.updates
    }
    const narrow = updatesUntil(({ uniform }) => [0.33 + 0.1 * (uniform() - 0.5), 1])
    expect(narrow).toBeLessThan(600)
    expect(updatesUntil(({ uniform }) => [uniform() < 0.33 ? 1 : 0, 1])).toBeGreaterThan(4 * narrow)
  })

  it('have a healthy mean above their own, from 2,000 units on, for units with several values as well', () => {
    const random = seededRandom(4)
    const units = (count: number) => bucketOf(random, 0.3, count)
    expect(healthyMean(units(BASELINE_UNITS - 1))).toBeNull()
    const healthy = healthyMean(units(BASELINE_UNITS)) ?? 0
    expect(healthy).toBeGreaterThan(0.36)
    expect(healthy).toBeLessThan(0.41)
    expect(healthyMean(perUnitMoments(BASELINE_UNITS, 1_950, 1_950))).toBeNull()
    expect(() => boundedIncrements(perUnitMoments(10, 11, 13), 0.2)).toThrow(/sumX/)
    expect(addBoundedDays(newDetector(), noMoments, 0.2)).toEqual(newDetector())
  })
})

describe('a pair watched together', () => {
  const draw = (random: Random, pa: number, pb: number): Epoch2x2 => {
    const arm = (p: number) => {
      let successes = 0
      for (let unit = 0; unit < 50; unit++) if (random.uniform() < p) successes++
      return { n: 50, successes }
    }
    return { a: arm(pa), b: arm(pb), propensityA: 1, propensityB: 1 }
  }
  /** Epochs until the alarm, at most 600; both arms follow a daily wave, b is worse from epoch `change` on. */
  const runLength = (seed: number, change: number, threshold: number): number => {
    const random = seededRandom(seed)
    let state = newPairDetector
    while (state.detector.updates < 600) {
      const epoch = state.detector.updates
      const wave = 0.1 + 0.08 * Math.sin((epoch * Math.PI) / 12)
      state = addPairEpoch(state, draw(random, wave, epoch >= change ? wave + 0.15 : wave))
      if (alarmed(state.detector, threshold)) break
    }
    return state.detector.updates
  }
  const mean = (values: number[]): number => values.reduce((sum, n) => sum + n, 0) / values.length

  it('alarms soon after a change of one arm, not on waves of both', () => {
    const seeds = Array.from({ length: 60 }, (_, seed) => seed)
    expect(mean(seeds.map((seed) => runLength(seed, Infinity, 100)))).toBeGreaterThan(100)
    const delays = seeds.map((seed) => runLength(seed, 20, 100) - 20)
    expect(mean(delays)).toBeLessThan(60)
  })
})
