import { shareScale } from '../../src/core/describe/wording.ts'
import { type Chart, calibrationChart, effectChart, quantileChart, trafficChart } from '../../src/report/charts/index.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-01T00:00:00Z')
const markers = [{ at: start + 20 * hour, number: 1, decision: 41, label: 'stopped phi' }]

/** One chart of each kind, from fixed numbers. */
export const chartSamples = (): Promise<Chart[]> => Promise.all([
  effectChart({
    id: 'effect', metric: 'win', control: 'gemma', scale: shareScale, coverage: 0.95, rule: { decides: 'band' }, margin: 0.02, markers,
    lines: [{
      variant: 'qwen', colour: 'variant-1', dashes: null,
      points: Array.from({ length: 48 }, (_, index) => {
        const [estimate, radius] = [0.04 + 0.01 * Math.sin(index), 0.2 / Math.sqrt(index + 1)]
        return { at: start + index * hour, estimate, lower: estimate - radius, upper: estimate + radius, matured: index < 40 }
      }),
    }],
  }),
  trafficChart({
    id: 'traffic', until: start + 48 * hour, chancesSteer: true, markers,
    bands: [{ name: 'gemma', colour: 'control' }, { name: 'qwen', colour: 'variant-1' }, { name: 'phi', colour: 'variant-2' }],
    traffic: [{ at: start, shares: [0.4, 0.3, 0.3] }, { at: start + 20 * hour, shares: [0.5, 0.5, 0] }],
    best: [{ at: start, shares: null }, { at: start + hour, shares: [0.2, 0.7, 0.1] }],
  }),
  quantileChart({
    id: 'latency', metric: 'latency_ms', quantile: 0.95,
    variants: [{ name: 'gemma', colour: 'control', dashes: null, buckets: Array.from({ length: 300 }, (_, index) => ({ from: index, to: index, value: index, count: 300 - index })) }],
  }),
  calibrationChart(),
])
