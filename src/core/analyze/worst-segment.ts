import { inOrderOfAppearance } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { compare, type Contrast } from './compare.ts'
import { unadjusted } from './generations.ts'
import { type Guardrail, guardrailOf } from './guardrails.ts'
import { armUnits } from './regimes.ts'
import type { SegmentHarm, Verdict } from './report.ts'
import { nameOfValue, partsOf } from './segments.ts'

/** Units of an arm with one value before a guardrail waits for it to pass; rarer values can fail, and hold nothing up. */
export const leastInValue = 100

/** Values are numbered as they appear, 1 to 20; whoever has a rarer one, or none, comes after all of these. */
const [others, none] = [21, 22]
/** The whole is looked at first: what fails without segments has nearly the level that it would have. */
const placeOf = (value: number): number => 1 + (value > 0 ? value : value === 0 ? others : none)

/** The part of a guardrail's harm level that a value has, by its number in the scope. */
const valuePart = (value: number): number => inOrderOfAppearance(placeOf(value))

type Judged = SegmentHarm & { counts: boolean }

const judgedOf = (
  input: AnalysisInput, { measured, against, variant }: Contrast, value: number, name: string, epochs: readonly EpochData[],
): Judged => {
  const own = { ...measured, plan: unadjusted(measured.plan), part: valuePart(value) }
  const given = { ...input, epochs: [...epochs] }
  const { verdict, harm } = guardrailOf(given, compare(given, own, against, variant, { matured: epochs, immature: [] }), epochs)
  const units = armUnits(epochs, variant)
  const segment = measured.metric.worstSegment ?? ''
  return { segment, value: name, verdict, harm, units, counts: Math.min(units, armUnits(epochs, against)) >= leastInValue }
}

/** Harm first, then what holds the guardrail up, then what has passed; rare values last. */
const gravity = ({ verdict, counts }: Judged): number => (verdict === 'FAIL' ? 3 : !counts ? 0 : verdict === 'PASS' ? 1 : 2)

const worse = (one: Judged, other: Judged): number =>
  gravity(other) - gravity(one) ||
  (other.harm.lower ?? -Infinity) - (one.harm.lower ?? -Infinity) || (other.harm.estimate ?? -Infinity) - (one.harm.estimate ?? -Infinity) || 0

const together = (whole: Verdict, values: readonly Judged[]): Verdict => {
  if (values.some(({ verdict }) => verdict === 'FAIL')) return 'FAIL'
  return whole === 'PASS' && values.some(({ counts, verdict }) => counts && verdict !== 'PASS') ? 'INCONCLUSIVE' : whole
}

/**
 * A guardrail that is judged for every value of a segment as well, each against the concurrent control, so that what is
 * forgotten for some is not lost in the average of all. FAIL where the whole or any value fails; PASS where the whole and
 * every value with `leastInValue` units an arm pass. The guardrail itself where it has no such segment.
 *
 * The harm level is shared out by order of appearance, 6/(π²k²) for the k-th, the whole first: exposures alone say which
 * value appears when, and its number never changes, so that by the union bound a harmless variant fails no more often than
 * at the level as a whole, however many values there are. Passing takes all of its tests, so each has the whole level.
 *
 * @param epochs matured ones
 */
export const withWorstSegment = (input: AnalysisInput, guardrail: Guardrail, epochs: readonly EpochData[]): Guardrail => {
  const { contrast, by, verdict } = guardrail
  const at = 1 + (input.experiment.definition.segments ?? []).indexOf(contrast.measured.metric.worstSegment ?? '')
  if (by === 'limit' || at === 0 || contrast.measured.metric.worstSegment === undefined) return guardrail
  const judged = [...partsOf(epochs).values()]
    .filter(({ segment }) => segment === at)
    .map(({ value, epochs: own }) => judgedOf(input, contrast, value, nameOfValue(input, at, value), own))
    .toSorted(worse)
  const values = judged.map(({ segment, value, verdict: own, harm, units }) => ({ segment, value, verdict: own, harm, units }))
  const [worst] = values
  return worst ? { ...guardrail, verdict: together(verdict, judged), worst, values } : guardrail
}
