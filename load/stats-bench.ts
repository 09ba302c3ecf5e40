import { analyze } from '../src/core/analyze/analyze.ts'
import type { AnalysisInput, ArmData, EpochData } from '../src/core/analyze/analysis-input.ts'
import { CreateExperiment, type MetricDefinition } from '../src/core/define/definitions.ts'
import { freeze } from '../src/core/define/freeze.ts'
import { countedIn } from '../src/core/analyze/maturity.ts'
import { compareEpochs, pairEpochs, planVariance } from '../stats/adaptive/index.ts'
import { asymptoticRadius, exactRho, momentsOf, perUnitMoments, probabilityBest, scheduleAt, seededRandom, equalTimes } from '../stats/index.ts'
import { binaryOutcomes, simulateBandit } from '../stats/simulate/index.ts'

/**
 * What analysing costs, on one core: medians of repeated runs.
 * Usage: node load/stats-bench.ts
 */
const random = seededRandom(1)
const hour = 3_600_000
const start = Date.parse('2030-01-01T00:00:00Z')

const metrics: MetricDefinition[] = [
  { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' },
  { key: 'revenue', kind: 'total', measure: 'revenue', direction: 'increase', cap: 500 },
  { key: 'slow', kind: 'mean', measure: 'slow', direction: 'decrease', threshold: { above: 800 } },
  { key: 'clicks', kind: 'ratio', measure: 'clicks', denominator: 'views', direction: 'increase' },
]
const definition = CreateExperiment.parse({
  key: 'bench', model: 'm',
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
  metrics: [
    { metric: 'win', role: 'decision' }, { metric: 'revenue', role: 'diagnostic' },
    { metric: 'slow', role: 'guardrail', margin: 0.02 }, { metric: 'clicks', role: 'signal' },
  ],
  stages: [{ allocation: 'fixed' }],
})
const { frozen, metrics: plans } = freeze(definition, new Map(metrics.map((metric) => [metric.key, metric])))

const pairs = (n: number, draw: () => readonly [number, number]) => momentsOf(Array.from({ length: n }, draw))
const armOf = (): ArmData => {
  const units = 180 + Math.floor(random.uniform() * 40)
  const wins = Math.round(units * (0.25 + 0.1 * random.uniform()))
  return {
    units, reporting: units, outcomes: units,
    metrics: [
      perUnitMoments(units, wins, wins),
      pairs(units, () => [random.exponential() * 20, 1]),
      pairs(units, () => [random.uniform() < 0.1 ? 1 : 0, 1]),
      pairs(units, () => [Math.floor(random.uniform() * 3), 1 + Math.floor(random.uniform() * 5)]),
    ],
  }
}
const epochs = Array.from({ length: 100 }, (_, index): EpochData => ({
  epoch: index + 1, coverage: 1, weights: [1 / 3, 1 / 3, 1 / 3], startedAt: new Date(start + index * hour),
  endedAt: index === 99 ? null : new Date(start + (index + 1) * hour), sealed: index < 99, arms: [armOf(), armOf(), armOf()],
  late: 0, crossed: 0, rebuilt: 0,
}))
const input: AnalysisInput = {
  experiment: {
    id: 1, key: 'bench', model: 'm', state: 'running', definition: { ...definition, salt: 's' }, frozen,
    variants: definition.variants.map(({ key, version, control = false }) => ({ key, version, control, status: 'live' })),
    stage: 0, scope: 1, epoch: 100, revision: 1, winner: null, looks: {}, startedAt: new Date(start), endedAt: null,
  },
  metrics: plans, epochs, now: new Date(start + 100 * hour), latestDecision: null,
}

/** As the engine looks again: what the numbers of sealed epochs come to is known. */
const kept = epochs.map((one) => (one.sealed ? { ...one, counted: countedIn(one.arms) } : one))

const bandit = pairEpochs(simulateBandit({ arms: [0.3, 0.33, 0.36].map(binaryOutcomes), batches: 500, batchSize: 100, seed: 1 }), 0, 2)
const level = { alpha: 0.025, rho: exactRho(planVariance(5_000, 0.21, 0.25), 0.025, 1) }
const ten = Array.from({ length: 10 }, (_, arm) => ({ family: 'beta' as const, a: 300 + 10 * arm, b: 700 - 10 * arm }))

/** Median milliseconds of `work`, which is done `repeat` times for each of 15 measurements. */
const measure = (what: string, aim: string, repeat: number, unit: number, work: () => unknown): Record<string, string> => {
  for (let warm = 0; warm < Math.min(5 * repeat, 1_000); warm++) work()
  const times = Array.from({ length: 15 }, () => {
    const before = process.cpuUsage()
    for (let run = 0; run < repeat; run++) work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }).toSorted((a, b) => a - b)
  const each = (times[7]! / repeat) * unit
  return { what, 'ms of one core': each >= 1 ? each.toFixed(2) : each.toPrecision(3), aim }
}

console.table([
  measure('1,000 experiments × 3 variants × 4 metrics × 100 epochs', '≤ 1,000', 100, 1_000, () => analyze({ ...input, epochs: [...epochs] })),
  measure('the same, epochs at rest kept in memory', '', 100, 1_000, () => analyze({ ...input, epochs: [...kept] })),
  measure('one pair of a bandit with 500 epochs', '', 20, 1, () =>
    compareEpochs(bandit, { direction: 'increase', promote: level, harm: level, share: true })),
  measure('P(best) and expected losses, 10 arms', '≤ 2', 20, 1, () => probabilityBest(ten)),
  measure('one asymptotic confidence sequence', '', 100_000, 1, () => asymptoticRadius(10_000, 0.25, 0.05, 0.04)),
  measure('group-sequential boundaries, 10 looks', '', 1, 1, () => scheduleAt({ alpha: 0.05 }, equalTimes(10))),
])
