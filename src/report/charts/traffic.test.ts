import { describe, expect, it } from 'vitest'
import { chartFigure, chartFile, wordsOf } from './figure.ts'
import { trafficChart } from './traffic.ts'
import type { TrafficInput } from './types.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-01T00:00:00Z')

const input = (more: Partial<TrafficInput> = {}): TrafficInput => ({
  id: 'traffic', until: start + 24 * hour, chancesSteer: false,
  bands: [{ name: 'gemma', colour: 'control' }, { name: 'qwen', colour: 'variant-1' }, { name: 'phi', colour: 'variant-2' }],
  traffic: [{ at: start, shares: [1 / 3, 1 / 3, 1 / 3] }, { at: start + 6 * hour, shares: [0.5, 0.5, 0] }],
  best: [{ at: start + hour, shares: null }, { at: start + 2 * hour, shares: [0.2, 0.7, 0.1] }],
  markers: [{ at: start + 6 * hour, number: 1, decision: 7, label: 'stopped phi' }], ...more,
})

const number = (cell: unknown): number => Number(String(cell).replace(' %', ''))

describe('trafficChart', () => {
  it('sums to 100 % at each step', async () => {
    const { table } = await trafficChart(input())
    expect(table.rows).toHaveLength(4)
    for (const row of table.rows) expect(row.slice(1, 4).reduce<number>((sum, cell) => sum + number(cell), 0)).toBeCloseTo(100, 9)
    expect(table.rows[0]?.slice(4)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(table.rows[2]?.slice(4)).toEqual(['20.0 %', '70.0 %', '10.0 %'])
  })

  it('stacks steps up to the top of its panel', async () => {
    const { svg } = await trafficChart(input({ best: null, markers: [] }))
    // the band on top goes along 100 %, the height of the panel's upper edge
    expect(svg.wide).toMatch(/<polygon points="48 38 270 38 936 38 /)
  })

  it('names every band that had traffic, marks only what was decided, and is the same bytes again', async () => {
    const { svg } = await trafficChart(input())
    for (const name of ['gemma', 'qwen', 'phi']) expect(svg.wide).toContain(`>${name}</text>`)
    expect(svg.narrow.match(/<a /g)).toHaveLength(1)
    expect(svg.wide).toContain('href="#decision-7"')
    expect((await trafficChart(input())).svg).toEqual(svg)
    expect(svg.wide).not.toMatch(/style|class="zr|NaN|undefined/)
  })

  it('says whose the chances are, and whether they decide', async () => {
    expect(wordsOf((await trafficChart(input())).caption)).toContain("is the model's estimate: it decides nothing.")
    expect(wordsOf((await trafficChart(input({ chancesSteer: true }))).caption)).toContain('it moves the traffic, and decides nothing else.')
    expect(wordsOf((await trafficChart(input({ best: null }))).caption)).not.toContain('chance')
  })

  it('draws thousands of steps from 400, with shares that still sum to the whole', async () => {
    const traffic = Array.from({ length: 3_000 }, (_, index) => ({ at: start + index * 20_000, shares: [index / 3_000, 1 - index / 3_000, 0] }))
    const { table, caption } = await trafficChart(input({ traffic, best: null }))
    expect(table.rows).toHaveLength(400)
    expect(wordsOf(caption)).toContain('Drawn from 400 of 3,000 steps.')
  })
})

describe('chartFigure', () => {
  it('has drawings, status, caption and table, with names escaped', async () => {
    const bands = input().bands.with(1, { name: '<script>alert(1)</script>', colour: 'variant-1' })
    const text = String(await chartFigure(await trafficChart(input({ bands })), { file: '/traffic.svg' }))
    expect(text).not.toContain('<script')
    expect(text).toContain('role="status"')
    expect(text).toContain('<summary>Data as a table</summary>')
    expect(text).toContain('<time datetime="2026-11-01T06:00:00.000Z">1 Nov 06:00 UTC</time>')
    expect(text).not.toMatch(/ style=| on\w+=/)
  })
})

describe('chartFile', () => {
  it('stands alone: a namespace, a title, light colours, and no links', async () => {
    const file = chartFile(await trafficChart(input()))
    expect(file).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*><title>Traffic and chance to be the best<\/title><rect [^>]*fill="#ffffff"/)
    expect(file).not.toMatch(/var\(|<a |tabindex/)
  })
})
