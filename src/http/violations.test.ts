import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CreateExperiment, MetricDefinition } from '../core/define/definitions.ts'
import { ServiceError } from '../errors.ts'
import { closest } from '../core/define/closest.ts'
import { parse } from './violations.ts'

const codes = { form: 'invalid_body', meaning: 'invalid_definition' } as const

const refusal = (schema: z.ZodType, value: unknown): ServiceError => {
  try {
    parse(schema, value, codes)
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
  throw new Error('was accepted')
}

const experiment = {
  key: 'a', model: 'm', variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
}

describe('what is wrong with an input', () => {
  it.each([
    ['an unknown field', { ...experiment, varients: [] }, 'unknown_field', 'varients', /did you mean "variants"/],
    ['an unknown field inside', { ...experiment, metrics: [{ metric: 'win', role: 'decision', smallest_effect: 1 }] }, 'unknown_field',
      'metrics[0].smallest_effect', /did you mean "smallestEffect"/],
    ['an unknown field in a union', { ...experiment, stages: [{ allocation: 'fixed', covrage: 1 }] }, 'unknown_field', 'stages[0].covrage',
      /did you mean "coverage"/],
    ['a number out of range', { ...experiment, metrics: [{ metric: 'win', role: 'guardrail', margin: -1 }] }, 'invalid_definition',
      'metrics[0].margin', /^must be at least 0$/],
    ['a number as text', { ...experiment, policy: { alpha: '0.05' } }, 'invalid_body', 'policy.alpha', /expected number/],
    ['alpha of 1', { ...experiment, policy: { alpha: 1 } }, 'invalid_definition', 'policy.alpha', /^must be below 0.5$/],
    ['a negative duration', { ...experiment, window: 'P-1D' }, 'invalid_definition', 'window', /duration/],
    ['too many variants', { ...experiment, variants: Array.from({ length: 1_000 }, (_, i) => ({ key: `v${i}`, version: '1' })) },
      'invalid_definition', 'variants', /^may have at most \d+ items$/],
    ['too few variants', { ...experiment, variants: experiment.variants.slice(1) }, 'invalid_definition', 'variants', /^an experiment compares two variants at least$/],
    ['too long a text', { ...experiment, hypothesis: 'x'.repeat(100_000) }, 'invalid_body', 'hypothesis', /^may have at most \d+ characters$/],
    ['a value that is none', { ...experiment, policy: { mode: 'manual' } }, 'invalid_body', 'policy.mode', /^expected one of auto, recommend, observe$/],
    ['a word with a slip', { ...experiment, policy: { onHarm: 'rolback' } }, 'invalid_body', 'policy.onHarm', /; did you mean "rollback"\?$/],
    ['a choice that is missing', { ...experiment, metrics: [{ metric: 'win' }] }, 'invalid_body', 'metrics[0].role', /^is required$/],
    ['an allocation that is none', { ...experiment, stages: [{ allocation: 'canary' }] }, 'invalid_body', 'stages[0].allocation',
      /^expected one of fixed, steps, switch, bandit, shadow$/],
    ['a fraction', { ...experiment, policy: { minUnits: 1.5 } }, 'invalid_body', 'policy.minUnits', /^expected a whole number$/],
    ['no time', { ...experiment, policy: { freeze: [{ from: 'soon', to: '2026-01-31T08:00:00Z' }] } }, 'invalid_body', 'policy.freeze[0].from',
      /^expected a time such as 2026/],
    ['a list for an object', { ...experiment, overrides: [] }, 'invalid_body', 'overrides', /^expected object, received array$/],
    ['something missing', { ...experiment, model: undefined }, 'invalid_body', 'model', /is required/],
    ['a bad key', { ...experiment, key: '<script>' }, 'invalid_body', 'key', /expected 1 to 64/],
  ])('%s', (_, value, code, path, message) => {
    const error = refusal(CreateExperiment, value)
    expect(error.code).toBe(code)
    expect(error.violations[0]).toEqual({ path, message: expect.stringMatching(message) })
    expect(error.message).toContain(path)
  })

  it('names the nearest alternative of a union', () => {
    const metric = { key: 'slow', kind: 'conversion', measure: 'latency_ms', direction: 'decrease', threshold: { abve: 1 } }
    const error = refusal(MetricDefinition, metric)
    expect(error.code).toBe('unknown_field')
    expect(error.violations[0]?.path).toBe('threshold.abve')
  })
})

describe('closest', () => {
  it.each([
    ['experment', 'experiment'], ['unitt', 'unit'], ['smallest_effect', 'smallestEffect'], ['min_units', 'minUnits'], ['kye', 'key'],
  ])('%s is meant to be %s', (given, meant) => {
    expect(closest(given, ['experiment', 'unit', 'smallestEffect', 'minUnits', 'key'])).toBe(meant)
  })

  it('does not guess wildly', () => {
    expect(closest('zebra', ['experiment', 'unit', 'key'])).toBeNull()
    expect(closest('x'.repeat(10_000), ['x'])).toBeNull()
  })
})
