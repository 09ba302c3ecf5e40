import { describe, expect, it } from 'vitest'
import { bucketsOf, seededRandom } from '../../../stats/index.ts'
import { quantileChart } from './quantile.ts'
import { lastShare, valuesAt } from './quantile-scale.ts'
import type { QuantileInput } from './types.ts'

const values = (center: number, n: number) => {
  const random = seededRandom(center)
  return bucketsOf(Array.from({ length: n }, () => Math.round(center * Math.exp(0.5 * random.normal()))))
}
const input = (more: Partial<QuantileInput> = {}): QuantileInput => ({
  id: 'latency', metric: 'latency_ms', quantile: 0.95,
  variants: [
    { name: 'gemma', colour: 'control', dashes: null, buckets: values(400, 3_000) },
    { name: 'qwen', colour: 'variant-1', dashes: '7 3', buckets: values(300, 3_000) },
    { name: 'phi', colour: 'variant-2', dashes: null, buckets: [] },
  ], ...more,
})

describe('valuesAt', () => {
  it('is the smallest value with at least that share at or below it', () => {
    expect(valuesAt(bucketsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), [0.001, 0.1, 0.11, 0.5, 0.95, 1])).toEqual([1, 1, 2, 5, 10, 10])
    expect(valuesAt([], [0.5])).toBeNull()
  })
})

describe('lastShare', () => {
  it('leaves ten values beyond, and never stops before the quantile', () => {
    expect(lastShare(1_000, 0.95)).toBe(0.99)
    expect(lastShare(10_000_000, 0.95)).toBe(0.999)
    expect(lastShare(30, 0.95)).toBe(0.95)
  })
})

describe('quantileChart', () => {
  it('has a row for each share, a column for each variant with values, and a point for each row', async () => {
    const { table, svg } = await quantileChart(input())
    expect(table.head).toEqual(['Share at or below', 'gemma', 'qwen'])
    expect(table.rows.map(([share]) => share)).toEqual(['5 %', '50 %', '75 %', '90 %', '95 %', '99 %'])
    for (const drawn of [svg.wide, svg.narrow]) expect(/data-x="([^"]+)"/.exec(drawn)?.[1]?.split(' ')).toHaveLength(6)
    const median = table.rows[1]?.slice(1).map(Number)
    expect(median?.[0]).toBeGreaterThan(380)
    expect(median?.[1]).toBeLessThan(320)
  })

  it('is the same bytes again, dashed where asked, and labels the quantile even on a phone', async () => {
    const once = await quantileChart(input())
    expect(await quantileChart(input())).toEqual(once)
    expect(once.svg.wide).toContain('stroke-dasharray="7,3"')
    expect(once.svg.narrow).toContain('>95 %</text>')
    expect(once.svg.wide).not.toMatch(/style|NaN|Infinity|undefined/)
  })

  it('draws low quantiles on an even axis, negative values, and a single one', async () => {
    const { table } = await quantileChart(input({ quantile: 0.1 }))
    expect(table.rows.map(([share]) => share)).toContain('10 %')
    const lone = await quantileChart(input({ variants: [{ name: 'a', colour: 'control', dashes: null, buckets: bucketsOf([-3]) }] }))
    expect(lone.svg.wide).not.toMatch(/NaN|Infinity/)
    expect(lone.table.rows.at(-1)?.[1]).toMatch(/^−3/)
  })

  it('refuses to draw nothing', async () => {
    await expect(quantileChart(input({ variants: [] }))).rejects.toThrow(RangeError)
  })
})
