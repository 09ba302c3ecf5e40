import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { empiricalProcessRadius } from './empirical-process.ts'
import { gammaBoundary, gammaLogMixture, gammaMixture } from './gamma-mixture.ts'
import { normalBoundary, normalMixture } from './normal-mixture.ts'
import { doubleStitchedBoundary, stitchedBoundary, zeta } from './stitching.ts'

describe('gamma mixtures', () => {
  it('are wider than the normal mixture, approach it as the scale shrinks, and invert their supermartingale', () => {
    const normal = normalBoundary(normalMixture(100, 0.05, 1), 100, 0.05)
    for (const kind of ['exponential', 'poisson'] as const) {
      const heavy = gammaMixture(kind, 100, 2)
      expect(gammaBoundary(heavy, 100, 0.05)).toBeGreaterThan(normal)
      expect(gammaBoundary(gammaMixture(kind, 100, 0.01), 100, 0.05)).toBeCloseTo(normal, 0)
      expect(gammaLogMixture(heavy, gammaBoundary(heavy, 500, 1e-9), 500)).toBeCloseTo(9 * Math.log(10), 6)
      expect(gammaLogMixture(heavy, 0, 0)).toBeCloseTo(0, 12)
    }
  })

  it('name what they refuse', () => {
    expect(() => gammaMixture('poisson', 1, 0)).toThrow(/c must/)
    expect(() => gammaLogMixture(gammaMixture('poisson', 100, 2), -1e4, 10)).toThrow(/s must/)
    expect(() => gammaBoundary(gammaMixture('poisson', 100, 2), -1, 0.05)).toThrow(/v must/)
  })
})

describe('stitched boundaries', () => {
  it('are narrower than the mixture in the far limit, flat before they begin', () => {
    const mixture = normalMixture(10, 0.05, 1)
    expect(stitchedBoundary(1e30, 0.05, 10)).toBeLessThan(normalBoundary(mixture, 1e30, 0.05))
    expect(stitchedBoundary(10, 0.05, 10)).toBeGreaterThan(normalBoundary(mixture, 10, 0.05))
    expect(stitchedBoundary(0, 0.05, 10)).toBe(stitchedBoundary(10, 0.05, 10))
    expect(stitchedBoundary(50, 0.05, 10, 3)).toBeGreaterThan(stitchedBoundary(50, 0.05, 10))
    expect(zeta(4)).toBeCloseTo(Math.PI ** 4 / 90, 14)
  })

  it('name what they refuse', () => {
    expect(() => stitchedBoundary(1, 0.05, 0)).toThrow(/vMin/)
    expect(() => stitchedBoundary(1, 0.05, 1, 0, { s: 1 })).toThrow(/s must/)
    expect(() => stitchedBoundary(1, 0.05, 1, 0, { eta: 1 })).toThrow(/eta/)
    expect(() => doubleStitchedBoundary(1, 10, 0.05, 10)).toThrow(/share/)
    expect(() => doubleStitchedBoundary(0.5, 10, 0.05, 0)).toThrow(/tOpt/)
    expect(() => empiricalProcessRadius(10, 0.05, 0)).toThrow(/tMin/)
    expect(() => empiricalProcessRadius(10, 0.05, 1, 0.7)).toThrow(/a must/)
  })
})

describe('the band around the distribution function', () => {
  it('holds at all points and times in nearly all runs; the band for one look does not', () => {
    expect(empiricalProcessRadius(50, 0.1, 100)).toBe(Infinity)
    const radii = Array.from({ length: 41 }, (_, i) => empiricalProcessRadius(100 + i * 20, 0.1, 100))
    let [left, fixed] = [0, 0]
    for (let seed = 0; seed < 100; seed++) {
      const random = seededRandom(seed)
      const values = Array.from({ length: 900 }, () => random.uniform())
      let [out, peeked] = [false, false]
      for (const [i, radius] of radii.entries()) {
        const n = 100 + i * 20
        const sorted = values.slice(0, n).toSorted((x, y) => x - y)
        const distance = Math.max(...sorted.map((x, rank) => Math.max((rank + 1) / n - x, x - rank / n)))
        out ||= distance > radius
        peeked ||= distance > 1.22 / Math.sqrt(n)
      }
      if (out) left++
      if (peeked) fixed++
    }
    expect(left).toBeLessThan(10)
    expect(fixed).toBeGreaterThan(20)
  })
})
