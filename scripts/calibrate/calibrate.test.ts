import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenClaims, estimate } from './estimate.ts'
import { simulateAll } from './pool.ts'
import { tableOf } from './report.ts'
import { randomOf } from './seeds.ts'
import { marginLogE } from '../../stats/index.ts'
import { bettor } from './studies/exact.ts'
import { kinds } from './streams.ts'
import { type Critical, shipped, watch } from './studies/always-valid.ts'
import { type Cell, noRuns, type Study, tally, type Tally } from './study.ts'

const runs = 60
const coin = kinds[2]!

const cellWith = (critical: Critical): Cell => ({
  key: 'one', labels: {}, runs, quick: runs,
  claims: [{ measure: 'interval misses', atMost: 0.055 }, { measure: 'covers at a random stop', atLeast: 0.945 }],
  run: (random) => watch(random, { kind: coin, shareB: 0.5, drift: false, effect: 0 }, critical),
})

const brokenBy = (critical: Critical): string[] => {
  const cell = cellWith(critical)
  const sums = noRuns()
  for (let run = 0; run < runs; run++) tally(sums, cell.run(randomOf(1, 'test', cell.key, run)))
  return brokenClaims(cell, sums, true).map(({ measure }) => measure)
}

describe('a quick calibration', () => {
  it('finds nothing wrong with the shipped sequence', () => {
    expect(brokenBy(shipped)).toEqual([])
  })

  it('finds a method that is broken: boundaries a third too narrow', () => {
    const narrow = (table: Float64Array) => table.map((value) => value * 0.67)
    expect(brokenBy({ twoSided: narrow(shipped.twoSided), oneSided: narrow(shipped.oneSided) })).toContain('interval misses')
  })
})

describe('the short cut of the exact study', () => {
  it('sees evidence at the very unit at which the library has it', () => {
    for (const [chanceB, margin, rateA, rateB] of [[0.5, 0, 0.1, 0.2], [0.2, -0.05, 0.3, 0.35], [0.05, 0.02, 0.1, 0.4]] as const) {
      const random = randomOf(3, 'short cut', String(margin), 0)
      const [a, b] = [{ n: 0, successes: 0 }, { n: 0, successes: 0 }]
      const state = [{ chanceB, a, b }]
      const watched = bettor(state, chanceB, margin, 'fail')
      let at = 0
      for (let n = 1; n <= 5_000 && at === 0; n++) {
        const inB = random.uniform() < chanceB
        const arm = inB ? b : a
        const success = random.uniform() < (inB ? rateB : rateA)
        arm.n++
        if (success) arm.successes++
        watched.see(!success ? 'failure' : inB ? 'success of b' : 'success of a')
        if (marginLogE(state, margin, 'fail') >= Math.log(20)) at = n
        expect(watched.ever).toBe(at > 0 ? 1 : 0)
      }
      expect(at).toBeGreaterThan(0)
    }
  })
})

describe('Monte-Carlo limits', () => {
  it('are Wilson’s for rates and ask a long simulation for proof, a short one for refutation', () => {
    // the formula written out in Python
    const { lower, upper } = estimate({ n: 100, sum: 3, sumSquares: 3 })
    expect(lower).toBeCloseTo(0.00761, 4)
    expect(upper).toBeCloseTo(0.11088, 4)
    const sums = { runs: 100, measures: { error: { n: 100, sum: 3, sumSquares: 3 } } }
    const cell: Cell = { key: 'x', labels: {}, runs: 100, quick: 100, claims: [{ measure: 'error', atMost: 0.05 }], run: () => ({}) }
    expect(brokenClaims(cell, sums, true)).toEqual([])
    expect(brokenClaims(cell, sums, false)).toHaveLength(1)
    expect(brokenClaims({ ...cell, claims: [{ measure: 'lost', atMost: 1 }] }, sums, true)).toHaveLength(1)
  })
})

describe('the tables', () => {
  it('can all be drawn anew from their sums, and say what these say', async () => {
    const { studies } = await import('./studies/index.ts')
    for (const study of studies) {
      const at = (file: string) => readFileSync(join(import.meta.dirname, '../../stats/calibration', file), 'utf8')
      const sums = new Map(Object.entries(JSON.parse(at(`${study.name}.json`)) as Record<string, Tally>))
      const broken = study.cells.flatMap((cell) => brokenClaims(cell, sums.get(`${study.name}/${cell.key}`) ?? noRuns(), false))
      expect(at(`${study.name}.md`)).toContain(tableOf(study, sums, broken))
      expect(broken).toEqual([])
    }
  })
})

describe('the same seed', () => {
  it('gives the same figures on one core and on two', async () => {
    const { studies } = await import('./studies/index.ts')
    const study = studies.find(({ name }) => name === 'always-valid')!
    const short: Study = { ...study, cells: study.cells.slice(0, 1).map((cell) => ({ ...cell, quick: 120 })) }
    const on = (workers: number) => simulateAll([short], { seed: 7, quick: true, workers, onProgress: () => {} })
    expect(await on(2)).toEqual(await on(1))
  })
})
