import { describe, expect, it } from 'vitest'
import { stickinessOf } from './bandit-stage.ts'
import { checkExperiment } from './check-experiment.ts'
import { CreateExperiment, MetricDefinition, Stage } from './definitions.ts'

const metrics = new Map(
  [
    { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' },
    { key: 'p95', kind: 'quantile', measure: 'ms', direction: 'decrease', quantile: 0.95 },
  ].map((metric) => [metric.key, MetricDefinition.parse(metric)]),
)
const define = (stage: object, more: object = {}): CreateExperiment =>
  CreateExperiment.parse({
    key: 'e', model: 'm', unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'bandit', ...stage }], ...more,
  })
const check = (stage: object, more: object = {}): [string, string][] =>
  checkExperiment(define(stage, more), { metrics, versions: new Set(['1', '2', '3']) }, () => []).map(({ path, message }) => [path, message])

describe('a bandit stage', () => {
  it('is accepted as it is documented, with every default', () => {
    expect(check({})).toEqual([])
    expect(Stage.parse({ allocation: 'bandit' })).toEqual({
      allocation: 'bandit', algorithm: 'thompson', floor: 0.02, cap: 1, maxStep: 0.1, interval: 'PT5M', minOutcomes: 100, halfLife: null,
      priors: null, unproven: 'open', coverage: 1,
    })
    expect(check({ priors: { from: 'earlier' } })).toEqual([])
    for (const algorithm of ['thompson', 'top-two', 'uniform']) expect(check({ algorithm, halfLife: 'P7D', cap: 0.6 })).toEqual([])
    expect(check({}, { stickiness: 'none' })).toEqual([])
  })

  it.each([
    ['contextual without a context', { algorithm: 'contextual' }, {}, 'stages[0].context', 'needs the attributes'],
    ['floors that sum to more than 1', { floor: 0.4 }, {}, 'stages[0].floor', '3 variants with 0.4 each'],
    ['caps that sum to less than 1', { cap: 0.3 }, {}, 'stages[0].cap', 'less than there is'],
    ['priors of its own', { priors: { from: 'e' } }, {}, 'stages[0].priors.from', 'another experiment'],
    ['nothing to follow', {}, { metrics: [{ metric: 'win', role: 'diagnostic' }] }, 'metrics', 'a bandit needs a metric'],
    ['a quantile', {}, { metrics: [{ metric: 'p95', role: 'decision' }] }, 'metrics[0].metric', 'a bandit can have none'],
    ['a quantile as a guardrail', {}, { metrics: [{ metric: 'win', role: 'decision' }, { metric: 'p95', role: 'guardrail', margin: 50 }] }, 'metrics[1].metric', 'take a share'],
    ['a hash', {}, { stickiness: 'hash' }, 'stickiness', 'take first-touch'],
    ['one look at the end', {}, { policy: { method: 'fixed' } }, 'policy.method', 'bandit'],
    ['planned looks', {}, { policy: { method: 'group-sequential' } }, 'policy.method', 'bandit'],
  ])('with %s is refused', (_, stage, more, path, words) => {
    const found = check(stage, more)
    expect(found.map(([at]) => at)).toEqual([path])
    expect(found[0]?.[1]).toContain(words)
  })

  it('keeps units by their first touch, unless the definition says otherwise', () => {
    expect(stickinessOf(define({}))).toBe('first-touch')
    expect(stickinessOf(define({}, { stickiness: 'none' }))).toBe('none')
    expect(stickinessOf(define({}, { stages: [{ allocation: 'fixed' }] }))).toBe('hash')
  })
})
