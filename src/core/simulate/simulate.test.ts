import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../stats/random.ts'
import { addMoments, noMoments } from '../../../stats/index.ts'
import type { EpochData } from '../analyze/analysis-input.ts'
import { CreateExperiment, type MetricDefinition } from '../define/definitions.ts'
import { arrive, type Delays, emptyEpoch } from './data.ts'
import { arrivedBy, type OnTheWay, receive, sendLate } from './late.ts'
import { checkSimulation } from './plan.ts'
import { SimulationRequest } from './request.ts'
import { simulateRun } from './run.ts'
import type { Design } from './truth.ts'
import { summarize } from './summary.ts'
import type { DrawUnit } from './world.ts'

const metrics = new Map<string, MetricDefinition>([
  ['win', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }],
  ['slow', { key: 'slow', kind: 'mean', measure: 'slow', direction: 'decrease', min: 0, max: 1 }],
  ['tail', { key: 'tail', kind: 'quantile', measure: 'ms', direction: 'decrease', quantile: 0.95 }],
  ['cost', { key: 'cost', kind: 'mean', measure: 'cost', direction: 'decrease', cap: 50 }],
])

const definition = CreateExperiment.parse({
  key: 'trial', model: 'assistant',
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.03 }, { metric: 'slow', role: 'guardrail', margin: 0.03 }],
  stages: [{ allocation: 'fixed' }],
  policy: { maxDuration: 'P7D', minDuration: 'PT12H' },
})

const design = (win: number, slow: number, more: object = {}): Design => ({
  definition, metrics,
  request: SimulationRequest.parse({
    experiment: definition, traffic: { unitsPerDay: 3_000 },
    truth: { win: { baseline: 0.3, effects: { b: win } }, slow: { baseline: 0.1, effects: { b: slow } } },
    ...more,
  }),
})

const runs = (of: Design, count = 40) => Array.from({ length: count }, (_, run) => simulateRun(of, seededRandom(run + 1)))

describe('a simulated policy', () => {
  it('promotes a variant that is clearly better, before the time is over', () => {
    const of = design(0.08, 0)
    const { rates, daysToDecision, regret, uniformRegret } = summarize(of, runs(of))
    expect(rates.promoted['b']?.estimate).toBeGreaterThan(0.9)
    expect(rates.wrongPromotion.estimate).toBe(0)
    expect(daysToDecision.median).toBeLessThan(6)
    expect(uniformRegret).toBeCloseTo(0.04, 12)
    expect(regret?.estimate).toBeLessThan(uniformRegret!)
  })

  describe('with steps', () => {
    const canary = (slow: number, stages: object[] = [{ allocation: 'steps', steps: [{ coverage: 0.1, hold: 'PT6H' }, { coverage: 0.5, hold: 'PT12H' }, { coverage: 1 }] }]) => {
      const stepped = CreateExperiment.parse({ ...definition, stages })
      return { ...design(0.08, slow), definition: stepped }
    }

    it('stops what does harm on the way, and promotes what is better once all are taken', () => {
      const [better, harmful] = [canary(0), canary(0.3)]
      const [promoted, stopped] = [runs(better, 10), runs(harmful, 10)]
      expect(promoted.filter(({ state }) => state === 'promoted').length).toBeGreaterThan(8)
      // not before the first two steps are over
      expect(Math.min(...promoted.map(({ days }) => days))).toBeGreaterThan(0.75)
      expect(stopped.every(({ state }) => state === 'rolled_back')).toBe(true)
    })

    it('is refused where a person or attributes would decide', () => {
      const paths = (stages: object[]): string[] => {
        const { definition: stepped, request } = canary(0, stages)
        return checkSimulation(stepped, metrics, request).map(({ path }) => path)
      }
      expect(paths([{ allocation: 'steps', steps: [{ gate: 'legal' }, { audience: { var: 'x' } }] }])).toEqual(['experiment.stages[0].steps[0].gate', 'experiment.stages[0].steps[1].audience'])
      expect(paths([{ allocation: 'switch', gate: 'release' }])).toEqual(['experiment.stages[0].gate'])
      expect(paths([{ allocation: 'steps', steps: [{ coverage: 0.5 }] }, { allocation: 'switch' }])).toEqual([])
    })
  })

  describe('with a bake', () => {
    const baking = (units: number, slow: number) => {
      const withBake = CreateExperiment.parse({ ...definition, policy: { ...definition.policy, bake: { units } } })
      return { ...design(0.08, slow), definition: withBake }
    }

    it('promotes, and ends when its units came', () => {
      const of = baking(5_000, 0)
      const all = runs(of, 20)
      const plain = runs(design(0.08, 0), 20)
      // when it was decided, not when its bake was over
      expect(summarize(of, all).daysToDecision.median).toBeLessThan(2)
      const { rates, units } = summarize(of, all)
      expect(rates.promoted['b']?.estimate).toBeGreaterThan(0.85)
      expect(rates.baking.estimate).toBe(0)
      expect(units.estimate).toBeGreaterThan(summarize(of, plain).units.estimate + 4_000)
      expect(all.filter(({ state }) => state === 'promoted').length).toBeGreaterThan(16)
    })

    it('goes back to the former champion when harm shows that nobody could see before', () => {
      const plan = baking(500_000, 0.3)
      const truth = { ...plan.request.truth, slow: { ...plan.request.truth['slow']!, delay: 'P10D' } }
      // who was slow reports it days later: until then all look alike
      const slow: MetricDefinition = { key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' }
      const of: Design = { ...plan, metrics: new Map([...metrics, ['slow', slow]]), request: { ...plan.request, truth } }
      const all = runs(of, 4)
      const baked = all.filter(({ acted }) => acted[0]?.action === 'promote')
      expect(baked.length).toBeGreaterThan(2)
      for (const { acted, state } of baked) {
        expect(acted.map(({ action, variant, wrong }) => [action, variant, wrong])).toEqual([['promote', 'b', true], ['rollback', 'b', false]])
        expect(acted[1]!.day).toBeGreaterThan(acted[0]!.day)
        expect(state).toBe('rolled_back')
      }
      const { rates } = summarize(of, all)
      expect(rates.baking.estimate).toBe(0)
      expect(rates.promoted['b']?.estimate).toBe(0)
    })

    it('says when the bake is too long for its traffic', () => {
      const { rates } = summarize(baking(500_000, 0), runs(baking(500_000, 0), 10))
      expect(rates.baking.estimate).toBeGreaterThan(0.8)
      expect(rates.rolledBack.estimate).toBe(0)
    })
  })

  it('stops a variant that harms, and calls that right', () => {
    const of = design(0, 0.12)
    const { rates } = summarize(of, runs(of))
    expect(rates.rolledBack.estimate).toBeGreaterThan(0.95)
    expect(rates.wrongKill.estimate).toBe(0)
  })

  it('seldom acts on variants that are the same, even when the baseline swings', () => {
    const of = design(0, 0, { drift: { amplitude: 0.5 } })
    const { rates, daysToDecision } = summarize(of, runs(of))
    expect(rates.wrongPromotion.estimate).toBeLessThan(0.15)
    expect(rates.wrongKill.estimate).toBeLessThan(0.15)
    expect(rates.inconclusive.estimate).toBeGreaterThan(0.7)
    expect(daysToDecision.p90).toBe(7)
  })

  it('is the same run for the same seed', () => {
    const of = design(0.02, 0)
    expect(simulateRun(of, seededRandom(9))).toEqual(simulateRun(of, seededRandom(9)))
    expect(simulateRun(of, seededRandom(9))).not.toEqual(simulateRun(of, seededRandom(10)))
  })
})

describe('outcomes that come later', () => {
  const late = (win: number, delay: string, window = 'PT0S'): Design => {
    const of = design(win, 0, { truth: { win: { baseline: 0.3, effects: { b: win }, delay }, slow: { baseline: 0.1, effects: { b: 0 }, delay } } })
    return { ...of, metrics: quiet, definition: CreateExperiment.parse({ ...definition, window }) }
  }
  // nobody has to report, so that nobody is silent who only takes his time
  const quiet = new Map([...metrics, ['slow', { ...metrics.get('slow')!, reports: 'event' as const }]])

  it('leave units silent that take longer than they may, as in the service', () => {
    const of = { ...late(0.08, 'P2D'), metrics }
    expect(runs(of, 2).map(({ state }) => state)).toEqual(['inconclusive', 'inconclusive'])
  })

  it('put off what is decided, and make nothing of what is the same', () => {
    const [atOnce, later] = [design(0.08, 0), late(0.08, 'P2D')].map((of) => summarize(of, runs(of, 20)))
    expect(later?.rates.promoted['b']?.estimate).toBeGreaterThan(0.5)
    expect(later?.daysToDecision.median).toBeGreaterThan(1.2 * (atOnce?.daysToDecision.median ?? 0))
    const same = summarize(late(0, 'P1D', 'P1D'), runs(late(0, 'P1D', 'P1D'), 20))
    expect(same.rates.wrongPromotion.estimate + same.rates.wrongKill.estimate).toBeLessThan(0.2)
  })

  it('are the same run for the same seed, and no delay at all is none', () => {
    expect(simulateRun(late(0.02, 'P1D'), seededRandom(9))).toEqual(simulateRun(late(0.02, 'P1D'), seededRandom(9)))
    expect(simulateRun(late(0.02, 'PT0S'), seededRandom(9))).toEqual(simulateRun({ ...design(0.02, 0), metrics: quiet }, seededRandom(9)))
  })

  it('are lost after the window, and never counted twice or in another scope', () => {
    const bernoulli: DrawUnit = () => [1, 1]
    const sent = (most: number, perUnit: boolean) => {
      const way: OnTheWay = new Map()
      const empty = emptyEpoch(3, 1, [0.5, 0.5], 1, new Date(0))
      const send: Delays['send'] = (looks, one) => sendLate(way, looks, one)
      const open = arrive(empty, 4_000, [bernoulli], 1, seededRandom(4), { means: [2], most, perUnit: [perUnit], send })
      const all = Array.from({ length: 200 }, (_, look) => arrivedBy(way, look)).flat()
      const total = (epochs: EpochData[]) => epochs.flatMap(({ arms }) => arms).reduce((sum, { metrics: [own] }) => addMoments(sum, own ?? noMoments), noMoments)
      return { before: total([open]), after: total(receive([open], all)), elsewhere: total(receive([emptyEpoch(4, 1, [0.5, 0.5], 1, new Date(0))], all)) }
    }
    const conversions = sent(Infinity, true)
    expect(conversions.before.n).toBe(4_000)
    expect(conversions.before.sumX / 4_000).toBeCloseTo(1 - Math.exp(-1 / 2), 1)
    expect(conversions.after).toEqual({ n: 4_000, sumX: 4_000, sumY: 4_000, sumXX: 4_000, sumXY: 4_000, sumYY: 4_000 })
    expect(conversions.elsewhere).toEqual(noMoments)
    const reports = sent(2, false)
    expect(reports.before.n).toBe(reports.before.sumX)
    expect(reports.after.n / 4_000).toBeCloseTo(1 - Math.exp(-1), 1)
  })
})

describe('a simulated bandit', () => {
  const three = CreateExperiment.parse({
    key: 'three', model: 'assistant', unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'bandit' }],
    epochLength: 'P1D', policy: { maxDuration: 'P4D', autoPromote: false, autoKill: false },
  })
  const of = (stage: object, effects: object, more: object = {}): Design => {
    const experiment = CreateExperiment.parse({ ...three, stages: [stage] })
    return {
      definition: experiment, metrics,
      request: SimulationRequest.parse({ experiment, traffic: { unitsPerDay: 2_000 }, truth: { win: { baseline: 0.3, effects } }, ...more }),
    }
  }

  it('loses far less than equal weights do, also while the baseline swings', () => {
    for (const drift of [undefined, { amplitude: 0.5 }]) {
      const moving = of({ allocation: 'bandit' }, { b: 0.02, c: 0.12 }, drift && { drift })
      const { regret, uniformRegret } = summarize(moving, runs(moving, 8))
      expect(uniformRegret).toBeCloseTo((0.12 + 0.1) / 3, 12)
      expect(regret?.estimate).toBeLessThan(0.4 * (uniformRegret ?? 0))
    }
    const still = of({ allocation: 'bandit', algorithm: 'uniform' }, { b: 0.02, c: 0.12 })
    const { regret, uniformRegret } = summarize(still, runs(still, 4))
    expect(regret?.estimate).toBeGreaterThan(0.9 * (uniformRegret ?? 0))
  })

  it('is the same run for the same seed', () => {
    const moving = of({ allocation: 'bandit' }, { c: 0.05 })
    expect(simulateRun(moving, seededRandom(9))).toEqual(simulateRun(moving, seededRandom(9)))
  })
})

describe('a request that cannot be simulated', () => {
  const pathsOf = (request: object, of: CreateExperiment = definition): string[] =>
    checkSimulation(of, metrics, SimulationRequest.parse({ ...design(0, 0).request, ...request })).map(({ path }) => path)

  it('is refused when it could not be finished', () => {
    expect(pathsOf({})).toEqual([])
    expect(pathsOf({ traffic: { unitsPerDay: 1e9 } })).toEqual(['runs'])
    expect(pathsOf({ runs: 10_000, traffic: { unitsPerDay: 50_000 } })).toEqual(['runs'])
  })

  it('names what is missing or impossible', () => {
    expect(pathsOf({ truth: { win: { baseline: 1.5 } } })).toEqual(['truth.win.baseline', 'truth.slow'])
    expect(pathsOf({ silence: { b: 0.1, z: 0.1 } })).toEqual(['silence.z'])
    expect(pathsOf({ truth: { win: { baseline: 0.5, effects: { a: 0.1, c: 0.1 } }, slow: { baseline: 0.1, effects: { b: 0.95 } } } })).toEqual([
      'truth.win.effects.a', 'truth.win.effects.c', 'truth.slow.effects.b',
    ])
    const withCost = { ...definition, metrics: [...definition.metrics, { metric: 'cost', role: 'diagnostic' as const }] }
    expect(pathsOf({ truth: { ...design(0, 0).request.truth, cost: { baseline: 2 } } }, withCost)).toEqual(['truth.cost.spread'])
    expect(pathsOf({ truth: { ...design(0, 0).request.truth, cost: { baseline: 2, spread: 1 } } })).toEqual(['truth.cost'])
    const withTail = { ...definition, metrics: [...definition.metrics, { metric: 'tail', role: 'diagnostic' as const }] }
    expect(pathsOf({}, withTail)).toEqual(['experiment.metrics[2].metric'])
    const [first, ...rest] = definition.metrics
    expect(pathsOf({}, { ...definition, metrics: [{ ...first!, covariate: { history: true } }, ...rest] })).toEqual(['experiment.metrics[0].covariate'])
  })
})

describe('days of units that come again', () => {
  /** Harm begins on the sixth day of seven: in the stage's scope the days before outweigh it. */
  const late = (returning: number): Design => {
    const of = design(0, 0)
    const { request } = of
    const truth = { ...request.truth, slow: { ...request.truth['slow']!, effects: { b: 0.09 }, from: 'P5D' } }
    return { ...of, request: { ...request, truth, traffic: { unitsPerDay: 800, returning } } }
  }

  it('find harm that comes late, and never before it is there', () => {
    const [found, unseen] = [runs(late(4), 12), runs(late(0), 12)].map((all) => all.filter(({ state }) => state === 'rolled_back'))
    expect(found!.length).toBeGreaterThan(8)
    expect(found!.length).toBeGreaterThan(unseen!.length)
    for (const { acted, days } of found!) {
      expect(acted.filter(({ wrong }) => wrong)).toEqual([])
      expect(days).toBeGreaterThan(5)
    }
  })

  it('stop hardly anybody who is the same', () => {
    const same = { ...design(0, 0), request: { ...design(0, 0).request, traffic: { unitsPerDay: 800, returning: 2 } } }
    expect(summarize(same, runs(same, 15)).rates.wrongKill.estimate).toBeLessThan(0.1)
  })
})

describe('silent units', () => {
  it('are held against who leaves them, and no stop for it is wrong', () => {
    const of = design(0, 0, { silence: { b: 0.2 } })
    const { rates } = summarize(of, runs(of, 10))
    expect(rates.rolledBack.estimate).toBe(1)
    expect(rates.wrongKill.estimate).toBe(0)
  })
})

describe('what no run looks at', () => {
  const declared = CreateExperiment.parse({
    ...definition, drift: [{ measure: 'confidence', kind: 'numeric' }], signals: [{ name: 'gpu' }], stages: [{ allocation: 'fixed', requires: ['load'] }],
    metrics: definition.metrics.map((one) => (one.metric === 'slow' ? { ...one, breaker: true } : one)), policy: { ...definition.policy, drills: { required: true } },
  })

  it('is said, and keeps nothing from being decided', () => {
    const of = { ...design(0.08, 0), definition: declared }
    expect(checkSimulation(declared, metrics, of.request)).toEqual([])
    const { rates, notes } = summarize(of, runs(of, 10))
    expect(rates.promoted['b']?.estimate).toBeGreaterThan(0.7)
    expect(notes).toEqual([
      expect.stringContaining('Drift of confidence is not simulated'), expect.stringContaining('Signals'), expect.stringContaining('Checks'),
      expect.stringContaining('Drills'), expect.stringContaining('Breakers'),
    ])
  })

  it('is not mentioned where nothing of it is declared', () => {
    expect(summarize(design(0, 0), runs(design(0, 0), 1))).not.toHaveProperty('notes')
  })
})
