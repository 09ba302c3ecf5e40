import { criticalValue, exactRho, normalQuantile } from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import { type Kind, kinds, noSums, push, ratioVariance, type Unit } from '../streams.ts'
import type { Cell, Claim, Measured, Study } from '../study.ts'
import { mayDecide } from './always-valid.ts'

const alpha = 0.05
/** Units of the pair with which the fixed-horizon test finds the design effect at 80 % power. */
const fixed = 5_000
const most = 2 * fixed
const fixedHorizon = normalQuantile(1 - alpha / 2)

/** The effect for which `fixed` units in two equal arms give 80 % power; a share's own variance moves with it. */
const designEffect = (kind: Kind): number => {
  const reach = fixedHorizon + normalQuantile(0.8)
  let effect = 0
  for (let step = 0; step < 50; step++) {
    const rate = kind.baseline + effect
    const other = kind.share ? rate * (1 - rate) : kind.spread ** 2
    effect = reach * Math.sqrt((2 * (kind.spread ** 2 + other)) / fixed)
  }
  return effect
}

const rho = exactRho(fixed, alpha)
const critical = Float64Array.from({ length: most + 1 }, (_, n) => (n === 0 ? Infinity : criticalValue(n * rho ** 2, alpha)))

const watch = (random: Random, kind: Kind, effect: number): Measured => {
  const [a, b] = [noSums(), noSums()]
  const unit: Unit = { x: 0, y: 0 }
  let stopped = 0
  let right = 0
  let atFixed = 0
  let byFixed = 0
  for (let n = 1; n <= most && (stopped === 0 || n <= fixed); n++) {
    const inB = random.uniform() < 0.5
    kind.draw(random, inB ? effect : 0, 1, unit)
    push(inB ? b : a, unit)
    if (a.n < 100 || b.n < 100) continue
    const score = (b.x / b.y - a.x / a.y) / Math.sqrt(ratioVariance(a) + ratioVariance(b))
    if (n === fixed) atFixed = score > fixedHorizon ? 1 : 0
    if (stopped === 0 && Math.abs(score) > critical[n]! && mayDecide(kind, a, b)) {
      stopped = n
      right = score > 0 ? 1 : 0
      byFixed = n <= fixed ? right : 0
    }
  }
  return {
    'fixed test finds it': atFixed,
    'found by the fixed n': byFixed,
    'found by twice that': right,
    'wrong direction': stopped > 0 && right === 0 ? 1 : 0,
    'mean n ÷ fixed n': (stopped === 0 ? most : stopped) / fixed,
  }
}

const multiples = [0.5, 1, 1.5, 2]

const cellOf = (kind: Kind, multiple: number): Cell => {
  const claims: Claim[] = [{ measure: 'wrong direction', atMost: 0.025 }]
  if (multiple === 1.5) claims.push({ measure: 'mean n ÷ fixed n', atMost: 0.6 })
  if (multiple >= 1.5) claims.push({ measure: 'found by twice that', atLeast: 0.95 })
  return {
    key: `${kind.name} ${multiple}`,
    labels: { metric: kind.name, effect: `${multiple} × design` },
    runs: 4_000,
    quick: 60,
    claims,
    run: (random) => watch(random, kind, multiple * designEffect(kind)),
  }
}

export const power: Study = {
  name: 'power',
  title: 'Power and sample size against the fixed-horizon test',
  about: [
    `Two equal arms, a look after every unit, at most twice the ${fixed.toLocaleString('en')} units with which the ordinary test finds the design effect at 80 % power (two-sided, α = ${alpha}). The sequence`,
    'is tuned for that number of units; a run without an end counts with all its units.',
  ].join('\n'),
  // a share of 1 % has its own spread in the other arm: the design effect would not fit it
  cells: kinds.filter(({ baseline, share }) => !share || baseline >= 0.05).flatMap((kind) => multiples.map((multiple) => cellOf(kind, multiple))),
  plots: [
    { name: 'size', title: 'Units needed, as a part of the fixed sample size', category: 'metric effect', measures: ['mean n ÷ fixed n'], reference: 1 },
  ],
}
