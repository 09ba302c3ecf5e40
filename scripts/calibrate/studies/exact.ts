import {
  addBlock, bettingP, initialWealth, type MarginBet, marginLogE, noBlocks, placeBets, proportionLogE, safe2x2PeakP, STAKES, type Wealth,
} from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import { levelAt } from '../streams.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'
import { alpha, units } from './always-valid.ts'

/** Units of an epoch of the safe test: 2 % of the plan, as it learns from one epoch to the next. */
const epoch = 200
const needed = -Math.log(alpha)

type Situation = { rate: number; shareB: number; drift: boolean; effect: number }

type Against = 'fail' | 'pass'
type Event = 'success of b' | 'success of a' | 'failure'

/**
 * What an event adds to each stake's capital at most, asked of the library for the event alone, so that only looks at
 * which the largest stake could decide need the whole bet. The average of six stakes exceeds none of them by more.
 */
const gainsOf = (chanceB: number, margin: number, against: Against): Record<Event, Float64Array> => {
  const [worst, best] = [1 / (1 - chanceB) + margin, 1 / chanceB - margin]
  const of = (inFail: (part: number) => number, inPass: (part: number) => number): Float64Array =>
    Float64Array.from(STAKES, (part) => Math.log1p(against === 'fail' ? inFail(part) : inPass(part)))
  return {
    'success of b': of((part) => (part * best) / worst, (part) => -part),
    'success of a': of((part) => -part, (part) => (part * worst) / best),
    failure: of((part) => (-part * margin) / worst, (part) => (part * margin) / best),
  }
}

/** Watches one bet: `ever` turns 1 when the library's evidence has reached 1/α at any look. */
export const bettor = (state: MarginBet, chanceB: number, margin: number, against: Against) => {
  const gains = gainsOf(chanceB, margin, against)
  const capital = new Float64Array(STAKES.length)
  const watcher = {
    ever: 0,
    see(event: Event): void {
      if (watcher.ever === 1) return
      let highest = -Infinity
      const gain = gains[event]
      for (let stake = 0; stake < capital.length; stake++) {
        capital[stake] = capital[stake]! + gain[stake]!
        if (capital[stake]! > highest) highest = capital[stake]!
      }
      if (highest >= needed - 1e-6 && marginLogE(state, margin, against) >= needed) watcher.ever = 1
    },
  }
  return watcher
}

/** One experiment on a binary metric: bets are looked at after every unit, the safe test after every epoch. */
const watchPair = (random: Random, { rate, shareB, drift, effect }: Situation): Measured => {
  const arms = { a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 } }
  const bet: MarginBet = [{ chanceB: shareB, ...arms }]
  let safe = noBlocks
  let before = { a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 } }
  const [fail, pass] = (['fail', 'pass'] as const).map((against) => bettor(bet, shareB, effect, against)) as [ReturnType<typeof bettor>, ReturnType<typeof bettor>]
  for (let n = 1; n <= units; n++) {
    const arm = random.uniform() < shareB ? arms.b : arms.a
    arm.n++
    const success = random.uniform() < rate * levelAt(drift, n / units) + (arm === arms.b ? effect : 0)
    if (success) arm.successes++
    const event = !success ? 'failure' : arm === arms.b ? 'success of b' : 'success of a'
    fail.see(event)
    pass.see(event)
    if (n % epoch === 0 && effect === 0) {
      const since = (key: 'a' | 'b') => ({ n: arms[key].n - before[key].n, successes: arms[key].successes - before[key].successes })
      safe = addBlock(safe, { a: since('a'), b: since('b'), propensityA: 1 - shareB, propensityB: shareB })
      before = { a: { ...arms.a }, b: { ...arms.b } }
    }
  }
  return { 'margin bet: wrong FAIL': fail.ever, 'margin bet: wrong PASS': pass.ever, ...(effect === 0 ? { 'safe test rejects': safe2x2PeakP(safe) <= alpha ? 1 : 0 } : {}) }
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
          labels, quick: 10,
          // the nearer to the level, the more runs its proof needs
          runs: rate === 0.5 ? 12_000 : 3_000,
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
  runs: rate === 0.5 ? 8_000 : 2_000,
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
