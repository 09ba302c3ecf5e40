import { laiRobbinsConstant } from '../../../stats/bandit/index.ts'
import type { Random } from '../../../stats/random.ts'
import { binaryOutcomes, type BanditRun, simulateBandit } from '../../../stats/simulate/index.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'

const units = 10_000
const batchSize = 100

const worlds = [
  ['.1 … .9', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]],
  ['.5 and nine of .4', [0.5, ...Array.from({ length: 9 }, () => 0.4)]],
  ['.5 and .45', [0.5, 0.45]],
] as const

type Policy = Pick<BanditRun, 'algorithm' | 'floor' | 'posterior'>
const policies: readonly (readonly [string, Policy])[] = [
  ['Thompson, no floor, pooled', { algorithm: 'thompson', floor: 0, posterior: 'pooled' }],
  ['Thompson, floor 2 %', { algorithm: 'thompson', floor: 0.02, posterior: 'epochs' }],
  ['top-two, floor 2 %', { algorithm: 'top-two', floor: 0.02, posterior: 'epochs' }],
  ['uniform', { algorithm: 'uniform', floor: 0 }],
]

/** What the served arms lost against the best one, over all units. */
const lose = (random: Random, rates: readonly number[], policy: Policy): Measured => {
  const seed = Math.floor(random.uniform() * 2 ** 52)
  const epochs = simulateBandit({ arms: rates.map(binaryOutcomes), batches: units / batchSize, batchSize, seed, ...policy })
  const best = Math.max(...rates)
  const regret = epochs.reduce((sum, { arms }) => sum + arms.reduce((lost, { moments }, arm) => lost + moments.n * (best - rates[arm]!), 0), 0)
  const final = epochs.at(-1)!.arms.reduce((share, { propensity }, arm) => (rates[arm] === best ? propensity : share), 0)
  return { regret, 'share of the best at the end': final }
}

/** A tenth above what simulations of Thompson sampling refreshed every 100 units give; its first batch alone costs 40 with nine arms. */
const published: Record<string, number> = { '.1 … .9': 66, '.5 and nine of .4': 185, '.5 and .45': 42 }

export const regret: Study = {
  name: 'regret',
  title: 'Regret of the bandits',
  about: [
    `${units.toLocaleString('en')} units in batches of ${batchSize}: what was lost against always serving the best arm. *Lai–Robbins*: C·log(n), the least any consistent policy loses in the long run; regret at a finite n`,
    'may lie below it. A floor costs its share of the gaps for ever: it is the price of valid estimates.',
  ].join('\n'),
  cells: worlds.flatMap(([arms, rates]) =>
    policies.map(([policy, options]): Cell => {
      const claims: Claim[] = policy === 'Thompson, no floor, pooled' ? [{ measure: 'regret', atMost: published[arms]! }] : []
      return {
        key: `${arms} ${policy}`,
        labels: { arms, policy, 'Lai–Robbins': (laiRobbinsConstant(rates) * Math.log(units)).toFixed(1) },
        runs: rates.length > 2 ? 300 : 1_000,
        quick: rates.length > 2 ? 2 : 6,
        claims,
        run: (random) => lose(random, rates, options),
      }
    }),
  ),
  plots: [{ name: 'regret', title: 'Mean regret after 10,000 units', category: 'arms policy', measures: ['regret'] }],
}
