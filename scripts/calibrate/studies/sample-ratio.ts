import { adaptiveSampleRatioP, addEpoch, type Arrivals, noEpochs, sampleRatio } from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import type { Cell, Measured, Study } from '../study.ts'

const units = 50_000
const batch = 50

/** Which arm each unit goes to, and which never arrive: `lost` of the last arm's. */
const arrive = (random: Random, weights: readonly number[], lost: number, into: number[]): void => {
  let rest = random.uniform()
  let arm = 0
  while (arm < weights.length - 1 && rest >= weights[arm]!) rest -= weights[arm++]!
  if (arm === weights.length - 1 && lost > 0 && random.uniform() < lost) return
  into[arm]!++
}

const found = (pValue: number, at: number): Measured => ({
  'p ≤ .05': pValue <= 0.05 ? 1 : 0, 'p ≤ .01': pValue <= 0.01 ? 1 : 0, 'p ≤ .001': pValue <= 0.001 ? 1 : 0, ...(at > 0 ? { 'units until p ≤ .001': at } : {}),
})

/** Fixed weights: all units are one regime, looked at after each batch. */
const fixedWeights = (weights: readonly number[], lost: number) => (random: Random): Measured => {
  const counts = weights.map(() => 0)
  let peak = 0
  let at = 0
  for (let n = 0; n < units; n += batch) {
    for (let unit = 0; unit < batch; unit++) arrive(random, weights, lost, counts)
    peak = sampleRatio([{ weights: [...weights], counts }], peak).peak
    if (at === 0 && Math.exp(-peak) <= 0.001) at = n + batch
  }
  return found(Math.exp(-peak), at)
}

/** Weights that a bandit moves: each epoch of 250 units has its own. */
const movingWeights = (lost: number) => (random: Random): Measured => {
  let state = noEpochs
  let at = 0
  for (let n = 0; n < units; n += 250) {
    const first = 0.1 + 0.8 * random.uniform()
    const arrivals: Arrivals = { weights: [first, 1 - first], counts: [0, 0] }
    for (let unit = 0; unit < 250; unit++) arrive(random, arrivals.weights, lost, arrivals.counts as number[])
    state = addEpoch(state, arrivals)
    if (at === 0 && adaptiveSampleRatioP(state) <= 0.001) at = n + 250
  }
  return found(adaptiveSampleRatioP(state), at)
}

const designs: readonly (readonly [string, (lost: number) => Cell['run']])[] = [
  ['50/50', (lost) => fixedWeights([0.5, 0.5], lost)],
  ['80/20', (lost) => fixedWeights([0.8, 0.2], lost)],
  ['95/5', (lost) => fixedWeights([0.95, 0.05], lost)],
  ['40/30/20/10', (lost) => fixedWeights([0.4, 0.3, 0.2, 0.1], lost)],
  ['moves every 250 units', movingWeights],
]

const losses = [0, 0.02, 0.06, 0.2]

export const sampleRatioStudy: Study = {
  name: 'sample-ratio',
  title: 'Sample-ratio test: false alarms and what it finds',
  about: [
    `A look after every ${batch} of ${units.toLocaleString('en')} units; a part of the last arm's units never arrives. Without a loss each column is the chance of a false alarm and must stay below its`,
    'level; with one it is the chance of finding it. *Units until*: over the runs that found it.',
  ].join('\n'),
  cells: designs.flatMap(([weights, run]) =>
    losses.map((lost): Cell => ({
      key: `${weights} ${lost}`,
      labels: { weights, lost: `${lost * 100} %` },
      runs: lost === 0 ? 4_000 : 1_000,
      quick: 12,
      claims:
        lost === 0
          ? [{ measure: 'p ≤ .05', atMost: 0.05 }, { measure: 'p ≤ .01', atMost: 0.012 }]
          : lost === 0.2 && weights !== '95/5' && weights !== '40/30/20/10' ? [{ measure: 'p ≤ .001', atLeast: 0.95 }] : [],
      run: run(lost),
    })),
  ),
  plots: [{ name: 'found', title: 'Runs with an alarm (p ≤ .001) within 50,000 units', category: 'weights lost', measures: ['p ≤ .001'] }],
}
