import {
  addCovariateMoments, adjustNumerators, type CovariateMoments, covariateMomentsOf, type CovariateUnit, exactRho, freezeCovariate, missingMinimums,
  addMoments, noCovariateMoments, noMoments, twoSided,
} from '../../../stats/index.ts'
import { pairContrast, type PairEpoch, pairEpochs, pairEstimate, planVariance } from '../../../stats/adaptive/index.ts'
import type { Random } from '../../../stats/random.ts'
import { linearDrift, noDrift, type Outcomes, simulateBandit } from '../../../stats/simulate/index.ts'
import type { Cell, Measured, Study } from '../study.ts'

const alpha = 0.05
const batches = 40
const batchSize = 200
/** Units for which the sequence is tuned. */
const planned = 5_000

type Draw = (random: Random, effect: number, crowd: number) => { x: number; u: number }
type World = { name: string; variance: number; effect: number; draw: Draw }

const worlds: World[] = [
  {
    name: 'values, ρ² = .64', variance: 1, effect: 0.1,
    draw: (random, effect, crowd) => {
      const u = crowd + random.normal()
      return { x: effect + 0.8 * u + 0.6 * random.normal(), u }
    },
  },
  {
    name: 'binary, ρ² = .25', variance: 0.25, effect: 0.05,
    draw: (random, effect, crowd) => {
      const u = random.uniform() < 0.5 + 0.25 * crowd ? 1 : 0
      return { x: random.uniform() < 0.25 + 0.5 * u + effect ? 1 : 0, u }
    },
  },
]

type Drawn = CovariateUnit & { arm: number }

/** Epochs of a pair with each unit's value adjusted by what the epochs before showed. */
const adjusted = (pairs: readonly PairEpoch[], units: readonly Drawn[]): PairEpoch[] => {
  const past: [CovariateMoments, CovariateMoments] = [noCovariateMoments, noCovariateMoments]
  return pairs.map((pair, batch) => {
    const { theta, reference } = freezeCovariate(past)
    const own = units.slice(batch * batchSize, (batch + 1) * batchSize)
    const arms = [0, 1].map((arm) => covariateMomentsOf(own.filter((unit) => unit.arm === arm))) as [CovariateMoments, CovariateMoments]
    past.forEach((sum, arm) => (past[arm] = addCovariateMoments(sum, arms[arm]!)))
    const moved = (arm: 0 | 1) => adjustNumerators(arms[arm], theta, reference)
    return { ...pair, a: { ...pair.a, moments: moved(0) }, b: { ...pair.b, moments: moved(1) } }
  })
}

/** One bandit of two arms, looked at after every batch. `crowds`: who comes changes, and with it the covariate. */
const watch = (random: Random, { draw, variance }: World, effect: number, crowds: boolean): Measured => {
  const units: Drawn[] = []
  const outcomesOf = (arm: number): Outcomes => (source, level = 0) => {
    const { x, u } = draw(source, arm * effect, level)
    units.push({ arm, x, u })
    return [x, 1]
  }
  const epochs = simulateBandit({
    arms: [0, 1].map(outcomesOf), batches, batchSize, seed: Math.floor(random.uniform() * 2 ** 52), floor: 0.02, drift: crowds ? linearDrift(1) : noDrift,
  })
  const plain = pairEpochs(epochs, 0, 1)
  const ways = { plain, adjusted: adjusted(plain, units) }
  const rho = exactRho(planVariance(planned, variance, 1 / 4), alpha)
  const covers = { plain: 1, adjusted: 1 }
  const widths = { plain: 0, adjusted: 0 }
  let [wins, decided] = [0, 0]
  let [a, b] = [noMoments, noMoments]
  for (let look = 1; look <= batches; look++) {
    a = addMoments(a, plain[look - 1]!.a.moments)
    b = addMoments(b, plain[look - 1]!.b.moments)
    if (missingMinimums([{ a, b }], { signed: true }).length > 0) continue
    for (const way of ['plain', 'adjusted'] as const) {
      const pair = pairEstimate(ways[way].slice(0, look))
      const at = pair && pairContrast(pair)
      if (!at) continue
      const { lower, upper } = twoSided(at, { alpha, rho })
      if (effect < lower || effect > upper) covers[way] = 0
      if (way === 'adjusted' && lower > 0) wins = 1
      widths[way] = upper - lower
      decided = widths.plain
    }
  }
  return {
    'unadjusted covers': covers.plain, 'adjusted covers': covers.adjusted,
    ...(decided > 0 ? { 'width ÷ unadjusted': widths.adjusted / widths.plain } : {}),
    ...(effect === 0 ? { 'wrong win': wins } : {}),
  }
}

const cells = worlds.flatMap((world) =>
  [0, world.effect].flatMap((effect) =>
    [false, true].map((crowds): Cell => ({
      key: `${world.name} ${effect} ${crowds ? 'changes' : 'stays'}`,
      labels: { outcomes: world.name, effect: String(effect), population: crowds ? 'changes' : 'stays' },
      runs: 1_500,
      quick: 20,
      claims: [
        { measure: 'adjusted covers', atLeast: 0.94 },
        ...(effect === 0 ? [{ measure: 'wrong win', atMost: 0.03 }] : []),
        ...(crowds ? [] : [{ measure: 'width ÷ unadjusted', atMost: 0.95 }]),
      ],
      run: (random) => watch(random, world, effect, crowds),
    })),
  ),
)

export const adaptiveCovariate: Study = {
  name: 'adaptive-covariate',
  title: 'Coverage at all looks with a covariate, while Thompson sampling moves traffic',
  about: [
    `${batches} batches of ${batchSize} units, two arms, floor 2 %, nominal coverage ${1 - alpha}. Each unit's value X is taken as X − θ(U − x), with slope and centre frozen from the batches before its own. *Population changes*:`,
    'the covariate\u2019s mean rises all the time, and the outcomes with it, so that the frozen centre is always behind. The share of runs whose interval contained the true difference at *every* look.',
  ].join('\n'),
  cells,
}
