import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../../core/analyze/analyze.ts'
import type { SegmentHarm } from '../../core/analyze/report.ts'
import type { ExperimentView } from '../../core/tell/views.ts'
import { judgedValues } from './forest-values.ts'

const worse: SegmentHarm = { segment: 'language', value: 'tr', verdict: 'FAIL', harm: { estimate: 0.15, lower: 0.1, upper: 0.2 }, units: 1_500 }
const fine: SegmentHarm = { segment: 'language', value: 'en', verdict: 'PASS', harm: { estimate: 0, lower: -0.01, upper: 0.01 }, units: 1 }

const shown = (metric: string, values?: SegmentHarm[], more: object = {}) => {
  const input = experimentAfter(48, [win, slow], [{ arms: [{ units: 6_000, metrics: [2_400, 600] }, { units: 6_000, metrics: [2_400, 600] }] }], more)
  const { report } = analyze(input)
  const guardrail = { metric, variant: 'qwen', verdict: 'FAIL', harm: worse.harm, margin: 0.02, ...(values && { worst: values[0]!, values }) } as const
  const experiment = { ...input.experiment.definition, state: 'running' } as unknown as ExperimentView
  return judgedValues({ experiment, report: { ...report, guardrails: [guardrail] }, metrics: new Map([win, slow].map((one) => [one.key, one])) })
}

describe('guardrails by the values of a segment', () => {
  it('are rows in the order of the report, each with its verdict, its margin and the room that is left', () => {
    const [one] = shown('slow', [worse, fine])
    expect(one).toMatchObject({ segment: 'language', group: { name: 'Slow: qwen', direction: 'decrease' } })
    expect(one?.group.rows).toMatchObject([
      { value: 'tr', beside: '1,500 users', estimate: '+15 pp', pill: { word: 'Harmful' }, room: { left: 'none: 18 pp over' }, mark: { margin: 0.02 } },
      { value: 'en', beside: '1 user', estimate: '0.0 pp', pill: { word: 'Safe' }, room: { allowed: '+2.0 pp', worst: '+1.0 pp', left: '1.0 pp' } },
    ])
  })

  it('are drawn as differences: harm of what should increase is less of it', () => {
    const [one] = shown('win', [worse], { metrics: [{ metric: 'slow', role: 'decision' }, { metric: 'win', role: 'guardrail', margin: 0.02, worstSegment: 'language' }], segments: ['language'] })
    expect(one?.group.rows[0]).toMatchObject({ estimate: '\u221215 pp', lower: '\u221220', upper: '\u221210', mark: { margin: -0.02 }, room: { allowed: '\u22122 pp', worst: '\u221220 pp' } })
  })

  it('are none where nothing is judged so', () => expect(shown('slow')).toEqual([]))
})
