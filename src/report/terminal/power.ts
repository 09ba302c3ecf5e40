import type { PowerPlan } from '../../core/power/plan.ts'
import type { PowerRequest } from '../../core/power/request.ts'
import { count, decimal, percent, plural, plainScale, points, shareScale, span } from '../../core/describe/wording.ts'
import { columns, wrap } from './lines.ts'
import type { Look } from './report.ts'

const dayMs = 86_400_000

/** How large an experiment must be, how long it takes, what it can find, and what that rests on. */
export const powerText = (plan: PowerPlan, { kind }: Pick<PowerRequest, 'kind'>, { paint, width }: Look): string => {
  const scale = kind === 'conversion' ? shareScale : plainScale
  const size = (value: { absolute: number; relative: number | null }): string => {
    const digits = Math.max(2, 1 - Math.floor(Math.log10(Math.abs(value.absolute * scale.factor) || 1)))
    return points(value.absolute, scale, Math.min(8, digits)) + (value.relative === null ? '' : ` (${decimal(value.relative * 100, 1, true)} %)`)
  }
  const { sample, detectable, effect } = plan
  const days = (value: { days: number }): string => span(value.days * dayMs)
  const rows = [
    ...(effect ? [['  to find', size(effect), `${percent(plan.power)} of the time, ${plan.method}`]] : []),
    ...(sample
      ? [
          ['  at most', `${count(sample.units)} units`, sample.perVariant.map(count).join(' + ')],
          ['  on average', `${count(sample.mean.withEffect)} units`, `${count(sample.mean.without)} when there is no effect`],
          ['  one look at the end', `${count(sample.fixed)} units`, ''],
          ...(sample.duration ? [['  takes at most', days(sample.duration), `${days(sample.duration.mean)} on average`]] : []),
          ...(sample.looks ?? []).map((look, index) => [`  look ${index + 1}`, `${count(look.units)} units`, `${percent(look.stopped)} have ended by then`]),
        ]
      : []),
    ...(detectable
      ? [
          ['  at hand', `${count(detectable.units)} ${plural('unit', detectable.units)}`, detectable.duration ? days(detectable.duration) : ''],
          ['  they find', detectable.effect ? size(detectable.effect) : 'no effect at all', `${percent(plan.power)} of the time`],
          ...(detectable.chance === null ? [] : [['  chance to find it', percent(detectable.chance), '']]),
        ]
      : []),
  ]
  return [...columns(rows), ...plan.assumptions.flatMap((one) => wrap(`  ${one}`, width, 2).map(paint.quiet))].join('\n')
}
