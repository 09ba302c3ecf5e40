import {
  exactRho, missingMinimums, addMoments, noMoments, type Moments, stratifiedContrast, stratify, twoSided,
} from '../../../stats/index.ts'
import { pairContrast, pairEpochs, pairEstimate, planVariance, type PairEpoch } from '../../../stats/adaptive/index.ts'
import type { Random } from '../../../stats/random.ts'
import { binaryOutcomes, cyclicDrift, type Drift, linearDrift, noDrift, simulateBandit } from '../../../stats/simulate/index.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'

const alpha = 0.05
const batches = 50
const batchSize = 200
const baseline = 0.3
const variance = baseline * (1 - baseline)
/** Units for which every sequence is tuned. */
const planned = 5_000

const rhoOf = {
  naive: exactRho(planned, alpha),
  uniform: exactRho(planVariance(planned, variance, 4), alpha),
  common: exactRho(planVariance(planned, variance, 1 / 4), alpha),
}

type Ends = { lower: number; upper: number }

/** All units of the arms together, as if traffic had never moved. */
const naive = (a: Moments, b: Moments): Ends | null => {
  const contrast = stratifiedContrast(stratify([{ a, b }]))
  if (!contrast || contrast.variance === null) return null
  return twoSided({ estimate: contrast.estimate, se: Math.sqrt(contrast.variance), n: a.n + b.n }, { alpha, rho: rhoOf.naive })
}

const robust = (epochs: readonly PairEpoch[], rho: number): Ends | null => {
  const pair = pairEstimate(epochs)
  const at = pair && pairContrast(pair)
  return at && twoSided(at, { alpha, rho })
}

type Situation = { rates: readonly number[]; floor: number; drift: Drift; posterior: 'epochs' | 'pooled' }

/** One bandit, its contrast of the last arm with the first looked at after every batch. */
const watch = (random: Random, { rates, floor, drift, posterior }: Situation): Measured => {
  const last = rates.length - 1
  const truth = rates[last]! - rates[0]!
  const seed = Math.floor(random.uniform() * 2 ** 52)
  const epochs = simulateBandit({ arms: rates.map(binaryOutcomes), batches, batchSize, seed, drift, floor, posterior })
  const pairs = pairEpochs(epochs, 0, last)
  const covers = { naive: 1, uniform: 1, common: 1 }
  let [a, b] = [noMoments, noMoments]
  let wins = 0
  for (let look = 1; look <= batches; look++) {
    const { a: one, b: other } = pairs[look - 1]!
    a = addMoments(a, one.moments)
    b = addMoments(b, other.moments)
    if (missingMinimums([{ a, b }], { share: true }).length > 0) continue
    const so = pairs.slice(0, look)
    const ends = { naive: naive(a, b), uniform: robust(so.map((epoch) => ({ ...epoch, weight: 1 })), rhoOf.uniform), common: robust(so, rhoOf.common) }
    for (const key of ['naive', 'uniform', 'common'] as const) {
      const interval = ends[key]
      if (interval && (truth < interval.lower || truth > interval.upper)) covers[key] = 0
    }
    if (truth === 0 && ends.common && ends.common.lower > 0) wins = 1
  }
  return {
    'naive covers': covers.naive, 'uniform AIPW covers': covers.uniform, 'common-weight AIPW covers': covers.common,
    ...(truth === 0 ? { 'wrong win': wins } : {}),
  }
}

const worlds = [['2, no difference', [0.3, 0.3]], ['2, effect .06', [0.3, 0.36]], ['3, no difference', [0.3, 0.3, 0.3]], ['3, effects .03 and .06', [0.3, 0.33, 0.36]]] as const
const drifts = [['none', noDrift], ['rises by .2', linearDrift(0.2)], ['swings by .1', cyclicDrift(0.1, 3)]] as const

const cells = worlds.flatMap(([arms, rates]) =>
  drifts.flatMap(([name, drift]) =>
    ([['epochs', 0.02], ['pooled', 0.02], ['epochs', 0.05]] as const).map(([posterior, floor]): Cell => {
      const claims: Claim[] = [{ measure: 'common-weight AIPW covers', atLeast: 0.94 }]
      if (arms.includes('no')) claims.push({ measure: 'wrong win', atMost: 0.03 })
      // the pattern to expect: a baseline that rises while a bandit moves traffic ruins the pooled comparison
      if (posterior === 'pooled' && arms === '2, effect .06' && name === 'rises by .2') claims.push({ measure: 'naive covers', atMost: 0.8 })
      return {
        key: `${arms} ${name} ${posterior} ${floor}`,
        labels: { arms, drift: name, posterior, floor: String(floor) },
        runs: 1_200,
        quick: 20,
        claims,
        run: (random) => watch(random, { rates, floor, drift, posterior }),
      }
    }),
  ),
)

export const adaptive: Study = {
  name: 'adaptive',
  title: 'Coverage at all looks while Thompson sampling moves traffic',
  about: [
    `${batches} batches of ${batchSize} units, binary outcomes at ${baseline}, nominal coverage ${1 - alpha}, a look after every batch with 20 events and non-events an arm. The share of runs whose interval contained the`,
    'true difference (last arm − first) at *every* look. *Posterior*: with a level for each epoch (shipped), or Beta posteriors pooled over all units.',
  ].join('\n'),
  cells,
  plots: [
    {
      name: 'coverage', title: 'Coverage at all looks, floor 2 %, pooled posteriors', where: { posterior: 'pooled' }, category: 'arms drift',
      measures: ['naive covers', 'uniform AIPW covers', 'common-weight AIPW covers'], reference: 1 - alpha,
    },
  ],
}
