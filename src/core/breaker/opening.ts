import { noBlocks, addBlock, type Safe2x2 } from '../../../stats/index.ts'
import type { CreateExperiment, Opening, VariantBreaker, VariantState } from '../define/definitions.ts'
import { breakerLevel } from '../analyze/levels.ts'

const second = 1_000
const minute = 60 * second

/** A breaker stays open so long, times how often it opened in this series; at most ten minutes. */
const openMs = 30 * second
const longestMs = 10 * minute
/** A series of openings ends when the breaker was closed for so long. */
const seriesMs = 10 * minute
/** So many openings within so long stop a variant, if the control's breaker stayed closed. */
const tooOften = { openings: 3, withinMs: 10 * minute }

/**
 * A breaker after one more opening.
 *
 * @param epoch  the epoch that the opening begins
 * @param trial  the part of the units that tries the variant first, afterwards
 */
export const opened = (
  before: VariantBreaker | undefined, opening: Opening, epoch: number, trial: number, now: Date,
): VariantBreaker => {
  const ended = !before || (before.state === 'closed' && now.getTime() - Date.parse(before.since) >= seriesMs)
  const openings = ended ? [opening] : [...before.opened, opening]
  const until = now.getTime() + Math.min(longestMs, openMs * openings.length)
  return {
    state: 'open', since: now.toISOString(), until: new Date(until).toISOString(),
    opened: openings.slice(-20), series: ended ? (before?.series ?? 0) + 1 : before.series,
    from: epoch, probes: 0, trial,
    ...(before?.weight !== undefined && { weight: before.weight }),
    ...(before?.standIn && { standIn: before.standIn }),
  }
}

/** Was it open, or did it open, within the last ten minutes? */
export const openedLately = ({ status, breaker }: VariantState, now: Date): boolean =>
  status === 'quarantined' || (breaker?.opened ?? []).some(({ at }) => now.getTime() - Date.parse(at) < tooOften.withinMs)

/**
 * The evidence of a series of openings that a variant fails more often than the control, as an e-value: each opening is a
 * bet on what the ones before have shown, so that the first, which was waited for, counts nothing by itself.
 *
 * Source: `stats/exact/two-by-two`.
 */
const logEvidenceOf = (openings: readonly Opening[]): number =>
  openings.reduce<Safe2x2>((state, { calls, errors, controlCalls, controlErrors, share }) =>
    addBlock(state, {
      a: { n: controlCalls, successes: controlErrors }, b: { n: calls, successes: errors },
      propensityA: 1 - share, propensityB: share,
    }, { alternative: 'greater' }), noBlocks).logE

/** Does a series of openings stop its variant, and by which evidence? */
export const stops = (
  definition: Pick<CreateExperiment, 'variants' | 'metrics' | 'policy' | 'stages' | 'unit' | 'stickiness'>, { opened: openings, series }: VariantBreaker, now: Date,
): { often: boolean; proven: boolean; evidence: number; needed: number } => {
  const lately = openings.filter(({ at }) => now.getTime() - Date.parse(at) < tooOften.withinMs)
  const evidence = Math.exp(Math.min(300, logEvidenceOf(openings)))
  const needed = 1 / breakerLevel(definition, series)
  return { often: lately.length >= tooOften.openings, proven: evidence >= needed, evidence, needed }
}
