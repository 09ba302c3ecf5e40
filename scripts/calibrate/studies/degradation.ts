import { addPairEpoch, alarmed, bucketIncrements, detect, newDetector, newPairDetector } from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import { levelAt } from '../streams.ts'
import type { Cell, Measured, Study } from '../study.ts'

const threshold = 1_000
const longest = 40_000
const healthy = 0.05

/** One detector, one update a unit: units until its alarm after the rate has become `rate`. */
const watch = (random: Random, rate: number): Measured => {
  let state = newDetector('sr')
  const [good, bad] = [bucketIncrements(0, 1, healthy), bucketIncrements(1, 1, healthy)]
  for (let n = 1; n <= longest; n++) {
    state = detect(state, random.uniform() < rate ? bad : good)
    if (alarmed(state, threshold)) return { 'units until the alarm': n, [`alarm within ${threshold / 10} units`]: n <= threshold / 10 ? 1 : 0 }
  }
  return { 'units until the alarm': longest, [`alarm within ${threshold / 10} units`]: 0 }
}

const perEpoch = 100
const pairThreshold = 200
const longestPair = 4_000

const successes = (random: Random, n: number, rate: number): number => {
  let count = 0
  for (let unit = 0; unit < n; unit++) if (random.uniform() < rate) count++
  return count
}

/** A candidate against its concurrent control, one update an epoch; the baseline of both swings. */
const watchPair = (random: Random, worse: number): Measured => {
  let state = newPairDetector
  for (let epoch = 1; epoch <= longestPair; epoch++) {
    const rate = healthy * levelAt(true, epoch / 200)
    const arm = (extra: number) => ({ n: perEpoch, successes: successes(random, perEpoch, rate + extra) })
    state = addPairEpoch(state, { a: arm(0), b: arm(worse), propensityA: 0.5, propensityB: 0.5 })
    if (alarmed(state.detector, pairThreshold)) return { 'epochs until the alarm': epoch }
  }
  return { 'epochs until the alarm': longestPair }
}

const single = [0.03, 0.05, 0.06, 0.07, 0.1, 0.2].map((rate): Cell => ({
  key: `rate ${rate}`,
  labels: { watched: 'one arm against 5 %', 'true failure rate': `${Math.round(rate * 100)} %` },
  runs: 1_000,
  quick: 6,
  claims: rate <= healthy
    ? [{ measure: 'units until the alarm', atLeast: threshold }, { measure: `alarm within ${threshold / 10} units`, atMost: 0.1 }]
    : rate >= 0.1 ? [{ measure: 'units until the alarm', atMost: 300 }] : [],
  run: (random) => watch(random, rate),
}))

const pairs = [0, 0.02, 0.05].map((worse): Cell => ({
  key: `pair ${worse}`,
  labels: { watched: 'candidate against control', 'true failure rate': worse === 0 ? 'the same, swinging' : `${worse * 100} points more, swinging` },
  runs: 500,
  quick: 3,
  claims: worse === 0 ? [{ measure: 'epochs until the alarm', atLeast: pairThreshold }] : [{ measure: 'epochs until the alarm', atMost: worse === 0.05 ? 40 : 150 }],
  run: (random) => watchPair(random, worse),
}))

export const degradation: Study = {
  name: 'degradation',
  title: 'Run length of the degradation detector',
  about: [
    `Mean run length until an alarm. While all is well (a failure rate of at most 5 %) it must be at least the threshold: ${threshold} units for one arm (e-SR, one update a unit), ${pairThreshold} epochs of ${perEpoch} units an arm for a`,
    `candidate against its concurrent control. Runs end after ${longest.toLocaleString('en')} units or ${longestPair.toLocaleString('en')} epochs and then count with those, so that the figures of healthy arms are lower bounds.`,
  ].join('\n'),
  cells: [...single, ...pairs],
  plots: [
    {
      name: 'runs', title: 'Units until the alarm of a detector with threshold 1,000', where: { watched: 'one arm against 5 %' },
      category: 'true failure rate', measures: ['units until the alarm'], reference: threshold,
    },
  ],
}
