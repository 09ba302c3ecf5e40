import { describe, expect, it } from 'vitest'
import { checkExperiment } from './check-experiment.ts'
import { checkMetric } from './check-metric.ts'
import { CreateExperiment, MetricDefinition } from './definitions.ts'

const metric = (more: object): MetricDefinition =>
  MetricDefinition.parse({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase', ...more })

const good = {
  key: 'e', model: 'm',
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail', margin: 0.02 }],
  stages: [{ allocation: 'fixed' }],
}
const three = {
  variants: [...good.variants, { key: 'c', version: '2' }],
  stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }],
}
const known = { metrics: new Map([['win', metric({})], ['slow', metric({ key: 'slow' })], ['cost', metric({ key: 'cost', kind: 'total' })]]), versions: new Set(['1', '2']) }
const check = (more: object): [string, string][] =>
  checkExperiment(CreateExperiment.parse({ ...good, ...more }), known, (rule, path) => (rule === 'bad' ? [{ path, message: 'bad rule' }] : []))
    .map(({ path, message }) => [path, message])

describe('checkExperiment', () => {
  it('accepts a sound definition, with and without what is optional', () => {
    expect(check({})).toEqual([])
    expect(check({ metrics: [], unguarded: true, audience: 'good' })).toEqual([])
    expect(check({ ...three, policy: { onHarm: 'roll-through', next: 'c' } })).toEqual([])
    expect(check({ policy: { method: 'exact' }, window: 'PT1H' })).toEqual([])
    expect(check({ policy: { method: 'group-sequential', looks: [0.3, 1], spending: { kind: 'pocock' } } })).toEqual([])
    expect(check({ stages: [{ allocation: 'fixed', weights: { a: 0.1, b: 0.9 } }], overrides: { anna: 'b' }, layer: { key: 'l', from: 0, to: 1 } }))
      .toEqual([])
  })

  it.each([
    ['no control', { variants: [{ key: 'a', version: '1' }, { key: 'b', version: '2' }] }, 'variants', 'found none'],
    ['two controls', { variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2', control: true }] }, 'variants', 'found 2'],
    ['a variant twice', { variants: [...good.variants, { key: 'a', version: '2' }] }, 'variants[2].key', 'already'],
    ['exact without a window', { policy: { method: 'exact' } }, 'window', 'longer than nothing'],
    ['exact on what is not 0 or 1', { policy: { method: 'exact' }, window: 'PT1H', unguarded: true, metrics: [{ metric: 'cost', role: 'decision' }] }, 'metrics[0].metric', '"cost" is a total'],
    ['looks without a plan for them', { policy: { looks: 5 } }, 'policy.looks', 'group-sequential'],
    ['spending of another method', { policy: { method: 'fixed', spending: { kind: 'pocock' } } }, 'policy.spending', 'this is fixed'],
    ['looks that go back', { policy: { method: 'group-sequential', looks: [0.5, 0.4, 1] } }, 'policy.looks', 'ascend'],
    ['looks that never end', { policy: { method: 'group-sequential', looks: [0.5, 0.9] } }, 'policy.looks', 'end with 1'],
    ['a next one without roll-through', { policy: { next: 'b' } }, 'policy.next', 'this is rollback'],
    ['a next one that is not there', { policy: { onHarm: 'roll-through', next: 'x' } }, 'policy.next', 'no variant "x"'],
    ['the control as the next one', { ...three, policy: { onHarm: 'roll-through', next: 'a' } }, 'policy.next', 'is the control'],
    ['a next one of two', { policy: { onHarm: 'roll-through', next: 'b' }, stages: [{ allocation: 'fixed', weights: { a: 1, b: 0 } }] }, 'policy.next', 'another candidate'],
    ['a next one that has traffic', { ...three, policy: { onHarm: 'roll-through', next: 'c' }, stages: [{ allocation: 'fixed' }] }, 'policy.next', 'weight of 0'],
    ['a look when it is over', { policy: { method: 'fixed', plannedDuration: 'P14D' } }, 'policy.plannedDuration', 'shorter than maxDuration'],
    ['a planned time of another method', { policy: { plannedDuration: 'P1D' } }, 'policy.plannedDuration', 'this is sequential'],
    ['an unknown version', { variants: [good.variants[0], { key: 'b', version: '3' }] }, 'variants[1].version', 'no version "3"'],
    ['a mistyped metric', { metrics: [{ metric: 'wins', role: 'decision' }], unguarded: true }, 'metrics[0].metric', 'did you mean "win"?'],
    ['a metric twice', { metrics: [...good.metrics, { metric: 'win', role: 'signal' }] }, 'metrics[2].metric', 'already'],
    ['a guardrail without margin', { metrics: [{ metric: 'slow', role: 'guardrail' }] }, 'metrics[0].margin', 'harm you tolerate'],
    ['no guardrail', { metrics: [{ metric: 'win', role: 'decision' }] }, 'metrics', 'unguarded'],
    ['weights of 0.6', { stages: [{ allocation: 'fixed', weights: { a: 0.3, b: 0.3 } }] }, 'stages[0].weights', 'sum to 0.6'],
    ['weights of nothing', { stages: [{ allocation: 'fixed', weights: { a: 0, b: 0 } }] }, 'stages[0].weights', 'sum to 0'],
    ['a weight missing', { stages: [{ allocation: 'fixed', weights: { a: 1 } }] }, 'stages[0].weights', 'lacks the variant "b"'],
    ['a weight too many', { stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }] }, 'stages[0].weights.c', 'no variant "c"'],
    ['durations the wrong way', { policy: { minDuration: 'P2D', maxDuration: 'P1D' } }, 'policy.minDuration', 'P1D'],
    ['an empty layer', { layer: { key: 'l', from: 0.5, to: 0.5 } }, 'layer.from', '0.5'],
    ['an override to nobody', { overrides: { anna: 'z' } }, 'overrides', 'no variant "z"'],
    ['a bad audience', { audience: 'bad' }, 'audience', 'bad rule'],
    ['a report deadline beyond the window', { window: 'PT1H', reportBy: 'PT2H' }, 'reportBy', 'PT1H'],
    ['a report deadline at once', { reportBy: 'PT0S' }, 'reportBy', 'longer than nothing'],
    ['a freeze that ends before it begins', { policy: { freeze: [{ from: '2026-12-24T00:00:00Z', to: '2026-12-23T00:00:00Z' }] } }, 'policy.freeze[0].to', 'after `from`'],
    ['a weekly freeze of no length', { policy: { freeze: [{ days: ['sat'], from: '10:00', to: '10:00' }] } }, 'policy.freeze[0].to', 'differ'],
    ['a freeze in no time zone', { policy: { freeze: [{ days: ['sat'], timeZone: 'Europe/Atlantis' }] } }, 'policy.freeze[0].timeZone', 'Atlantis'],
  ])('%s', (_name, more, path, message) => {
    expect(check(more)).toEqual([[path, expect.stringContaining(message)]])
  })
})

const terms = (...measures: string[]) => measures.map((measure, index) => ({ measure, weight: 1 - index }))

describe('checkMetric', () => {
  it.each([
    [{ key: 'completeness' }, 'key'],
    [{ kind: 'ratio' }, 'denominator'],
    [{ kind: 'mean', denominator: 'tokens' }, 'denominator'],
    [{ kind: 'ratio', denominator: 'tokens', cap: 3 }, 'cap'],
    [{ kind: 'ratio', denominator: 'win' }, 'denominator'],
    [{ kind: 'conversion', cap: 3 }, 'cap'],
    [{ kind: 'total', center: 3 }, 'center'],
    [{ kind: 'mean', min: 2, max: 1 }, 'min'],
    [{ measure: undefined }, 'measure'],
    [{ kind: 'mean', terms: terms('quality', 'cost') }, 'terms'],
    [{ measure: undefined, terms: terms('quality', 'cost') }, 'terms'],
    [{ kind: 'total', measure: undefined, terms: terms('quality', 'cost', 'quality') }, 'terms[2].measure'],
  ])('%j is wrong at %s', (more, path) => {
    expect(checkMetric(metric(more)).map((violation) => violation.path)).toEqual([path])
  })

  it.each([
    [{ kind: 'ratio', denominator: 'tokens' }], [{ kind: 'mean', min: 1, max: 1, cap: 2, center: 4 }], [{ threshold: { above: 800 } }],
    [{ kind: 'mean', measure: undefined, terms: terms('quality', 'cost'), min: -1, max: 1, cap: 0.5, center: 0.2, threshold: { above: 0.1 } }],
  ])('%j is sound', (more) => {
    expect(checkMetric(metric(more))).toEqual([])
  })
})
