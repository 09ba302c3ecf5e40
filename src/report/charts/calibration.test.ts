import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { calibrationChart } from './calibration.ts'
import { allowedShare, watchedRuns } from './calibration-figures.ts'

type Cell = { runs: number; measures: Record<string, { sum: number }> }

describe('calibrationChart', () => {
  it('shows what the committed calibration measured', () => {
    const measured = JSON.parse(readFileSync('stats/calibration/always-valid.json', 'utf8')) as Record<string, Cell>
    for (const { metric, runs, fixed, sequential } of watchedRuns) {
      const cell = measured[`always-valid/${metric} 50/50 steady null`]
      expect([cell?.runs, cell?.measures['fixed interval misses']?.sum, cell?.measures['interval misses']?.sum]).toEqual([runs, fixed, sequential])
    }
  })

  it('says in its caption what its figures say', () => {
    for (const { runs, fixed, sequential } of watchedRuns) {
      expect(sequential / runs).toBeLessThan(allowedShare)
      expect(fixed / runs).toBeGreaterThan(2 * allowedShare)
      expect(fixed / runs).toBeLessThanOrEqual(0.5)
    }
  })

  it('has a row and a point for each kind of metric, with the error of the simulation', () => {
    const { table, svg } = calibrationChart()
    expect(table.rows[2]).toEqual(['Shares near 50 %', '44.9 % (43.1 to 46.7)', '1.9 % (1.5 to 2.5)', '3,000'])
    expect(/data-x="([^"]+)"/.exec(svg.narrow)?.[1]?.split(' ')).toHaveLength(table.rows.length)
    expect(svg.wide).not.toMatch(/style=|NaN/)
  })
})
