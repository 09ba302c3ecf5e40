import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import type { MetricDefinition } from '../define/definitions.ts'

const latency: MetricDefinition = {
  key: 'latency',
  kind: 'mean',
  measure: 'latency',
  direction: 'decrease',
  center: 100,
}
const stored = (n: number, sumX: number, sumXX: number) => ({ n, sumX, sumXX, sumY: n, sumXY: sumX, sumYY: n })

const ramped = experimentAfter(
  48,
  [win, latency],
  [
    {
      weights: [0.5, 0.5],
      arms: [
        { units: 1000, metrics: [300, stored(900, -450, 91_000)] },
        { units: 1020, metrics: [380, stored(910, 2_100, 99_000)] },
      ],
    },
    {
      weights: [0.8, 0.2],
      arms: [
        { units: 1600, metrics: [500, stored(1500, -700, 149_000)] },
        { units: 390, metrics: [150, stored(380, 900, 41_000)] },
      ],
    },
  ],
  {
    metrics: [
      { metric: 'win', role: 'decision' },
      { metric: 'latency', role: 'guardrail', margin: 4 },
    ],
  },
)

/** Every number anywhere in a report. */
const numbers = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbers)
      : []

describe('analyze', () => {
  // expected numbers: scripts/vectors/report.py
  it('compares within regimes, and draws each end at the level that decides there', () => {
    const { report } = analyze(ramped)
    const [first, second] = report.comparisons
    expect(first?.difference.estimate).toBeCloseTo(0.07238289750416377, 12)
    expect(first?.difference.lower).toBeCloseTo(0.07238289750416377 - 0.04628664108276089, 10)
    expect(first?.difference.upper).toBeCloseTo(0.07238289750416377 + 0.05980220715997263, 10)
    expect(first?.pValue).toBeCloseTo(0.0004298774431424101, 10)
    expect(first?.relative.estimate).toBeCloseTo(0.23748554106338005, 12)
    expect(first?.relative.lower).toBeCloseTo(0.23748554106338005 - 0.16578762687215406, 10)
    expect(first).toMatchObject({ significant: true, verdict: 'PASS', evidence: { needed: 20, decides: true } })

    expect(second?.difference.estimate).toBeCloseTo(2.8186838400572443, 9)
    expect(second?.difference.upper).toBeCloseTo(2.8186838400572443 + 1.025274143391656, 9)
    expect(second?.difference.lower).toBeCloseTo(2.8186838400572443 - 1.1550104068689715, 9)
    expect(second?.pValue).toBeCloseTo(0.016901251321043247, 9)
    expect(second?.relative.estimate).toBeCloseTo(0.02832467364579272, 12)
    expect(report.guardrails).toEqual([
      { metric: 'latency', variant: 'qwen', verdict: 'PASS', harm: second?.difference, margin: 4 },
    ])
  })

  it('tells each variant on its own, silent units included', () => {
    const { report } = analyze(ramped)
    expect(report.units).toBe(4_010)
    expect(report.variants[1]).toMatchObject({ key: 'qwen', version: '2', weight: 0.2, units: 1_410, reportRate: 1 })
    const own = report.variants[1]?.metrics['win']
    expect(own?.estimate).toBeCloseTo(0.375886524822695, 12)
    expect(own?.upper).toBeCloseTo(0.375886524822695 + 0.04140169884478554, 10)
    expect(report.variants[1]?.metrics['latency']?.estimate).toBeCloseTo(100 + 3_000 / 1_290, 10)
    expect(report.variants[1]?.metrics['latency']?.n).toBe(1_290)
  })

  it('compares matured epochs only, and tells what the others would say', () => {
    const arms = (a: number, b: number) => [
      { units: 500, metrics: [a] },
      { units: 500, metrics: [b] },
    ]
    const input = experimentAfter(
      30,
      [win],
      [
        { arms: arms(100, 150), endedAt: hours(1) },
        { arms: arms(100, 50), endedAt: hours(29) },
        { arms: arms(100, 400) },
      ],
      { window: 'PT24H' },
    )
    const { report, matured } = analyze(input)
    expect(report.comparisons[0]?.difference.estimate).toBeCloseTo(0.1, 12)
    expect(report.comparisons[0]?.immature).toEqual({ units: 2_000, estimate: expect.closeTo(0.25, 12) })
    expect(matured).toEqual([500, 500])
    expect(report.units).toBe(3_000)
  })

  it('says how little it knows, and never a number that is none', () => {
    const empty = [
      { units: 0, metrics: [0, 0] },
      { units: 0, metrics: [0, 0] },
    ]
    const one = [
      { units: 1, metrics: [1, 0] },
      { units: 0, metrics: [0, 0] },
    ]
    const equal = [
      { units: 400, metrics: [0, 400] },
      { units: 400, metrics: [0, 400] },
    ]
    const verdicts = [empty, one, equal].map((arms) => {
      const { report } = analyze(experimentAfter(1, [win, slow], [{ arms }]))
      expect(numbers(report).every(Number.isFinite)).toBe(true)
      expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity|undefined/)
      return report.comparisons[0]?.verdict
    })
    expect(verdicts).toEqual(['NO_TRAFFIC', 'INSUFFICIENT', 'INSUFFICIENT'])
    expect(analyze(experimentAfter(1, [win], [])).report.comparisons[0]?.verdict).toBe('NO_TRAFFIC')
  })

  it('does not let a variant win with fewer than 20 events, however clear it looks', () => {
    const { report } = analyze(
      experimentAfter(
        48,
        [win],
        [
          {
            arms: [
              { units: 5_000, metrics: [0] },
              { units: 5_000, metrics: [60] },
            ],
          },
        ],
      ),
    )
    expect(report.comparisons[0]).toMatchObject({ verdict: 'INSUFFICIENT', significant: false })
  })

  it('tells a lost share of one arm before anything else', () => {
    const { report } = analyze(
      experimentAfter(
        48,
        [win],
        [
          {
            arms: [
              { units: 5_000, metrics: [2_000] },
              { units: 4_300, metrics: [2_200] },
            ],
          },
        ],
      ),
    )
    expect(report.sampleRatio.verdict).toBe('FAIL')
    expect(report.summary.headline).toBe(
      'Do not read these results yet: gemma got 5,000 users where 4,650 were expected.',
    )
    const rebuilt = analyze(
      experimentAfter(
        48,
        [win],
        [
          {
            arms: [
              { units: 5_000, metrics: [2_000] },
              { units: 5_000, metrics: [2_000] },
            ],
            rebuilt: 11,
          },
        ],
      ),
    )
    expect(rebuilt.report.health.find(({ check }) => check === 'exposures')?.verdict).toBe('ERROR')
  })

  it('judges relative harm and absolute limits, and blames nobody for a limit that the control breaks too', () => {
    const arms = (a: number, b: number) => [
      {
        arms: [
          { units: 4_000, metrics: [2_000, a] },
          { units: 4_000, metrics: [2_000, b] },
        ],
      },
    ]
    const verdict = (metric: object, a: number, b: number) =>
      analyze(
        experimentAfter(48, [win, slow], arms(a, b), {
          metrics: [
            { metric: 'win', role: 'decision' },
            { metric: 'slow', role: 'guardrail', ...metric },
          ],
        }),
      ).report.guardrails[0]?.verdict
    expect(verdict({ relativeMargin: 0.2 }, 1_000, 1_500)).toBe('FAIL')
    expect(verdict({ relativeMargin: 0.2 }, 1_000, 1_000)).toBe('PASS')
    expect(verdict({ limit: 0.3 }, 1_000, 1_500)).toBe('FAIL')
    expect(verdict({ limit: 0.3 }, 1_000, 1_000)).toBe('PASS')
    expect(verdict({ limit: 0.3 }, 1_400, 1_500)).toBe('INCONCLUSIVE')
  })
})
