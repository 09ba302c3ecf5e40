import type { AnalysedComparison } from '../../core/stateless/adjust.ts'
import { type AnalysisRequest, metricsOf } from '../../core/stateless/request.ts'
import type { AnalysisAnswer } from '../../core/stateless/analyze.ts'
import { gainOf } from '../../core/analyze/intervals.ts'
import { count, decimal, digitsOf, percent, plainScale, points, range, shareScale } from '../../core/describe/wording.ts'
import { pillOf } from '../pills.ts'
import { axisOf, drawInterval } from './interval.ts'
import { columns, wrap } from './lines.ts'
import type { Look } from './report.ts'

/** Summary numbers of somebody's own, judged: every comparison with its interval drawn and told, and what to know of it. */
export const analysisText = (answer: AnalysisAnswer, request: AnalysisRequest, { paint, width }: Look): string => {
  const drawn = Math.max(17, Math.min(41, width - 70))
  const blocks = metricsOf(request).flatMap(({ metric, kind, direction = 'increase' }) => {
    const scale = kind === 'conversion' ? shareScale : plainScale
    const comparisons = answer.comparisons.filter((one) => one.metric === metric)
    const gain = (one: AnalysedComparison) => gainOf(one.difference, direction)
    const axis = axisOf(comparisons.map(gain), [0])
    const rows = comparisons.map((one) => {
      const digits = digitsOf(one.difference, scale)
      const pill = pillOf(one.verdict, 'decision')
      return [
        `  ${one.variant} against ${one.control}`,
        drawInterval(gain(one), axis, drawn),
        { text: points(one.difference.estimate, scale, digits), align: 'right' as const },
        range(one.difference, scale, digits),
        { text: `${pill.mark} ${pill.word}`, paint: pill.tone === 'open' ? paint.quiet : paint[pill.tone] },
        one.relative.estimate === null ? '' : `${decimal(one.relative.estimate * 100, 1, true)} %`,
      ]
    })
    const arms = answer.variants.filter((one) => one.metric === metric).map((one) => {
      const digits = digitsOf(one, scale)
      const value = one.estimate === null ? 'unknown' : decimal(one.estimate * scale.factor, digits)
      return [`  ${one.key}`, { text: `${count(one.n)} units`, align: 'right' as const }, { text: value, align: 'right' as const }, { text: range(one, { ...scale, points: '' }, digits).replaceAll('+', ''), paint: paint.quiet }]
    })
    return [`${paint.bold(metric)} ${paint.quiet(`· ${kind} · worse ← → better`)}`, ...columns(rows), ...columns(arms)]
  })
  const sides = answer.sides === 1 ? 'one-sided' : 'two-sided'
  return [
    paint.quiet(`${answer.method}, ${sides} at ${percent(answer.alpha)}${answer.adjust === 'none' ? '' : `, adjusted by ${answer.adjust}`}`),
    ...blocks,
    ...(answer.sampleRatio?.verdict === 'FAIL' ? [paint.trouble('! units did not arrive in the planned shares: do not read these results yet')] : []),
    ...answer.warnings.flatMap((warning) => wrap(`! ${warning}`, width, 2)),
  ].join('\n')
}
