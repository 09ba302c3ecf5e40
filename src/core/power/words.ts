import { count, percent, plural } from '../describe/wording.ts'
import { pairWeight, type PowerDesign } from './design.ts'
import type { PowerPlan } from './plan.ts'

/** What the figures rest on, a sentence each. */
export const assumptionsOf = (design: PowerDesign, plan: PowerPlan): string[] =>
  [testWords(design), metricWords(design), readingWords(design, plan), minimumWords(design, plan), trafficWords(design)]
    .flat()

const testWords = ({ request, aim, weights }: PowerDesign): string[] => {
  const others = weights.length - 1
  const level = percent(aim.alpha)
  const parts = `${percent(request.alpha)} over ${others} comparisons with the control`
  const shared = others === 1 ? level : `${level} (${parts})`
  if (request.goal === 'non-inferior') {
    return [`One-sided at ${shared}: the variant is to be shown worse by less than the margin, if at all.`]
  }
  return [
    aim.sides === 1
      ? `One-sided at ${shared}, as a promotion decides.`
      : `Two-sided at ${shared}. A promotion decides one-sided and needs less; sides 1 tells how much.`,
  ]
}

const metricWords = ({ request }: PowerDesign): string[] => {
  const { kind, correlation, baseline = 0 } = request
  const base = kind === 'conversion'
    ? `${percent(baseline)} of the control's units convert; the variance of a unit is p(1 − p) in each arm.`
    : kind === 'ratio'
      ? `The variance is that of (X − R·Y)/mean Y of a unit, the same in all arms.`
      : `The variance of a unit is ${request.variance}, the same in all arms.`
  if (correlation === 0) return [base]
  const remaining = percent(1 - correlation ** 2)
  return [base, `The covariate's correlation of ${correlation} leaves ${remaining} of the variance.`]
}

const readingWords = (design: PowerDesign, { sample }: PowerPlan): string[] => {
  switch (design.reading.kind) {
    case 'fixed':
      return ['Read once, when all units are in. Stopping on an earlier look voids the level.']
    case 'group-sequential': {
      const { looks } = design.reading
      const when = `${count(looks)} equally spaced ${plural('look', looks)}`
      return [`Read at ${when} and at no other; weights stay as they are until the end.`]
    }
    case 'exact':
      return [
        'Read whenever an epoch closes. Simulated for many units an epoch; a handful needs up to a tenth more.',
        'Bets use closed epochs, so the experiment needs a window above zero.',
      ]
    case 'sequential':
      return [
        'Read as often as you like: the size is the largest one, and most runs with an effect end well before it.',
        ...tuningWords(sample?.plannedUnits ?? null),
      ]
  }
}

const tuningWords = (planned: number | null): string[] =>
  planned === null ? [] : [`The interval is tightest at ${count(planned)} units of a pair (plannedUnits).`]

/** Said where the minimum of a sequence is what decides. */
const minimumWords = (design: PowerDesign, { sample }: PowerPlan): string[] => {
  if (!sample || design.reading.kind !== 'sequential') return []
  // rounding up adds a unit an arm at most
  if (sample.units <= Math.ceil(sample.fixed * sample.inflation) + design.weights.length) return []
  return ['The size is the least of a sequence: 100 units an arm, and of a conversion 20 events and 20 non-events.']
}

const trafficWords = (design: PowerDesign): string[] => {
  const { unitsPerDay, coverage, window } = design.request
  const share = percent(pairWeight(design))
  const pair = design.weights.length > 2
    ? [`The variant with the least traffic sets the size; with the control it has ${share} of the units.`]
    : []
  if (unitsPerDay === undefined) return pair
  const taking = coverage < 1 ? `, of which ${percent(coverage)} take part` : ''
  const waiting = window === 'PT0S' ? '' : `, and ${window} for the outcomes of the last`
  return [...pair, `${count(unitsPerDay)} new units a day${taking}${waiting}. Where weekdays differ, run whole weeks.`]
}
