import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import { chiSquareSampleRatio } from './chi-square.ts'
import { adaptiveSampleRatioP, addEpoch, noEpochs } from './sample-ratio-adaptive.ts'
import { addArrivals, mergeArrivals, noArrivals, sampleRatio, sampleRatioLogBayesFactor } from './sample-ratio.ts'

const even = [0.5, 0.5]

describe('sampleRatio', () => {
  it('looks the same however the units were batched', () => {
    const once = addArrivals(noArrivals, { weights: even, counts: [900, 1_000] })
    const slowly = [[400, 500], [300, 250], [200, 250]].reduce(
      (state, counts) => addArrivals(state, { weights: [1, 1], counts }), noArrivals,
    )
    expect(slowly.regimes).toEqual(once.regimes)
    expect(sampleRatio(slowly.regimes).logBayesFactor).toBeCloseTo(sampleRatio(once.regimes).logBayesFactor, 12)
  })

  it('multiplies over regimes and remembers its peak', () => {
    const lopsided = addArrivals(noArrivals, { weights: [0.9, 0.1], counts: [900, 200] })
    const later = addArrivals(lopsided, { weights: even, counts: [50_000, 50_000] })
    expect(later.regimes).toHaveLength(2)
    expect(later.peak).toBe(lopsided.peak)
    expect(sampleRatio(later.regimes, later.peak).pValue).toBe(Math.exp(-lopsided.peak))
    expect(sampleRatio(later.regimes).observed).toEqual([50_900, 50_200])
    expect(sampleRatio(later.regimes).expected).toEqual([50_990, 50_110])
  })

  it('averages the two concentrations as martingales', () => {
    const arrivals = { weights: even, counts: [5_200, 4_800] }
    const [small, large] = [sampleRatioLogBayesFactor(arrivals, 100), sampleRatioLogBayesFactor(arrivals, 10_000)]
    expect(sampleRatio([arrivals]).logBayesFactor).toBeCloseTo(Math.log((Math.exp(small) + Math.exp(large)) / 2), 12)
  })

  it('merges disjoint streams', () => {
    const one = addArrivals(noArrivals, { weights: even, counts: [700, 500] })
    const two = addArrivals(noArrivals, { weights: even, counts: [500, 700] })
    expect(mergeArrivals(one, two)).toEqual({ regimes: [{ weights: even, counts: [1_200, 1_200] }], peak: 0 })
    expect(mergeArrivals(one, noArrivals)).toEqual(one)
  })

  it('answers every edge without NaN', () => {
    expect(sampleRatio([])).toMatchObject({ logBayesFactor: 0, pValue: 1 })
    expect(sampleRatio([{ weights: even, counts: [0, 0] }]).pValue).toBe(1)
    expect(sampleRatio([{ weights: [1, 0], counts: [500, 0] }]).pValue).toBe(1)
    expect(sampleRatio([{ weights: [1, 0], counts: [500, 1] }]).pValue).toBe(0)
    expect(sampleRatio([{ weights: even, counts: [1e7, 0] }]).pValue).toBe(0)
    expect(sampleRatio([{ weights: even, counts: [3, 0] }], 2).pValue).toBe(Math.exp(-2))
  })

  it('names the argument it refuses', () => {
    expect(() => sampleRatio([{ weights: [0, 0], counts: [1, 1] }])).toThrow(/weights/)
    expect(() => sampleRatio([{ weights: [-1, 2], counts: [1, 1] }])).toThrow(/weights\[0\]/)
    expect(() => sampleRatio([{ weights: even, counts: [1.5, 1] }])).toThrow(/counts\[0\]/)
    expect(() => sampleRatio([{ weights: even, counts: [1] }])).toThrow(/counts/)
    expect(() => sampleRatio([], -1)).toThrow(/peak/)
    expect(() => sampleRatioLogBayesFactor({ weights: even, counts: [1, 1] }, 0)).toThrow(/concentration/)
  })
})

describe('chiSquareSampleRatio', () => {
  it('handles no units, one variant, and a unit where none may be', () => {
    expect(chiSquareSampleRatio({ weights: even, counts: [0, 0] }).pValue).toBe(1)
    expect(chiSquareSampleRatio({ weights: [1, 0], counts: [5, 0] })).toEqual({ statistic: 0, pValue: 1 })
    expect(chiSquareSampleRatio({ weights: [1, 0], counts: [5, 1] }).pValue).toBe(0)
  })
})

describe('the adaptive form', () => {
  it('is the pooled test while weights stay', () => {
    const batches = [[40, 52], [31, 39], [77, 90]]
    const adaptive = batches.reduce((state, counts) => addEpoch(state, { weights: [0.45, 0.55], counts }), noEpochs)
    const pooled = sampleRatioLogBayesFactor({ weights: [0.45, 0.55], counts: [148, 181] }, 100)
    expect(adaptive.logBayesFactors[0]).toBeCloseTo(pooled, 10)
  })

  it('survives variants that come and go', () => {
    const epochs = [{ weights: [1, 0, 0], counts: [50, 0, 0] }, { weights: [0.4, 0.6, 0], counts: [40, 60, 0] },
      { weights: [0, 0.5, 0.5], counts: [0, 48, 52] }]
    const state = epochs.reduce(addEpoch, noEpochs)
    expect(adaptiveSampleRatioP(state)).toBeGreaterThan(0.5)
    expect(adaptiveSampleRatioP(addEpoch(state, { weights: [0, 1, 0], counts: [1, 0, 0] }))).toBe(0)
  })
})

/** Arrivals of `units` draws, of which the second variant loses a share before they are counted. */
const arrive = (random: Random, units: number, share: number, loss: number): [number, number] => {
  const counts: [number, number] = [0, 0]
  for (let unit = 0; unit < units; unit++) {
    if (random.uniform() >= share) counts[0]++
    else if (random.uniform() >= loss) counts[1]++
  }
  return counts
}

/** 336 epochs of 60 units each, and the share of the second variant in them. */
const epochs = (seed: number, loss: number, shareIn: (epoch: number) => number) => {
  const random = seededRandom(seed)
  return Array.from({ length: 336 }, (_, epoch) => {
    const share = shareIn(epoch)
    return { weights: [1 - share, share], counts: arrive(random, 60, share, loss) }
  })
}

/** The p-value after looking at the end of every epoch: pooled, restarted with each epoch, and adaptive. */
const pooledP = (list: ReturnType<typeof epochs>): number => Math.exp(-list.reduce(addArrivals, noArrivals).peak)
const adaptiveP = (list: ReturnType<typeof epochs>): number => adaptiveSampleRatioP(list.reduce(addEpoch, noEpochs))
const restartedP = (list: ReturnType<typeof epochs>): number => {
  let [sum, peak] = [0, 0]
  for (const epoch of list) {
    sum += sampleRatioLogBayesFactor(epoch, 10_000)
    peak = Math.max(peak, sum)
  }
  return Math.exp(-peak)
}

describe('over a run of many small epochs', () => {
  const runs = (count: number, loss: number, shareIn: (epoch: number) => number) =>
    Array.from({ length: count }, (_, seed) => epochs(seed, loss, shareIn))
  const below = (limit: number, values: number[]): number => values.filter((p) => p <= limit).length / values.length
  const moving = (epoch: number): number => 0.3 + (0.4 * ((epoch * 7) % 11)) / 10

  it('raises fewer false alarms than its level', () => {
    expect(below(0.1, runs(200, 0, () => 0.5).map(pooledP))).toBeLessThanOrEqual(0.1)
    expect(below(0.1, runs(200, 0, moving).map(adaptiveP))).toBeLessThanOrEqual(0.1)
  })

  it('finds a loss of 6 % that restarting never sees', () => {
    const lossy = runs(150, 0.06, () => 0.5)
    expect(below(0.001, lossy.map(pooledP))).toBeGreaterThan(0.25)
    expect(below(0.001, lossy.map(restartedP))).toBe(0)
  })

  it('finds it under ever-changing weights, too', () => {
    expect(below(0.001, runs(100, 0.08, moving).map(adaptiveP))).toBeGreaterThan(0.5)
  })
})
