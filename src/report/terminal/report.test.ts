import { describe, expect, it } from 'vitest'
import { type ArmDraft, experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../../core/analyze/analyze.ts'
import type { AnalysisInput } from '../../core/analyze/analysis-input.ts'
import type { MetricDefinition } from '../../core/define/definitions.ts'
import type { Report } from '../../core/analyze/report.ts'
import { plain } from './paint.ts'
import { reportLine, reportText } from './report.ts'

const counts = (...arms: [number, number, number][]): ArmDraft[] => arms.map(([units, wins, slows]) => ({ units, metrics: [wins, slows] }))
const share = (key: string, direction: 'increase' | 'decrease'): MetricDefinition => ({ key, kind: 'conversion', measure: key, direction })
const metrics = new Map([['win', share('win', 'increase')], ['slow', share('slow', 'decrease')]])

const shown = (arms: ArmDraft[], facts: Partial<AnalysisInput['experiment']> = {}, change: (report: Report) => Report = (same) => same) => {
  const input = experimentAfter(48, [win, slow], [{ arms }], {}, facts)
  const report = change(analyze(input).report)
  return { report, text: reportText(report, { metrics, definition: input.experiment.definition }, { paint: plain, width: 110 }) }
}
const better = counts([6_000, 2_400, 600], [6_000, 2_900, 600])
const harmful = counts([6_000, 2_400, 600], [6_000, 2_900, 1_200])

describe('a report in a terminal', () => {
  it('begins with the verdict, then what happens next and what it waits for', () => {
    const { report, text } = shown(better)
    const [head, , headline] = text.split('\n')
    expect(head).toMatch(/running · 12,000 users · epoch \d+ · as of /)
    expect(headline).toBe(report.summary.headline)
    expect(text).toContain('Next: qwen is promoted')
    expect(text).toMatch(/ {2}✓ {2}qwen is better than gemma on win +range from \+\d\.\d pp +needed above 0 pp/)
    expect(text).toMatch(/ {2}○ {2}all of this seen repeatedly/)
  })

  it('draws and tells each interval, and says the verdict in a word; a guardrail says what is allowed', () => {
    const { text } = shown(harmful)
    expect(text).toMatch(/win · decision · worse ← → better\n {2}qwen against gemma +┊ *├─+●─+┤ +\+8\.3 pp +\+\d\.\d to \+\d+\.\d pp +▲ Better\n/)
    expect(text).toMatch(/slow · guardrail · .*\n {2}qwen against gemma +├─+●─+┤ *╎ *┊ +\+10\.0 pp +\+\d\.\d to \+\d+\.\d pp +■ Harmful +\+2\.0 pp allowed\n/)
  })

  it('tells of a guardrail that a day alone speaks against', () => {
    const generation = { day: '2026-11-02', verdict: 'FAIL' as const, harm: { estimate: 0.05, lower: 0.03, upper: 0.07 } }
    const on = (verdict: 'PASS' | 'FAIL') => shown(better, {}, (report) => ({
      ...report, sampleRatio: { ...report.sampleRatio, verdict }, guardrails: report.guardrails.map((one) => (one.metric === 'slow' ? { ...one, generation } : one)),
    })).text
    expect(on('PASS')).toMatch(/slow · guardrail .*\n.*\n {2}qwen: ■ Harmful\. Users of 2 Nov( 2026)? alone: harm \+5\.0 pp \(\+3\.0 to \+7\.0 pp\)\.\n/)
    expect(on('FAIL')).toMatch(/qwen: ! On hold\. Users of 2 Nov/)
    expect(shown(better).text).not.toContain('alone')
  })

  it('judges nothing while the data cannot be trusted', () => {
    const { text } = shown(better, {}, (report) => ({
      ...report, sampleRatio: { ...report.sampleRatio, verdict: 'FAIL' },
      health: report.health.map((one) => (one.check === 'split' ? { ...one, verdict: 'FAIL', text: 'Not as planned.' } : one)),
    }))
    expect(text).toContain('! On hold')
    expect(text).not.toMatch(/Better|Harmful|Safe/)
    expect(text).toMatch(/! 5 of 6 checks of the data pass\n {2}✗ split: Not as planned\./)
  })

  it('is one line in a log', () => {
    const { report } = shown(better)
    expect(reportLine(report, 'user')).toBe(`${report.asOf.slice(0, 19)}Z  running  12,000 users  ${report.summary.headline}`)
  })
})
