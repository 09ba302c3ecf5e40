import { shareScale } from '../src/core/describe/wording.ts'
import { type Chart, effectChart, type EffectInput, forestMark, trafficChart, type TrafficInput } from '../src/report/charts/index.ts'
import { median } from './support/generator.ts'

/**
 * What drawing a report costs, on one core: medians of repeated runs. A chart is drawn twice, wide and narrow.
 * Usage: node load/report-bench.ts
 */
const hour = 3_600_000
const start = Date.parse('2030-01-01T00:00:00Z')

const effect = (points: number): EffectInput => ({
  id: 'effect', metric: 'win', control: 'a', scale: shareScale, coverage: 0.95, rule: { decides: 'band' }, margin: null, markers: [],
  lines: [{
    variant: 'b', colour: 'variant-1', dashes: null,
    points: Array.from({ length: points }, (_, index) => {
      const [estimate, radius] = [0.04 + 0.01 * Math.sin(index / 5), 0.4 / Math.sqrt(index + 1)]
      return { at: start + index * hour, estimate, lower: estimate - radius, upper: estimate + radius, matured: true }
    }),
  }],
})

const traffic = (steps: number): TrafficInput => {
  const shares = (index: number): number[] => {
    const parts = [1, 2 + Math.sin(index / 9), 1 + index / steps, 2 - index / steps]
    const sum = parts.reduce((total, part) => total + part, 0)
    return parts.map((part) => part / sum)
  }
  return {
    id: 'traffic', until: start + steps * hour, chancesSteer: true, markers: [], best: null,
    bands: [{ name: 'a', colour: 'control' }, { name: 'b', colour: 'variant-1' }, { name: 'c', colour: 'variant-2' }, { name: 'd', colour: 'variant-3' }],
    traffic: Array.from({ length: steps }, (_, index) => ({ at: start + index * hour, shares: shares(index) })),
  }
}

const mark = (): string => forestMark({
  interval: { estimate: 0.041, lower: 0.012, upper: 0.07 }, verdict: 'PASS', axis: { lower: -0.03, upper: 0.08 }, margin: null, scale: shareScale,
  name: 'Answer preferred, b against a', word: 'Better',
})

/** Processor time of one run in ms, and what came of it. */
const timed = async <T>(run: () => T | Promise<T>): Promise<{ ms: number; result: T }> => {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1_000, result }
}

const charts: [name: string, draw: () => Promise<Chart>][] = [
  ['band of 168 points', () => effectChart(effect(168))],
  ['band of 2,000 points, drawn from 400', () => effectChart(effect(2_000))],
  ['areas of 4 variants, 72 steps', () => trafficChart(traffic(72))],
  ['areas of 4 variants, 720 steps, drawn from 400', () => trafficChart(traffic(720))],
]

const first = await timed(() => import('../src/report/charts/engine.ts'))
const rows: Record<string, Record<string, number | string>> = { 'loading the chart library, once': { 'ms of one core': Math.round(first.ms) } }
for (const [name, draw] of charts) {
  const runs = []
  for (let run = 0; run < 45; run++) runs.push(await timed(draw))
  const { svg } = runs.at(-1)!.result
  // the first runs are still compiled
  rows[name] = {
    'ms of one core': median(runs.slice(15).map(({ ms }) => ms)).toFixed(1),
    'kB wide': Math.round(svg.wide.length / 1_000), 'kB narrow': Math.round(svg.narrow.length / 1_000),
  }
}
const marks = await timed(() => Array.from({ length: 10_000 }, mark))
rows['1,000 marks of a forest'] = { 'ms of one core': (marks.ms / 10).toFixed(1), 'kB wide': Math.round(mark().length) }
console.table(rows)
