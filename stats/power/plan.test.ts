import { describe, expect, it } from 'vitest'
import { addBlock, noBlocks } from '../exact/index.ts'
import { driftForPower, looksOf, scheduleAt } from '../group-sequential/index.ts'
import { seededRandom } from '../random.ts'
import { criticalValue, tuning } from '../sequential/asymptotic-cs.ts'
import { normalCdf, normalQuantile } from '../special/index.ts'
import { laterPower, scalingFactor } from './mid-experiment.ts'
import { noncentralTCdf, noncentralTSurvival } from './noncentral-t.ts'
import { sequentialOperatingCharacteristics } from './operating.ts'
import { costOf, powerOf } from './plan.ts'
import { unitsPerArmForShare } from './sample-size.ts'
import { tTestPower, tTestUnits } from './t-test.ts'

describe('the noncentral t distribution', () => {
  // expected values: 30-digit integrals of Φ(t√(x/ν) − δ) over the chi-square density, by mpmath
  it.each([
    [2, 10, 1, 0.807611562530375], [-2, 10, 1, 0.003302485766631587], [2, 1, 3, 0.1795624965522416],
    [50, 1, 3, 0.9521590910881227], [3, 1e6, 2, 0.8413440201576851], [2, 58, 3.87, 0.03237849191605993],
    [-5, 5, 2, 7.030610506244314e-6], [100, 2, 30, 0.9138562518347082], [1.5, 0.5, 1, 0.4595996639925004],
  ])('t = %d, %d degrees, noncentrality %d', (t, degrees, noncentrality, probability) => {
    expect(noncentralTCdf(t, degrees, noncentrality) / probability).toBeCloseTo(1, 12)
    expect(noncentralTSurvival(t, degrees, noncentrality)).toBeCloseTo(1 - probability, 12)
  })

  it('names what it refuses', () => {
    expect(() => noncentralTCdf(Number.NaN, 1, 0)).toThrow('t must')
    expect(() => noncentralTCdf(1, 0, 0)).toThrow('degrees')
    expect(() => noncentralTSurvival(1, 1, Infinity)).toThrow('noncentrality')
  })
})

describe('the t test', () => {
  it('needs as many units as published tables say', () => {
    // Cohen (1988), table 2.4.1: d = .2, .5, .8 at 80 % power
    expect([0.2, 0.5, 0.8].map((effectSize) => tTestUnits({ effectSize, alpha: 0.05 }))).toEqual([394, 64, 26])
    expect(tTestUnits({ effectSize: 40, alpha: 0.05 })).toBe(2)
  })

  it('with nothing to find rejects at its level', () => {
    for (const alternative of ['two-sided', 'greater', 'less'] as const) {
      expect(tTestPower({ effectSize: 0, n1: 5, n2: 9, alpha: 0.07, alternative })).toBeCloseTo(0.07, 12)
    }
    const greater = tTestPower({ effectSize: 0.5, n1: 20, n2: 20, alpha: 0.05, alternative: 'greater' })
    expect(tTestPower({ effectSize: -0.5, n1: 20, n2: 20, alpha: 0.05, alternative: 'less' })).toBeCloseTo(greater, 12)
    expect(() => tTestPower({ effectSize: 1, n1: 1, n2: 9, alpha: 0.05 })).toThrow('n1')
    expect(() => tTestUnits({ effectSize: 0, alpha: 0.05 })).toThrow('effect')
  })
})

describe('a monitored sequence', () => {
  it('does what simulated ones do', () => {
    const [times, drift] = [Array.from({ length: 20 }, (_, index) => (index + 1) / 10), 2.8]
    const { rejected, meanTime } = sequentialOperatingCharacteristics({ alpha: 0.05, tunedAt: 1, times, drift })
    const { uniform } = seededRandom(11)
    const [runs, first] = [8_000, times.map(() => 0)]
    let elapsed = 0
    for (let run = 0; run < runs; run++) {
      let [score, stopped] = [0, times.length]
      for (const [index, time] of times.entries()) {
        score += drift * 0.1 + Math.sqrt(0.1) * normalQuantile(uniform())
        if (Math.abs(score) / Math.sqrt(time) < criticalValue(tuning(0.05) * time, 0.05)) continue
        stopped = index
        first[index]!++
        break
      }
      elapsed += times[stopped] ?? 2
    }
    let soFar = 0
    for (const [index, chance] of rejected.entries()) {
      soFar += first[index]!
      expect(Math.abs(soFar / runs - chance)).toBeLessThan(4.5 * Math.sqrt(0.25 / runs))
    }
    expect(Math.abs(elapsed / runs - meanTime)).toBeLessThan(0.04)
  })

  it('errs less than its level, one-sided and two-sided', () => {
    const times = Array.from({ length: 200 }, (_, index) => (index + 1) / 20)
    for (const sides of [1, 2] as const) {
      const { chance } = sequentialOperatingCharacteristics({ alpha: 0.05, sides, tunedAt: 1, times, drift: 0 })
      expect(chance).toBeGreaterThan(0.01)
      expect(chance).toBeLessThan(0.05)
    }
    expect(() => sequentialOperatingCharacteristics({ alpha: 0.05, tunedAt: 0, times, drift: 0 })).toThrow('tunedAt')
  })
})

describe('what a reading costs', () => {
  const aim = { alpha: 0.05 }

  it('a sequence needs more at most, about as much on average, and has the power it was planned for', () => {
    const cost = costOf({ kind: 'sequential' }, aim)
    expect(cost.inflation).toBeGreaterThan(1.6)
    expect(cost.inflation).toBeLessThan(1.75)
    expect(cost.meanWithEffect).toBeCloseTo(1.02, 2)
    expect(cost.meanWithout).toBeLessThan(cost.inflation)
    expect(cost.meanWithout).toBeGreaterThan(0.97 * cost.inflation)
    const zEffect = (normalQuantile(0.975) + normalQuantile(0.8)) * Math.sqrt(cost.inflation)
    expect(powerOf({ kind: 'sequential' }, aim, zEffect)).toBeCloseTo(0.8, 2)
  })

  it('scheduled looks cost little and save on average', () => {
    const cost = costOf({ kind: 'group-sequential', looks: 5 }, aim, 0.9)
    const looks = looksOf(scheduleAt(aim, [0.2, 0.4, 0.6, 0.8, 1]))
    const fixed = normalQuantile(0.975) + normalQuantile(0.9)
    expect(cost.inflation).toBeCloseTo((driftForPower(looks, 0.9) / fixed) ** 2, 9)
    expect(cost.meanWithEffect).toBeLessThan(0.8)
    expect(cost.stopped.at(-1)).toBeCloseTo(0.9, 6)
    expect(powerOf({ kind: 'group-sequential', looks: 5 }, aim, fixed * Math.sqrt(cost.inflation))).toBeCloseTo(0.9, 6)
    expect(costOf({ kind: 'group-sequential', looks: 1 }, aim).inflation).toBeCloseTo(1, 8)
  })

  it('exact evidence costs what the e-process itself does', () => {
    const cost = costOf({ kind: 'exact' }, aim)
    const [share, more, units] = [0.1, 0.05, 11]
    const fixed = unitsPerArmForShare(share, more, 0.05)
    const { uniform } = seededRandom(21)
    const arm = (chance: number): { n: number; successes: number } => {
      let successes = 0
      for (let unit = 0; unit < units; unit++) if (uniform() < chance) successes++
      return { n: units, successes }
    }
    const times = Array.from({ length: 600 }, () => {
      let [state, epochs] = [noBlocks, 0]
      while (state.logE < Math.log(20) && epochs++ < 400) {
        state = addBlock(state, { a: arm(share), b: arm(share + more), propensityA: 1, propensityB: 1 })
      }
      return (epochs * units) / fixed
    }).toSorted((a, b) => a - b)
    // the limit of many units an epoch is a little cheaper; 600 runs know the quantile to 4 %
    expect(times[479]! / cost.inflation).toBeGreaterThan(0.9)
    expect(times[479]! / cost.inflation).toBeLessThan(1.15)
    expect(powerOf({ kind: 'exact' }, aim, 0)).toBeLessThan(0.05)
    expect(cost.meanWithEffect).toBeLessThan(cost.meanWithout)
  })

  it('one look at the end is the unit of measure', () => {
    expect(costOf({ kind: 'fixed' }, aim)).toMatchObject({ inflation: 1, meanWithEffect: 1 })
    const upward = powerOf({ kind: 'fixed' }, { alpha: 0.05, sides: 1 }, 2)
    expect(upward).toBeCloseTo(normalCdf(2 - normalQuantile(0.95)), 12)
    expect(powerOf({ kind: 'fixed' }, aim, 0)).toBeCloseTo(0.05, 12)
  })

  it('names what it refuses', () => {
    expect(() => costOf({ kind: 'fixed' }, aim, 0.02)).toThrow('power')
    expect(() => costOf({ kind: 'group-sequential', looks: 0 }, aim)).toThrow('looks')
    expect(() => costOf({ kind: 'sequential', tunedAt: -1 }, aim)).toThrow('tunedAt')
    expect(() => powerOf({ kind: 'fixed' }, aim, -1)).toThrow('zEffect')
  })
})

describe('a running experiment', () => {
  const running = { variance: 0.01, units: 1_000, effect: 0.1, alpha: 0.05 }

  it('needs what brings it to the wanted power, and nothing once it is there', () => {
    for (const judged of [
      { kind: 'fixed' }, { kind: 'sequential', units: 5_000 }, { kind: 'bayesian', priorMean: 0, priorVariance: 0.04 },
    ] as const) {
      const more = scalingFactor(running, judged)!
      expect(more).toBeGreaterThan(1)
      expect(laterPower(running, judged, more)).toBeCloseTo(0.8, 7)
      expect(scalingFactor({ ...running, effect: 2 }, judged)).toBe(0)
    }
    expect(scalingFactor({ ...running, effect: 1e-9 }, { kind: 'fixed' })).toBeNull()
    expect(() => laterPower({ ...running, variance: 0 }, { kind: 'fixed' }, 1)).toThrow('variance')
  })
})
