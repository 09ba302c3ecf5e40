import type { AnalysisInput, EpochData, GenerationDay } from './analysis-input.ts'
import { bakeOf, equalEpochs, wholeEpochs } from './bake.ts'
import { blocksOf } from './binary.ts'
import { compare, type Measured } from './compare.ts'
import { plannedBake } from '../decide/position.ts'
import { requireDurationMs } from '../define/duration.ts'
import { dayAt, dayMs, dayName, unadjusted } from './generations.ts'
import { type Guardrail, guardrailOf, limitOf } from './guardrails.ts'

/** A guardrail of one variant on the units of one day, `YYYY-MM-DD`. */
export type DailyGuardrail = Guardrail & { day: string }

/**
 * Is this guardrail judged day by day? A quantile is not: that takes a sketch a day, and days keep sums alone. Its absolute
 * limit is judged by the last windows of traffic all the same.
 */
const isJudgedDaily = ({ metric, plan }: Measured): boolean => metric.role === 'guardrail' && plan.kind !== 'quantile'

/** Days whose numbers may be judged: with a deadline only those that are over, for then nothing of them changes any more. */
const judgedDays = (input: AnalysisInput): GenerationDay[] => {
  const { generations = [], experiment, now } = input
  return generations.filter(({ day, recent }) =>
    recent && isOwnDay(input, day) && (requireDurationMs(experiment.definition.window) === 0 || day < dayAt(now.getTime())))
}

/**
 * Where a stage began anew, on the day itself the scope before was judged by it, and whoever came since is new in this
 * one: so each day is one test, however often units are moved.
 */
export const isOwnDay = ({ experiment: { reopened }, epochs }: Pick<AnalysisInput, 'experiment' | 'epochs'>, day: number): boolean =>
  !reopened || day > dayAt(epochs[0]?.startedAt.getTime() ?? Infinity)

/**
 * Was neither of two arms out on this day, not for a moment? Who comes to one that is out is not analysed, so on such a
 * day fewer of its units are there than its weight says, and comparing them would find a harm that is none.
 */
const bothServed = ({ epochs }: Pick<AnalysisInput, 'epochs'>, day: number, pair: readonly number[]): boolean =>
  epochs.every(({ startedAt, endedAt, weights }) =>
    startedAt.getTime() >= (day + 1) * dayMs || (endedAt !== null && endedAt.getTime() <= day * dayMs) ||
    pair.every((arm) => (weights[arm] ?? 0) > 0))

const onDay = ({ plan, ...measured }: Measured, day: number): Measured => ({ ...measured, plan: unadjusted(plan), day })

/**
 * Today's and yesterday's guardrails, each a test of its own at its own level: a variant that turns bad late is found
 * among those who come back, who in the stage's scope were counted long ago.
 *
 * @param given  before a bake's arms are put together
 * @param tested ordinals of the variants that are compared with the control
 */
export const dailyGuardrails = (
  given: AnalysisInput, measured: readonly Measured[], control: number, tested: readonly number[],
): DailyGuardrail[] => {
  const bake = bakeOf(given.experiment)
  const judged = measured.filter(isJudgedDaily)
  return judgedDays(given).flatMap(({ day, epochs }) => {
    const whole = bake ? wholeEpochs(epochs, bake) : epochs
    const equal = bake ? equalEpochs(epochs, bake, plannedBake(given.experiment.definition) ?? { keep: 0 }) : epochs
    const served = tested.filter((arm) => bothServed(given, day, [control, arm]))
    return judged.map((one) => onDay(one, day)).flatMap((one) => served.flatMap((arm): DailyGuardrail[] => {
      const bets = one.metric.margin === undefined ? one.metric.relativeMargin === undefined : blocksOf(whole, one.plan, one.ordinal, control, arm) !== null
      const matured: readonly EpochData[] = bets ? whole : equal
      const input = { ...given, epochs: whole }
      const contrast = compare(input, one, control, arm, { matured, immature: [] })
      const own = guardrailOf(input, contrast, matured)
      const limit = own.by === 'limit' || one.metric.limit === undefined ? [] : [limitOf(input, contrast, whole)]
      return [own, ...limit].map((guardrail) => ({ ...guardrail, day: dayName(day) }))
    }))
  })
}

/** The day that speaks most against a variant: one that fails, else the one with the greatest certain harm; null without any. */
export const worstDay = (days: readonly DailyGuardrail[], { metric, ordinal, by }: Pick<Guardrail, 'metric' | 'ordinal' | 'by'>): DailyGuardrail | null =>
  days.filter((one) => one.metric === metric && one.ordinal === ordinal && one.by === by)
    .toSorted((one, other) =>
      Number(other.verdict === 'FAIL') - Number(one.verdict === 'FAIL') || (other.harm.lower ?? -Infinity) - (one.harm.lower ?? -Infinity) || 0)
    .at(0) ?? null
