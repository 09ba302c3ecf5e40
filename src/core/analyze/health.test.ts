import { expect, it } from 'vitest'
import { experimentAfter, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'

const healthAfter = (epoch: { late?: number; crossed?: number }): Record<string, string> => {
  const arms = [{ units: 1, metrics: [0] }, { units: 2, metrics: [1] }]
  const { health } = analyze(experimentAfter(1, [win], [{ arms, ...epoch }])).report
  return Object.fromEntries(health.map(({ check, text }) => [check, text]))
}

it('few units are expected in halves where their number is odd, so that the parts add up', () => {
  expect(healthAfter({})['split']).toBe('As planned: gemma 1 of 1.5, qwen 2 of 1.5 expected.')
})

it('of one and of several is told in grammar', () => {
  expect(healthAfter({ late: 1, crossed: 1 })).toMatchObject({
    late: '1 outcome came too late and is not counted.',
    crossed: '1 outcome named another variant than the unit was given, and is not counted.',
  })
  expect(healthAfter({ late: 2 })['late']).toBe('2 outcomes came too late and are not counted.')
})
