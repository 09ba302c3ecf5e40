import { describe, expect, it } from 'vitest'
import { CreateExperiment, type MetricDefinition } from '../../core/define/definitions.ts'
import { checkStartAt } from '../../core/define/start-at.ts'
import { PowerRequest } from '../../core/power/request.ts'
import { blank, candidateOf, cloneOf, definitionOf, fieldOf, fieldsOf } from './definition.ts'
import { compact, type Fields, fromIso, readFields, toIso } from './fields.ts'
import { baselinesOf, powerQuestion, simulationQuestions } from './planning.ts'

const small = CreateExperiment.parse({
  key: 'assistant-7b', model: 'assistant', hypothesis: 'better <answers>',
  variants: [{ key: 'gemma', version: '1', control: true }, { key: 'qwen', version: '2', payload: { endpoint: 'x' } }],
  metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.01 }, { metric: 'slow', role: 'guardrail', margin: 0.02 }],
  stages: [{ allocation: 'fixed', coverage: 0.4, weights: { gemma: 0.5, qwen: 0.5 } }],
})
const large = CreateExperiment.parse({
  ...small, key: 'large', description: 'all of it', unguarded: true, salt: 'abc', window: 'PT90M', reportBy: 'PT30M', epochLength: 'PT10M', stickiness: 'first-touch',
  layer: { key: 'ui', from: 0, to: 0.5 }, audience: { '==': [{ var: 'plan' }, 'pro'] }, segments: ['plan'], overrides: { 'hash:00': 'qwen' }, fallbacks: ['3'],
  variants: [{ key: 'qwen', version: '2' }, { key: 'gemma', version: '1', control: true }, { key: 'phi', version: '3', payload: null }],
  metrics: [
    { metric: 'win', role: 'decision', covariate: { history: true } }, { metric: 'slow', role: 'guardrail', relativeMargin: 0.1, breaker: true },
    { metric: 'cost', role: 'guardrail', limit: 3 }, { metric: 'both', role: 'guardrail', margin: 1, limit: 3 },
  ],
  stages: [
    { allocation: 'bandit', algorithm: 'top-two', floor: 0.05, cap: 0.9, interval: 'PT1H', minOutcomes: 50, halfLife: 'P7D', priors: { from: 'small', discount: 0.25 } },
    { allocation: 'fixed' },
  ],
  policy: {
    method: 'bayesian', alpha: 0.1, minUnits: 50, minDuration: 'PT1H30M', maxDuration: 'P7D', autoPromote: false, mode: 'recommend', onPause: 'control',
    onHarm: 'kill', bake: { units: 500, keep: 0.1 }, freeze: [{ days: ['sat'] }], plannedUnits: 900,
  },
})

const known = new Map<string, MetricDefinition>([
  ['win', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }],
  ['slow', { key: 'slow', kind: 'mean', measure: 'ms', threshold: { above: 800 }, direction: 'decrease' }],
  ['cost', { key: 'cost', kind: 'mean', measure: 'cost', direction: 'decrease' }],
])

/** As a browser sends it. */
const sent = (fields: Fields): Fields => readFields(new URLSearchParams(fields))

describe('a definition in a form', () => {
  const canary = CreateExperiment.parse({
    ...small, stages: [
      { allocation: 'steps', steps: [{ coverage: 0.1, gate: 'legal' }, { coverage: 1 }], weights: { gemma: 0.5, qwen: 0.5 } }, { allocation: 'switch', gate: 'release' },
    ],
  })
  const green = CreateExperiment.parse({ ...small, stages: [{ allocation: 'switch', bake: { units: 500 } }] })

  it.each([['small', small], ['large', large], ['canary', canary], ['green', green]])('comes back whole: %s', (_, definition) => {
    const { definition: candidate, violations } = candidateOf(sent(fieldsOf(definition)))
    expect(violations).toEqual([])
    expect(CreateExperiment.parse(candidate)).toEqual(definition)
  })

  it('is shown in words where there are some', () => {
    expect(fieldsOf(large)).toMatchObject({ window: '90 minutes', 'policy.maxDuration': '7 days', 'policy.minDuration': 'PT1H30M', control: '1' })
    expect(fieldsOf(small)['more']).toBeUndefined()
  })

  it.each(['2026-12-01T09:00:00+01:00', '2026-12-01T08:00:30Z', '2026-12-01T08:00:00.250Z'])('starts at the same moment, told in UTC: %s', (startAt) => {
    const fields = fieldsOf(CreateExperiment.parse({ ...small, startAt }))
    expect(fields['startAt']).toMatch(/^2026-12-01T08:00(:\d\d(\.\d{3})?)?$/)
    const back = CreateExperiment.parse(candidateOf(sent(fields)).definition)
    expect(Date.parse(back.startAt ?? '')).toBe(Date.parse(startAt))
    expect(checkStartAt(back, new Date('2027-01-01'), { startAt })).toEqual([])
  })

  it('leaves a moment that is none for the schema to refuse, beside its field', () => {
    const { error } = CreateExperiment.safeParse(candidateOf({ ...fieldsOf(small), startAt: 'tomorrow' }).definition)
    expect(error?.issues.map(({ path }) => fieldOf(path.join('.')))).toEqual(['startAt'])
    expect(candidateOf({ startAt: '2026-13-01 08:00' }).definition).toMatchObject({ startAt: '2026-13-01 08:00' })
    expect(candidateOf({ startAt: '2026-12-01 08:00' }).definition).toMatchObject({ startAt: '2026-12-01T08:00:00.000Z' })
  })

  it('is that of what is stored, without what it has become', () => {
    const view = { ...large, state: 'running', epoch: 3, winner: null, revision: 4, holds: [], variants: large.variants.map((one) => ({ ...one, status: 'live' })) }
    expect(definitionOf(view)).toEqual(large)
  })

  it('is cloned under a key that is free, with a draw of its own', () => {
    const clone = cloneOf({ ...large, key: 'large-2', startAt: '2026-12-01T09:00:00+01:00' }, ['large-2', 'large-3'])
    expect(clone.key).toBe('large-4')
    expect(clone).not.toHaveProperty('salt')
    expect(clone).not.toHaveProperty('startAt')
    expect(CreateExperiment.parse(candidateOf(fieldsOf(clone)).definition)).toEqual(clone)
  })

  it('leaves out what was left empty, and keeps what is no number for the schema to refuse', () => {
    const { definition } = candidateOf(sent({ ...blank(), 'policy.alpha': 'small', 'policy.minUnits': ' ' }))
    expect(definition).not.toHaveProperty('key')
    expect(definition['variants']).toEqual([])
    expect(definition['policy']).toMatchObject({ alpha: 'small', autoPromote: true })
    expect(definition['policy']).not.toHaveProperty('minUnits')
    expect(CreateExperiment.safeParse(definition).error?.issues.map(({ path }) => path.join('.'))).toEqual(expect.arrayContaining(['key', 'model', 'policy.alpha']))
  })

  it('tells which field holds no JSON', () => {
    const { violations } = candidateOf({ ...fieldsOf(small), more: '{', 'policy.more': '[]', 'stages.more': '{}', 'metrics[1].more': '"x"', 'variants[0].payload': 'x' })
    expect(violations.map(({ path }) => path).toSorted()).toEqual(['metrics[1].more', 'more', 'policy.more', 'stages.more', 'variants[0].payload'])
  })
})

describe('rows', () => {
  it('that nobody filled in are left out, and the control stays who it was', () => {
    const fields = compact({ 'variants[0].key': ' ', 'variants[1].key': 'a', 'variants[4].key': 'b', control: '4', 'metrics[0].role': 'guardrail', 'metrics[2].metric': 'win', 'metrics[2].role': 'decision' })
    expect(fields).toEqual({ 'variants[0].key': 'a', 'variants[1].key': 'b', control: '1', 'metrics[0].metric': 'win', 'metrics[0].role': 'decision' })
    expect(compact({ 'variants[0].key': 'a', control: '3' })).toEqual({ 'variants[0].key': 'a' })
  })
})

it.each([
  ['14 days', 'P14D'], ['24 h', 'PT24H'], ['1 hour', 'PT1H'], ['90 min', 'PT90M'], ['0 days', 'P0D'], ['PT24H', 'PT24H'], ['soon', 'soon'], ['3 fortnights', '3 fortnights'],
])('the duration %s is %s', (text, iso) => expect(toIso(text)).toBe(iso))

it.each([['P14D', '14 days'], ['PT24H', '24 hours'], ['PT1H', '1 hour'], ['PT1H30M', 'PT1H30M'], ['PT0S', '0 seconds'], ['P1DT2H', 'P1DT2H'], ['nonsense', 'nonsense']])(
  '%s reads as %s, and back', (iso, text) => {
    expect(fromIso(iso)).toBe(text)
    expect(toIso(text)).toBe(iso)
  })

it.each([
  ['metrics[1].margin', 'metrics[1].harm'], ['metrics[0].breaker', 'metrics[0].more'], ['metrics[0].metric', 'metrics[0].metric'], ['metrics', 'metrics[0].metric'],
  ['stages[0].weights.a', 'variants[0].weight'], ['stages[0].coverage', 'stages[0].coverage'], ['stages[0].priors.from', 'stages[0].more'], ['stages[1].coverage', 'stages.more'],
  ['variants', 'variants[0].key'], ['variants[2].version', 'variants[2].version'], ['policy.alpha', 'policy.alpha'], ['policy.freeze[0].to', 'policy.more'],
  ['policy.bake.units', 'policy.bake.units'], ['layer.from', 'more'], ['key', 'key'], ['model', 'model'], ['audience', 'more'],
  ['plan.unitsPerDay', 'plan.unitsPerDay'], ['metrics[1].baseline', 'metrics[1].baseline'],
])('what is wrong with %s is told beside %s', (path, field) => expect(fieldOf(path)).toBe(field))

describe('planning', () => {
  const fields = { ...fieldsOf(small), 'metrics[0].baseline': '0.5', 'metrics[1].baseline': '0.1', 'plan.unitsPerDay': '2000' }

  it('asks the calculator what it accepts', () => {
    const { request } = powerQuestion(small, fields, known)
    expect(PowerRequest.safeParse(request).success).toBe(true)
    expect(request).toMatchObject({ kind: 'conversion', baseline: 0.5, effect: 0.01, unitsPerDay: 2_000, coverage: 0.4, duration: 'P14D', weights: [0.5, 0.5] })
  })

  it('says which figure is missing', () => {
    expect(powerQuestion(small, fieldsOf(small), known).problem?.path).toBe('plan.unitsPerDay')
    expect(powerQuestion(small, { ...fields, 'metrics[0].baseline': '' }, known).problem?.path).toBe('metrics[0].baseline')
    const cost = { ...small, metrics: [{ metric: 'cost', role: 'decision' as const, smallestEffect: 1 }] }
    const told = { ...fieldsOf(cost), 'plan.unitsPerDay': '10', 'metrics[0].baseline': '3' }
    expect(powerQuestion(cost, told, known).problem?.path).toBe('metrics[0].spread')
    expect(powerQuestion(cost, { ...told, 'metrics[0].spread': '2' }, known).request).toMatchObject({ kind: 'mean', variance: 4, effect: -1 })
    expect(simulationQuestions(small, { ...fields, 'metrics[1].baseline': '' }, known).problem?.path).toBe('metrics[1].baseline')
  })

  it('begins with how the metrics are for the control of what ran before, where they are known', () => {
    const ran = (key: string, estimate: number | null) => ({ key, metrics: { win: { estimate }, slow: { estimate: null } } })
    expect(baselinesOf(small, { variants: [ran('qwen', 0.9), ran('gemma', 0.123456)] } as never)).toEqual({ 'metrics[0].baseline': '0.123' })
    expect(baselinesOf(small, { variants: [] })).toEqual({})
  })

  it('asks the simulator for a world without a difference, and for the one hoped for', () => {
    const { request } = simulationQuestions(small, fields, known)
    expect(request?.same['truth']).toEqual({ win: { baseline: 0.5 }, slow: { baseline: 0.1 } })
    expect(request?.hoped['truth']).toMatchObject({ win: { baseline: 0.5, effects: { qwen: 0.01 } } })
  })
})
