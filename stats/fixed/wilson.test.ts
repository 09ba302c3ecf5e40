import { expect, it } from 'vitest'
import { wilsonInterval } from './wilson.ts'

// the formula written out in Python with the quantiles of statistics.NormalDist
it.each([
  [3, 100, 0.99, 0.007612169, 0.110875277],
  [0, 100, 0.95, 0, 0.036993508],
  [100, 100, 0.95, 0.963006492, 1],
  [50, 100, 0.9, 0.418847796, 0.581152204],
])('of %i in %i at %d', (successes, n, level, lower, upper) => {
  const interval = wilsonInterval(successes, n, level)
  expect(interval.lower).toBeCloseTo(lower, 6)
  expect(interval.upper).toBeCloseTo(upper, 6)
})

it('names what lies outside its domain', () => {
  expect(() => wilsonInterval(2, 1)).toThrow(/^successes must be at most n = 1/)
  expect(() => wilsonInterval(0, 0)).toThrow(/^n must/)
  expect(() => wilsonInterval(0, 1, 1)).toThrow(/^level must/)
})
