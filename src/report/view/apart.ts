import type { GuardrailReport, Verdict } from '../../core/analyze/report.ts'
import { decimal, digitsFor, digitsOf, plainly, points, range, type Scale } from '../../core/describe/wording.ts'
import { onHold, type Pill, pillOf } from '../pills.ts'
import { dayText, momentText } from './moments.ts'

/** What is told of one guardrail beside the whole: of a day, of the last windows of traffic, of a second limit. */
export type Apart = { pill: Pill; text: string; fails: boolean }

/** How harm is read, and how values of the metric are; `limit` of the metric where it has one beside its margin, too. */
export type ApartOptions = { scale: Scale; own: Scale; by: 'margin' | 'relativeMargin' | 'limit' | null; limit: number | null; held: boolean; now: number }

const windowsText = ({ last }: NonNullable<GuardrailReport['windows']>, { own, now }: ApartOptions): string => {
  const [broken, newest] = [last.filter((one) => one.broken).length, last.at(-1)]
  const times = broken === 0 ? 'beyond the limit in none' : `beyond the limit in ${broken}`
  if (newest === undefined) return `In its last windows of traffic: ${times}.`
  const digits = digitsFor((newest.excess.estimate ?? 0) * own.factor)
  const excess = newest.excess.estimate
  const where = excess === null ? 'says nothing yet' : excess > 0 ? `lies ${points(excess, own, digits).replace(/^\+/, '')} beyond it` : `lies ${points(-excess, own, digits).replace(/^\+/, '')} within it`
  const until = newest.to === null ? 'still open' : `until ${momentText(newest.to, now)}`
  return `In its last ${last.length} windows of traffic: ${times}${newest.broken ? ', the newest among them' : ''}. The newest (${decimal(newest.units, 0)} units, ${until}) ${where}.`
}

/** Guardrails of one metric and variant, the one that the row tells of first. */
export const apartOf = ([whole, ...others]: readonly GuardrailReport[], options: ApartOptions): Apart[] => {
  const { scale, own, by, limit, held, now } = options
  const told = (verdict: Verdict, text: string): Apart => ({ pill: held ? onHold : pillOf(verdict, 'guardrail'), text, fails: verdict === 'FAIL' && !held })
  const parts = ({ generation, windows }: GuardrailReport, at: Scale, against: string): Apart[] => [
    ...(generation ? [told(generation.verdict, `Users of ${dayText(generation.day, now)} alone: ${against} ${points(generation.harm.estimate, at, digitsOf(generation.harm, at))} (${range(generation.harm, at, digitsOf(generation.harm, at))}).`)] : []),
    ...(windows ? [told(windows.verdict, windowsText(windows, options))] : []),
  ]
  const beyond = 'beyond the limit by'
  return [
    ...(whole ? parts(whole, scale, by === 'limit' ? beyond : 'harm') : []),
    ...others.flatMap((one) => [
      told(one.verdict, `Against its own limit${limit === null ? '' : ` of ${plainly(limit * own.factor)}${own.points === ' pp' ? ' %' : own.points}`}: ${beyond} ${points(one.harm.estimate, own, digitsOf(one.harm, own))} (${range(one.harm, own, digitsOf(one.harm, own))}).`),
      ...parts(one, own, beyond),
    ]),
  ]
}
