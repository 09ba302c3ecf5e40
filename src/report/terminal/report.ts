import type { Report } from '../../core/analyze/report.ts'
import { count, decimal, minuteText, percent, plural } from '../../core/describe/wording.ts'
import { comparisonLines, type Definitions } from './comparisons.ts'
import { bar, columns, wrap } from './lines.ts'
import type { Paint } from './paint.ts'

const checkMark = (met: boolean, paint: Paint): string => (met ? paint.better('✓') : paint.trouble('○'))

const conditionLines = ({ summary: { conditions }, stage }: Report, paint: Paint): string[] => {
  if (conditions.length === 0) return []
  const met = conditions.filter((one) => one.met).length
  const rows = conditions.map((one) => [
    { text: one.met ? '  ✓' : '  ○', paint: () => `  ${checkMark(one.met, paint)}` },
    one.text,
    { text: one.current, paint: one.met ? paint.quiet : (same: string) => same },
    { text: `needed ${one.needed}`, paint: paint.quiet },
  ])
  return [`${paint.bold(stage?.next ? `Before it goes on to ${stage.next}` : 'Before anybody is promoted')} ${paint.quiet(`· ${met} of ${conditions.length} are met`)}`, ...columns(rows), '']
}

const trafficLines = ({ variants, units }: Report, unit: string, paint: Paint): string[] => {
  if (variants.length === 0) return []
  const chances = variants.some(({ probabilityBest }) => probabilityBest !== null)
  const rows = variants.map(({ key, version, weight, units: own, outcomes, probabilityBest }) => [
    `  ${key}`,
    { text: `version ${version}`, paint: paint.quiet },
    bar(weight, 20),
    { text: percent(Math.round(weight * 1_000) / 1_000), align: 'right' as const },
    { text: `${count(own)} ${plural(unit, own)}`, align: 'right' as const },
    { text: `${count(outcomes)} ${plural('outcome', outcomes)}`, align: 'right' as const },
    ...(chances ? [{ text: probabilityBest === null ? '' : `${decimal(probabilityBest * 100, 1)} % best`, align: 'right' as const }] : []),
  ])
  const note = chances ? ' · the chance to be best is the model\u2019s estimate' : ''
  return [`${paint.bold('Traffic')} ${paint.quiet(`· ${count(units)} ${plural(unit, units)}${note}`)}`, ...columns(rows), '']
}

/** One line when all is well, and the open checks with their texts when not. */
export const healthLines = ({ health }: Report, paint: Paint, width = 100): string[] => {
  if (health.length === 0) return []
  const open = health.filter(({ verdict }) => verdict !== 'PASS')
  const line = `${health.length - open.length} of ${health.length} checks of the data pass`
  if (open.length === 0) return [`${paint.better('✓')} ${line}`]
  return [
    `${paint.trouble('!')} ${line}`,
    ...open.flatMap(({ check, verdict, text }) =>
      wrap(`  ${verdict === 'ERROR' || verdict === 'FAIL' ? '✗' : '○'} ${check}: ${text}`, width, 4)),
  ]
}

const bakeLines = ({ bake }: Report, paint: Paint): string[] =>
  bake?.variant ? [`${paint.bold('Bake')} ${paint.quiet(`· ${bake.variant} serves, ${bake.control} keeps ${percent(bake.keep)}`)}`, `  ${count(bake.units)} of ${count(bake.needed)} matured`, ''] : []

export type Look = { paint: Paint; width: number }

/**
 * A report for a terminal: the headline and what it means, what happens next and what that waits for, every comparison
 * with its interval drawn and told, the traffic, and the health of the data. Says the same with and without colours.
 */
export const reportText = (report: Report, definitions: Definitions, { paint, width }: Look): string => {
  const unit = definitions.definition?.unit ?? 'unit'
  const head = [report.experiment, report.state, `${count(report.units)} ${plural(unit, report.units)}`, `epoch ${report.epoch}`, `as of ${minuteText(new Date(report.asOf))}`]
  const { headline, sub, next } = report.summary
  const comparisons = comparisonLines(report, definitions, paint, width)
  const lines = [
    paint.quiet(head.join(' · ')),
    '',
    ...wrap(headline, width).map(paint.bold),
    ...(sub === '' ? [] : wrap(sub, width)),
    ...(next === '' ? [] : ['', ...wrap(`Next: ${next}`, width, 6)]),
    '',
    ...conditionLines(report, paint),
    ...comparisons,
    ...(comparisons.length > 0 ? [''] : []),
    ...bakeLines(report, paint),
    ...trafficLines(report, unit, paint),
    ...healthLines(report, paint, width),
    ...report.warnings.flatMap((warning) => wrap(`! ${warning}`, width, 2)),
  ]
  if (report.latestDecision) {
    const { id, reason, at } = report.latestDecision
    lines.push('', ...wrap(`Last decision, ${minuteText(new Date(at))}: ${reason}   Why? contender replay ${id}`, width, 2))
  }
  return lines.join('\n')
}

/** One line of a report, for logs: when, state, units, headline. */
export const reportLine = ({ asOf, state, units, summary }: Report, unit: string): string =>
  `${asOf.slice(0, 19)}Z  ${state}  ${count(units)} ${plural(unit, units)}  ${summary.headline}`
