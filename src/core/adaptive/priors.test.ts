import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { CreateExperiment } from '../define/definitions.ts'
import { plan } from '../decide/transition.ts'
import { priorsFrom } from './priors.ts'

const cells = (...successes: number[]) => ({ arms: successes.map((happened) => ({ units: 1_000, metrics: [happened, 100] })) })
/** llama is best in both epochs, though the second was worse for all. */
const earlier = experimentAfter(2, [win, slow], [cells(400, 410, 480), cells(200, 210, 280)], {}, { key: 'earlier' })

const define = (variants: [string, string][], priors: object | null = { from: 'earlier' }) =>
  CreateExperiment.parse({
    key: 'next', model: 'assistant', unguarded: true,
    variants: variants.map(([key, version], arm) => ({ key, version, ...(arm === 0 ? { control: true } : {}) })),
    metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'bandit', priors }],
  })
const next = define([['base', '1'], ['new', '9'], ['proven', '3']])

const draftOf = (definition: CreateExperiment): AnalysisInput['experiment'] => ({
  ...earlier.experiment, key: 'next', state: 'draft', definition: { ...definition, salt: 's' }, scope: null, epoch: 0, frozen: null, startedAt: null,
  variants: definition.variants.map(({ key, version, control = false }) => ({ key, version, control, status: 'live' })),
})
const context = { champion: '1', beforePromotion: null, metrics: new Map([['win', win]]) }

describe('priorsFrom', () => {
  it('takes over the effects of the same versions, discounted and capped, and nothing of their time', () => {
    const priors = priorsFrom(earlier, next, 0.1)
    if (typeof priors === 'string') throw new Error(priors)
    expect(priors.map(({ n }) => n)).toEqual([200, 0, 200])
    const [base, , proven] = priors.map(({ n, sum }) => sum / n)
    expect((proven ?? 0) - (base ?? 0)).toBeCloseTo(0.08, 3)
    const whole = priorsFrom(earlier, next, 1)
    expect(typeof whole === 'string' ? whole : whole.map(({ n }) => n)).toEqual([1_000, 0, 1_000])
  })

  it.each([
    ['another model', { ...next, model: 'other' }, 'is of the model'],
    ['another metric', { ...next, metrics: [{ metric: 'cost', role: 'decision' as const }] }, 'did not measure "cost"'],
    ['other versions', define([['a', '7'], ['b', '8']]), 'served none of these versions'],
  ])('says why %s has nothing to take over', (_, definition, words) => {
    expect(priorsFrom(earlier, definition, 0.5)).toContain(words)
  })
})

describe('a bandit that starts from an earlier experiment', () => {
  it('freezes what it takes over when it starts, or refuses to start', () => {
    const wish = { action: 'start' as const, reason: 'go', actor: 'me' }
    expect(plan(draftOf(next), wish, { ...context, earlier })).toMatchObject({ state: 'running', frozen: { priors: [{ n: 1_000 }, { n: 0 }, { n: 1_000 }] } })
    expect(plan(draftOf(next), wish, context)).toMatchObject({ refused: 'invalid_definition', path: 'stages[0].priors.from', message: 'there is no experiment "earlier"' })
    expect(plan(draftOf(define([['a', '1'], ['b', '2']], null)), wish, context)).toMatchObject({ state: 'running', frozen: expect.not.objectContaining({ priors: expect.anything() }) })
  })

  it('is surer of the arm that was best before, when its own data says little', () => {
    const own = (priors: object) => {
      const input = experimentAfter(1, [win, slow], [{ arms: [90, 90, 96].map((happened) => ({ units: 300, metrics: [happened, 30] })) }], { stages: [{ allocation: 'bandit' }] })
      input.experiment.frozen = { ...input.experiment.frozen!, ...priors }
      return analyze(input).report.variants[2]?.probabilityBest ?? 0
    }
    const priors = priorsFrom(earlier, next, 0.5)
    expect(own({})).toBeLessThan(0.7)
    expect(own({ priors })).toBeGreaterThan(0.85)
  })
})
