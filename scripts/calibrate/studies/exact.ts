import {
  addBlock, bettingP, initialWealth, type MarginBet, marginLogE, noBlocks, placeBets, proportionLogE, safe2x2PeakP, type Wealth,
} from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import { levelAt } from '../streams.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'
import { alpha, units } from './always-valid.ts'

/** Units of an epoch of the safe test: 2 % of the plan, as it learns from one epoch to the next. */
const epoch = 200
const needed = -Math.log(alpha)

type Situation = { rate: number; shareB: number; drift: boolean; effect: number }

/** One experiment on a binary metric: bets are looked at after every unit, the safe test after every epoch. */
const watchPair = (random: Random, { rate, shareB, drift, effect }: Situation): Measured => {
  const arms = { a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 } }
  const bet: MarginBet = [{ chanceB: shareB, ...arms }]
  let safe = noBlocks
  let before = { a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 } }
  let [fail, pass] = [0, 0]
  for (let n = 1; n <= units; n++) {
    const arm = random.uniform() < shareB ? arms.b : arms.a
    arm.n++
    if (random.uniform() < rate * levelAt(drift, n / units) + (arm === arms.b ? effect : 0)) arm.successes++
    if (fail === 0 && marginLogE(bet, effect, 'fail') >= needed) fail = 1
    if (pass === 0 && marginLogE(bet, effect, 'pass') >= needed) pass = 1
    if (n % epoch === 0 && effect === 0) {
      const since = (key: 'a' | 'b') => ({ n: arms[key].n - before[key].n, successes: arms[key].successes - before[key].successes })
      safe = addBlock(safe, { a: since('a'), b: since('b'), propensityA: 1 - shareB, propensityB: shareB })
      before = { a: { ...arms.a }, b: { ...arms.b } }
    }
  }
  return { 'margin bet: wrong FAIL': fail, 'margin bet: wrong PASS': pass, ...(effect === 0 ? { 'safe test rejects': safe2x2PeakP(safe) <= alpha ? 1 : 0 } : {}) }
}

/** One arm against its true rate: the sequence for a proportion, and the betting capital. */
const watchArm = (random: Random, rate: number): Measured => {
  let successes = 0
  let [misses, bankrupt] = [0, 0]
  let wealth: Wealth = initialWealth
  for (let n = 1; n <= units; n++) {
    const value = random.uniform() < rate ? 1 : 0
    successes += value
    if (misses === 0 && proportionLogE(successes, n, rate) >= needed) misses = 1
    if (bankrupt === 0) {
      wealth = placeBets(wealth, [{ value, count: 1 }], { mean: rate, alpha })
      if (bettingP(wealth) <= alpha) bankrupt = 1
    }
  }
  return { 'proportion misses': misses, 'betting rejects': bankrupt }
}

const rates = [['binary 1 %', 0.01], ['binary 5 %', 0.05], ['binary 50 %', 0.5]] as const
const splits = [['50/50', 0.5], ['80/20', 0.2], ['95/5', 0.05]] as const

const never = (measures: readonly string[]): Claim[] => measures.map((measure) => ({ measure, atMost: alpha }))

const pairs = rates.flatMap(([metric, rate]) =>
  splits.flatMap(([split, shareB]) =>
    [false, true].flatMap((drift) =>
      [0, -rate / 4].map((effect): Cell => {
        const labels = { metric, split, baseline: drift ? 'drifts' : 'steady', truth: effect === 0 ? 'no difference' : 'harm at the margin' }
        return {
          key: [metric, split, labels.baseline, effect === 0 ? 'null' : 'margin'].join(' '),
          labels, runs: 3_000, quick: 4,
          claims: never(['margin bet: wrong FAIL', 'margin bet: wrong PASS', ...(effect === 0 ? ['safe test rejects'] : [])]),
          run: (random) => watchPair(random, { rate, shareB, drift, effect }),
        }
      }),
    ),
  ),
)

const arms = rates.map(([metric, rate]): Cell => ({
  key: `${metric} one arm`,
  labels: { metric, split: 'one arm', baseline: 'steady', truth: 'the true rate' },
  runs: 3_000,
  quick: 4,
  claims: never(['proportion misses', 'betting rejects']),
  run: (random) => watchArm(random, rate),
}))

export const exact: Study = {
  name: 'exact',
  title: 'Exact methods: errors at every look, from the first unit on',
  about: [
    `Binary metrics, ${units.toLocaleString('en')} units, α = ${alpha}, no minimums. *Margin bet*: looked at after every unit, the margin exactly at the true difference. *Safe test*: after every epoch of ${epoch}`,
    'units. *Proportion* and *betting*: one arm against its true rate, after every unit. These are guarantees: the upper 99 % limit must lie below α.',
  ].join('\n'),
  cells: [...pairs, ...arms],
  plots: [
    {
      name: 'bets', title: 'Margin bets at the margin, drifting baseline', where: { baseline: 'drifts' },
      category: 'metric split truth', measures: ['margin bet: wrong FAIL', 'margin bet: wrong PASS'], reference: alpha,
    },
  ],
}
