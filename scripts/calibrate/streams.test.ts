import { describe, expect, it } from 'vitest'
import { ratioEstimate, seededRandom } from '../../stats/index.ts'
import { kinds, noSums, push, ratioVariance } from './streams.ts'

describe.each(kinds.map((kind) => [kind.name, kind] as const))('simulated %s', (_, kind) => {
  const random = seededRandom(5)
  const sums = noSums()
  const unit = { x: 0, y: 0 }
  for (let n = 0; n < 200_000; n++) {
    kind.draw(random, 0, 1, unit)
    push(sums, unit)
  }

  it('has the mean and the spread that effects are told in', () => {
    const error = Math.sqrt(ratioVariance(sums))
    expect(Math.abs(sums.x / sums.y - kind.baseline)).toBeLessThan(4 * error)
    expect(Math.sqrt(ratioVariance(sums) * sums.n) / kind.spread).toBeCloseTo(1, 1)
  })

  it('is estimated as the library does it', () => {
    const { n, x, y, xx, xy, yy } = sums
    const estimate = ratioEstimate({ n, sumX: x, sumY: y, sumXX: xx, sumXY: xy, sumYY: yy })
    expect(estimate?.estimate).toBeCloseTo(x / y, 12)
    expect((estimate?.variance ?? 0) / ratioVariance(sums)).toBeCloseTo(1, 8)
  })
})
